"""Whole states of documents kept aside in SQL, what was refused of them, and the beginning of another epoch.

A version is one Yjs v1 update with everything in it. The server looked into it before it was handed over; nothing here
looks into bytes. What they are for is in restoring.py and api/rest/versions.py.
"""

from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update

from collab_server.stores import states, telling
from collab_server.stores.database import Also, Database, nothing
from collab_server.stores.documents import DocumentKey, EpochChanged, NoSuchDocument, Summary
from collab_server.stores.states import NewState, States
from collab_server.stores.tables import (
    Row,
    document,
    document_log,
    document_quarantine,
    document_snapshot,
    document_version,
)
from flowroom.writer import Writer


@dataclass(frozen=True, slots=True)
class Version:
    """A state that is kept, without its bytes. `seq` and `epoch` say where in the log it stood."""

    id: str
    label: str
    author: str
    at: float
    epoch: int
    seq: int
    size: int
    reason: str = ""
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aside:
    """A state that is to be kept when another takes its place; of more than `keep` versions the oldest goes."""

    version: Version
    state: bytes
    keep: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes in quarantine: what they were to be, and whose."""

    id: int
    at: float
    origin: str
    user: str
    reason: str
    size: int


@dataclass(frozen=True, slots=True)
class Point:
    """An entry of the log: a document can be restored to just after it."""

    seq: int
    at: float
    origin: str
    user: str
    size: int


class Moved(Exception):
    """The log went on since it was read, so that what was made of it would lose an edit."""


class Versions:
    """States of documents that are kept, in SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._database = Database(engine, writer)
        self._states = States(engine, writer)

    async def add(self, key: DocumentKey, version: Version, state: bytes, *, keep: int, also: Also = nothing) -> None:
        """Keep a state, and do `also` that; of more than `keep` the oldest goes. Raises NoSuchDocument."""
        async with self._states.laid_down(state) as new:

            def work(connection: Connection) -> list[int]:
                gone = _add(connection, key, version, new, keep)
                also(connection)
                return gone

            gone = await self._database.write(work, alone=True)
        await self._states.forget(gone)

    async def page(self, key: DocumentKey, *, before: str | None, limit: int) -> list[Version]:
        """The versions of a document, newest first; `before` is the last id already seen."""
        return await self._database.read(lambda connection: _page(connection, key, before, limit))

    async def get(self, key: DocumentKey, id: str) -> tuple[Version, bytes] | None:
        """A version and its state."""
        return await self._database.read(lambda connection: _get(connection, key, id))

    async def delete(self, key: DocumentKey, id: str, *, also: Also = nothing) -> bool:
        """Forget a version, and do `also` that; False when there is none of that id."""

        def work(connection: Connection) -> list[int]:
            gone = _delete(connection, *_of(key), _V.id == id)
            if gone:
                also(connection)
            return gone

        gone = await self._database.write(work, alone=True)
        await self._states.forget(gone)
        return bool(gone)

    async def quarantined(self, key: DocumentKey, limit: int) -> list[Refused]:
        """What was refused of a document, newest first."""
        q = document_quarantine.c
        query = (
            select(q.id, q.at, q.origin, q.user, q.reason, func.length(q.bytes))
            .where(q.kind == key.kind, q.document == key.id)
            .order_by(q.id.desc())
            .limit(limit)
        )
        return await self._database.read(lambda connection: [Refused(*row) for row in connection.execute(query)])

    async def points(self, key: DocumentKey, limit: int) -> list[Point]:
        """The entries of the log since the last snapshot, newest first."""
        return await self._database.read(lambda connection: _points(connection, key, limit))

    async def begin_epoch(
        self,
        key: DocumentKey,
        *,
        epoch: int,
        seq: int | None,
        state: bytes,
        summary: Summary,
        aside: Aside | None = None,
        also: Also = nothing,
    ) -> int:
        """Let a document be `state` from now on, in a new epoch, whose number is returned; older ones are forgotten but
        for the last, and for what is still to be told of them. `seq` is how far the log went that `state` was made of.
        What is put `aside` is kept if that is done, and else not; so is what is `also` done. Raises NoSuchDocument,
        EpochChanged, and Moved when the log went on.
        """
        async with self._states.laid_down(state) as new, AsyncExitStack() as stack:
            old = None if aside is None else await stack.enter_async_context(self._states.laid_down(aside.state))

            def begin(connection: Connection) -> list[int]:
                gone = _begin(connection, key, epoch, seq, new, summary)
                if aside is not None and old is not None:
                    gone += _add(connection, key, aside.version, old, aside.keep)
                also(connection)
                return gone

            gone = await self._database.write(begin, alone=True)
        await self._states.forget(gone)
        return epoch + 1


_V = document_version.c
_COLUMNS = (_V.id, _V.label, _V.author, _V.at, _V.epoch, _V.seq, _V.size, _V.reason, _V.summary)


def _of(key: DocumentKey) -> tuple[Any, ...]:
    return _V.kind == key.kind, _V.document == key.id


def _add(connection: Connection, key: DocumentKey, version: Version, new: NewState, keep: int) -> list[int]:
    """Keep it; the states of those that made place for it."""
    there = select(document.c.id).where(
        document.c.kind == key.kind, document.c.id == key.id, document.c.deleted_at.is_(None)
    )
    if connection.execute(there).first() is None:
        raise NoSuchDocument(key)
    row: Row = {**asdict(version), "kind": key.kind, "document": key.id, "state": new.finish(connection)}
    connection.execute(insert(document_version), row)
    kept = select(_V.id).where(*_of(key)).order_by(_V.at.desc(), _V.id.desc()).limit(keep)
    ids = list(connection.execute(kept).scalars())
    return _delete(connection, *_of(key), _V.id.not_in(ids))


def _get(connection: Connection, key: DocumentKey, id: str) -> tuple[Version, bytes] | None:
    row = connection.execute(select(*_COLUMNS, _V.state).where(*_of(key), _V.id == id)).one_or_none()
    if row is None:
        return None
    version, state = Version(*row[:-1]), states.read(connection, row.state)
    return (version, state) if len(state) == version.size else None  # it is being deleted


def _delete(connection: Connection, *which: ColumnElement[bool]) -> list[int]:
    """Delete versions; their states."""
    return list(connection.scalars(delete(document_version).where(*which).returning(_V.state)))


def _page(connection: Connection, key: DocumentKey, before: str | None, limit: int) -> list[Version]:
    query = select(*_COLUMNS).where(*_of(key)).order_by(_V.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_V.id < before)
    return [Version(*row) for row in connection.execute(query)]


def _points(connection: Connection, key: DocumentKey, limit: int) -> list[Point]:
    log = document_log.c
    query = (
        select(log.seq, log.at, log.origin, log.user, func.length(log.bytes))
        .join(document, (document.c.kind == log.kind) & (document.c.id == log.document))
        .where(log.kind == key.kind, log.document == key.id, log.epoch == document.c.epoch)
        .order_by(log.seq.desc())
        .limit(limit)
    )
    return [Point(*row) for row in connection.execute(query)]


def _begin(
    connection: Connection, key: DocumentKey, epoch: int, seq: int | None, new: NewState, summary: Summary
) -> list[int]:
    """Begin the next epoch; the states of snapshots that are forgotten."""
    this = (document.c.kind == key.kind, document.c.id == key.id)
    found = connection.execute(
        select(document.c.epoch, document.c.next_seq)
        .where(*this, document.c.deleted_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if found is None:
        raise NoSuchDocument(key)
    if found.epoch != epoch:
        raise EpochChanged(key, epoch, found.epoch)
    if seq is not None and found.next_seq - 1 != seq:
        raise Moved
    at = found.next_seq
    connection.execute(
        update(document).where(*this).values(epoch=epoch + 1, next_seq=at + 1, snapshot_seq=at, **asdict(summary))
    )
    place = {"kind": key.kind, "document": key.id}
    connection.execute(
        insert(document_snapshot), {**place, "epoch": epoch + 1, "seq": at, "state": new.finish(connection)}
    )
    if key.kind == "graph":
        telling.restored(connection, key.id, epoch + 1, at, new.id)
        return telling.forget(connection, key.id)
    return _forget(connection, key, epoch)


def _forget(connection: Connection, key: DocumentKey, before: int) -> list[int]:
    """Forget older epochs; the states of their snapshots."""
    log, snapshot = document_log.c, document_snapshot.c
    connection.execute(delete(document_log).where(log.kind == key.kind, log.document == key.id, log.epoch < before))
    older = delete(document_snapshot).where(
        snapshot.kind == key.kind, snapshot.document == key.id, snapshot.epoch < before
    )
    return list(connection.scalars(older.returning(snapshot.state)))
