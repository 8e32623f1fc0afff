"""Who answers a Phase 1 prompt, and how long the answer may be (§8.5, steps 8 and 10)."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from engine.phase1.text import cut, length
from flowroom.model import Json

DEFAULT_MODEL = "gpt-3.5-turbo"
DEFAULT_TEMPERATURE = 0.7
DEFAULT_MAX_TOKENS = 4096
DEFAULT_CHAR_LIMIT = 32768
DEFAULT_OLLAMA_URL = "http://localhost:11434"
STUB_CHARS = 160
NATIVE_PROVIDERS = frozenset({"local", "openai-compatible"})

Choice = Literal["ollama", "stub", "native"]
_OLLAMA_MODEL = re.compile(r":|^llama|^mistral|^gemma|^qwen", re.IGNORECASE)


def choose(props: Mapping[str, Json]) -> Choice:
    """Who answers: Ollama by provider or by the look of the model's name, a stub for everything else.

    Phase 1 had no other provider. A node that someone has since given a provider only Flowroom has, or a credential
    for OpenAI, means it: that is `native`.
    """
    provider = props.get("provider")
    if provider in NATIVE_PROVIDERS or (provider == "openai" and props.get("credential")):
        return "native"
    if provider == "ollama" or (provider != "stub" and _OLLAMA_MODEL.search(model_of(props))):
        return "ollama"
    return "stub"


def model_of(props: Mapping[str, Json]) -> str:
    """The model's name, or Phase 1's default."""
    return str(props.get("model") or DEFAULT_MODEL)


def stub_answer(props: Mapping[str, Json], prompt: str) -> str:
    """What stood in for a model in Phase 1: its name and the first line of the prompt."""
    streaming = ",stream" if props.get("streaming") else ""
    return f"Assistant({model_of(props)}{streaming}): {cut(prompt.partition(chr(10))[0], STUB_CHARS)}"


def failed_answer(props: Mapping[str, Json], prompt: str) -> str:
    """What went on when Ollama could not be asked: the whole prompt under the model's name, and no error."""
    return f"Assistant({model_of(props)}): {prompt}"


def ollama_request(props: Mapping[str, Json], prompt: str) -> tuple[str, dict[str, Any]]:
    """Where and what Phase 1 asked Ollama."""
    base = str(props.get("ollamaBaseUrl") or DEFAULT_OLLAMA_URL).rstrip("/")
    system = props.get("system")
    temperature = props.get("temperature")
    body = {
        "model": model_of(props),
        "prompt": f"System: {system}\nUser: {prompt}" if system else prompt,
        "stream": False,
        "options": {"temperature": DEFAULT_TEMPERATURE if temperature is None else temperature},
    }
    return f"{base}/api/generate", body


def cut_to_limits(props: Mapping[str, Json], answer: str) -> tuple[str, list[str]]:
    """An answer within `maxOutputTokens` words and `outputCharLimit` characters, and which limits cut it."""
    codes = []
    words = answer.split()
    most_words = int(props.get("maxOutputTokens") or DEFAULT_MAX_TOKENS)
    if len(words) > most_words:
        answer = " ".join(words[:most_words]) + " …"
        codes.append("truncated_output_tokens")
    most_chars = int(props.get("outputCharLimit") or DEFAULT_CHAR_LIMIT)
    if length(answer) > most_chars:
        answer = cut(answer, most_chars) + " …"
        codes.append("truncated_output_chars")
    return answer, codes
