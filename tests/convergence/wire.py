"""Yjs v1 bytes written by hand, for updates that no honest engine would make."""

from collections.abc import Sequence

from collab_server.rooms.walker import write_varint

Id = tuple[int, int]
Ranges = Sequence[tuple[int, int]]
ANY_TRUE = b"\x01\x78"
"""The content of an ANY block that holds `true`."""


def text(value: str | bytes) -> bytes:
    """A length-prefixed text."""
    raw = value.encode() if isinstance(value, str) else value
    return write_varint(len(raw)) + raw


def id_of(id: Id) -> bytes:
    return write_varint(id[0]) + write_varint(id[1])


def item(
    kind: int,
    content: bytes,
    *,
    origin: Id | None = None,
    right: Id | None = None,
    parent: Id | str = "nodes",
    key: str | None = None,
) -> bytes:
    """A block with content; `parent` and `key` are written only if there is neither `origin` nor `right`."""
    info = kind | (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    out = bytes([info])
    out += id_of(origin) if origin else b""
    out += id_of(right) if right else b""
    if not origin and not right:
        out += b"\1" + text(parent) if isinstance(parent, str) else b"\0" + id_of(parent)
        out += b"" if key is None else text(key)
    return out + content


def string(value: str, *, origin: Id | None = None, right: Id | None = None, parent: Id | str = "text") -> bytes:
    """A block of text."""
    return item(4, text(value), origin=origin, right=right, parent=parent)


def section(client: int, clock: int, *blocks: bytes) -> bytes:
    return write_varint(len(blocks)) + write_varint(client) + write_varint(clock) + b"".join(blocks)


def delete_set(deletes: Sequence[tuple[int, Ranges]] = ()) -> bytes:
    """Ranges are a first clock and a length."""
    out = write_varint(len(deletes))
    for client, ranges in deletes:
        out += write_varint(client) + write_varint(len(ranges))
        out += b"".join(write_varint(clock) + write_varint(length) for clock, length in ranges)
    return out


def update(*sections: bytes, deletes: Sequence[tuple[int, Ranges]] = ()) -> bytes:
    return write_varint(len(sections)) + b"".join(sections) + delete_set(deletes)


def frame(kind: int, step: int, payload: bytes) -> bytes:
    """A sync frame of y-websocket."""
    return bytes([kind, step]) + write_varint(len(payload)) + payload
