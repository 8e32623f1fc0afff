"""Which workers are at a run log: each signs now and then, so that people can be told when there is none."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update

from engine.tables import RUN, WORKER
from flowroom.writer import Writer

SIGN_SECONDS = 10.0
"""How often a worker signs; three times as long without a sign, and it counts as gone."""
FORGET_SECONDS = 24 * 3600.0
_log = structlog.get_logger(__name__)


class Seen(NamedTuple):
    """A worker that signed not long ago. Times are seconds since 1970."""

    id: str
    started: float
    seen: float


class Attendance(NamedTuple):
    """Who is at a run log, and what waits for them: how many runs nobody has begun, and since when the oldest does."""

    workers: list[Seen]
    waiting: int
    waiting_since: float | None


def read(connection: Connection) -> Attendance:
    """Who is there now."""
    present = select(WORKER).where(WORKER.c.seen > time.time() - 3 * SIGN_SECONDS).order_by(WORKER.c.started)
    waiting = select(func.count(), func.min(RUN.c.created)).where(RUN.c.state == "created", RUN.c.owner.is_(None))
    workers = [Seen(row.id, row.started, row.seen) for row in connection.execute(present)]
    return Attendance(workers, *connection.execute(waiting).one())


def _sign(connection: Connection, worker: Seen) -> None:
    signed = update(WORKER).where(WORKER.c.id == worker.id).values(seen=worker.seen)
    if connection.execute(signed).rowcount == 0:
        connection.execute(delete(WORKER).where(WORKER.c.seen < worker.seen - FORGET_SECONDS))
        connection.execute(insert(WORKER).values(worker._asdict()))


def _leave(connection: Connection, worker: Seen) -> None:
    connection.execute(delete(WORKER).where(WORKER.c.id == worker.id))


@asynccontextmanager
async def present(writer: Writer) -> AsyncIterator[None]:
    """Sign as long as the block runs; a database that is away is tried again at the next time."""
    started = time.time()
    me = Seen(f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}", started, started)
    signing = asyncio.create_task(_keep_signing(writer, me))
    try:
        yield
    finally:
        signing.cancel()
        with suppress(asyncio.CancelledError):
            await signing
        with suppress(Exception):  # gone without a word is gone all the same, half a minute later
            await writer.write(partial(_leave, worker=me))


async def _keep_signing(writer: Writer, me: Seen) -> None:
    while True:
        try:
            await writer.write(partial(_sign, worker=me._replace(seen=time.time())))
        except Exception as error:
            _log.warning("can't sign the run log", error=str(error))
        await asyncio.sleep(SIGN_SECONDS)
