"""Messages between workers as bytes: a line of JSON, and after it the bytes that a message may carry.

Workers of two versions talk to each other during a rolling restart, so what is not understood is nothing: a message of
a kind or shape that this version does not know reads as None. What is read has the types that it says, so whoever hears
it need not look again.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple, get_args, get_type_hints

import orjson

from collab_server.fanout.port import Message, OfDocument, Person, ToAll
from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode, DocumentKind

KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in (*get_args(OfDocument), *get_args(ToAll))}


def encode(message: Message) -> bytes:
    """A message as bytes."""
    name = type(message).__name__
    tail = _SHAPES[name].tail
    head = {field.name: _plain(getattr(message, field.name)) for field in fields(message) if field.name != tail}
    body: bytes | None = getattr(message, tail) if tail is not None else None
    return orjson.dumps([name, head, body is not None]) + b"\n" + (body or b"")


def decode(data: bytes) -> Message | None:
    """The message of some bytes; None for one that makes no sense to this version."""
    line, _, body = data.partition(b"\n")
    try:
        name, head, has_body = orjson.loads(line)
        shape = _SHAPES[name]
        values = {field: read(head[field]) for field, read in shape.head}
        if shape.tail is not None:
            if not (has_body or shape.may_lack_tail):
                return None
            values[shape.tail] = body if has_body else None
        return KINDS[name](**values)
    except (ValueError, TypeError, LookupError):
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


# How a value of each type is read. All raise ValueError or TypeError for what is none.

Read = Callable[[Any], Any]


def _exactly(kind: type) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:  # isinstance would take True for a number
            raise TypeError(f"expected {kind.__name__}, got {value!r:.40}")
        return value

    return read


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"expected a number from 0 on, got {value!r:.40}")
    return value


def _or_none(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


def _each(read: Read) -> Read:
    def read_all(values: Any) -> tuple[Any, ...]:
        if type(values) is not list:
            raise TypeError(f"expected a list, got {values!r:.40}")
        return tuple([read(value) for value in values])

    return read_all


def _key(value: Any) -> DocumentKey:
    kind, _, id = _text(value).partition(":")
    if kind not in _DOCUMENT_KINDS:
        raise ValueError(f"expected the name of a document, got {value!r:.40}")
    return DocumentKey(kind, id)


def _person(value: Any) -> Person:
    client, clock, state, holder, since = value
    if type(since) is not float:
        since = _count(since)
    return Person(_count(client), _count(clock), _text(state).encode(), _text(holder), since)


_text = _exactly(str)
_DOCUMENT_KINDS = frozenset(get_args(DocumentKind))
_READ: dict[Any, Read] = {
    str: _text,
    bool: _exactly(bool),
    int: _count,
    str | None: _or_none(_text),
    tuple[str, ...]: _each(_text),
    tuple[Person, ...]: _each(_person),
    DocumentKey: _key,
    CloseCode: CloseCode,
}


class _Shape(NamedTuple):
    """What a kind of message consists of."""

    head: tuple[tuple[str, Read], ...]
    tail: str | None
    """Which field travels after the line."""
    may_lack_tail: bool


def _shape(kind: type[Message]) -> _Shape:
    hints = get_type_hints(kind)
    tail = next((field for field, hint in hints.items() if hint in (bytes, bytes | None)), None)
    head = tuple((field, _READ[hint]) for field, hint in hints.items() if field != tail)
    return _Shape(head, tail, tail is not None and hints[tail] is not bytes)


_SHAPES = {name: _shape(kind) for name, kind in KINDS.items()}
