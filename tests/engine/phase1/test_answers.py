"""Who answers in Phase 1, and within which limits, from the specification (§8.5, steps 8 and 10)."""

from typing import Any

import pytest

from engine.phase1 import choose, cut_to_limits, failed_answer, ollama_request, stub_answer


@pytest.mark.parametrize(
    ("props", "choice"),
    [
        ({}, "stub"),
        ({"provider": "ollama"}, "ollama"),
        ({"provider": "openai", "model": "gemma3:12b"}, "ollama"),
        ({"model": "Qwen2"}, "ollama"),
        ({"model": "a:b"}, "ollama"),
        ({"model": "codellama"}, "stub"),
        ({"provider": "demo", "model": "stub-1"}, "stub"),
        ({"provider": "stub", "model": "llama3"}, "stub"),
        ({"provider": "openai", "model": "gpt-4"}, "stub"),
        ({"provider": "openai", "model": "gpt-4", "credential": "key"}, "native"),
        ({"provider": "local", "model": "a:b"}, "native"),
        ({"provider": "openai-compatible"}, "native"),
    ],
)
def test_the_provider_follows_from_the_props(props: dict[str, Any], choice: str) -> None:
    assert choose(props) == choice


def test_the_stub_shows_the_model_and_the_first_line() -> None:
    assert stub_answer({"model": "m"}, "one\ntwo") == "Assistant(m): one"
    assert stub_answer({"streaming": True}, "x" * 500) == f"Assistant(gpt-3.5-turbo,stream): {'x' * 160}"
    assert failed_answer({"model": "m"}, "one\ntwo") == "Assistant(m): one\ntwo"


def test_ollama_is_asked_at_its_own_address() -> None:
    url, body = ollama_request({"model": "m", "temperature": 0, "ollamaBaseUrl": "http://host:1/"}, "hi")
    assert url == "http://host:1/api/generate"
    assert body == {"model": "m", "prompt": "hi", "stream": False, "options": {"temperature": 0}}


def test_answers_are_cut_by_words_and_then_by_characters() -> None:
    assert cut_to_limits({}, "a  b\nc") == ("a  b\nc", [])
    assert cut_to_limits({"maxOutputTokens": 2}, "a  b\nc") == ("a b …", ["truncated_output_tokens"])
    assert cut_to_limits({"outputCharLimit": 2}, "abc") == ("ab …", ["truncated_output_chars"])
