"""What an edit did, in the words of those who edit: one pure function of the graph before and the graph after.

What belongs together is told together: ten nodes that were pasted are one thing told, the edges that went with a node
are part of its removal, and putting nodes into a new group is making that group. Values are whole here; they are
shortened and masked where they are kept (bursts.py). Told in order, they lead from one graph to the other.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flowroom.model import CONTAINER_TYPES, Edge, Graph, Json, Meta, Node, Value
from flowroom.records import written
from flowroom.yrecords import is_same

UNTOLD_META = frozenset({"schemaVersion", "lastRun", "createdFrom"})
"""Of a graph as a whole, what nobody sets by hand: a run that was started is told as such."""


WORD_BEGINS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Inside a name such as HTTPRequest."""


class Named(NamedTuple):
    """A node, and what people called it then: its name, or else the title of its type."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """One thing an edit did. `before` and `after` are the values of `field`, or by id what became of each record."""

    kind: str
    nodes: tuple[Named, ...] = ()
    field: str = ""
    before: Json = None
    after: Json = None
    facts: Mapping[str, Json] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Touched:
    """The ids of records that may differ; everything else is the same for sure."""

    nodes: frozenset[str] = frozenset()
    edges: frozenset[str] = frozenset()
    breakpoints: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    meta: bool = True

    @staticmethod
    def between(before: Graph, after: Graph) -> "Touched":
        """Whatever is in either graph."""
        return Touched(
            nodes=frozenset({*before.nodes, *after.nodes}),
            edges=frozenset({*before.edges, *after.edges}),
            breakpoints=frozenset({*before.breakpoints, *after.breakpoints}),
            templates=frozenset({*before.templates, *after.templates}),
        )


def edits(before: Graph, after: Graph, touched: Touched | None = None) -> list[Told]:
    """What leads from one graph to the other, in the order in which it could have been done."""
    seen = touched or Touched.between(before, after)
    nodes = _Difference(before.nodes, after.nodes, seen.nodes)
    edges = _Difference(before.edges, after.edges, seen.edges)
    told = [
        *(_meta(before.meta, after.meta) if seen.meta else ()),
        *_arrived(nodes, after),
        *_connected(edges, after),
        *_changed_nodes(nodes, before, after),
        *_changed_edges(edges, after),
        *_disconnected(edges, nodes, before),
        *_removed(nodes, edges),
        *_breakpoints(before, after, seen.breakpoints),
        *_templates(before, after, seen.templates),
    ]
    return told


def named(graph: Graph, id: str | None) -> Named:
    """A node of a graph by the name people see; one that is not there by its id."""
    node = graph.nodes.get(id) if id is not None else None  # type: ignore[call-overload]
    return _name(node) if node is not None else Named(id or "", id or "")


class _Difference:
    """Records of one kind that came, went and stayed, by id."""

    def __init__(self, before: Mapping[Any, Value], after: Mapping[Any, Value], ids: Iterable[str]) -> None:
        self.new: dict[str, Any] = {}
        self.gone: dict[str, Any] = {}
        self.changed: dict[str, tuple[Any, Any]] = {}
        for id in sorted(ids):
            old, now = before.get(id), after.get(id)
            if old is None and now is not None:
                self.new[id] = now
            elif old is not None and now is None:
                self.gone[id] = old
            elif old is not None and now is not None and _differ(old, now):
                self.changed[id] = (old, now)


def _differ(old: Value, now: Value) -> bool:
    """Whether two records are not the same JSON."""
    return old is not now and (old != now or not is_same(written(old), written(now)))


def _name(node: Node) -> Named:
    return Named(node.id, node.name or title_of(node.type) or node.id)


def title_of(type: str) -> str:
    """A node type as people read it: its words apart, as they are in the titles of the types there are."""
    return WORD_BEGINS.sub(" ", type)


def _names(nodes: Iterable[Node]) -> tuple[Named, ...]:
    return tuple(map(_name, nodes))


def _fields(old: Value, now: Value) -> Iterator[tuple[str, Json, Json]]:
    """The keys in which a record differs, as they are written down; a default is None."""
    was, is_now = written(old), written(now)
    for key in sorted({*was, *is_now} - {"id"}):
        if not is_same(was.get(key), is_now.get(key)):
            yield key, was.get(key), is_now.get(key)


def _meta(before: Meta, after: Meta) -> Iterator[Told]:
    if before is after:
        return
    for key, was, now in _fields(before, after):
        if key not in UNTOLD_META:
            yield Told("graph.renamed" if key == "title" else "graph.changed", field=key, before=was, after=now)


def _arrived(nodes: _Difference, after: Graph) -> Iterator[Told]:
    """Nodes that are new; a new group with what was put into it, others together."""
    groups = [node for node in nodes.new.values() if node.type in CONTAINER_TYPES]
    filled = set[str]()
    for group in groups:
        inside = [now for old, now in nodes.changed.values() if now.parent == group.id and old.parent != group.id]
        if inside:
            filled |= {group.id}
            records = {node.id: written(node) for node in (group, *inside)}
            yield Told("group.made", _names((group, *inside)), after=records)
    others = [node for id, node in nodes.new.items() if id not in filled]
    if others:
        types = sorted({node.type for node in others})
        records = {node.id: written(node) for node in others}
        yield Told("node.added", _names(others), after=records, facts={"types": types})


def _removed(nodes: _Difference, edges: _Difference) -> Iterator[Told]:
    if nodes.gone:
        records = {id: written(node) for id, node in nodes.gone.items()}
        lost = [edge for edge in edges.gone.values() if {edge.source, edge.target} & nodes.gone.keys()]
        facts = {"types": sorted({node.type for node in nodes.gone.values()}), "edges": [edge.id for edge in lost]}
        yield Told("node.removed", _names(nodes.gone.values()), before=records, facts=facts)


def _changed_nodes(nodes: _Difference, before: Graph, after: Graph) -> Iterator[Told]:
    moved, resized, placed = _Many("pos"), _Many("size"), dict[str | None, _Many]()
    for old, now in nodes.changed.values():
        if old.parent != now.parent:
            if now.parent not in nodes.new or after.nodes[now.parent].type not in CONTAINER_TYPES:
                placed.setdefault(now.parent, _Many("parent")).add(old, now, ("parent", "pos"))
            old = old.model_copy(update={"parent": now.parent, "pos": now.pos})
        if old.pos != now.pos:
            moved.add(old, now, ("pos",))
        if old.size != now.size:
            resized.add(old, now, ("size",))
        yield from _changed_node(old, now)
    yield from moved.told("node.moved")
    yield from resized.told("node.resized")
    for parent, many in placed.items():
        into = named(after if parent in after.nodes else before, parent)
        yield from many.told("node.placed", {"into": into.name or None, "container": parent})


def _changed_node(old: Node, now: Node) -> Iterator[Told]:
    who = (_name(old),)
    if old.name != now.name:
        yield Told("node.renamed", who, "name", old.name, now.name)
    for key in sorted({*old.params, *now.params}):
        if not _same(old.params, now.params, key):
            yield Told(
                "node.changed", who, f"params.{key}", old.params.get(key), now.params.get(key), {"type": now.type}
            )
    for key, was, is_now in _fields(old, now):
        if key not in ("name", "params", "pos", "size", "parent"):
            yield Told("node.changed", who, key, was, is_now, {"type": now.type})


def _same(old: Mapping[str, Json], now: Mapping[str, Json], key: str) -> bool:
    return (key in old) == (key in now) and is_same(old.get(key), now.get(key))


class _Many:
    """The same thing done to several nodes at once."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._nodes: list[Named] = []
        self._before: dict[str, Json] = {}
        self._after: dict[str, Json] = {}

    def add(self, old: Node, now: Node, keys: tuple[str, ...]) -> None:
        self._nodes.append(_name(old))
        for node, values in ((old, self._before), (now, self._after)):
            found = [_json(getattr(node, key)) for key in keys]
            values[node.id] = found[0] if len(keys) == 1 else dict(zip(keys, found, strict=True))

    def told(self, kind: str, facts: Mapping[str, Json] | None = None) -> Iterator[Told]:
        if self._nodes:
            yield Told(kind, tuple(self._nodes), self._field, self._before, self._after, facts or {})


def _json(value: object) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _ends(edge: Edge, graph: Graph) -> dict[str, Json]:
    source, target = named(graph, edge.source), named(graph, edge.target)
    return {
        "edge": edge.id,
        "source": source.name,
        "sourcePort": edge.source_port,
        "target": target.name,
        "targetPort": edge.target_port,
    }


def _edges_told(kind: str, edges: Mapping[str, Edge], graph: Graph, *, gone: bool) -> Iterator[Told]:
    """Several edges at once are one thing told."""
    if not edges:
        return
    ids = dict.fromkeys(end for edge in edges.values() for end in (edge.source, edge.target))
    records = {id: written(edge) for id, edge in edges.items()}
    facts = _ends(next(iter(edges.values())), graph) if len(edges) == 1 else {"edges": list(edges)}
    nodes = tuple(named(graph, id) for id in ids)
    yield Told(kind, nodes, before=records if gone else None, after=None if gone else records, facts=facts)


def _connected(edges: _Difference, after: Graph) -> Iterator[Told]:
    yield from _edges_told("edge.connected", edges.new, after, gone=False)


def _disconnected(edges: _Difference, nodes: _Difference, before: Graph) -> Iterator[Told]:
    """Edges that went by themselves, not with a node."""
    alone = {id: edge for id, edge in edges.gone.items() if not {edge.source, edge.target} & nodes.gone.keys()}
    yield from _edges_told("edge.removed", alone, before, gone=True)


def _changed_edges(edges: _Difference, after: Graph) -> Iterator[Told]:
    for old, now in edges.changed.values():
        nodes = (named(after, now.source), named(after, now.target))
        for key, was, is_now in _fields(old, now):
            yield Told("edge.changed", nodes, key, was, is_now, _ends(now, after))


def _breakpoints(before: Graph, after: Graph, ids: frozenset[str]) -> Iterator[Told]:
    difference = _Difference(before.breakpoints, after.breakpoints, ids)
    for id in ids & after.nodes.keys():  # one that went with its node needs no words
        old, now = before.breakpoints.get(id), after.breakpoints.get(id)  # type: ignore[call-overload]
        if id in difference.new or id in difference.gone or id in difference.changed:
            was, is_now = (None if value is None else written(value) for value in (old, now))
            yield Told("node.changed", (named(after, id),), "breakpoint", was, is_now)


def _templates(before: Graph, after: Graph, names: frozenset[str]) -> Iterator[Told]:
    for name in sorted(names):
        if not _same(before.templates, after.templates, name):
            kept = {"template": name}
            was, is_now = before.templates.get(name), after.templates.get(name)
            yield Told("graph.changed", field="templates", before=was, after=is_now, facts=kept)
