"""Documents in SQL: the log, snapshots and the row that lists show. See documents.py for what is promised.

Reads run in threads with connections of their own; writes are works of the process's one Writer, so that the edits
of all rooms share commits.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from collab_server.auth.roles import Visibility
from collab_server.stores import states
from collab_server.stores.database import Also, nothing
from collab_server.stores.documents import (
    MAX_QUARANTINED,
    DocumentExists,
    DocumentKey,
    Entry,
    EpochChanged,
    NoSuchDocument,
    Position,
    Stored,
    Summary,
)
from collab_server.stores.states import NewState, States
from collab_server.stores.tables import PURGED, Row, document, document_log, document_quarantine, document_snapshot
from flowroom import sql
from flowroom.clock import time_at
from flowroom.portions import in_portions
from flowroom.statements import Statement
from flowroom.writer import Writer

KEYS_PER_QUESTION = 100
"""A question for many takes a thread as long as it takes to put together, and those who edit wait for it."""
ROWS_AT_ONCE, BYTES_AT_ONCE = 100, 256 * 1024
"""How much of a log goes in one transaction: edits of others wait for it."""
SMALL_BYTES = 8 * 1024
"""What the loop may write by itself: that is a moment, while one large edit after the other would make others wait."""
MayGo = Callable[[DocumentKey, int], ColumnElement[bool]]
"""Which rows of `document_log` may be deleted, of a document in an epoch."""


class SqlDocuments:
    """Documents in SQLite or PostgreSQL."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        *,
        may_go: MayGo = lambda _key, _epoch: true(),
        appended: Callable[[DocumentKey], None] = lambda _key: None,
    ) -> None:
        """`may_go` says which log rows a snapshot may delete of those it stands for; `appended` is told of edits that
        are durable.
        """
        self._engine = engine
        self._writer = writer
        self._states = States(engine, writer)
        self._may_go = may_go
        self._appended = appended

    async def create(
        self,
        key: DocumentKey,
        *,
        owner: str = "",
        summary: Summary | None = None,
        visibility: Visibility = "workspace",
        entries: Sequence[Entry] = (),
        also: Also = nothing,
    ) -> None:
        """See Documents.create."""
        now = entries[-1].at if entries else time.time()
        row = {"owner": owner, "visibility": visibility, "created_at": now, "updated_at": now, **_columns(summary)}

        def work(connection: Connection) -> None:
            _create(connection, key, row, entries)
            also(connection)

        try:
            await self._writer.write(work, alone=True)
        except IntegrityError as error:
            raise DocumentExists(key) from error
        if entries:
            self._appended(key)

    async def exists(self, key: DocumentKey) -> bool:
        """See Documents.exists."""
        return await sql.ask(self._engine, lambda connection: _exists(connection, key))

    async def load(self, key: DocumentKey) -> Stored:
        """See Documents.load."""
        return await sql.ask(self._engine, lambda connection: _load(sql.at_one_moment(connection), key))

    async def since(self, key: DocumentKey, epoch: int, seq: int) -> Stored:
        """See Documents.since."""
        return await sql.ask(self._engine, lambda connection: _since(sql.at_one_moment(connection), key, epoch, seq))

    async def positions(self, keys: Collection[DocumentKey]) -> dict[DocumentKey, Position]:
        """See Documents.positions."""
        found: dict[DocumentKey, Position] = {}
        for some in in_portions(list(keys), KEYS_PER_QUESTION):
            found |= await sql.ask(self._engine, partial(_positions, keys=some))
        return found

    async def now(self) -> float:
        """See Documents.now."""
        return await sql.ask(self._engine, time_at)

    async def append(
        self, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None = None
    ) -> int:
        """See Documents.append."""
        small = summary is None and sum(len(entry.update) for entry in entries) <= SMALL_BYTES
        seq = await self._writer.write(
            lambda connection: _append(connection, key, epoch, entries, summary), small=small, locks=key.row
        )
        if entries:
            self._appended(key)
        return seq

    async def snapshot(self, key: DocumentKey, epoch: int, seq: int, state: bytes) -> None:
        """See Documents.snapshot."""
        async with self._states.laid_down(state) as new:
            gone = await self._writer.write(
                lambda connection: _snapshot(connection, key, epoch, seq, new), locks=key.row
            )
        await self._states.forget(gone)
        await shorten_log(self._writer, key, epoch, seq, self._may_go(key, epoch))

    async def quarantine(self, key: DocumentKey, entry: Entry, reason: str) -> None:
        """See Documents.quarantine."""
        await self._writer.write(lambda connection: _quarantine(connection, key, entry, reason))


async def shorten_log(
    writer: Writer, key: DocumentKey, epoch: int, last: int, may_go: ColumnElement[bool] | None = None
) -> None:
    """Delete the rows of a log up to `last`, as far as they may go, some in each transaction."""
    may = true() if may_go is None else may_go
    work = partial(_shorten_log, key=key, epoch=epoch, last=last, may_go=may)
    while await writer.write(work, locks=key.row):
        pass


def _exists(connection: Connection, key: DocumentKey) -> bool:
    query = select(document.c.id).where(*_is(key), document.c.deleted_at.is_(None))
    return connection.execute(query).first() is not None


def _positions(connection: Connection, keys: Sequence[DocumentKey]) -> dict[DocumentKey, Position]:
    query = select(document.c.kind, document.c.id, document.c.epoch, document.c.next_seq).where(
        tuple_(document.c.kind, document.c.id).in_([(key.kind, key.id) for key in keys]),
        document.c.deleted_at.is_(None),
    )
    found = connection.execute(query)
    return {DocumentKey(kind, id): Position(epoch, next_seq - 1) for kind, id, epoch, next_seq in found}


def _create(connection: Connection, key: DocumentKey, row: Row, entries: Sequence[Entry]) -> None:
    """Insert, and then ask whether the id was a graph's that is forgotten: that may happen while this waits for it."""
    connection.execute(insert(document), {"kind": key.kind, "id": key.id, **row}).close()
    purged = select(document.c.id).where(document.c.kind == PURGED, document.c.id == key.id)
    if connection.execute(purged).first() is not None:
        raise DocumentExists(key)
    _append(connection, key, 1, entries, None)


def _load(connection: Connection, key: DocumentKey) -> Stored:
    found = connection.execute(
        select(document.c.epoch, document.c.next_seq).where(*_is(key), document.c.deleted_at.is_(None))
    ).one_or_none()
    if found is None:
        raise NoSuchDocument(key)
    snapshot = connection.execute(
        select(document_snapshot.c.seq, document_snapshot.c.state)
        .where(*_of(document_snapshot, key, found.epoch))
        .order_by(document_snapshot.c.seq.desc())
        .limit(1)
    ).one_or_none()
    seq = 0 if snapshot is None else snapshot.seq
    state = None if snapshot is None else states.read(connection, snapshot.state)
    return Stored(found.epoch, found.next_seq - 1, state, seq, _tail(connection, key, found.epoch, seq))


def _since(connection: Connection, key: DocumentKey, epoch: int, seq: int) -> Stored:
    _check(connection, key, epoch)
    query = select(document.c.next_seq, document.c.snapshot_seq).where(*_is(key))
    next_seq, snapshot_seq = connection.execute(query).one()
    if snapshot_seq > seq:
        return _load(connection, key)
    return Stored(epoch, next_seq - 1, None, seq, _tail(connection, key, epoch, seq))


def _tail(connection: Connection, key: DocumentKey, epoch: int, seq: int) -> tuple[Entry, ...]:
    rows = connection.execute(
        select(document_log.c.bytes, document_log.c.origin, document_log.c.user, document_log.c.at)
        .where(*_of(document_log, key, epoch), document_log.c.seq > seq)
        .order_by(document_log.c.seq)
    )
    return tuple(Entry(*row) for row in rows)


_CURRENT = (
    document.c.kind == bindparam("of_kind"),
    document.c.id == bindparam("of_id"),
    document.c.epoch == bindparam("of_epoch"),
    document.c.deleted_at.is_(None),
)
_SEQ = Statement(select(document.c.next_seq).where(*_CURRENT))
_ADVANCE = Statement(
    update(document)
    .where(*_CURRENT)
    .values(next_seq=document.c.next_seq + bindparam("rows"), updated_at=bindparam("at"))
    .returning(document.c.next_seq)
)
_LOG = Statement(insert(document_log))


def _append(
    connection: Connection, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None
) -> int:
    if summary is not None:
        connection.execute(update(document).where(*_is(key), document.c.epoch == epoch).values(asdict(summary)))
    place: Row = {"of_kind": key.kind, "of_id": key.id, "of_epoch": epoch}
    if entries:
        found = _ADVANCE.run(connection, {**place, "rows": len(entries), "at": entries[-1].at})
    else:
        found = _SEQ.run(connection, place)
    if not found:
        _check(connection, key, epoch)
        raise NoSuchDocument(key)
    next_seq: int = found[0][0]
    if entries:
        where = {"kind": key.kind, "document": key.id, "epoch": epoch}
        first = next_seq - len(entries)
        _LOG.run_for(
            connection, [{**where, "seq": first + n, **_entry_columns(entry)} for n, entry in enumerate(entries)]
        )
    return next_seq - 1


def _snapshot(connection: Connection, key: DocumentKey, epoch: int, seq: int, new: NewState) -> list[int]:
    """Store it, unless a newer one is there; the states that are of no use then."""
    moved = connection.execute(
        update(document)
        .where(*_is(key), document.c.epoch == epoch, document.c.deleted_at.is_(None))
        .where(document.c.snapshot_seq < seq)
        .values(snapshot_seq=seq)
    ).rowcount
    if not moved:
        _check(connection, key, epoch)
        return [new.id]
    older = delete(document_snapshot).where(*_of(document_snapshot, key, epoch)).returning(document_snapshot.c.state)
    gone = list(connection.scalars(older))
    connection.execute(
        insert(document_snapshot),
        {"kind": key.kind, "document": key.id, "epoch": epoch, "seq": seq, "state": new.finish(connection)},
    )
    return gone


def _shorten_log(
    connection: Connection, *, key: DocumentKey, epoch: int, last: int, may_go: ColumnElement[bool]
) -> bool:
    """Delete the first rows of a log; whether there may be more that can go."""
    first = (
        select(document_log.c.seq, func.length(document_log.c.bytes))
        .where(*_of(document_log, key, epoch), document_log.c.seq <= last)
        .order_by(document_log.c.seq)
        .limit(ROWS_AT_ONCE)
    )
    end, size = 0, 0
    for seq, length in connection.execute(first):
        end, size = seq, size + length
        if size >= BYTES_AT_ONCE:
            break
    rows = delete(document_log).where(*_of(document_log, key, epoch), document_log.c.seq <= end, may_go)
    return connection.execute(rows).rowcount > 0 and end < last


def _check(connection: Connection, key: DocumentKey, epoch: int) -> None:
    found = connection.execute(select(document.c.epoch).where(*_is(key), document.c.deleted_at.is_(None))).scalar()
    if found is None:
        raise NoSuchDocument(key)
    if found != epoch:
        raise EpochChanged(key, epoch, found)


def _is(key: DocumentKey) -> tuple[ColumnElement[bool], ...]:
    return document.c.kind == key.kind, document.c.id == key.id


def _of(table: Table, key: DocumentKey, epoch: int) -> tuple[ColumnElement[bool], ...]:
    return table.c.kind == key.kind, table.c.document == key.id, table.c.epoch == epoch


def _columns(summary: Summary | None) -> Row:
    return {} if summary is None else asdict(summary)


def _quarantine(connection: Connection, key: DocumentKey, entry: Entry, reason: str) -> None:
    q = document_quarantine.c
    of_document = (q.kind == key.kind, q.document == key.id)
    same = (func.length(q.bytes) == len(entry.update), q.bytes == entry.update)  # no row of another size is read
    if connection.execute(select(q.id).where(*of_document, *same)).first() is not None:
        return
    row = {"kind": key.kind, "document": key.id, "reason": reason, **_entry_columns(entry)}
    connection.execute(insert(document_quarantine), row).close()
    newest = select(q.id).where(*of_document).order_by(q.id.desc()).limit(MAX_QUARANTINED)
    connection.execute(delete(document_quarantine).where(*of_document, q.id.not_in(newest)))


def _entry_columns(entry: Entry) -> Row:
    return {"bytes": entry.update, "origin": entry.origin, "user": entry.user, "at": entry.at}
