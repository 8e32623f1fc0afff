"""What is told of commits: which entries of the log each wrote, and for which frames and requests.

One commit stores what many people did, so it is no part of any one trace: it names those of its edits. One that is slow
is a warning in the log, any other a line at the level debug. Where spans are collected (flowroom/tracing.py), a frame
is told when it took long, and one of a hundred others; the commit is a part of the first of them, linked to others.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import Any

from structlog.stdlib import BoundLogger

from collab_server.logging import ROOT
from collab_server.rooms.batch import Batch, Edit
from flowroom import tracing
from flowroom.tracing import Facts, Trace

SLOW_SECONDS = 0.5
"""From when on a commit, or a frame on its way to the disk, is slow."""
ONE_OF = 100
"""How many frames that are not slow there are for one whose span is told."""
MOST_NAMED = 20
"""How many traces a log line or a span names."""

_written = logging.getLogger(f"{ROOT}.rooms")


def tell(log: BoundLogger, room: str, batch: Batch) -> None:
    """Say what a batch that is durable now has stored."""
    now = time.time()
    slow = now - batch.began > SLOW_SECONDS
    if slow or _written.isEnabledFor(logging.DEBUG):
        note = log.warning if slow else log.debug
        facts = {"edits": len(batch.edits), "last": batch.last, "ms": round((now - batch.began) * 1000, 1)}
        note("slow commit" if slow else "committed", **facts, **named([batch]))
    if tracing.is_collected():
        _tell_spans(room, batch, now)


def named(batches: Iterable[Batch]) -> dict[str, Any]:
    """The traces of what is in some batches, as a fact of a log line."""
    ids = dict.fromkeys(trace.id for batch in batches for trace in causes(batch.edits))
    return {"traces": list(ids)[:MOST_NAMED]}


def causes(edits: Iterable[Edit]) -> Iterator[Trace]:
    """What edits came with; those that a room makes by itself came with nothing."""
    return (edit.cause for edit in edits if edit.cause is not None)


def _tell_spans(room: str, batch: Batch, now: float) -> None:
    told = [edit for edit in batch.edits if _is_told(edit, now)]
    if not told:
        return
    for edit in told:
        if edit.cause is not None and edit.entry.origin == "peer":
            size: Facts = {"flowroom.room": room, "flowroom.bytes": len(edit.entry.update)}
            tracing.ended("edit", edit.cause, size, kind="server", until=now)
    first, *others = dict.fromkeys((*causes(told), *causes(batch.edits)))
    facts: Facts = {"flowroom.room": room, "flowroom.edits": len(batch.edits), "flowroom.last": batch.last}
    tracing.ended("commit", first.within(batch.began), facts, until=now, links=others[:MOST_NAMED])


def _is_told(edit: Edit, now: float) -> bool:
    """Whether an edit's way is told: a request's always, as the request itself is."""
    if (cause := edit.cause) is None:
        return False
    return edit.entry.origin != "peer" or now - cause.since > SLOW_SECONDS or cause.number % ONE_OF == 0
