"""What the log of an interrupted run says about each node instance, for whoever goes on with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowroom.runs import RunEvent

Past = dict[tuple[str, int], "Recorded"]


@dataclass(slots=True)
class Recorded:
    """One instance: the attempt that began last, the retry that is due, the end."""

    started: int = 0
    retry: RunEvent | None = None
    end: RunEvent | None = None

    @property
    def due(self) -> float | None:
        """When the next attempt begins, in seconds since 1970; None when none is waited for. A wait without an end,
        which older engines wrote as null, is over.
        """
        return None if self.retry is None else self.retry.at + float((self.retry.payload or {}).get("delay") or 0)


def past_of(events: Iterable[RunEvent]) -> Past:
    """What is known of every instance, by path and iteration."""
    past: Past = {}
    for event in events:
        if event.node is None:
            continue
        recorded = past.setdefault((event.node, event.iteration), Recorded())
        match event.type:
            case "node.started":
                recorded.started, recorded.retry = event.attempt, None
            case "node.retry":
                recorded.retry = event
            case "node.succeeded" | "node.failed" | "node.skipped":
                recorded.end = event
    return past
