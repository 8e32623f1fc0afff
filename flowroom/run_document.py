"""A run as people watch it: the view of runs.py kept in a shared document that only the engine writes.

    run       id, graph, snapshot, status, by, started, finished, error, counters
    nodes     node path → one JSON value: status, iteration, attempt, started, finished, preview, error, progress, usage
    entries   node path → Y.Array of a Chat's or Log's newest 50
    streams   node path → Y.Text, while tokens arrive

A node is one value and not a map of its own, since there is one writer and so nothing to merge: six times less work for
a run of a thousand quick nodes. It is a projection of the run log and may be thrown away. Times are seconds since 1970.

Who watches keeps what it saw while it is away, and may find that the document was written anew meanwhile, by the next
engine or from the log. Yjs merges the two, and of values for the same key it shows the one of the higher client id. So
whoever writes later has a higher one.
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from hashlib import blake2b
from typing import Any

import orjson
from pycrdt import Array, Doc, Map, Text

from flowroom.plain import put_right
from flowroom.runs import MAX_ENTRIES_SHOWN, TERMINAL_NODE_STATES, NodePath, NodeView, RunId, RunState, RunView

_RUN_FIELDS = ("id", "graph", "snapshot", "status", "by", "started", "finished", "error")
_PLAIN = (int, bool)
_ENGINES, _LOG = 2**53 - 2**42, 2**53 - 2**40
"""Where the client ids of engines begin, and those of documents written from the log of a run that is over. Few of the
ids that clients draw by chance are as high, and none above 2⁵³.
"""


def writer_id() -> int:
    """The client id of an engine that begins to write now: higher by one each millisecond."""
    return _ENGINES + time.time_ns() // 1_000_000


def finished(view: RunView) -> bytes:
    """The document of a run that is over, as an update: the same for the same view, and later than any engine's."""
    content = blake2b(orjson.dumps(view), digest_size=8).digest()
    doc: Doc[Any] = Doc(client_id=_LOG + int.from_bytes(content, "big") % (2**53 - _LOG))
    RunDocument(doc).write(view, view.nodes)
    return doc.get_update()


def put_aside(view: RunView) -> bytes:
    """The document of a run that no engine has just now, as an update: earlier than that of the next engine."""
    doc: Doc[Any] = Doc(client_id=writer_id())
    RunDocument(doc).write(view, view.nodes)
    return doc.get_update()


_NODE_FIELDS = tuple(field.name for field in fields(NodeView) if field.name != "entries")


class RunDocument:
    """A run's shared document. Not thread-safe, as its `Doc` is not."""

    def __init__(self, doc: Doc[Any] | None = None, *, origin: object = None) -> None:
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.origin = origin
        self._run: Map[Any] = self.doc.get("run", type=Map)
        self._nodes: Map[Any] = self.doc.get("nodes", type=Map)
        self._entries: Map[Any] = self.doc.get("entries", type=Map)
        self._streams: Map[Any] = self.doc.get("streams", type=Map)

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
            changed: dict[str, Any] = {}
            speaking = set(self._streams.keys())
            for path in dict.fromkeys([*dirty, *said]):
                node = view.nodes.get(path) or NodeView()
                before, row = self._nodes.get(path), _row(node)
                if before != row:
                    changed[path] = row
                if path in speaking and (node.status in TERMINAL_NODE_STATES or _began_anew(before, node)):
                    del self._streams[path]
                if path in said and node.status not in TERMINAL_NODE_STATES:
                    _append(self._streams, path, said[path])
                if node.entries:
                    self._write_entries(path, put_right(node.entries[-MAX_ENTRIES_SHOWN:]))
            if changed:  # all at once: a run of a thousand quick nodes is one call
                self._nodes.update(changed)

    def view(self) -> RunView:
        """What the document shows, as a plain view."""
        run = _read(self._run)
        known = {name: run[name] for name in _RUN_FIELDS if name in run}
        view = RunView(**{"id": RunId(""), **known})
        entries = _read(self._entries)
        for path, row in sorted(_read(self._nodes).items()):
            shown = {name: row[name] for name in _NODE_FIELDS if name in row}
            view.nodes[NodePath(path)] = NodeView(**shown, entries=entries.get(path, []))
        return view

    @property
    def status(self) -> RunState:
        """The state of the run as a whole."""
        status: RunState = self._run.get("status", "created")
        return status

    def stream(self, path: NodePath) -> str:
        """What a node has said so far; empty when it is not saying anything."""
        return str(self._streams.get(path, ""))

    def _write_entries(self, path: NodePath, wanted: list[Any]) -> None:
        shared = self._entries.get(path)
        if isinstance(shared, Array):
            _extend(shared, orjson.loads(str(shared)), wanted)
        else:
            self._entries[path] = Array(wanted)


def _row(node: NodeView) -> dict[str, Any]:
    """A node as it is shown; what there is nothing to say about is left out."""
    row: dict[str, Any] = {}
    for name in _NODE_FIELDS:
        value = getattr(node, name)
        if value is not None:
            row[name] = value if type(value) in _PLAIN else put_right(value)
    return row


def _read(shared: Map[Any]) -> dict[str, Any]:
    raw: dict[str, Any] = orjson.loads(str(shared))
    return raw


def _assign(shared: Map[Any], wanted: Mapping[str, Any]) -> None:
    """Set what differs; None is written as absence."""
    now = _read(shared)
    for key, value in wanted.items():
        if value is None:
            shared.pop(key, None)
        elif key not in now or now[key] != value:
            shared[key] = put_right(value)


def _began_anew(before: Mapping[str, Any] | None, node: NodeView) -> bool:
    return before is not None and (before["iteration"], before["attempt"]) != (node.iteration, node.attempt)


def _append(streams: Map[Any], path: NodePath, said: str) -> None:
    stream = streams.get(path)
    if isinstance(stream, Text):
        stream += put_right(said)
    else:
        streams[path] = Text(put_right(said))


def _extend(shared: Array[Any], now: list[Any], wanted: list[Any]) -> None:
    """Turn `now` into `wanted` by appending what is new and dropping what has scrolled out at the top."""
    kept = next(n for n in range(min(len(now), len(wanted)), -1, -1) if now[len(now) - n :] == wanted[:n])
    if len(now) > kept:
        del shared[: len(now) - kept]
    if len(wanted) > kept:
        shared.extend(wanted[kept:])
