"""Whole documents in SQL, in parts.

There is one writer, and one row with all of a large document would hold up everyone's edits while it is written: 10 ms
for each MB. So a state is laid down a part at a time, with the edits of others between, before anything refers to it;
whoever does so stores the last part with it. When nothing refers to it any more its parts go in the same way. What a
crash left half-way, and what a deleted document leaves, is found by `sweep`.
"""

import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    ScalarSelect,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
)

from collab_server.stores.activity import activity_told
from collab_server.stores.tables import document_snapshot, document_version, metadata
from flowroom.writer import Writer

PART_BYTES = 128 * 1024
PARTS_AT_ONCE = 8
"""How many go in one transaction: what is deleted is not written again, so it takes less time than storing."""
STRAY_SECONDS = 86_400.0
"""How long a state may be without anything that refers to it: one that is just being laid down is not stray, even if
the clocks of two machines differ.
"""
_ID_BITS = 20

state_part = Table(
    "state_part",
    metadata,
    Column("state", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False, comment="all parts together are one Yjs v1 update"),
)


class StateGone(RuntimeError):
    """A state was not finished in time."""


@dataclass(frozen=True, slots=True)
class NewState:
    """A state of which all parts but the last are stored."""

    id: int
    last_part: int
    last_bytes: bytes

    def finish(self, connection: Connection) -> int:
        """Store the last part, in the transaction that refers to it; the number to refer to.

        Raises StateGone if somebody has taken the other parts for stray ones.
        """
        if self.last_part:
            there = select(func.count()).where(state_part.c.state == self.id)
            if connection.scalar(there) != self.last_part:
                raise StateGone(f"Not all parts of state {self.id} are there any more.")
        _put(connection, self.id, self.last_part, self.last_bytes)
        return self.id


class States:
    """The states of one database."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer

    @asynccontextmanager
    async def laid_down(self, state: bytes) -> AsyncIterator[NewState]:
        """Store all parts but the last; they go again when whoever was to finish it fails."""
        *parts, last = _cut(state)
        new = NewState(_new_id(time.time()), len(parts), last)
        try:
            for number, part in enumerate(parts):
                await self._writer.write(partial(_put, id=new.id, part=number, data=part))
            yield new
        except Exception:
            with suppress(Exception):  # then it is swept
                await self.forget([new.id])
            raise

    async def forget(self, ids: Iterable[int]) -> None:
        """Delete those of these states that nothing refers to."""
        for id in ids:
            while await self._writer.write(partial(_forget, id=id)) == PARTS_AT_ONCE:
                pass

    async def sweep(self, now: float) -> list[int]:
        """Forget all that nothing refers to, and has not for a while; which states that was."""
        stray = await to_thread.run_sync(self._stray, _first_id(now - STRAY_SECONDS))
        await self.forget(stray)
        return stray

    def _stray(self, before: int) -> list[int]:
        beginnings = select(state_part.c.state).where(state_part.c.part == 0, state_part.c.state < before)
        with self._engine.connect() as connection:
            return list(connection.scalars(beginnings.where(*_unused(state_part.c.state))))


def read(connection: Connection, id: int) -> bytes:
    """A state; nothing if there is none of this number."""
    return b"".join(connection.scalars(parts(id)))


def parts(id: int | ScalarSelect[int | None]) -> Select[tuple[bytes]]:
    """The question for the parts of a state, in order: by its number or by a question for it."""
    return select(state_part.c.bytes).where(state_part.c.state == id).order_by(state_part.c.part)


def _cut(state: bytes) -> list[bytes]:
    """The parts of a state: at least one, even of nothing."""
    return [state[start : start + PART_BYTES] for start in range(0, len(state), PART_BYTES)] or [b""]


def _put(connection: Connection, id: int, part: int, data: bytes) -> None:
    connection.execute(insert(state_part), {"state": id, "part": part, "bytes": data}).close()


def _forget(connection: Connection, id: int) -> int:
    """Delete some parts, the last ones first, so that `sweep` finds the rest; how many."""
    mine = (state_part.c.state == id, *_unused(id))
    last = select(state_part.c.part).where(*mine).order_by(state_part.c.part.desc()).limit(PARTS_AT_ONCE)
    numbers = list(connection.scalars(last))
    if numbers:
        connection.execute(delete(state_part).where(state_part.c.state == id, state_part.c.part >= numbers[-1]))
    return len(numbers)


def _unused(id: ColumnElement[int] | int) -> tuple[ColumnElement[bool], ...]:
    """That nothing refers to a state."""
    holders = (document_snapshot, document_version, activity_told)
    return tuple(~select(table.c.state).where(table.c.state == id).exists() for table in holders)


def _new_id(now: float) -> int:
    """A number that nobody else takes, whichever worker it is."""
    return _first_id(now) | secrets.randbits(_ID_BITS)


def _first_id(moment: float) -> int:
    """The least number that is given from a moment on."""
    return int(moment * 1000) << _ID_BITS
