"""Whose word has run out: a run belongs to a worker that is silent until another has watched it long enough.

Nobody compares clocks, which may differ from machine to machine, and be set while runs go on: each worker counts by
its own monotonic clock since it first saw what it still sees. Pure, but for the questions in SQL.
"""

from collections.abc import Iterable, Set
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.tables import RUN


class Lease(NamedTuple):
    """A worker's word that an unfinished run is its own, which it gives anew before `seconds` have passed."""

    run: str
    owner: str
    epoch: int
    until: float
    seconds: float | None
    """None where an older worker wrote it."""


def given(connection: Connection) -> list[Lease]:
    """The leases of all runs that somebody owns."""
    c = RUN.c
    owned = select(c.id, c.owner, c.epoch, c.lease_until, c.lease_seconds)
    return [Lease(*row) for row in connection.execute(owned.where(c.finished.is_(None), c.owner.is_not(None)))]


class Watch:
    """Remembers since when each lease is as it is."""

    def __init__(self, seconds: float) -> None:
        """`seconds` is how long a lease counts that doesn't say."""
        self._seconds = seconds
        self._since: dict[Lease, float] = {}

    def run_out(self, leases: Iterable[Lease], now: float) -> Set[str]:
        """The runs among those that are owned whose lease was seen for all its time without being renewed; `now` is by
        the monotonic clock.
        """
        self._since = {lease: self._since.get(lease, now) for lease in leases}
        return {
            lease.run
            for lease, since in self._since.items()
            if now - since >= (self._seconds if lease.seconds is None else lease.seconds)
        }
