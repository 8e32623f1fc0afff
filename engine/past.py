"""What the log of an interrupted run says about each node instance, for whoever goes on with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowroom.runs import RunEvent

Past = dict[tuple[str, int], "Recorded"]


@dataclass(slots=True)
class Recorded:
    """One instance: the attempt that began last, what it waits for, the retry that is due, the end."""

    started: int = 0
    wait: RunEvent | None = None
    retry: RunEvent | None = None
    end: RunEvent | None = None

    @property
    def until(self) -> float | None:
        """Until when the attempt waits, in seconds since 1970; None when it does not."""
        return None if self.wait is None else float((self.wait.payload or {})["until"])

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
                recorded.started, recorded.retry, recorded.wait = event.attempt, None, None
            case "node.waiting":
                recorded.wait = event
            case "node.retry":
                recorded.retry = event
            case "node.succeeded" | "node.failed" | "node.skipped":
                recorded.end = event
    return past
