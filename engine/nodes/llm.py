"""LLM: asks a language model and streams its answer."""

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port

PROVIDERS = ("local", "openai", "ollama", "openai-compatible", "stub")


class LLMParams(Params):
    """Which model, what it is told and how much it may say.

    `prompt` is a template with `{{ … }}`; a Phase 1 graph has `promptTemplate` with `{name}` instead.
    """

    provider: str = param(
        "local",
        title="Provider",
        options=PROVIDERS,
        widget="select",
        help="local answers offline; openai-compatible needs a base URL; stub repeats the first line of the prompt",
    )
    model: str = param("", title="Model", help="Empty means the provider's default", placeholder="default")
    system: str = param("", title="System", help="How the model should behave", widget="text")
    prompt: str = param(
        "",
        title="Prompt",
        help="Empty sends the message and context as they come; otherwise for example {{ input.message }}",
        widget="code",
        language="template",
    )
    prompt_template: str | None = param(
        None, title="Phase 1 prompt", help="With {name} in single braces", widget="text", group="Phase 1"
    )
    temperature: float | None = param(
        None, title="Temperature", help="Empty means the provider's default", widget="slider", ge=0, le=2
    )
    max_output_tokens: int = param(512, title="Longest answer", help="In tokens", ge=1, le=32768)
    base_url: str = param(
        "", title="Base URL", help="Of an OpenAI-compatible service, up to /v1", group="Connection"
    )
    ollama_base_url: str = param(
        "", title="Ollama URL", placeholder="http://localhost:11434", group="Connection"
    )
    credential: str = param(
        "", title="Credential", help="The name of a secret; never the key itself", group="Connection"
    )
    output_char_limit: int | None = param(
        None, title="Cut the answer after", help="In characters", group="Phase 1", ge=1
    )
    auto_derive_prompt_from_file: bool = param(True, title="Use a file as the prompt", group="Phase 1")


LLM = Definition(
    type="LLM",
    title="LLM",
    description="Asks a language model. The answer streams into the node while it is written.",
    category="AI",
    icon="sparkles",
    params=LLMParams,
    inputs=(
        Port(name="message", label="Message", type="text"),
        Port(name="context", label="Context", type="any", arity="object"),
        Port(name="history", label="Earlier messages", type="json"),
    ),
    outputs=(Port(name="output", label="Answer", type="text"),),
    templated=frozenset({"prompt", "system"}),
    effect="idempotent",
    body="text",
)
