"""A run as people watch it: the view of runs.py kept in a shared document that only the engine writes.

    run      id, graph, snapshot, status, by, started, finished, error, counters
    nodes    node path → Y.Map: status, iteration, attempt, started, finished, preview, error, progress, usage,
             entries (Y.Array, the newest 50) and, while tokens arrive, stream (Y.Text)

It is a projection of the run log and may be thrown away. Times are seconds since 1970.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any

import orjson
from pycrdt import Array, Doc, Map, Text

from flowroom.plain import put_right
from flowroom.runs import MAX_ENTRIES_SHOWN, TERMINAL_NODE_STATES, NodePath, NodeView, RunId, RunState, RunView

_RUN_FIELDS = ("id", "graph", "snapshot", "status", "by", "started", "finished", "error")
_PLAIN = (int, bool)
_NODE_FIELDS = tuple(field.name for field in fields(NodeView) if field.name != "entries")


class RunDocument:
    """A run's shared document. Not thread-safe, as its `Doc` is not."""

    def __init__(self, doc: Doc[Any] | None = None, *, origin: object = None) -> None:
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.origin = origin
        self._run: Map[Any] = self.doc.get("run", type=Map)
        self._nodes: Map[Any] = self.doc.get("nodes", type=Map)

    def transaction(self) -> AbstractContextManager[object]:
        """Everything written inside reaches the watchers as one update."""
        return self.doc.transaction(origin=self.origin)

    def write(
        self,
        view: RunView,
        dirty: Iterable[NodePath],
        streams: Mapping[NodePath, str] | None = None,
    ) -> None:
        """Bring the document up to date with `view`, in one transaction; only what differs is written.

        `dirty` are the nodes that changed since the last write. `streams` is text to append to what a node is
        saying just now; a new attempt starts it afresh, and a node that ended keeps only its preview.
        """
        said = streams or {}
        with self.transaction():
            _assign(self._run, {name: getattr(view, name) for name in _RUN_FIELDS})
            _assign(self._run, {"counters": view.counters()})
            fresh: dict[str, Any] = {}
            for path in dict.fromkeys([*dirty, *said]):
                node, shared = view.nodes.get(path) or NodeView(), self._nodes.get(path)
                if isinstance(shared, Map):
                    self._write_node(shared, node, said.get(path, ""))
                else:
                    fresh[path] = _new_node(node, said.get(path, ""))
            if fresh:  # all at once: a run of a thousand quick nodes is one call
                self._nodes.update(fresh)

    def view(self) -> RunView:
        """What the document shows, as a plain view."""
        run = _read(self._run)
        known = {name: run[name] for name in _RUN_FIELDS if name in run}
        view = RunView(**{"id": RunId(""), **known})
        for path, raw in sorted(_read(self._nodes).items()):
            shown = {name: raw[name] for name in (*_NODE_FIELDS, "entries") if name in raw}
            view.nodes[NodePath(path)] = NodeView(**shown)
        return view

    @property
    def status(self) -> RunState:
        """The state of the run as a whole."""
        status: RunState = self._run.get("status", "created")
        return status

    def stream(self, path: NodePath) -> str:
        """What a node has said so far; empty when it is not saying anything."""
        node = self._nodes.get(path)
        return str(node.get("stream", "")) if isinstance(node, Map) else ""

    def _write_node(self, shared: Map[Any], node: NodeView, said: str) -> None:
        before = _read(shared)
        begun_anew = (before.get("iteration"), before.get("attempt")) != (node.iteration, node.attempt)
        if begun_anew or node.status in TERMINAL_NODE_STATES:
            shared.pop("stream", None)
        if said and node.status not in TERMINAL_NODE_STATES:
            _append(shared, said)
        _assign(shared, {name: getattr(node, name) for name in _NODE_FIELDS}, before)
        if "entries" in before:
            _extend(shared["entries"], before["entries"], put_right(node.entries[-MAX_ENTRIES_SHOWN:]))
        elif node.entries:
            shared["entries"] = Array(put_right(node.entries[-MAX_ENTRIES_SHOWN:]))


def _new_node(node: NodeView, said: str) -> Map[Any]:
    """A node that the document doesn't have yet, with all there is to say about it."""
    shown: dict[str, Any] = {}
    for name in _NODE_FIELDS:
        value = getattr(node, name)
        if value is not None:
            shown[name] = value if type(value) in _PLAIN else put_right(value)
    if node.entries:
        shown["entries"] = Array(put_right(node.entries[-MAX_ENTRIES_SHOWN:]))
    if said and node.status not in TERMINAL_NODE_STATES:
        shown["stream"] = Text(put_right(said))
    return Map(shown)


def _read(shared: Map[Any]) -> dict[str, Any]:
    raw: dict[str, Any] = orjson.loads(str(shared))
    return raw


def _assign(shared: Map[Any], wanted: Mapping[str, Any], before: dict[str, Any] | None = None) -> None:
    """Set what differs; None is written as absence."""
    now = _read(shared) if before is None else before
    for key, value in wanted.items():
        if value is None:
            shared.pop(key, None)
        elif key not in now or now[key] != value:
            shared[key] = put_right(value)


def _append(shared: Map[Any], said: str) -> None:
    stream = shared.get("stream")
    if isinstance(stream, Text):
        stream += put_right(said)
    else:
        shared["stream"] = Text(put_right(said))


def _extend(shared: Array[Any], now: list[Any], wanted: list[Any]) -> None:
    """Turn `now` into `wanted` by appending what is new and dropping what has scrolled out at the top."""
    kept = next(n for n in range(min(len(now), len(wanted)), -1, -1) if now[len(now) - n :] == wanted[:n])
    if len(now) > kept:
        del shared[: len(now) - kept]
    if len(wanted) > kept:
        shared.extend(wanted[kept:])
