"""Asking a language model and reading its answer as it is written: OpenAI's protocol and Ollama's.

An answer is an async iterator of pieces of text; what it cost is in `Answer.usage` once it has ended. Leaving the
iterator closes the connection, which is how a cancelled node stops a model at once. Errors are node errors that say
whether trying again makes sense.
"""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import orjson

from engine.nodes.errors import (
    InvalidParams,
    ModelUnavailable,
    NodeError,
    RateLimited,
    ServiceError,
    TemporaryServiceError,
    Unreachable,
)
from engine.nodes.masking import Masking
from engine.nodes.whole_text import WholeText
from flowroom.retry_after import retry_after

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletionChunk

Message = dict[str, str]
"""`{role: system | user | assistant, content}`"""

NO_KEY = "none"
"""The OpenAI library insists on a key; services without sign-in ignore this one."""
MAX_ERROR_CHARS = 500
NONSENSE = (AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer raises that has another shape than agreed."""
TEMPORARY = frozenset({408, 409, 425, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked. None leaves the choice to the service."""

    model: str
    messages: Sequence[Message]
    max_tokens: int
    temperature: float | None = None


@dataclass(slots=True)
class Answer:
    """What there is to know about an answer besides its text, filled in while it is read."""

    usage: dict[str, float] = field(default_factory=dict)
    cut: bool = False
    ended: bool = False
    """Whether the service said that it is over."""


def address_of_service(text: str) -> str:
    """A base URL; raises InvalidParams for what is none. A path alone would be one of this Flowroom."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidParams(f"{text!r} is no web address: {error}.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidParams(f"{text!r} is no web address: it begins with https:// or http://.")
    return text


async def ask_openai(
    question: Question,
    answer: Answer,
    *,
    http: httpx.AsyncClient,
    base_url: str,
    key: str | None,
    newer_limit: bool = False,
) -> AsyncGenerator[str, None]:
    """The pieces of an answer from an OpenAI-compatible service. `newer_limit`: it wants `max_completion_tokens`."""
    import httpx2
    import openai  # takes half a second and 40 MB, so only who asks a model pays for it

    from engine.nodes.openai_transport import ThroughClient

    request: dict[str, Any] = {
        "model": question.model,
        "messages": list(question.messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens" if newer_limit else "max_tokens": question.max_tokens,
    }
    if question.temperature is not None:
        request["temperature"] = question.temperature
    transport = ThroughClient(http)
    through = httpx2.AsyncClient(transport=transport)
    async with (
        _openai_errors(question.model, Masking(key or "")),
        openai.AsyncOpenAI(api_key=key or NO_KEY, base_url=base_url, http_client=through, max_retries=0) as client,
    ):
        async with await client.chat.completions.create(**request) as chunks:
            text, begun = WholeText(), False
            async for chunk in chunks:
                begun = True
                if piece := text.piece(_read_chunk(chunk, answer) or ""):
                    yield piece
            if not begun:  # a page, say, which the library passes over: even an empty answer says that it is over
                raise ValueError("not one piece of an answer came")
            if not (answer.ended or transport.said_done):
                raise Unreachable(f"{base_url} broke off in the middle of its answer: it names no `finish_reason`.")
            if rest := text.rest():
                yield rest


async def ask_ollama(
    question: Question, answer: Answer, *, http: httpx.AsyncClient, base_url: str
) -> AsyncGenerator[str, None]:
    """The pieces of an answer from Ollama's `/api/chat`."""
    options: dict[str, float] = {"num_predict": question.max_tokens}
    if question.temperature is not None:
        options["temperature"] = question.temperature
    body = {"model": question.model, "messages": list(question.messages), "stream": True, "options": options}
    async with _transport_errors(base_url):
        async with http.stream("POST", f"{base_url.rstrip('/')}/api/chat", json=body) as response:
            if response.status_code >= 400:
                await response.aread()
                _raise_for_ollama(response, question.model)
            async for line in response.aiter_lines():
                if line and (piece := _read_line(line, answer)):
                    yield piece
    if not answer.ended:
        raise Unreachable(f"{base_url} broke off in the middle of its answer.")


async def generate_ollama(url: str, body: dict[str, Any], *, http: httpx.AsyncClient) -> str:
    """One whole answer from Ollama's `/api/generate`, as Phase 1 asked for it."""
    address_of_service(url)
    async with _transport_errors(url):
        response = await http.post(url, json=body)
        if response.status_code >= 400:
            _raise_for_ollama(response, str(body.get("model")))
        answered = response.json()
        return str(answered.get("response") or answered.get("output") or "")


def error_for_status(status: int, message: str, headers: httpx.Headers) -> ServiceError:
    """The error of a response: what to wait for, and whether to try again."""
    wait = retry_after(headers.get("retry-after"), time.time())
    if status == 429:
        return RateLimited(message, status=status, retry_after=wait)
    if status in TEMPORARY:
        return TemporaryServiceError(message, status=status, retry_after=wait)
    return ServiceError(message, status=status)


def _read_chunk(chunk: "ChatCompletionChunk", answer: Answer) -> str | None:
    if chunk.usage is not None:
        answer.usage = {
            "input_tokens": int(chunk.usage.prompt_tokens or 0),
            "output_tokens": int(chunk.usage.completion_tokens or 0),
        }
    if not chunk.choices:  # what it cost, say, which is told when all is said
        answer.ended = answer.ended or chunk.usage is not None
        return None
    reason = chunk.choices[0].finish_reason
    answer.cut = answer.cut or reason == "length"
    answer.ended = answer.ended or bool(reason)  # some services say "" until then
    said = chunk.choices[0].delta.content
    if not isinstance(said, str | None):  # the library hands on what comes
        raise TypeError(f"text was expected, and not {type(said).__name__}")
    return said


def _read_line(line: str, answer: Answer) -> str:
    said = orjson.loads(line)
    if error := said.get("error"):
        raise ServiceError(f"Ollama: {str(error)[:MAX_ERROR_CHARS]}")
    if said.get("done"):
        answer.usage = {
            "input_tokens": int(said.get("prompt_eval_count") or 0),
            "output_tokens": int(said.get("eval_count") or 0),
        }
        answer.cut = said.get("done_reason") == "length"
        answer.ended = True
    return str((said.get("message") or {}).get("content") or "")


def _raise_for_ollama(response: httpx.Response, model: str) -> NoReturn:
    try:
        said = str(response.json().get("error"))[:MAX_ERROR_CHARS]
    except (ValueError, AttributeError):
        said = response.text[:MAX_ERROR_CHARS] or response.reason_phrase
    if response.status_code == 404 and "model" in said:
        raise ModelUnavailable(f"Ollama has no model {model!r}. Get it with `ollama pull {model}`.", status=404)
    raise error_for_status(response.status_code, f"Ollama: {said}", response.headers)


@asynccontextmanager
async def _transport_errors(where: str) -> AsyncGenerator[None, None]:
    try:
        yield
    except httpx.ConnectError as error:
        raise Unreachable(f"Nothing answers at {where}: is it running, and is the address right?") from error
    except httpx.TimeoutException as error:
        raise Unreachable(f"{where} took too long to answer.") from error
    except httpx.TransportError as error:
        raise Unreachable(f"{where} broke off: {error}.") from error
    except orjson.JSONDecodeError as error:
        raise ServiceError(f"{where} answered with something that is no JSON.") from error
    except NONSENSE as error:
        raise ServiceError(f"{where} answered with JSON that is no answer of a model.") from error


@asynccontextmanager
async def _openai_errors(model: str, masking: Masking) -> AsyncGenerator[None, None]:
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        message = _openai_message(error, masking)
        if error.status_code == 404:
            message = f"{message} Is {model!r} a model of this service?"
        raise error_for_status(
            error.status_code, message, httpx.Headers(error.response.headers.multi_items())
        ) from error
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, NodeError):
            raise error.__cause__ from None
        began = isinstance(error.__cause__, httpx.ReadError | httpx.RemoteProtocolError)
        what = "broke off" if began else "does not answer"
        raise Unreachable(f"{error.request.url} {what}: {error.__cause__ or error}.") from error
    except openai.APIError as error:
        raise TemporaryServiceError(
            f"The service broke off: {masking.text(error.message)[:MAX_ERROR_CHARS]}"
        ) from error
    except NONSENSE as error:
        raise ServiceError("The service answered with something that is no answer of a model.") from error


def _openai_message(error: "openai.APIStatusError", masking: Masking) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    said = body.get("message") or error.response.text or error.response.reason_phrase
    return f"The service answered {error.status_code}: {masking.text(str(said))[:MAX_ERROR_CHARS]}"
