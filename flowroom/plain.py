"""JSON values put right: what may stand in a parameter, and how numbers look on both sides of a shared document.

A number in JSON is a double, in the browser as in Yjs. So a whole number comes back as an int while a double holds it
exactly, and a larger one stays a float: the same value then has the same form, hash and file wherever it has been.
"""

import math
from typing import Any

from flowroom.errors import InvalidGraph
from flowroom.model import MAX_SAFE_INTEGER, Json

MAX_DEPTH = 24
"""How deep lists and dicts may nest in what is written; the server's guard refuses more than 32."""

MAX_DEPTH_READ = 64
"""How deep they may nest in what is read: more than any guard lets in, so that no peer can stop a reader."""


def put_right(value: Any, *, max_depth: int = MAX_DEPTH) -> Json:
    """The value as plain JSON: tuples are lists, whole floats are ints, other numbers doubles.

    Raises InvalidGraph for what JSON can't hold: NaN, infinities, other types, keys that are no strings, half surrogate
    pairs (Yjs and its Rust twin would differ on them for good), and nesting beyond `max_depth`.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() | float():
            return _number(value)
        case list() | tuple() | dict() if max_depth <= 0:
            raise InvalidGraph("A value nests too deep in lists and objects; flatten it or keep it in a file.")
        case list() | tuple():
            return [put_right(item, max_depth=max_depth - 1) for item in value]
        case dict():
            return {_key(key): put_right(item, max_depth=max_depth - 1) for key, item in value.items()}
    raise InvalidGraph(f"Expected a value that JSON can hold, got {type(value).__name__}: {value!r:.80}")


def _number(value: int | float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidGraph(f"JSON has no number {value}; use null or a text.")
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        whole = int(value)
        return whole if whole == value else value
    try:
        return float(value)
    except OverflowError:
        raise InvalidGraph("A whole number is larger than any double; keep it as a text.") from None


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidGraph(f"A text holds half a surrogate pair: {value!r:.80}") from None
    return str(value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InvalidGraph(f"Expected text as the key of an object, got {type(key).__name__}: {key!r:.80}")
    return _text(key)
