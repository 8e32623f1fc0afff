"""Documents that no editor of ours writes and any Yjs client may: odd values in every field, and odd shapes.

Each is well-formed, so it gets past the guard; whoever reads it has to show what it can.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from collab_server.rooms.walker import write_varint
from tests.convergence.wire import Id, item, section, text, update


class Big(int):
    """A whole number that is written as a BigInt of JavaScript."""


UNDEFINED = object()


def nested(depth: int) -> Any:
    """Lists in lists."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


ODD: dict[str, Any] = {
    "nan": float("nan"), "infinity": float("inf"), "minus infinity": float("-inf"), "big": Big(2**62),
    "very negative": Big(-(2**63)), "2**60": float(2**60), "1e308": 1e308, "1e20": 1e20, "undefined": UNDEFINED,
    "null": None, "bytes": b"abc", "true": True, "text": "odd", "empty": "", "pair": [1, 2], "triple": [1, 2, 3],
    "object": {"a": 1}, "object with nan": {"a": float("nan")}, "texts": ["a", "b"], "fraction": 1.5, "99": 99,
    "minus 7": -7, "zero": 0, "nul": "\0", "__proto__": "__proto__", "slash": "a/b", "up": "../../up",
    "deep": nested(26), "deepest": nested(31), "long": "x" * 5_000,
}  # fmt: skip
NODE_FIELDS = (
    "type", "typeVersion", "name", "pos", "size", "params", "parent", "ports", "runWhen", "retry", "timeout", "onError",
    "disabled", "pinned", "id", "phase1",
)  # fmt: skip
EDGE_FIELDS = (
    "source", "sourcePort", "target", "targetPort", "kind", "varName", "condition", "label", "order", "phase1",
)  # fmt: skip
META_FIELDS = (
    "schemaVersion", "title", "description", "live", "lastRun", "createdFrom", "execution", "flowVariables", "phase1",
)  # fmt: skip
SHARED = ("map", "array", "text")


class Writer:
    """Writes a document block by block, as one update of one client."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._clock = 0

    def update(self) -> bytes:
        """What was written."""
        return update(section(77, 0, *self._blocks))

    def set(self, parent: Id | str, key: str, value: Any) -> None:
        """One plain value under a key."""
        self._add(item(8, b"\1" + plain(value), parent=parent, key=key))

    def push(self, parent: Id | str, value: Any) -> None:
        """One plain value at the beginning of a list."""
        self._add(item(8, b"\1" + plain(value), parent=parent))

    def shared(self, kind: str, parent: Id | str, key: str) -> Id:
        """A shared type under a key."""
        if kind == "map":
            return self._add(item(7, b"\1", parent=parent, key=key))
        if kind == "array":
            found = self._add(item(7, b"\0", parent=parent, key=key))
            self.push(found, 1)
            return found
        found = self._add(item(7, b"\2", parent=parent, key=key))
        self._add(item(4, text("hello"), parent=found), 5)
        return found

    def node(self, id: str, /, **fields: Any) -> Id:
        """A node, usual but for these fields; one that is ... is left out."""
        record = self.shared("map", "nodes", id)
        for key, value in ({"type": "Log", "name": id[:20], "pos": [0, 0]} | fields).items():
            if value is not ...:
                self.set(record, key, value)
        return record

    def edge(self, id: str, source: str = "a", target: str = "b", /, **fields: Any) -> None:
        """An edge, usual but for these fields."""
        record = self.shared("map", "edges", id)
        for key, value in ({"source": source, "target": target, "order": 0} | fields).items():
            self.set(record, key, value)

    def _add(self, block: bytes, clocks: int = 1) -> Id:
        self._blocks.append(block)
        self._clock += clocks
        return 77, self._clock - clocks


def plain(value: Any) -> bytes:
    """A value as yjs and lib0 write it."""
    match value:
        case _ if value is UNDEFINED:
            return b"\x7f"
        case None:
            return b"\x7e"
        case bool():
            return b"\x78" if value else b"\x79"
        case Big():
            return b"\x7a" + struct.pack(">q", value)
        case int():
            return plain(float(value)) if abs(value) > 63 else b"\x7d" + bytes([(value < 0) << 6 | abs(value)])
        case float():
            return b"\x7b" + struct.pack(">d", value)
        case str():
            return b"\x77" + text(value)
        case bytes():
            return b"\x74" + text(value)
        case list():
            return b"\x75" + write_varint(len(value)) + b"".join(map(plain, value))
        case dict():
            return b"\x76" + write_varint(len(value)) + b"".join(text(key) + plain(of) for key, of in value.items())
    raise TypeError(f"no such value: {value!r}")


def _node_field(field: str) -> bytes:
    writer = Writer()
    for name, value in ODD.items():
        writer.node(name, **{field: value})
    for kind in SHARED:
        writer.shared(kind, writer.node(f"shared {kind}", **{field: ...}), field)
    return writer.update()


def _coordinates() -> bytes:
    writer = Writer()
    for name, value in ODD.items():
        writer.node(name, pos=[value, 0], size=[10, value])
    return writer.update()


def _params() -> bytes:
    writer = Writer()
    for type in ("LLM", "Chat", "HttpRequest", "Switch", "FileReader", "Merge", "Unknown"):
        for name, value in ODD.items():
            node = writer.node(f"{type} {name}", type=type, params=...)
            params = writer.shared("map", node, "params")
            for key in ("prompt", "model", "cases", "url", "", "__proto__", "\0", "../up"):
                writer.set(params, key, value)
    for kind in SHARED:
        params = writer.shared("map", writer.node(f"shared {kind}", params=...), "params")
        for key in ("prompt", "model"):
            writer.shared(kind, params, key)
    return writer.update()


def _edge_field(field: str) -> bytes:
    writer = Writer()
    writer.node("a", type="Template")
    writer.node("b")
    for name, value in ODD.items():
        writer.edge(name, **{field: value})
    return writer.update()


def _records(root: str) -> bytes:
    writer = Writer()
    for name, value in ODD.items():
        writer.set(root, name, value)
        writer.push(root, value)
    for kind in SHARED:
        writer.shared(kind, root, f"shared {kind}")
    writer.node("usual")
    return writer.update()


def _meta(field: str, value: Any) -> bytes:
    writer = Writer()
    writer.node("usual")
    writer.set("meta", field, value)
    return writer.update()


def _shared_meta(kind: str) -> bytes:
    writer = Writer()
    writer.node("usual")
    for field in META_FIELDS:
        writer.shared(kind, "meta", field)
    return writer.update()


def _ids() -> bytes:
    writer = Writer()
    ids = (
        "",
        "a/b",
        "a_b",
        "a:b",
        "..",
        "../../up",
        "__proto__",
        "constructor",
        "x" * 5000,
        "\0",
        "CON",
        "\u202e",
        "ü" * 200,
    )
    for id in ids:
        writer.node(id, type="Group" if "/" in id else "Log")
        writer.edge(id, "a/b", id)
    for number in range(20):
        writer.node(f"same {number}", name="../../up", type="Group", parent="a/b")
    return writer.update()


def _parents() -> bytes:
    writer = Writer()
    writer.node("self", type="Group", parent="self")
    writer.node("one", type="Group", parent="two")
    writer.node("two", type="Group", parent="one")
    writer.node("below", parent="one")
    writer.node("lost", parent="nowhere")
    writer.node("odd", parent="below")
    return writer.update()


def _nested_groups() -> bytes:
    writer = Writer()
    for number in range(1500):
        writer.node(f"n{number}", type="Group", parent=f"n{number + 1}")
    return writer.update()


def _tangle() -> bytes:
    writer = Writer()
    for number in range(5):
        writer.node(f"n{number}")
    for number in range(200):
        writer.edge(f"e{number}", f"n{number % 7}", f"n{number % 3}", targetPort=f"p{number % 4}")
    return writer.update()


def _text_root() -> bytes:
    return update(section(77, 0, item(4, text("hello"), parent="nodes"), item(4, text("hello"), parent="meta")))


def documents() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every document's name, and its update."""
    for field in NODE_FIELDS:
        yield f"nodes with an odd {field}", lambda field=field: _node_field(field)  # type: ignore[misc]
    yield "nodes with odd coordinates", _coordinates
    yield "nodes with odd parameters", _params
    for field in EDGE_FIELDS:
        yield f"edges with an odd {field}", lambda field=field: _edge_field(field)  # type: ignore[misc]
    for root in ("nodes", "edges", "breakpoints", "templates"):
        yield f"odd records in {root}", lambda root=root: _records(root)  # type: ignore[misc]
    for kind in SHARED:
        yield f"a shared {kind} in meta", lambda kind=kind: _shared_meta(kind)  # type: ignore[misc]
    yield "odd ids", _ids
    yield "odd parents", _parents
    yield "groups nested 1,500 deep", _nested_groups
    yield "a tangle of edges", _tangle
    yield "roots that are texts", _text_root


def metas() -> Iterator[tuple[str, bytes]]:
    """A document for each odd value of each field of meta."""
    for field in META_FIELDS:
        for name, value in ODD.items():
            yield f"meta.{field} is {name}", _meta(field, value)
