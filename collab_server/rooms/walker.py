"""One bounded walk over the bytes of a Yjs v1 update, without the engine.

What the engine would do with hostile bytes is not left to chance: nesting 30,000 deep ends the process, a
section without blocks panics, an empty block poisons the document. The walk refuses all of it in linear time and
without recursion deeper than `MAX_DEPTH`, and tells gate.py what each block needs. The format is that of
yjs 13.6 (`src/utils/encoding.js`, `src/structs/`); the rules are GUARD-1 to GUARD-9 in docs/spec.md.
"""

from collections.abc import Callable
from typing import NamedTuple

import orjson

from flowroom.errors import FlowroomError

MAX_CLOCK = 2**31
"""Clocks stay below this; the engine keeps them in 32 bits and wraps silently."""
MAX_CLIENT = 2**53
"""Client ids stay below this, the largest number JavaScript counts to."""
MAX_DEPTH = 32
"""How deep one JSON value may nest."""
MAX_NAME_BYTES = MAX_ROOTS = 256
"""How long the name of a root type may be, and how many of them one update may name."""

GC, DELETED, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, SKIP = 0, 1, 3, 4, 5, 6, 7, 8, 10
ARRAY_TYPE, MAP_TYPE, TEXT_TYPE = 0, 1, 2
ALLOWED_TYPES = frozenset({ARRAY_TYPE, MAP_TYPE, TEXT_TYPE})
"""XML types, weak links and subdocuments are refused: no document of ours has them."""

HAS_KEY = 0x20
_HAS_ORIGIN, _HAS_RIGHT, _KIND = 0x80, 0x40, 0x1F

Id = tuple[int, int]
"""A client and one of its clocks."""
Range = tuple[int, int]
"""A first clock and the clock after the last."""


class Malformed(FlowroomError):
    """Bytes that are no well-formed message; `at` is the offset where that showed, if it is known."""

    def __init__(self, what: str, at: int | None = None) -> None:
        super().__init__(what if at is None else f"{what} (at byte {at})")
        self.what = what
        self.at = at


class TooLarge(FlowroomError):
    """A message of `size` bytes where `limit` is the most that is accepted."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"A message may have {limit} bytes, this one has {size}: send smaller edits.")
        self.size = size
        self.limit = limit


class Block(NamedTuple):
    """A run of clocks of one client, and the bytes it was read from.

    `place_end` is the offset after its parent and key, 0 if they are those of its neighbours; `pairs` are offsets
    of low surrogates in its text, where no edit may cut.
    """

    kind: int
    clock: int
    end: int
    origin: Id | None
    right: Id | None
    parent: Id | None
    pairs: tuple[int, ...]
    place_end: int
    first_byte: int
    last_byte: int


class Section(NamedTuple):
    """The blocks of one client, in the order of their clocks and without holes."""

    client: int
    blocks: list[Block]


class Walk(NamedTuple):
    """What an update in `data` holds; it is `tidy` if its deletes are sorted, apart and non-empty, as of engines."""

    data: bytes
    sections: list[Section]
    deletes: list[tuple[int, list[Range]]]
    roots: set[bytes]
    tidy: bool


def walk(data: bytes, at: int = 0, end: int | None = None, any_roots: bool = False) -> Walk:
    """Read the update between two offsets; raises Malformed if any byte of it is not what an honest engine writes."""
    end = len(data) if end is None else end
    try:
        sections, roots, at = _sections(data, at)
        deletes, tidy, at = _deletes(data, at)
    except IndexError:
        at = len(data) + 1
    if at != end:
        short = "The update ends in the middle of something"
        raise Malformed(short if at > end else "There are bytes after the end of the update", min(at, end))
    if len(roots) > MAX_ROOTS and not any_roots:
        raise Malformed(f"{len(roots)} root types are named, and {MAX_ROOTS} are the most")
    return Walk(data, sections, deletes, roots, tidy)


def varint(data: bytes, at: int, limit: int = MAX_CLIENT) -> tuple[int, int]:
    """The unsigned number at an offset, below `limit`, and the offset after it."""
    number, at = data[at], at + 1
    if number > 127:
        number &= 127
        shift = 7
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
            if shift > 49:
                raise Malformed("A number has more than 53 bits", at)
        if not byte:
            raise Malformed("A number is padded", at)
    if number >= limit:
        raise Malformed(f"A number is {number}, and must be below {limit}", at)
    return number, at


def chunk(data: bytes, at: int) -> tuple[int, int]:
    """Where the length-prefixed bytes at an offset begin and end."""
    length, at = varint(data, at)
    end = at + length
    if end > len(data):
        raise Malformed(f"{length} bytes are announced and {len(data) - at} are left", at)
    return at, end


def text(data: bytes, at: int) -> tuple[bytes, int]:
    """The length-prefixed UTF-8 at an offset, still encoded, and the offset after it."""
    start, end = chunk(data, at)
    raw = data[start:end]
    if not raw.isascii():
        _decode(raw, start)
    return raw, end


def write_varint(number: int) -> bytes:
    """A number as `varint` reads it."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _count(data: bytes, at: int, least: int) -> tuple[int, int]:
    """A number of things that take at least `least` bytes each, so that no count can ask for more than was sent."""
    count, at = varint(data, at)
    if count * least > len(data) - at:
        raise Malformed(f"{count} things are announced and {len(data) - at} bytes are left", at)
    return count, at


def _decode(raw: bytes, at: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed("A text is not UTF-8", at + error.start) from None


def _sections(data: bytes, at: int) -> tuple[list[Section], set[bytes], int]:
    count, at = _count(data, at, 4)
    sections: list[Section] = []
    roots: set[bytes] = set()
    for _ in range(count):
        blocks, at = _count(data, at, 2)
        client, at = varint(data, at)
        clock, at = varint(data, at, MAX_CLOCK)
        if not blocks:
            raise Malformed(f"Client {client} is announced without blocks", at)
        section = Section(client, [])
        for _ in range(blocks):
            block = _block(data, at, client, clock, roots)
            section.blocks.append(block)
            at, clock = block.last_byte, block.end
        sections.append(section)
    if len({section.client for section in sections}) < len(sections):
        raise Malformed("A client is announced twice")
    return sections, roots, at


def _block(data: bytes, at: int, client: int, clock: int, roots: set[bytes]) -> Block:
    first = at
    info, at = data[at], at + 1
    kind = info & _KIND
    origin = right = parent = None
    pairs: tuple[int, ...] = ()
    place_end = 0
    if kind == GC or kind == SKIP:
        if info != kind:
            raise Malformed("A block without content has flags", first)
        length, at = varint(data, at, MAX_CLOCK)
    else:
        if info & _HAS_ORIGIN:
            origin, at = _id(data, at)
        if info & _HAS_RIGHT:
            right, at = _id(data, at)
        if not info & (_HAS_ORIGIN | _HAS_RIGHT):
            parent, at = _parent(data, at, roots)
            if info & HAS_KEY:
                _, at = text(data, at)
            place_end = at
        if kind == STRING:
            length, pairs, at = _string(data, at)
        else:
            read = _CONTENTS.get(kind)
            if read is None:
                raise Malformed(f"Content of kind {kind} is not used here", first)
            length, at = read(data, at)
    end = clock + length
    if not length:
        raise Malformed(f"Block {client}:{clock} is empty", first)
    if end > MAX_CLOCK:
        raise Malformed(f"Block {client}:{clock} ends after the last clock", first)
    return Block(kind, clock, end, origin, right, parent, pairs, place_end, first, at)


def _id(data: bytes, at: int) -> tuple[Id, int]:
    client, at = varint(data, at)
    clock, at = varint(data, at, MAX_CLOCK)
    return (client, clock), at


def _parent(data: bytes, at: int, roots: set[bytes]) -> tuple[Id | None, int]:
    """The type a block lies in: an id, or nothing for a root type."""
    by_name, at = varint(data, at, 2)
    if not by_name:
        return _id(data, at)
    name, at = text(data, at)
    if len(name) > MAX_NAME_BYTES:
        raise Malformed(f"A root type's name has {len(name)} bytes, and {MAX_NAME_BYTES} are the most", at)
    roots.add(name)
    return None, at


def _string(data: bytes, at: int) -> tuple[int, tuple[int, ...], int]:
    """The length of a text in UTF-16 units, as Yjs counts, and where its low surrogates lie."""
    start, end = chunk(data, at)
    raw = data[start:end]
    if raw.isascii():
        return len(raw), (), end
    string = _decode(raw, start)
    units = len(string)
    if max(string) <= "\uffff":
        return units, (), end
    pairs: list[int] = []
    for index, character in enumerate(string):
        if character > "\uffff":
            pairs.append(index + len(pairs) + 1)
    return units + len(pairs), tuple(pairs), end


def _deleted(data: bytes, at: int) -> tuple[int, int]:
    return varint(data, at, MAX_CLOCK)


def _binary(data: bytes, at: int) -> tuple[int, int]:
    return 1, chunk(data, at)[1]


def _embed(data: bytes, at: int) -> tuple[int, int]:
    return 1, _json(data, at)


def _format(data: bytes, at: int) -> tuple[int, int]:
    _, at = text(data, at)
    return 1, _json(data, at)


def _json(data: bytes, at: int) -> int:
    """JSON in a text; yjs stalls on one that does not parse."""
    raw, end = text(data, at)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"A value is not JSON: {error.msg}", at) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        check_depth(value)
    return end


def check_depth(value: object, left: int = MAX_DEPTH) -> None:
    """Raise Malformed if a JSON value nests deeper than `left`."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        if not left:
            raise Malformed(f"A value nests deeper than {MAX_DEPTH}")
        for item in value:
            check_depth(item, left - 1)


def _type(data: bytes, at: int) -> tuple[int, int]:
    ref, after = varint(data, at)
    if ref not in ALLOWED_TYPES:
        raise Malformed(f"Shared type {ref} is not used here: maps, arrays and texts are", at)
    return 1, after


def _any_list(data: bytes, at: int) -> tuple[int, int]:
    count, at = _count(data, at, 1)
    for _ in range(count):
        at = _any(data, at, MAX_DEPTH)
    return count, at


_FIXED_SIZES = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
"""lib0 encoding of any value: undefined, null, float32, float64, bigint, false, true."""
_BYTES, _LIST, _OBJECT, _TEXT, _INTEGER = 116, 117, 118, 119, 125


def _any(data: bytes, at: int, left: int) -> int:
    """Pass over one value of any kind that may nest `left` deep."""
    tag, at = data[at], at + 1
    if tag == _TEXT:
        return text(data, at)[1]
    size = _FIXED_SIZES.get(tag)
    if size is not None:
        if at + size > len(data):
            raise Malformed("A number is cut off", at)
        return at + size
    if tag == _INTEGER:
        return _signed(data, at)
    if tag == _BYTES:
        return chunk(data, at)[1]
    if tag not in (_LIST, _OBJECT):
        raise Malformed(f"A value has the unknown tag {tag}", at - 1)
    if not left:
        raise Malformed(f"A value nests deeper than {MAX_DEPTH}", at)
    count, at = _count(data, at, 1 if tag == _LIST else 2)
    for _ in range(count):
        if tag == _OBJECT:
            _, at = text(data, at)
        at = _any(data, at, left - 1)
    return at


def _signed(data: bytes, at: int) -> int:
    """Pass over a signed number: 6 bits and the sign in its first byte, 53 bits in all, or yjs throws on it."""
    byte, at = data[at], at + 1
    number = byte & 63
    shift = 6
    while byte > 127:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if number >= MAX_CLIENT or shift > 62:
            raise Malformed("An integer has more than 53 bits", at)
    return at


_CONTENTS: dict[int, Callable[[bytes, int], tuple[int, int]]] = {
    DELETED: _deleted,
    BINARY: _binary,
    EMBED: _embed,
    FORMAT: _format,
    TYPE: _type,
    ANY: _any_list,
}
"""How each kind of content is read, besides STRING; a kind that is not here is refused.

Among them kind 2, lists of JSON, which yjs has not written since version 13: yrs reads one more than there are.
"""


def _deletes(data: bytes, at: int) -> tuple[list[tuple[int, list[Range]]], bool, int]:
    count, at = _count(data, at, 2)
    deletes: list[tuple[int, list[Range]]] = []
    tidy = True
    for _ in range(count):
        client, at = varint(data, at)
        number, at = _count(data, at, 2)
        ranges: list[Range] = []
        last = -1
        for _ in range(number):
            clock, at = varint(data, at, MAX_CLOCK)
            length, at = varint(data, at, MAX_CLOCK)
            end = clock + length
            if end > MAX_CLOCK:
                raise Malformed(f"Clocks of client {client} are deleted after the last", at)
            tidy = tidy and clock >= last and length > 0
            last = end
            ranges.append((clock, end))
        tidy = tidy and number > 0
        deletes.append((client, ranges))
    return deletes, tidy and len({client for client, _ in deletes}) == count, at
