"""LLM: asks a language model and streams its answer.

In a dataflow run the prompt is a template over what arrived, and the answer streams. In a cascade a node with Phase
1's settings does what it did there (engine/phase1); one that names a provider only Flowroom has asks that one.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import httpx

from engine import phase1
from engine.context import Cascade, Context
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import InvalidParams, MissingInput, NodeError
from engine.nodes.language_models import (
    Answer,
    Message,
    Question,
    address_of_service,
    ask_ollama,
    ask_openai,
    generate_ollama,
)
from engine.nodes.values import as_text
from engine.sizes import joined
from flowroom.model import Json
from flowroom.node_types import Port

PROVIDERS = {
    "local": "Local",
    "openai": "OpenAI",
    "ollama": "Ollama",
    "openai-compatible": "OpenAI-compatible",
    "stub": "Stub",
}


class LLMParams(Params):
    """Which model, what it is told and how much it may say.

    `prompt` is a template with `{{ … }}`; a Phase 1 graph has `promptTemplate` with `{name}` instead.
    """

    provider: str = param(
        "local",
        title="Provider",
        options=PROVIDERS,
        widget="select",
        help="Local answers offline; OpenAI-compatible needs a base URL; Stub repeats the first line of the prompt",
    )
    model: str = param("", title="Model", help="Empty means the provider's default", placeholder="default")
    system: str = param("", title="System", help="How the model should behave", widget="text")
    prompt: str = param(
        "",
        title="Prompt",
        help="May contain {{ input.message }} and other values; empty sends the message and context as they come",
        widget="code",
        language="template",
        needed={"prompt_template": (None, "")},
        ports=("message", "context"),
    )
    prompt_template: str | None = param(
        None,
        title="Phase 1 prompt",
        help="With {name} in single braces; used when there is no prompt",
        widget="text",
        group="Phase 1",
    )
    temperature: float | None = param(
        None, title="Temperature", help="Empty means the provider's default", widget="slider", ge=0, le=2
    )
    max_output_tokens: int = param(512, title="Longest answer", help="In tokens", ge=1, le=32768)
    base_url: str = param(
        "",
        title="Base URL",
        help="Of an OpenAI-compatible service, up to /v1",
        group="Connection",
        needed={"provider": ("openai-compatible",)},
    )
    ollama_base_url: str = param(
        "",
        title="Ollama URL",
        help="Empty means this machine",
        placeholder="http://localhost:11434",
        group="Connection",
    )
    credential: str = param(
        "",
        title="Credential",
        help="The name of a secret; never the key itself",
        group="Connection",
        needed={"provider": ("openai",)},
    )
    output_char_limit: int | None = param(
        None, title="Cut the answer after", help="In characters", group="Phase 1", ge=1
    )
    auto_derive_prompt_from_file: bool = param(
        True, title="Use a file as the prompt", help="In a cascade, when no message came", group="Phase 1"
    )


OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_MODELS = {"local": "local", "openai": "gpt-4o-mini", "ollama": "llama3.2", "stub": "stub"}


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Ask the model and give its answer. Raises a NodeError that says whether trying again makes sense."""
    params = read_params(LLMParams, ctx.params)
    if ctx.cascade is not None and not params.prompt.strip():
        return {"output": await _as_phase_1(ctx, ctx.cascade, params)}
    text = await _question_text(ctx, params, inputs)
    if not text.strip():
        raise MissingInput("There is nothing to ask: write a prompt, or connect a message.")
    if params.provider == "stub":
        return {"output": _said_at_once(ctx, phase1.stub_answer(ctx.params, text))}
    return {"output": await _answer(ctx, params, _messages(params, inputs.get("history"), text))}


async def _question_text(ctx: Context, params: LLMParams, inputs: Mapping[str, Json]) -> str:
    """The prompt, else Phase 1's prompt with what arrived, else the message and the context as they come."""
    if params.prompt.strip():
        # A cascade leaves the params of Phase 1's types as they are written; this one Phase 1 didn't have.
        return params.prompt if ctx.cascade is None else await ctx.expressions.render(params.prompt, ctx.variables)
    message = as_text(inputs.get("message"))
    parts: Mapping[str, Json] = inputs.get("context") or {}
    context = joined((as_text(part) for part in parts.values()), "\n\n")
    if params.prompt_template:
        named = {name: as_text(part) for name, part in parts.items()}
        return phase1.render(
            params.prompt_template, {**named, "message": message, "prompt": message, "context": context}
        )
    return "\n\n".join(part for part in (context, message) if part)


def _messages(params: LLMParams, history: Json, text: str) -> list[Message]:
    system: list[Message] = [{"role": "system", "content": params.system}] if params.system.strip() else []
    earlier: list[Message] = [
        {"role": str(message["role"]), "content": as_text(message.get("content"))}
        for message in (history if isinstance(history, list) else [])
        if isinstance(message, Mapping) and message.get("role") in {"user", "assistant"}
    ]
    return [*system, *earlier, {"role": "user", "content": text}]


async def _answer(ctx: Context, params: LLMParams, messages: list[Message]) -> str:
    """Stream the answer to those who watch, and return all of it."""
    question = Question(
        model=params.model.strip() or DEFAULT_MODELS.get(params.provider, "default"),
        messages=messages,
        max_tokens=params.max_output_tokens,
        temperature=params.temperature,
    )
    answer, pieces = Answer(), list[str]()
    async with aclosing(await _ask(ctx, params, question, answer)) as said:
        async for piece in said:
            pieces.append(piece)
            ctx.stream(piece)
    ctx.usage(**answer.usage)
    if answer.cut:
        ctx.log("info", "answer_cut_at_limit", {"maxOutputTokens": params.max_output_tokens})
    return _within_limit(str(ctx.masked("".join(pieces))).strip(), params.output_char_limit)


async def _ask(ctx: Context, params: LLMParams, question: Question, answer: Answer) -> AsyncGenerator[str, None]:
    """The provider's stream. Raises Refused, InvalidParams or ModelUnavailable before anything is sent."""
    match params.provider:
        case "local":
            place = await ctx.local_model.endpoint()
            return ask_openai(question, answer, http=ctx.local_model.http, base_url=place.base_url, key=place.key)
        case "openai":
            if not params.credential:
                raise InvalidParams("OpenAI needs a credential: name the secret that holds the key.")
            base_url = address_of_service(params.base_url.strip() or OPENAI_URL)
            key = _key(ctx, params, base_url)
            return ask_openai(question, answer, http=ctx.model_http, base_url=base_url, key=key, newer_limit=True)
        case "openai-compatible":
            if not params.base_url.strip():
                raise InvalidParams("An OpenAI-compatible service needs its base URL, such as https://host/v1.")
            base_url = address_of_service(params.base_url.strip())
            given = _key(ctx, params, base_url) if params.credential else None
            return ask_openai(question, answer, http=ctx.model_http, base_url=base_url, key=given)
        case "ollama":
            base_url = address_of_service(params.ollama_base_url.strip() or phase1.DEFAULT_OLLAMA_URL)
            return ask_ollama(question, answer, http=ctx.model_http, base_url=base_url)
        case unknown:
            raise InvalidParams(f"There is no provider {unknown!r}; choose one of {', '.join(PROVIDERS)}.")


def _key(ctx: Context, params: LLMParams, base_url: str) -> str:
    """The secret for a service. Raises Refused."""
    return ctx.secret(params.credential, to=httpx.URL(base_url))


async def _as_phase_1(ctx: Context, cascade: Cascade, params: LLMParams) -> str:
    """Make the prompt from data edges and what arrived, and ask whoever Phase 1 would have asked."""
    prompt = await phase1.prompt_of(
        ctx.params,
        cascade.latest,
        cascade.incoming,
        ctx.files,
        flow_variables=cascade.flow_variables,
        buffers=cascade.buffers,
    )
    for diagnostic in prompt.diagnostics:
        ctx.log(diagnostic.level, diagnostic.message, diagnostic.data)
    match phase1.choose(ctx.params):
        case "native":
            text = prompt.text.strip()
            if not text:
                raise MissingInput("There is nothing to ask: the prompt came out empty.")
            return await _answer(ctx, params, _messages(params, None, text))
        case "ollama":
            return _said_at_once(ctx, await _ollama_as_phase_1(ctx, prompt.text))
        case "stub":
            return _said_at_once(ctx, phase1.stub_answer(ctx.params, prompt.text))


async def _ollama_as_phase_1(ctx: Context, prompt: str) -> str:
    """Ollama's whole answer; when it can't be had, the prompt goes on under the model's name, with a diagnostic."""
    url, body = phase1.ollama_request(ctx.params, prompt)
    try:
        answer = await generate_ollama(url, body, http=ctx.model_http)
    except NodeError as error:
        ctx.log("error", "ollama_error", {"error": error.message})
        return phase1.failed_answer(ctx.params, prompt)
    if not answer:
        ctx.log("warn", "ollama_empty_response")
    answer, cuts = phase1.cut_to_limits(ctx.params, answer)
    for code in cuts:
        ctx.log("info", code)
    return answer


def _said_at_once(ctx: Context, text: str) -> str:
    ctx.stream(text)
    return text


def _within_limit(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[:limit] + " …"


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
    run=run,
)
