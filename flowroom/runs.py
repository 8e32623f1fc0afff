"""What happens in a run, as events, and what people see of it, as a view folded from them.

The log of events is the truth; the view is a projection that can be thrown away and rebuilt. `fold` is the one
function that does it: the engine feeds a run document with it while a run goes, the server fills the room of a
finished run with it.

A node path names a node inside its containers: `group/inner` (ids joined by `/`; ids never contain `/`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, NewType, TypeGuard

import orjson

from flowroom.errors import shortened

RunId = NewType("RunId", str)
NodePath = NewType("NodePath", str)

RunState = Literal["created", "running", "paused", "waiting", "succeeded", "failed", "cancelled"]
NodeState = Literal[
    "pending", "ready", "queued", "running", "retry_wait", "waiting", "uncertain",
    "succeeded", "cached", "failed", "timed_out", "skipped", "upstream_failed", "cancelled",
]  # fmt: skip
TERMINAL_RUN_STATES: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})
TERMINAL_NODE_STATES: frozenset[str] = frozenset(
    {"succeeded", "cached", "failed", "timed_out", "skipped", "upstream_failed", "cancelled"}
)

EventType = Literal[
    "run.started",  # {}
    "run.resumed",  # {epoch}
    "run.waiting",  # {until: seconds since 1970}: nothing is left to do until then, and no worker holds it
    "run.cancelling",  # {by}
    "run.finished",  # {state, error?}
    "node.started",  # {inputs?: preview}
    "node.retry",  # {error, delay: seconds}
    "node.waiting",  # {until: seconds since 1970}
    "node.progress",  # {done, total?, note?}
    "node.entry",  # one entry of a Chat or Log node: {id, ts, …}, in Phase 1's two shapes
    "node.diagnostic",  # {level, message, data?}
    "node.succeeded",  # {outputs: {port: value or {"$blob": hash}}, usage?}
    "node.failed",  # {error: {type, message, …}}; also ends a timed out node, as state "timed_out"
    "node.skipped",  # {state: skipped | upstream_failed | cancelled, reason}
]

MAX_PREVIEW_CHARS = 2000
MAX_ENTRIES_SHOWN = 50


class RunEvent(NamedTuple):
    """One line of a run's log. `at` is seconds since 1970; `iteration` counts a node's instances in a cascade."""

    seq: int
    at: float
    type: EventType
    node: NodePath | None = None
    iteration: int = 0
    attempt: int = 0
    payload: dict[str, Any] | None = None


@dataclass(slots=True)
class NodeView:
    """What people see of a node in a run: its newest instance. Times are seconds since 1970."""

    status: NodeState = "pending"
    iteration: int = 0
    attempt: int = 0
    started: float | None = None
    finished: float | None = None
    preview: str | None = None
    error: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class RunView:
    """What people see of a run. `counters` counts nodes by status."""

    id: RunId
    graph: str = ""
    snapshot: str = ""
    status: RunState = "created"
    by: str = ""
    started: float | None = None
    finished: float | None = None
    error: str | None = None
    nodes: dict[NodePath, NodeView] = field(default_factory=dict)

    def counters(self) -> dict[str, int]:
        """How many nodes are in each state."""
        counts: dict[str, int] = {}
        for node in self.nodes.values():
            counts[node.status] = counts.get(node.status, 0) + 1
        return counts


def preview(value: object) -> str:
    """A value as people read it: text as it is, anything else as compact JSON, cut to MAX_PREVIEW_CHARS."""
    if is_reference(value):  # a large value that was put aside brings its own
        value = value.get("preview", value)
    return shortened(value if isinstance(value, str) else _json(value), MAX_PREVIEW_CHARS)


def is_reference(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value in a log stands for a large one; a node may give an object with such a key, and mean another."""
    return isinstance(value, dict) and isinstance(value.get("$blob"), str)


def _preview_of(outputs: Mapping[str, Any]) -> str | None:
    """What a node gave, as people read it: its one value, or each by its port; of large ones as much as leaves room."""
    if len(outputs) < 2:
        return next(map(preview, outputs.values()), None)
    room = MAX_PREVIEW_CHARS // len(outputs)
    return preview("{" + ",".join(f"{_json(port)}:{_part(value, room)}" for port, value in outputs.items()) + "}")


def _part(value: object, room: int) -> str:
    if not is_reference(value):
        return _json(value)
    begins = shortened(preview(value), room)
    return _json(begins) if str(value.get("type")).startswith("text/") else begins


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def fold(view: RunView, events: Iterable[RunEvent]) -> RunView:
    """Bring a view up to date with further events, in order of their `seq`; returns the same view."""
    for event in events:
        if event.node is None:
            _fold_run(view, event)
        else:
            _fold_node(view.nodes.setdefault(event.node, NodeView()), event)
    return view


def _fold_run(view: RunView, event: RunEvent) -> None:
    payload = event.payload or {}
    match event.type:
        case "run.started":
            view.status, view.started = "running", event.at
        case "run.waiting":
            view.status = "waiting"
        case "run.resumed":
            view.status = "running"
        case "run.finished":
            view.status, view.finished = payload["state"], event.at
            view.error = payload.get("error")


def _fold_node(node: NodeView, event: RunEvent) -> None:
    payload = event.payload or {}
    match event.type:
        case "node.started":
            node.status, node.iteration, node.attempt = "running", event.iteration, event.attempt
            node.started, node.finished = event.at, None
            node.error = node.progress = node.preview = None
        case "node.retry":
            node.status, node.error = "retry_wait", payload.get("error")
        case "node.waiting":
            node.status, node.progress = "waiting", payload
        case "node.progress":
            node.progress = payload
        case "node.entry":
            node.entries = [*node.entries, payload][-MAX_ENTRIES_SHOWN:]
        case "node.succeeded":
            node.status, node.finished, node.error = "succeeded", event.at, None
            node.preview, node.usage = _preview_of(payload.get("outputs", {})), payload.get("usage")
        case "node.failed":
            node.status, node.finished = payload.get("state", "failed"), event.at
            node.error = payload.get("error")
        case "node.skipped":
            node.status, node.finished = payload.get("state", "skipped"), event.at
