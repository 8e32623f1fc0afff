"""Text as Phase 1's engine, a JavaScript program, read and cut it."""

import re
from collections.abc import Mapping

import orjson

from engine.sizes import joined
from flowroom.model import Json

_NAME = re.compile(r"\{([a-zA-Z0-9_]+)\}")


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill `{name}` in one pass (§8.5.6): an unknown name becomes nothing, any other brace stays as it is. Raises
    TooLarge.
    """
    texts = _NAME.split(template)  # every other one is a name
    return joined(values.get(text, "") if number % 2 else text for number, text in enumerate(texts))


def mentions(template: str, name: str) -> bool:
    """Whether a template uses a name."""
    return f"{{{name}}}" in template


def scalar(value: Json) -> str | None:
    """A scalar as JavaScript writes it; None for null, lists and objects."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            return None


def compact(value: Json) -> str:
    """JSON without spaces, keys in the order they have."""
    return orjson.dumps(value, default=str).decode()


def cut(text: str, units: int) -> str:
    """The first `units` UTF-16 units of a text: what `slice` counts in JavaScript."""
    if len(text) <= units and (text.isascii() or 2 * len(text) <= units):
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore")


def length(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
