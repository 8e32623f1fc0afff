"""Whose turn it is: which of the runs that nobody works on come next, so that no graph keeps the others waiting.

A graph's first run comes before any graph's second, counting those that go on; between equals the oldest comes first.
And of the slots of one engine a graph has half at most, whether others wait or not: runs that hang would otherwise
have taken all of them before the first of another graph came.

Runs that may have ended their engines come one at a time: so the one that does is known by that, and fails alone.
"""

from collections import Counter
from collections.abc import Iterable, Set
from typing import NamedTuple

from sqlalchemy import Connection, case, func, or_, select

from engine.tables import RUN

SUSPECT_FROM = 2
"""After so many engines in a row were gone that went on with a run it may be what ended them."""


class Waiting(NamedTuple):
    """An unfinished run that is due, or that somebody owns."""

    id: str
    graph: str
    owner: str | None
    lost: int

    @property
    def is_suspect(self) -> bool:
        """Whether it may have ended its engines, the last one included."""
        return self.lost + (self.owner is not None) >= SUSPECT_FROM


def waiting(connection: Connection, now: float, limit: int, abandoned: Set[str] = frozenset()) -> list[Waiting]:
    """The runs whose turn is next; those that are owned, though they are not `abandoned`, come last: so what is free is
    found behind any number of runs that go on. `now` is by the run log (clock.py).
    """
    goes_on = case((or_(RUN.c.owner.is_(None), RUN.c.id.in_(abandoned)), 0), else_=1)
    ahead = func.sum(goes_on).over(partition_by=RUN.c.graph)
    place = func.row_number().over(partition_by=(RUN.c.graph, goes_on), order_by=RUN.c.id)
    found = (
        select(RUN.c.id, RUN.c.graph, RUN.c.owner, func.coalesce(RUN.c.lost, 0))
        .where(RUN.c.finished.is_(None), or_(RUN.c.owner.is_not(None), RUN.c.lease_until <= now))
        .order_by(goes_on, ahead + place, RUN.c.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in connection.execute(found)]


def share(slots: int) -> int:
    """How many of an engine's slots the runs of one graph may have."""
    return (slots + 1) // 2


def within(most: int, runs: Iterable[Waiting], held: Iterable[str]) -> list[Waiting]:
    """The runs, in order, that leave no graph more than `most`; `held` has a graph once for each of its runs here."""
    of_graph = Counter(held)
    fitting = []
    for run in runs:
        if of_graph[run.graph] < most:
            of_graph[run.graph] += 1
            fitting.append(run)
    return fitting


def one_suspect(runs: Iterable[Waiting], *, has_one: bool) -> list[Waiting]:
    """The runs, in order, with no more than one suspect, and none beside one that goes on."""
    fitting = []
    for run in runs:
        if not (run.is_suspect and has_one):
            fitting.append(run)
            has_one = has_one or run.is_suspect
    return fitting
