"""How a run comes into the log: once under its key, and no more of a graph than it may have."""

from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from engine import runlog
from engine.errors import AlreadyStarted, TooManyRuns
from engine.tables import RUN, SNAPSHOT

_STARTING = 4611686018427387847
"""Any number, as long as every process takes the same: PostgreSQL's advisory lock around starting a run."""


def create(connection: Connection, values: dict[str, Any], snapshot: bytes, *, most: int | None = None) -> None:
    """Record a new run and the graph it is pinned to. Raises AlreadyStarted if its key is that of another, and
    TooManyRuns if `most` runs of its graph have not ended.
    """
    if values["key"] is not None:
        there = runlog.of_key(connection, values["graph"], values["key"])
        if there is not None:
            raise AlreadyStarted(there.id)
    if most is not None:
        _require_few(connection, values["graph"], most)
    if connection.scalar(select(SNAPSHOT.c.hash).where(SNAPSHOT.c.hash == values["snapshot"])) is None:
        connection.execute(insert(SNAPSHOT).values(hash=values["snapshot"], json=snapshot))
    connection.execute(insert(RUN).values(values))


def _require_few(connection: Connection, graph: str, most: int) -> None:
    """SQLite has one writer at a time. PostgreSQL has many, each of which would count without the runs of the others;
    one lock for all graphs, since two transactions could wait for each other's in turn.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _STARTING})
    unfinished = select(func.count()).where(RUN.c.graph == graph, RUN.c.finished.is_(None))
    if (found := connection.scalar(unfinished) or 0) >= most:
        raise TooManyRuns(graph, found, most)
