"""A run and its nodes as spans of a trace, for whoever collects them (flowroom/tracing.py).

Spans of nodes are read off the events that are durable, as what people see of a run is: so each attempt has one, in
dataflow runs and cascades alike, and what is told has happened.
"""

from collections.abc import Iterable

from flowroom import tracing
from flowroom.runs import RunEvent
from flowroom.tracing import Facts, Trace

ENDS = ("node.succeeded", "node.failed", "node.retry")


class NodeSpans:
    """The attempts of the nodes of one run, in the span of the run."""

    def __init__(self, run: str, trace: Trace) -> None:
        self._run = run
        self._trace = trace
        self._started: dict[tuple[str, int], float] = {}

    def committed(self, events: Iterable[RunEvent]) -> None:
        """Take further events, in order. Attempts whose begin was seen are told as they end."""
        for event in events:
            if event.node is None:
                continue
            if event.type == "node.started":
                self._started[event.node, event.iteration] = event.at
            elif event.type in ENDS and (since := self._started.pop((event.node, event.iteration), None)) is not None:
                self._tell(event, since)

    def _tell(self, event: RunEvent, since: float) -> None:
        facts: Facts = {
            "flowroom.run": self._run,
            "flowroom.node": event.node or "",
            "flowroom.iteration": event.iteration,
            "flowroom.attempt": event.attempt,
        }
        error = (event.payload or {}).get("error") if event.type != "node.succeeded" else None
        told = None if error is None else str(error.get("type", "error"))
        tracing.ended("node", self._trace.within(since), facts, until=event.at, error=told)
