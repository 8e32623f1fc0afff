"""HTTPRequest: asks another service, or Flowroom itself, over HTTP."""

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class HTTPRequestParams(Params):
    """What is sent where. An address that begins with `/` means this Flowroom."""

    method: str = param("GET", title="Method", options=METHODS, widget="select")
    url: str = param("", title="URL", help="May contain {{ … }}", placeholder="https://example.org/data.json")
    query: dict[str, str] = param({}, title="Query", widget="keyvalue")
    headers: dict[str, str] = param({}, title="Headers", widget="keyvalue")
    body: str = param(
        "", title="Body", help="Sent as JSON when it is JSON", widget="code", language="template"
    )
    credential: str = param(
        "", title="Credential", help="The name of a secret, sent as a bearer token", group="Connection"
    )
    credential_header: str = param(
        "", title="Credential header", help="Send the secret in this header instead", group="Connection"
    )
    timeout: float = param(
        30.0, title="Timeout", help="In seconds", widget="duration", group="Connection", gt=0, le=600
    )
    max_bytes: int = param(
        5_000_000, title="Largest answer", help="In bytes", group="Connection", ge=1, le=100_000_000
    )
    fail_on_error: bool = param(True, title="Fail on an error status", help="4xx and 5xx", group="Connection")


HTTP_REQUEST = Definition(
    type="HTTPRequest",
    title="HTTP Request",
    description="Calls a web address and gives its JSON or text.",
    category="Data",
    icon="globe",
    params=HTTPRequestParams,
    inputs=(Port(name="input", label="Values", type="any", arity="object"),),
    outputs=(
        Port(name="output", label="Answer", type="json"),
        Port(name="status", label="Status", type="number"),
        Port(name="headers", label="Headers", type="json"),
    ),
    templated=frozenset({"url", "query", "headers", "body"}),
    effect="idempotent",
)
