"""Which workers are at a run log: each signs now and then, so that people can be told when there is none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, delete, insert, select, update

from engine.queue.local import is_dead, signature
from engine.tables import RUN, RUN_EVENT, WORKER
from flowroom.clock import time_at
from flowroom.writer import Writer

SIGN_SECONDS = 10.0
"""How often a worker signs; three times as long without a sign, and it counts as gone."""
FORGET_SECONDS = 24 * 3600.0
_LAST = select(RUN_EVENT.c.at).where(RUN_EVENT.c.run == RUN.c.id, RUN_EVENT.c.seq == RUN.c.last_seq).scalar_subquery()
"""When something happened in a run last."""
_log = structlog.get_logger(__name__)


class Seen(NamedTuple):
    """A worker that signed not long ago. Times are seconds since 1970, by the run log."""

    id: str
    started: float
    seen: float

    @property
    def name(self) -> str:
        """Its machine, its process and a number of its own, as people read them."""
        host, _, rest = self.id.partition("/")
        return f"{host.partition(':')[0]}/{rest}"


class Attendance(NamedTuple):
    """Who is at a run log, and what waits for them: how many runs nobody works on, and since when the oldest does."""

    workers: list[Seen]
    waiting: int
    waiting_since: float | None


def read(connection: Connection) -> Attendance:
    """Who is there now. One that was killed where this can be seen is gone at once, as it is for those who take over
    its runs; elsewhere it is believed until it should have signed.
    """
    now = time_at(connection)
    present = select(WORKER).where(WORKER.c.seen > now - 3 * SIGN_SECONDS).order_by(WORKER.c.started)
    signed = (Seen(row.id, row.started, row.seen) for row in connection.execute(present))
    unfinished = connection.execute(
        select(RUN.c.owner, RUN.c.created, RUN.c.lease_until, _LAST.label("last")).where(RUN.c.finished.is_(None))
    )
    waiting = [
        max(run.created, run.last or 0.0, min(run.lease_until, now))
        for run in unfinished
        if run.lease_until <= now or is_dead(run.owner)
    ]
    return Attendance([worker for worker in signed if not is_dead(worker.id)], len(waiting), min(waiting, default=None))


def _sign(connection: Connection, me: str) -> None:
    now = time_at(connection)
    if connection.execute(update(WORKER).where(WORKER.c.id == me).values(seen=now)).rowcount == 0:
        connection.execute(delete(WORKER).where(WORKER.c.seen < now - FORGET_SECONDS))
        connection.execute(insert(WORKER).values(id=me, started=now, seen=now))


def _leave(connection: Connection, me: str) -> None:
    connection.execute(delete(WORKER).where(WORKER.c.id == me))


@asynccontextmanager
async def present(writer: Writer) -> AsyncIterator[None]:
    """Sign as long as the block runs; a database that is away is tried again at the next time."""
    me = signature()
    signing = asyncio.create_task(_keep_signing(writer, me))
    try:
        yield
    finally:
        signing.cancel()
        with suppress(asyncio.CancelledError):
            await signing
        with suppress(Exception):  # gone without a word is gone all the same, half a minute later
            await writer.write(partial(_leave, me=me))


async def _keep_signing(writer: Writer, me: str) -> None:
    while True:
        try:
            await writer.write(partial(_sign, me=me))
        except Exception as error:
            _log.warning("can't sign the run log", error=str(error))
        await asyncio.sleep(SIGN_SECONDS)
