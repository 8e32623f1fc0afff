"""A graph as a shared document: the one place that knows its Yjs keys (design: five root maps, camelCase fields).

`GraphDocument` gives plain `model` values and takes gestures; each gesture is one transaction with the document's
origin. Records are made once and afterwards updated field by field, never replaced: a whole-value set would beat a
concurrent delete and bring a ghost back. What is read is a snapshot; dangling edges and ghosts are left in it, see
checks.visible. Single records are in yrecords.py, text in shared_text.py, change events in changes.py.
"""

import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import orjson
from pycrdt import Doc, Map, Text

from flowroom.changes import ROOT_KINDS, Change, Subscription
from flowroom.errors import InvalidGraph, NewerSchema, NoSuchEdge, NoSuchNode
from flowroom.model import (
    PROSE_PARAMS,
    SCHEMA_VERSION,
    Breakpoint,
    Edge,
    EdgeId,
    Graph,
    Json,
    Meta,
    Node,
    NodeId,
)
from flowroom.plain import put_right
from flowroom.records import aliased, changed_by, checked, read, written
from flowroom.shared_text import SharedText
from flowroom.yrecords import assign, assign_key, assign_param, read_map, shared_params, shared_record

__all__ = ["Change", "GraphDocument", "SharedGraph", "SharedText", "Subscription", "graph_of", "new_id", "seeding"]

Texts = dict[str, str]
"""The roots of a document as JSON."""

NOT_EMPTY = "Only an empty document can be seeded; this one already has content."
_ALPHABET = string.ascii_letters + string.digits


def new_id() -> str:
    """A short random id (71 bits); never parsed, never containing `/`."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class SharedGraph:
    """A graph that others may be editing at the same time. Not thread-safe, as its `Doc` is not.

    Don't `await` inside a `transaction`: what arrives meanwhile would become part of it.
    """

    def __init__(self, doc: Doc[Any] | None = None, *, origin: object = None) -> None:
        """Wrap `doc`, or a new empty one. `origin` marks this document's own transactions for observers and undo."""
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.origin = origin
        self._meta: Map[Any] = self.doc.get("meta", type=Map)
        self._nodes: Map[Any] = self.doc.get("nodes", type=Map)
        self._edges: Map[Any] = self.doc.get("edges", type=Map)
        self._breakpoints: Map[Any] = self.doc.get("breakpoints", type=Map)
        self._templates: Map[Any] = self.doc.get("templates", type=Map)
        self._roots = (self._meta, self._nodes, self._edges, self._breakpoints, self._templates)
        self._last_order: tuple[bytes, int] | None = None

    # Reading

    def snapshot(self) -> Graph:
        """The graph as a plain value: nodes sorted by id, edges in the order they were drawn. Raises NewerSchema."""
        return graph_of(self.texts())

    def texts(self) -> Texts:
        """The whole document as JSON, for `graph_of`: a tenth of the work, and all of it that needs the document."""
        return dict(zip(ROOT_KINDS, map(str, self._roots), strict=True))

    @property
    def meta(self) -> Meta:
        """What is true of the graph as a whole. Raises NewerSchema."""
        return _read_meta(read_map(self._meta))

    @property
    def nodes(self) -> dict[NodeId, Node]:
        """All nodes, sorted by id."""
        return _read_nodes(read_map(self._nodes))

    @property
    def edges(self) -> dict[EdgeId, Edge]:
        """All edges, in the order they were drawn."""
        return _read_edges(read_map(self._edges))

    def node_ids(self) -> list[NodeId]:
        """The ids of all nodes, sorted."""
        return sorted(map(NodeId, self._nodes.keys()))

    def node(self, id: str) -> Node:
        """One node. Raises NoSuchNode."""
        return _read_node(id, read_map(self._shared_node(id)))

    def edge(self, id: str) -> Edge:
        """One edge. Raises NoSuchEdge."""
        return _read_edge(id, read_map(self._shared_edge(id)))

    def raw(self) -> dict[str, dict[str, Any]]:
        """Everything as it is written, by root: for migrations and checks of what others wrote. Never raises."""
        return dict(zip(ROOT_KINDS, map(read_map, self._roots), strict=True))

    def is_empty(self) -> bool:
        """Whether nothing was ever put in, so that `seed` is allowed."""
        return not any(map(len, self._roots))

    def text(self, id: str, key: str) -> SharedText:
        """The prose parameter `key` of a node, made now when it is missing or a plain string. Raises NoSuchNode.

        Raises InvalidGraph when the name is not among `PROSE_PARAMS`, or its value is no text.
        """
        self._text(id, key)
        return SharedText(lambda: self._text(id, key), self.transaction)

    # Editing

    def transaction(self) -> AbstractContextManager[object]:
        """One gesture: everything inside reaches the others, and is undone, as one."""
        return self.doc.transaction(origin=self.origin)

    def seed(self, graph: Graph) -> None:
        """Fill an empty document in one transaction. Raises InvalidGraph if it isn't empty."""
        if not self.is_empty():
            raise InvalidGraph(NOT_EMPTY)
        content = _shared(graph)
        with self.transaction():
            for root, records in zip(self._roots, content, strict=True):
                root.update(records)

    def add_node(
        self,
        type: str,
        *,
        id: str | None = None,
        name: str = "",
        pos: tuple[float, float] = (0, 0),
        params: Mapping[str, Json] | None = None,
        parent: str | None = None,
        **fields: Any,
    ) -> NodeId:
        """Add a node and return its id. Other `fields` are those of `Node`. Raises InvalidGraph if the id is taken."""
        node_id = NodeId(new_id() if id is None else id)
        raw = {"type": type, "name": name, "pos": pos, "params": dict(params or {}), "parent": parent}
        node = checked(Node, {**raw, **aliased(fields), "id": node_id})
        with self.transaction():
            self._require_free(self._nodes, node_id)
            self._nodes[node_id] = shared_record(node)
        return node_id

    def update_node(self, id: str, **fields: Any) -> None:
        """Set fields of a node, leaving others as they are; None takes a field away. Raises NoSuchNode."""
        shared = self._shared_node(id)
        changed = aliased(fields)
        node = changed_by(self.node(id), changed)
        with self.transaction():
            assign(shared, node, changed)

    def move(self, positions: Mapping[NodeId, tuple[float, float]]) -> None:
        """Put nodes somewhere else, as one gesture; nodes deleted meanwhile are passed over."""
        with self.transaction():
            for id, (x, y) in positions.items():
                if isinstance(self._nodes.get(id), Map):
                    self.update_node(id, pos=(x, y))

    def set_param(self, id: str, key: str, value: Json) -> None:
        """Set one parameter; a prose text is changed in place, only where it differs. Raises NoSuchNode."""
        shared, key, value = self._shared_node(id), put_right(key), put_right(value)
        with self.transaction():
            assign_param(shared_params(shared), key, value)

    def remove_param(self, id: str, key: str) -> None:
        """Take a parameter away, if it is there. Raises NoSuchNode."""
        shared = self._shared_node(id)
        with self.transaction():
            shared_params(shared).pop(key, None)

    def delete(self, ids: Iterable[str], *, contents: bool = True) -> None:
        """Delete nodes and edges, with attached edges, contained nodes and breakpoints; unknown ids are passed over.

        Without `contents`, nodes in a deleted container stay and stand at the top level.
        """
        with self.transaction():
            gone = self._with_contents(set(ids)) if contents else set(ids)
            for id, edge in read_map(self._edges).items():
                if id in gone or _ends(edge) & gone:
                    self._edges.pop(id, None)
            for id in gone:
                self._nodes.pop(id, None)
                self._breakpoints.pop(id, None)

    def connect(
        self,
        source: str,
        target: str,
        *,
        source_port: str = "output",
        target_port: str = "input",
        id: str | None = None,
        **fields: Any,
    ) -> EdgeId:
        """Draw an edge and return its id. Raises NoSuchNode for a missing end, InvalidGraph if the id is taken."""
        for end in (source, target):
            self._shared_node(end)
        edge_id = EdgeId(new_id() if id is None else id)
        raw = {"source": source, "sourcePort": source_port, "target": target, "targetPort": target_port}
        with self.transaction():
            self._require_free(self._edges, edge_id)
            order = self._next_order()
            edge = checked(Edge, {"order": order, **raw, **aliased(fields), "id": edge_id})
            self._edges[edge_id] = shared_record(edge)
            self._last_order = (self.doc.get_state(), max(edge.order, order - 1))
        return edge_id

    def update_edge(self, id: str, **fields: Any) -> None:
        """Set fields of an edge, leaving others as they are. Raises NoSuchEdge."""
        shared = self._shared_edge(id)
        changed = aliased(fields)
        edge = changed_by(self.edge(id), changed)
        with self.transaction():
            assign(shared, edge, changed)

    def disconnect(self, id: str) -> None:
        """Remove one edge. Raises NoSuchEdge."""
        self._shared_edge(id)
        with self.transaction():
            del self._edges[id]

    def set_meta(self, **fields: Any) -> None:
        """Set what is true of the whole graph: title, description, live and so on, as in `Meta`."""
        changed = aliased(fields)
        meta = changed_by(read(Meta, read_map(self._meta)), changed)
        with self.transaction():
            assign(self._meta, meta, changed)

    def set_breakpoint(self, id: str, breakpoint: Breakpoint | None) -> None:
        """Stop runs at a node, or no more. Raises NoSuchNode."""
        self._shared_node(id)
        with self.transaction():
            assign_key(self._breakpoints, id, None if breakpoint is None else written(breakpoint))

    def set_template(self, name: str, value: Json) -> None:
        """Keep a saved selection in the graph under a name; None removes it."""
        with self.transaction():
            assign_key(self._templates, name, put_right(value))

    # What the above is made of

    def _shared_node(self, id: str) -> Map[Any]:
        shared = self._nodes.get(id)
        if not isinstance(shared, Map):
            raise NoSuchNode(id)
        return shared

    def _shared_edge(self, id: str) -> Map[Any]:
        shared = self._edges.get(id)
        if not isinstance(shared, Map):
            raise NoSuchEdge(id)
        return shared

    def _text(self, id: str, key: str) -> Text:
        shared = self._shared_node(id)
        if key not in PROSE_PARAMS:
            raise InvalidGraph(f"{key!r} is no text that is written together; set it with set_param.")
        value = shared_params(shared).get(key)
        if isinstance(value, Text):
            return value
        if not isinstance(value, str | None):
            raise InvalidGraph(f"Parameter {key!r} of node {id!r} is no text but {value!r:.80}")
        with self.transaction():
            shared_params(shared)[key] = text = Text(value or "")
        return text

    def _require_free(self, records: Map[Any], id: str) -> None:
        if not id or "/" in id:
            raise InvalidGraph(f"Expected an id that is not empty and has no '/', got {id!r}")
        if id in records:
            raise InvalidGraph(f"The id {id!r} is taken in this graph; leave it out to get a new one.")

    def _with_contents(self, ids: set[str]) -> set[str]:
        """The ids and, level by level, every node inside one of them."""
        if not any(id in self._nodes for id in ids):
            return ids
        children: dict[str, set[str]] = {}
        for id, node in read_map(self._nodes).items():
            parent = node.get("parent") if isinstance(node, dict) else None
            if isinstance(parent, str):
                children.setdefault(parent, set()).add(id)
        found, new = set(ids), set(ids)
        while new:
            new = {child for id in new for child in children.get(id, ())} - found
            found |= new
        return found

    def _next_order(self) -> int:
        """One more than any edge has; remembered while nobody else writes, so that drawing n edges isn't n² work."""
        state = self.doc.get_state()
        if self._last_order is None or self._last_order[0] != state:
            self._last_order = (state, max((edge.order for edge in self.edges.values()), default=-1))
        return self._last_order[1] + 1


class GraphDocument(SharedGraph):
    """A shared graph that calls back when it changes: what rooms and tests hold."""

    def __init__(self, doc: Doc[Any] | None = None, *, origin: object = None) -> None:
        super().__init__(doc, origin=origin)
        self._subscriptions: list[Subscription] = []

    def graph(self) -> Graph:
        """The graph as a plain value; the same as `snapshot`. Raises NewerSchema."""
        return self.snapshot()

    def changes(self, callback: Callable[[list[Change]], None]) -> Subscription:
        """Call back after each transaction that changed something; the callback may read the graph, not edit it."""
        subscription = Subscription(self.doc, callback)
        self._subscriptions.append(subscription)
        return subscription

    def close(self) -> None:
        """Drop every subscription, so that the document can be freed."""
        while self._subscriptions:
            self._subscriptions.pop().close()


def graph_of(texts: Texts) -> Graph:
    """The graph whose document gave these texts; for a large one in another thread. Raises NewerSchema."""
    meta, nodes, edges, breakpoints, templates = (orjson.loads(texts[root]) for root in ROOT_KINDS)
    return Graph(
        meta=_read_meta(meta),
        nodes=_read_nodes(nodes),
        edges=_read_edges(edges),
        breakpoints={NodeId(id): read(Breakpoint, raw) for id, raw in sorted(breakpoints.items())},
        templates=dict(sorted(templates.items())),
    )


def seeding(graph: Graph) -> bytes:
    """The update that `seed` would make, by a document that nobody else has; for a large graph in another thread."""
    content = _shared(graph)  # first: an error that leaves the thread may not carry a document out of it
    document = SharedGraph()
    with document.transaction():
        for root, records in zip(document._roots, content, strict=True):
            root.update(records)
    return document.doc.get_update()


def _shared(graph: Graph) -> tuple[dict[str, Any], ...]:
    """What stands in each root of a graph's document. Raises InvalidGraph."""
    return (
        written(graph.meta),
        {id: shared_record(node) for id, node in graph.nodes.items()},
        {id: shared_record(edge) for id, edge in graph.edges.items()},
        {id: written(value) for id, value in graph.breakpoints.items()},
        put_right(graph.templates),
    )


def _read_meta(raw: object) -> Meta:
    meta = read(Meta, raw)
    if meta.schema_version > SCHEMA_VERSION:
        raise NewerSchema(meta.schema_version, SCHEMA_VERSION)
    return meta


def _read_nodes(raw: dict[str, Any]) -> dict[NodeId, Node]:
    return {NodeId(id): _read_node(id, record) for id, record in sorted(raw.items())}


def _read_edges(raw: dict[str, Any]) -> dict[EdgeId, Edge]:
    edges = [_read_edge(id, record) for id, record in sorted(raw.items())]
    return {edge.id: edge for edge in sorted(edges, key=lambda edge: edge.order)}


def _ends(edge: object) -> set[str]:
    """The nodes that an edge, as it is written, is attached to."""
    ends = (edge.get("source"), edge.get("target")) if isinstance(edge, dict) else ()
    return {end for end in ends if isinstance(end, str)}


def _read_node(id: str, raw: object) -> Node:
    return read(Node, raw, id=id, type="")


def _read_edge(id: str, raw: object) -> Edge:
    return read(Edge, raw, id=id, source="", target="")
