"""A graph document as it was at a place in its log, and what each further row of the log did to it.

The same update twice does nothing the second time, so what a row did can be told only by a document that has exactly
the rows before it. A room's own is further on; so this one follows behind.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from pycrdt import Doc, Map

from collab_server.activity.edits import Told, Touched, edits
from collab_server.rooms.crdt import engine_calls
from flowroom.changes import Change
from flowroom.errors import InvalidGraph, NoSuchEdge, NoSuchNode
from flowroom.model import Breakpoint, Edge, EdgeId, Graph, Meta, Node, NodeId
from flowroom.records import read
from flowroom.ydoc import GraphDocument
from flowroom.yrecords import read_map

V = TypeVar("V", Node, Edge)


class Shadow:
    """A document that is `seq` rows old. Used by one thread at a time."""

    def __init__(self, base: bytes | None, seq: int) -> None:
        """The document that `base` is the state of. Raises EngineFailed."""
        self.seq = seq
        self.size = len(base or b"")
        self.used = 0.0
        """When it was last of use, by a clock that only its owner reads."""
        self._changes: list[Change] = []
        self._document = GraphDocument(Doc())
        if base is not None:
            with engine_calls():
                self._document.doc.apply_update(base)
        self.graph = _whole(self._document)
        self._document.changes(self._changes.extend)

    def close(self) -> None:
        """Let go of the document."""
        self._document.close()

    def state(self) -> bytes:
        """The whole document as one update. Raises EngineFailed."""
        with engine_calls():
            return self._document.doc.get_update()

    def step(self, seq: int, update: bytes) -> list[Told]:
        """Apply the next row of the log, and tell what it did. Raises EngineFailed."""
        self._changes.clear()
        self.seq, self.size = seq, self.size + len(update)
        with engine_calls():
            self._document.doc.apply_update(update)
        if not self._changes:
            return []
        touched = _touched(self._changes)
        before, self.graph = self.graph, self._after(touched)
        return edits(before, self.graph, touched)

    def _after(self, touched: Touched) -> Graph:
        """The graph with the touched records read anew; the others stay the same objects."""
        document, graph = self._document, self.graph
        raw: dict[str, Any] = {}
        if touched.nodes:
            raw["nodes"] = _reread(graph.nodes, touched.nodes, document.node)
        if touched.edges:
            raw["edges"] = _reread(graph.edges, touched.edges, document.edge)
        if touched.breakpoints:
            raw["breakpoints"] = _breakpoints(self._root("breakpoints"))
        if touched.templates:
            raw["templates"] = self._root("templates")
        if touched.meta:
            raw["meta"] = read(Meta, self._root("meta"))
        return graph.model_copy(update=raw)

    def _root(self, name: str) -> dict[str, Any]:
        return read_map(self._document.doc.get(name, type=Map))


def _reread(known: Mapping[Any, V], ids: Iterable[str], now: Callable[[str], V]) -> dict[Any, V]:
    """Records by id with some of them as they are now; what is no map counts as gone."""
    records = dict(known)
    for id in ids:
        records.pop(id, None)
        with suppress(NoSuchNode, NoSuchEdge):
            records[id] = now(id)
    return records


def _touched(changes: list[Change]) -> Touched:
    ids: dict[str, set[str]] = {"node": set(), "edge": set(), "breakpoint": set(), "template": set(), "meta": set()}
    for change in changes:
        ids[change.kind].add(change.id)
    return Touched(
        nodes=frozenset(ids["node"]),
        edges=frozenset(ids["edge"]),
        breakpoints=frozenset(ids["breakpoint"]),
        templates=frozenset(ids["template"]),
        meta=bool(ids["meta"]),
    )


def _whole(document: GraphDocument) -> Graph:
    """All of a graph, whatever its schema says: what can't be opened here is told as far as it is understood."""
    try:
        return document.graph()
    except InvalidGraph:
        raw = document.raw()
        return Graph(
            meta=read(Meta, raw["meta"]),
            nodes={NodeId(id): _node(id, record) for id, record in raw["nodes"].items()},
            edges={EdgeId(id): _edge(id, record) for id, record in raw["edges"].items()},
            breakpoints=_breakpoints(raw["breakpoints"]),
            templates=raw["templates"],
        )


def _node(id: str, raw: object) -> Node:
    return read(Node, raw, id=id, type="")


def _edge(id: str, raw: object) -> Edge:
    return read(Edge, raw, id=id, source="", target="")


def _breakpoints(raw: dict[str, Any]) -> dict[NodeId, Breakpoint]:
    return {NodeId(id): read(Breakpoint, record) for id, record in raw.items()}
