"""Runs that the list of what was done knows of, and which of them it still has to tell the end of."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from collab_server.activity.bursts import Person
from collab_server.stores.activity import activity_run


def note(connection: Connection, run: str, graph: str, by: Person, at: float) -> bool:
    """A run was started; False when that is known."""
    if connection.scalar(select(activity_run.c.run).where(activity_run.c.run == run)) is not None:
        return False
    connection.execute(insert(activity_run).values(run=run, graph=graph, person=asdict(by), open=True, at=at))
    return True


def unknown(connection: Connection, runs: Iterable[str]) -> set[str]:
    """Those of the runs whose start was not noted."""
    wanted = set(runs)
    return wanted - set(connection.scalars(select(activity_run.c.run).where(activity_run.c.run.in_(wanted))))


class OpenRun(NamedTuple):
    """A run whose end is still to be told, and its place among them."""

    at: float
    run: str


def open_runs(connection: Connection, limit: int, *, after: OpenRun | None = None) -> list[OpenRun]:
    """Runs whose end is still to be told, the oldest first, or those that come after one."""
    place = tuple_(activity_run.c.at, activity_run.c.run)
    query = select(activity_run.c.at, activity_run.c.run).where(activity_run.c.open.is_(True)).order_by(*place)
    if after is not None:
        query = query.where(place > after)
    return [OpenRun(*found) for found in connection.execute(query.limit(limit))]


def close(connection: Connection, run: str) -> Person | None:
    """A run has ended: who started it; None when that was told already."""
    closed = update(activity_run).where(activity_run.c.run == run, activity_run.c.open.is_(True)).values(open=False)
    person = connection.execute(closed.returning(activity_run.c.person)).scalar_one_or_none()
    return None if person is None else Person(**person)


def forget(connection: Connection, before: float) -> None:
    """Forget runs that ended, and began before a time."""
    connection.execute(delete(activity_run).where(activity_run.c.open.is_(False), activity_run.c.at < before))
