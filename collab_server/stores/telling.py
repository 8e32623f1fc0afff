"""How far the log of each graph has been told, in SQL, and the rows that are still to be told.

A snapshot stands for log rows that are then deleted; what they did could never be told afterwards. So rows stay until
a *base* is stored that has them: the document exactly as it was after a row (a snapshot won't do, since it may hold
edits that are on their way into the log). What was done before a graph was restored is told first, from the log of the
epoch that is over: its rows stay as long. Whoever tells moves `seq` in the transaction that stores what was told, and
only from where they took it up: of several workers one succeeds.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)

from collab_server.stores import states
from collab_server.stores.activity import activity_told
from collab_server.stores.documents import DocumentKey, Entry
from collab_server.stores.states import NewState
from collab_server.stores.tables import document, document_log, document_snapshot
from flowroom.statements import Statement


@dataclass(frozen=True, slots=True)
class Place:
    """How far a graph's log has been told: rows up to `seq`. Rows up to `base_seq` are in the base. Where it was never
    told of, and `begun` is False, telling is to begin there. One that `is_over` belongs to an epoch before the graph's.
    """

    graph: str
    epoch: int
    seq: int
    base_seq: int
    next_seq: int
    snapshot_seq: int
    begun: bool = True
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of a log."""

    seq: int
    entry: Entry


def untold(connection: Connection) -> list[str]:
    """The ids of graphs of whose log something is still to be told, or rows are kept that a snapshot has."""
    due = activity_told.c.base_seq < document.c.snapshot_seq
    current = and_(activity_told.c.graph == document.c.id, activity_told.c.epoch == document.c.epoch)
    query = select(document.c.id).select_from(document.outerjoin(activity_told, current))
    return list(connection.scalars(query.where(document.c.kind == "graph", or_(_AHEAD.is_not(None), due))))


def place(connection: Connection, graph: str) -> Place | None:
    """Where telling goes on for a graph, or begins: where its log begins. None when there is no such graph."""
    found = _PLACE.run(connection, {"of_graph": graph})
    if not found:
        return None
    [(now, next_seq, snapshot_seq, ahead, seq, base_seq)] = found
    epoch = now if ahead is None else ahead
    if epoch != now:
        next_seq, snapshot_seq = _end(connection, graph, epoch) + 1, 0
    if seq is not None:
        return Place(graph, epoch, seq, base_seq, next_seq, snapshot_seq, is_over=epoch != now)
    seq = _beginning(connection, graph, epoch)
    return Place(graph, epoch, seq, seq, next_seq, snapshot_seq, begun=False, is_over=epoch != now)


def base(connection: Connection, where: Place) -> bytes | None:
    """The document as of `base_seq`; None for an empty one."""
    if where.base_seq == 0:
        return None
    if where.begun:
        found = _BASE.run(connection, {"of_graph": where.graph, "of_epoch": where.epoch})
    else:
        found = _FIRST_BASE.run(connection, _of(where) | {"at_seq": where.base_seq})
    return b"".join(part for (part,) in found) or None


def rows(connection: Connection, where: Place, *, after: int, limit: int) -> list[LogRow]:
    """Rows of the log after a number, in order."""
    found = _ROWS.run(connection, _of(where) | {"after_seq": after, "at_most": limit})
    return [LogRow(seq, Entry(update, *rest)) for seq, update, *rest in found]


def advance(connection: Connection, where: Place, to: int) -> bool:
    """Say that the log has been told up to `to`; False when somebody else has told from there meanwhile."""
    if not where.begun:
        return _begin(connection, where, to)
    if not _ADVANCE.run(connection, _of(where) | {"from_seq": where.seq, "to_seq": to}):
        return False
    if where.is_over and to >= where.next_seq - 1:
        forget(connection, where.graph)
    return True


def restored(connection: Connection, graph: str, epoch: int, seq: int, state: int) -> None:
    """A graph has another epoch now, which begins with a state at `seq`: what is done from there on is told when all
    before it has been. Says where that begins, too, if it was never told of: else it would be taken for told.
    """
    if not _BEGUN_WITH.run(connection, {"of_graph": graph, "of_epoch": epoch - 1}):
        begins = _beginning(connection, graph, epoch - 1)
        _insert(connection, Place(graph, epoch - 1, begins, begins, 0, 0), begins)
    values = {"graph": graph, "epoch": epoch, "seq": seq, "base_seq": seq, "state": state}
    _BEGIN.run(connection, values)


def forget(connection: Connection, graph: str) -> list[int]:
    """Forget the epochs that are over, but for the last, and those of which something is still to be told; the states
    that were kept of them.
    """
    found = _PLACE.run(connection, {"of_graph": graph})
    if not found:
        return []
    [(now, _, _, ahead, *_)] = found
    before = {"of_graph": graph, "of_epoch": now - 1 if ahead is None else min(now - 1, ahead)}
    return [state for delete in _FORGET for (state,) in delete.run(connection, before) if state is not None]


def rebase(connection: Connection, where: Place, seq: int, new: NewState) -> list[int]:
    """Let a state stand for the log up to `seq`, which has been told; the states that are of no use then."""
    this = activity_told.c.graph == where.graph, activity_told.c.epoch == where.epoch, activity_told.c.base_seq < seq
    before = connection.execute(select(activity_told.c.state).where(*this)).one_or_none()
    if before is None:
        return [new.id]
    connection.execute(update(activity_told).where(*this).values(base_seq=seq, state=new.finish(connection)))
    return [] if before.state is None else [before.state]


def may_go(key: DocumentKey, epoch: int) -> ColumnElement[bool]:
    """Which log rows a snapshot may delete: those that the base has. Other documents than graphs are not told of."""
    if key.kind != "graph":
        return true()
    kept = select(activity_told.c.base_seq).where(activity_told.c.graph == key.id, activity_told.c.epoch == epoch)
    return document_log.c.seq <= func.coalesce(kept.scalar_subquery(), 0)


def _of(where: Place) -> dict[str, Any]:
    return {"of_graph": where.graph, "of_epoch": where.epoch}


def _beginning(connection: Connection, graph: str, epoch: int) -> int:
    """The row after which telling begins: the newest snapshot's, if the log does not go back to the first."""
    [(first, snapshot)] = _BEGINNING.run(connection, {"of_graph": graph, "of_epoch": epoch})
    return 0 if snapshot is None or first == 1 else snapshot


def _end(connection: Connection, graph: str, epoch: int) -> int:
    """The last row of an epoch."""
    [(last,)] = _LAST.run(connection, {"of_graph": graph, "of_epoch": epoch})
    return int(last or 0)


def _begin(connection: Connection, where: Place, told: int) -> bool:
    """Begin to tell of an epoch, unless somebody has begun meanwhile. Those before it have been told."""
    _LOCK.run(connection, {"of_graph": where.graph})
    now = place(connection, where.graph)
    if now is None or now.begun or (now.epoch, now.seq) != (where.epoch, where.seq):
        return False
    _END.run(connection, {"of_graph": where.graph})
    _insert(connection, where, told)
    return True


def _insert(connection: Connection, where: Place, told: int) -> None:
    state = _FIRST_STATE.run(connection, _of(where) | {"at_seq": where.base_seq})
    values = {"graph": where.graph, "epoch": where.epoch, "seq": told, "base_seq": where.base_seq}
    _BEGIN.run(connection, values | {"state": state[0][0] if state else None})


_GRAPH, _EPOCH = bindparam("of_graph", type_=Text), bindparam("of_epoch", type_=Integer)
_THIS = document.c.kind == "graph", document.c.id == _GRAPH
_LOG = document_log.c.kind == "graph", document_log.c.document == _GRAPH, document_log.c.epoch == _EPOCH
_TOLD = activity_told.c.graph == _GRAPH, activity_told.c.epoch == _EPOCH
_SNAPSHOTS = (
    document_snapshot.c.kind == "graph",
    document_snapshot.c.document == _GRAPH,
    document_snapshot.c.epoch == _EPOCH,
)
_BEGUN = activity_told.alias()
_LAST_BEGUN = (
    select(func.max(_BEGUN.c.epoch)).where(_BEGUN.c.graph == document.c.id).correlate(document).scalar_subquery()
)
_IN_LOG = document_log.c.kind == "graph", document_log.c.document == document.c.id
_AHEAD = func.coalesce(
    select(func.min(_BEGUN.c.epoch))
    .where(
        _BEGUN.c.graph == document.c.id,
        select(document_log.c.seq)
        .where(*_IN_LOG, document_log.c.epoch == _BEGUN.c.epoch, document_log.c.seq > _BEGUN.c.seq)
        .correlate(document, _BEGUN)
        .exists(),
    )
    .correlate(document)
    .scalar_subquery(),
    select(func.min(document_log.c.epoch))
    .where(
        *_IN_LOG,
        document_log.c.epoch <= document.c.epoch,
        document_log.c.epoch > func.coalesce(_LAST_BEGUN, 0),
    )
    .correlate(document)
    .scalar_subquery(),
)
"""The first epoch of which something is still to be told: one that was begun with, or else the first after those."""
_JOINED = document.outerjoin(
    activity_told,
    and_(activity_told.c.graph == document.c.id, activity_told.c.epoch == func.coalesce(_AHEAD, document.c.epoch)),
)
_STATE_AT_BEGINNING = select(document_snapshot.c.state).where(
    *_SNAPSHOTS, document_snapshot.c.seq == bindparam("at_seq", type_=BigInteger)
)

_PLACE = Statement(
    select(
        *(document.c[name] for name in ("epoch", "next_seq", "snapshot_seq")),
        _AHEAD,
        *(activity_told.c[name] for name in ("seq", "base_seq")),
    )
    .select_from(_JOINED)
    .where(*_THIS)
)
_BASE = Statement(states.parts(select(activity_told.c.state).where(*_TOLD).scalar_subquery()))
_FIRST_BASE = Statement(states.parts(_STATE_AT_BEGINNING.scalar_subquery()))
_FIRST_STATE = Statement(_STATE_AT_BEGINNING)
_ROWS = Statement(
    select(*(document_log.c[name] for name in ("seq", "bytes", "origin", "user", "at")))
    .where(*_LOG, document_log.c.seq > bindparam("after_seq", type_=BigInteger))
    .order_by(document_log.c.seq)
    .limit(bindparam("at_most", type_=Integer))
)
_ADVANCE = Statement(
    update(activity_told)
    .where(*_TOLD, activity_told.c.seq == bindparam("from_seq", type_=BigInteger))
    .values(seq=bindparam("to_seq", type_=BigInteger))
    .returning(activity_told.c.seq)
)
_BEGINNING = Statement(
    select(
        select(func.min(document_log.c.seq)).where(*_LOG).scalar_subquery(),
        select(func.max(document_snapshot.c.seq)).where(*_SNAPSHOTS).scalar_subquery(),
    )
)
_LAST = Statement(select(func.max(document_log.c.seq)).where(*_LOG))
_LOCK = Statement(select(document.c.id).where(*_THIS).with_for_update(key_share=True))
_END = Statement(delete(activity_told).where(activity_told.c.graph == _GRAPH))
_BEGIN = Statement(insert(activity_told))
_BEGUN_WITH = Statement(select(activity_told.c.seq).where(*_TOLD))
_FORGET = [
    Statement(
        delete(activity_told)
        .where(activity_told.c.graph == _GRAPH, activity_told.c.epoch < _EPOCH)
        .returning(activity_told.c.state)
    ),
    Statement(
        delete(document_snapshot)
        .where(*_SNAPSHOTS[:2], document_snapshot.c.epoch < _EPOCH)
        .returning(document_snapshot.c.state)
    ),
    Statement(delete(document_log).where(*_LOG[:2], document_log.c.epoch < _EPOCH).returning(null())),
]
