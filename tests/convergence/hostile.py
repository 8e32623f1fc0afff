"""The corpus: bytes that hurt an engine, a browser or a room if they get past the guard, each under a name.

`MALFORMED` is refused whatever the room holds. `LOOSE` is well-formed, and no room may keep any of it: it refers to
what no room has. `CROOKED` is refused by a room that holds `base()`.
"""

from collections.abc import Callable

from tests.convergence.wire import ANY_TRUE, delete_set, item, section, string, text, update

Corpus = dict[str, Callable[[], bytes]]
BASE_CLIENT = 5
NULL = text("null")


def base() -> bytes:
    """What the room of `CROOKED` holds: client 5 wrote `a😀b` (clocks 0 to 3) and a map of 20 keys (clocks 4 to 24)."""
    return update(
        section(
            BASE_CLIENT,
            0,
            string("a\U0001f600b"),
            item(7, b"\1", key="map"),
            *(item(8, ANY_TRUE, parent=(BASE_CLIENT, 4), key=f"key{number}") for number in range(20)),
        )
    )


def _nested_any(depth: int, opening: bytes) -> bytes:
    return update(section(1, 0, item(8, b"\1" + opening * depth + b"\x7e", key="k")))


def _nested_json(depth: int) -> bytes:
    return update(section(1, 0, item(5, text("[" * depth + "]" * depth))))


def _nested_types(depth: int) -> bytes:
    first = item(7, b"\1", key="a")
    return update(section(1, 0, first, *(item(7, b"\1", parent=(1, at), key="a") for at in range(depth))))


def _nested_types_behind_values(depth: int) -> bytes:
    """Each map replaces a plain value, so that its own block does not say what it lies in."""
    blocks = [item(7, b"\1", key="a")]
    for _ in range(depth):
        blocks.append(item(8, ANY_TRUE, parent=(1, len(blocks) - 1), key="a"))
        blocks.append(item(7, b"\1", origin=(1, len(blocks) - 1), key="a"))
    return update(section(1, 0, *blocks))


def _anything(*content: int) -> bytes:
    return update(section(1, 0, item(8, bytes(content), key="k")))


MALFORMED: Corpus = {
    "nothing": lambda: b"",
    "only a count": lambda: b"\1",
    "arrays nested 30,000 deep": lambda: _nested_any(30_000, b"\x75\1"),
    "objects nested 30,000 deep": lambda: _nested_any(30_000, b"\x76\1\0"),
    "arrays nested 33 deep": lambda: _nested_any(33, b"\x75\1"),
    "JSON nested 30,000 deep": lambda: _nested_json(30_000),
    "JSON nested 33 deep": lambda: _nested_json(33),
    "shared types nested 2,000 deep": lambda: _nested_types(2_000),
    "shared types nested 2,000 deep behind values": lambda: _nested_types_behind_values(2_000),
    "more clients than bytes": lambda: b"\xff\xff\xff\xff\x0f\0",
    "more blocks than bytes": lambda: b"\1\xff\xff\xff\xff\x0f\1\0\0",
    "more values than bytes": lambda: _anything(0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x78),
    "more items in an array than bytes": lambda: _anything(1, 117, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x78),
    "more keys in an object than bytes": lambda: _anything(1, 118, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x78),
    "more deletes than bytes": lambda: b"\0\1\1\xff\xff\xff\xff\x07\0\1",
    "a text longer than the bytes": lambda: update(section(1, 0, item(4, b"\xff\xff\xff\xff\x07a"))),
    "a text of 2**53 bytes": lambda: update(section(1, 0, item(4, b"\xff\xff\xff\xff\xff\xff\xff\x0fa"))),
    "a number without end": lambda: b"\xff" * 100_000,
    "a padded number": lambda: b"\x80\x00\x00",
    "a client id of 2**53": lambda: update(section(2**53, 0, string("a"))),
    "a clock of 2**31": lambda: update(section(1, 2**31, string("a"))),
    "a block that ends after the last clock": lambda: update(section(1, 2**31 - 1, string("ab"))),
    "a wrapped clock": lambda: update(section(1, 2, b"\0\2", b"\0\xfe\xff\xff\xff\x0f")),
    "a deleted range that wraps": lambda: update(deletes=[(1, [(2**31 - 1, 2**31 - 1)])]),
    "an empty garbage block": lambda: update(section(1, 0, b"\0\0")),
    "an empty skip": lambda: update(section(1, 0, b"\x0a\0", string("a"))),
    "an empty text": lambda: update(section(1, 0, string(""))),
    "an empty list of values": lambda: _anything(0),
    "an empty deleted block": lambda: update(section(1, 0, item(1, b"\0"))),
    "a client without blocks": lambda: b"\1\0\5\0\0",
    "a client twice": lambda: update(section(1, 0, b"\0\1"), section(1, 1, b"\0\1")),
    "garbage with flags": lambda: update(section(1, 0, b"\x20\1")),
    "a subdocument": lambda: update(section(1, 0, item(9, text("guid") + b"\x7e", key="k"))),
    "a moved range": lambda: update(section(1, 0, item(11, b"\0\0\0"))),
    "content of kind 12": lambda: update(section(1, 0, item(12, b"\1"))),
    "content of kind 31": lambda: update(section(1, 0, item(31, b"\1"))),
    "an XML element": lambda: update(section(1, 0, item(7, b"\3" + text("p"), key="k"))),
    "an XML fragment": lambda: update(section(1, 0, item(7, b"\4", key="k"))),
    "an XML hook": lambda: update(section(1, 0, item(7, b"\5" + text("p"), key="k"))),
    "an XML text": lambda: update(section(1, 0, item(7, b"\6", key="k"))),
    "a weak link": lambda: update(section(1, 0, item(7, b"\7\0\0\0", key="k"))),
    "an undefined shared type": lambda: update(section(1, 0, item(7, b"\x0f", key="k"))),
    "a parent that is neither name nor id": lambda: update(section(1, 0, b"\x04\2" + text("a") + text("b"))),
    "a root name of 257 bytes": lambda: update(section(1, 0, string("a", parent="n" * 257))),
    "257 root types": lambda: update(section(1, 0, *(string("a", parent=f"n{at}") for at in range(257)))),
    "a text that is not UTF-8": lambda: update(section(1, 0, item(4, text(b"a\xff")))),
    "a text with half a character": lambda: update(section(1, 0, item(4, text(b"\xed\xa0\xbd")))),
    "a text with an overlong character": lambda: update(section(1, 0, item(4, text(b"\xc0\x80")))),
    "a key that is not UTF-8": lambda: update(section(1, 0, b"\x24\1" + text("n") + text(b"\xff") + text("a"))),
    "a root name that is not UTF-8": lambda: update(section(1, 0, b"\x04\1" + text(b"\xff") + text("a"))),
    "a value whose text is not UTF-8": lambda: _anything(1, 119, 1, 0xFF),
    "a value of unknown kind": lambda: _anything(1, 115),
    "a value cut off": lambda: _anything(1, 123, 0, 0),
    "an integer of 60 bits": lambda: _anything(1, 125, 0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F),
    "an integer without end": lambda: _anything(1, 125, *[0xFF] * 1000),
    "an embed that is not JSON": lambda: update(section(1, 0, item(5, text("{")))),
    "an embed that is not a number": lambda: update(section(1, 0, item(5, text("NaN")))),
    "a format whose value is not JSON": lambda: update(section(1, 0, item(6, text("bold") + text("yes")))),
    "a list of JSON": lambda: update(section(1, 0, item(2, b"\1" + text("1")))),
    "bytes after the end": lambda: update(section(1, 0, string("a"))) + b"\0",
    "no delete set": lambda: b"\0",
    "a block that is its own origin": lambda: update(section(1, 0, string("a", origin=(1, 0)))),
    "a block whose origin comes later": lambda: update(section(1, 0, string("a", origin=(1, 1)), string("b"))),
    "a block that lies in itself": lambda: update(section(1, 0, item(7, b"\1", parent=(1, 0), key="k"))),
}

LOOSE: Corpus = {
    "a text after a gap": lambda: update(section(901, 7, string("a"))),
    "garbage after a gap": lambda: update(section(901, 2, b"\0\2")),
    "a skip, then a text": lambda: update(section(901, 0, b"\x0a\3", string("a"))),
    "an unknown origin": lambda: update(section(901, 0, string("a", origin=(902, 0)))),
    "an unknown right origin": lambda: update(section(901, 0, string("a", right=(902, 0)))),
    "an unknown parent": lambda: update(section(901, 0, item(8, ANY_TRUE, parent=(902, 0), key="k"))),
    "two clients that wait for each other": lambda: update(
        section(901, 0, string("a", origin=(902, 0))), section(902, 0, string("b", origin=(901, 0)))
    ),
    "deletes of an unknown client": lambda: update(deletes=[(901, [(0, 5)])]),
    "deletes of everything there could be": lambda: update(deletes=[(901, [(0, 2**31 - 1)])]),
}

CROOKED: Corpus = {
    "an insert between the halves of a character": lambda: update(
        section(6, 0, string("x", origin=(BASE_CLIENT, 1), right=(BASE_CLIENT, 2)))
    ),
    "an insert after the first half": lambda: update(section(6, 0, string("x", origin=(BASE_CLIENT, 1)))),
    "an insert before the second half": lambda: update(section(6, 0, string("x", right=(BASE_CLIENT, 2)))),
    "a delete of the first half": lambda: update(deletes=[(BASE_CLIENT, [(1, 1)])]),
    "a delete of the second half": lambda: update(deletes=[(BASE_CLIENT, [(2, 1)])]),
    "a delete up to the middle": lambda: update(deletes=[(BASE_CLIENT, [(0, 2)])]),
    "a text that overlaps half a character": lambda: update(
        section(BASE_CLIENT, 24, string("\U0001f600z", origin=(BASE_CLIENT, 0)))
    ),
    "a character of this same update, cut": lambda: update(
        section(6, 0, string("\U0001f600"), string("x", origin=(6, 0)))
    ),
}


def huge_state_vector() -> bytes:
    """Six bytes that make an engine reserve 1 GiB."""
    return b"\xff\xff\xff\xff\x07\0"


def overlapping_deletes(count: int = 20_000) -> bytes:
    """The same range again and again, which costs an engine their product."""
    return b"\0" + delete_set([(BASE_CLIENT, [(4, 20)] * count)])
