"""A run as people list it, and who wanted it to end: one row of the log's table `run`."""

from pydantic import Field

from flowroom.model import NodeId, Value
from flowroom.runs import RunId, RunState


class RunRecord(Value):
    """What is known of a run without reading its events. Times are seconds since 1970."""

    id: RunId
    graph: str
    snapshot: str = Field(description="sha256 of the canonical graph the run is pinned to")
    start: NodeId | None = None
    trigger: str = "manual"
    by: str = ""
    state: RunState = "created"
    created: float
    started: float | None = None
    finished: float | None = None
    error: str | None = None


class Cancellation(Value):
    """Who was the first to want a run to end, when it had not. `at` is seconds since 1970."""

    by: str = Field(description="Their name")
    person: str = Field(description="Their id; empty when nobody said it")
    at: float
