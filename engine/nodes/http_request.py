"""HTTPRequest: asks another service, or Flowroom itself, over HTTP."""

import asyncio

import httpx
import orjson

from engine.context import Context
from engine.nodes.answers import MAX_BYTES
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import InvalidParams, ServiceError, Unreachable
from engine.nodes.headers import may_hold_a_secret
from engine.nodes.language_models import error_for_status
from engine.nodes.values import as_text
from flowroom.model import Json
from flowroom.node_types import Port

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class HTTPRequestParams(Params):
    """What is sent where. An address that begins with `/` means this Flowroom."""

    method: str = param("GET", title="Method", help="What to do with the address", options=METHODS, widget="select")
    url: str = param(
        "",
        title="URL",
        help="May contain {{ … }}; one that begins with / means this Flowroom",
        placeholder="https://example.org/data.json",
        needed=True,
    )
    query: dict[str, Json] = param(
        {}, title="Query", help="Added to the address; values may contain {{ … }}", widget="keyvalue"
    )
    headers: dict[str, Json] = param({}, title="Headers", help="Values may contain {{ … }}", widget="keyvalue")
    body: str = param("", title="Body", help="Sent as JSON when it is JSON", widget="code", language="template")
    credential: str = param(
        "", title="Credential", help="The name of a secret, sent as a bearer token", group="Connection"
    )
    credential_header: str = param(
        "", title="Credential header", help="Send the secret in this header instead", group="Connection"
    )
    timeout: float = param(
        30.0,
        title="Timeout",
        help="For all of the answer, in seconds",
        widget="duration",
        group="Connection",
        gt=0,
        le=600,
    )
    max_bytes: int = param(5_000_000, title="Largest answer", help="In bytes", group="Connection", ge=1, le=100_000_000)
    fail_on_error: bool = param(True, title="Fail on an error status", help="4xx and 5xx", group="Connection")


MAX_REDIRECTS = 10
MAX_ERROR_CHARS = 500
FROM_BODY = frozenset({"content-length", "transfer-encoding"})
"""Headers that follow from the body: as in a browser nobody else sets them, for a wrong one ends the connection."""
SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Send the request and give the answer. Raises Refused, Unreachable, ServiceError and its kinds."""
    params = read_params(HTTPRequestParams, ctx.params)
    request = _request(ctx, params)
    try:
        async with asyncio.timeout(params.timeout):  # HTTPX would wait as long for each piece of the answer
            response, content = await _send(ctx.http, request, params)
    except httpx.InvalidURL as error:
        raise InvalidParams(f"{params.url!r} is no web address: {error}.") from error
    except httpx.LocalProtocolError as error:
        raise InvalidParams(f"This can't be sent by HTTP: {error}.") from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Unreachable(f"{request.url} did not answer within {params.timeout:g} s.") from error
    except httpx.TransportError as error:
        raise Unreachable(f"{request.url} can't be reached: {str(error).removesuffix('.')}.") from error
    if params.fail_on_error and response.status_code >= 400:
        said = ctx.masked(content.decode(errors="replace")).strip()[:MAX_ERROR_CHARS]
        message = f"{response.url} answered {response.status_code} {response.reason_phrase}: {said}"
        raise error_for_status(response.status_code, message, response.headers)
    return {
        "output": _value(response, content),
        "status": response.status_code,
        "headers": dict(response.headers),
    }


def _request(ctx: Context, params: HTTPRequestParams) -> httpx.Request:
    url = params.url.strip()
    if not url:
        raise InvalidParams("The URL is empty, so there is nobody to ask.")
    if not url.startswith(("http://", "https://", "/")) or url.startswith("//"):
        raise InvalidParams(f"{url!r} is no web address: it begins with https://, http:// or, for Flowroom, /.")
    if url.startswith("/") and not ctx.http.base_url.host:
        raise InvalidParams("This engine doesn't know its own address, so a URL must name a host.")
    content = params.body.encode() if params.body.strip() else None
    query = {name: as_text(value) for name, value in params.query.items()}
    try:
        headers = httpx.Headers({name: as_text(value) for name, value in params.headers.items()})
        for name in FROM_BODY & set(headers):
            del headers[name]
        if content is not None and "content-type" not in headers:
            headers["content-type"] = "application/json" if _is_json(content) else "text/plain; charset=utf-8"
        if params.method not in SAFE_METHODS:
            headers.setdefault("idempotency-key", ctx.idempotency_key)
        request = ctx.http.build_request(
            params.method,
            url,
            params=query or None,
            headers=headers,
            content=content,
            timeout=params.timeout,
            extensions={MAX_BYTES: params.max_bytes},
        )
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        raise InvalidParams(f"{url!r} or one of its headers can't be sent: {error}.") from error
    if params.credential:
        _add_secret(request, ctx, params, names_host="host" in headers)
    return request


def _add_secret(request: httpx.Request, ctx: Context, params: HTTPRequestParams, *, names_host: bool) -> None:
    """Put the secret in its header. Raises Refused for a host that it may not go to."""
    if names_host:
        raise InvalidParams("A request with a credential goes to the host of its URL: leave the header Host out.")
    if params.credential_header and not may_hold_a_secret(params.credential_header):
        raise InvalidParams(
            f"A secret can't be sent in the header {params.credential_header!r}: it is none, or others on the way read "
            "or log it. Services name one such as X-Api-Key; without a name it is sent as a bearer token."
        )
    secret = ctx.secret(params.credential, to=request.url)
    try:
        if params.credential_header:
            request.headers[params.credential_header] = secret
        else:
            request.headers["authorization"] = f"Bearer {secret}"
    except UnicodeEncodeError as error:
        raise InvalidParams(f"The secret {params.credential!r} has letters that no header can hold.") from error


async def _send(
    http: httpx.AsyncClient, request: httpx.Request, params: HTTPRequestParams
) -> tuple[httpx.Response, bytes]:
    """The last answer of a chain of redirects. A secret goes only where it was meant to go."""
    for _ in range(MAX_REDIRECTS + 1):
        response = await http.send(request, stream=True)
        try:
            following = response.next_request
            if following is None:
                return response, await response.aread()
        finally:
            await response.aclose()
        if _origin(following.url) != _origin(request.url):
            for name in ("authorization", "cookie", params.credential_header):
                following.headers.pop(name, None)
        request = following
    raise ServiceError(f"{params.url} redirects more than {MAX_REDIRECTS} times.")


def _value(response: httpx.Response, content: bytes) -> Json:
    """JSON when the answer says it is, else its text, else nothing."""
    if not content:
        return None
    if "json" in response.headers.get("content-type", ""):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise ServiceError(f"{response.url} says that it answers with JSON, and it is none: {error}.") from error
    return _text(content, response.charset_encoding or "utf-8")


def _text(content: bytes, charset: str) -> str:
    """By the charset that the service names, if that is one, and gives what can be written down; else by UTF-8."""
    try:
        text = content.decode(charset, errors="replace")
        text.encode()
    except (LookupError, UnicodeError):
        return content.decode(errors="replace")
    return text


def _is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


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
    run=run,
)
