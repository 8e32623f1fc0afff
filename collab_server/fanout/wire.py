"""Messages between workers as bytes: a line of JSON, and after it the bytes that a message may carry.

Workers of two versions talk to each other during a rolling restart, so what is not understood is nothing: a message of
a kind or shape that this version does not know reads as None.
"""

from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

import orjson

from collab_server.fanout.port import Message, OfDocument, Person, ToAll
from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode

KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in (*get_args(OfDocument), *get_args(ToAll))}
_HINTS = {name: get_type_hints(kind) for name, kind in KINDS.items()}
_TAILS = {
    name: next((field for field, hint in hints.items() if bytes in (hint, *get_args(hint))), None)
    for name, hints in _HINTS.items()
}
"""Which field of each kind travels after the line."""


def encode(message: Message) -> bytes:
    """A message as bytes."""
    name = type(message).__name__
    tail = _TAILS[name]
    head = {field.name: _plain(getattr(message, field.name)) for field in fields(message) if field.name != tail}
    body: bytes | None = getattr(message, tail) if tail is not None else None
    return orjson.dumps([name, head, body is not None]) + b"\n" + (body or b"")


def decode(data: bytes) -> Message | None:
    """The message of some bytes; None for one that this version does not know."""
    line, _, body = data.partition(b"\n")
    try:
        name, head, has_body = orjson.loads(line)
        hints = _HINTS[name]
        values = {field: _typed(value, hints[field]) for field, value in head.items() if field in hints}
        tail = _TAILS[name]
        if tail is not None:
            values[tail] = _checked(body if has_body else None, hints[tail])
        return KINDS[name](**values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _plain(value: Any) -> Any:
    match value:
        case DocumentKey():
            return value.name
        case Person():
            return [value.client, value.clock, value.state.decode(), value.holder, value.since]
        case tuple():
            return [_plain(item) for item in value]
    return value


def _typed(value: Any, hint: Any) -> Any:
    if hint is DocumentKey:
        kind, _, id = value.partition(":")
        return DocumentKey(kind, id)
    if hint is CloseCode:
        return CloseCode(value)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return tuple(_person(each) if item is Person else _checked(each, item) for each in value)
    return _checked(value, hint)


def _person(value: list[Any]) -> Person:
    client, clock, state, holder, since = value
    return Person(
        _checked(client, int), _checked(clock, int), state.encode(), _checked(holder, str), _checked(since, float | int)
    )


def _checked(value: Any, kind: Any) -> Any:
    """A value of the kind that whoever is told relies on. Raises TypeError."""
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind}, not {value!r}")
    return value
