"""How far the log of each graph has been told, in SQL, and the rows that are still to be told.

A snapshot stands for log rows that are then deleted; what they did could never be told afterwards. So rows stay until
a *base* is stored that has them: the document exactly as it was after a row (a snapshot won't do, since it may hold
edits that are on their way into the log). Whoever tells moves `seq` in the transaction that stores what was told, and
only from where they took it up: of several workers one succeeds.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from collab_server.stores import states
from collab_server.stores.activity import activity_told
from collab_server.stores.documents import DocumentKey, Entry
from collab_server.stores.states import NewState
from collab_server.stores.tables import document, document_log, document_snapshot


@dataclass(frozen=True, slots=True)
class Place:
    """How far a graph's log has been told: rows up to `seq`. Rows up to `base_seq` are in the base."""

    graph: str
    epoch: int
    seq: int
    base_seq: int
    next_seq: int
    snapshot_seq: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of a log."""

    seq: int
    entry: Entry


def untold(connection: Connection) -> list[str]:
    """The ids of graphs of whose log something is still to be told, or rows are kept that a snapshot has."""
    logged = select(document_log.c.seq).where(
        document_log.c.kind == "graph",
        document_log.c.document == document.c.id,
        document_log.c.epoch == document.c.epoch,
    )
    behind = and_(document.c.next_seq - 1 > func.coalesce(activity_told.c.seq, 0), logged.exists())
    query = select(document.c.id).select_from(_JOINED)
    due = or_(behind, activity_told.c.base_seq < document.c.snapshot_seq)
    return list(connection.scalars(query.where(document.c.kind == "graph", due)))


def place(connection: Connection, graph: str) -> Place | None:
    """Where telling goes on for a graph; None when it has not begun, or there is no such graph."""
    found = connection.execute(
        select(
            document.c.epoch,
            activity_told.c.seq,
            activity_told.c.base_seq,
            document.c.next_seq,
            document.c.snapshot_seq,
        )
        .select_from(_JOINED)
        .where(document.c.kind == "graph", document.c.id == graph, activity_told.c.seq.is_not(None))
    ).one_or_none()
    return None if found is None else Place(graph, *found)


def begin(connection: Connection, graph: str) -> None:
    """Begin to tell of a graph, where its log begins; nothing, if that is done. Older epochs are not told any more."""
    found = connection.execute(
        select(document.c.epoch).where(document.c.kind == "graph", document.c.id == graph).with_for_update()
    ).one_or_none()
    if found is None or place(connection, graph) is not None:
        return
    connection.execute(delete(activity_told).where(activity_told.c.graph == graph))
    first = connection.scalar(select(func.min(document_log.c.seq)).where(*_log(graph, found.epoch)))
    snapshot = document_snapshot.c
    base = connection.execute(
        select(snapshot.seq, snapshot.state)
        .where(snapshot.kind == "graph", snapshot.document == graph, snapshot.epoch == found.epoch)
        .order_by(snapshot.seq.desc())
        .limit(1)
    ).one_or_none()
    seq, state = (0, None) if base is None or first == 1 else base
    values = {"graph": graph, "epoch": found.epoch, "seq": seq, "base_seq": seq, "state": state}
    connection.execute(insert(activity_told).values(values))


def base(connection: Connection, where: Place) -> bytes | None:
    """The document as of `base_seq`; None for an empty one."""
    return states.read(connection, select(activity_told.c.state).where(*_told(where)).scalar_subquery()) or None


def rows(connection: Connection, where: Place, *, after: int, limit: int) -> list[LogRow]:
    """Rows of the log after a number, in order."""
    log = document_log.c
    query = (
        select(log.seq, log.bytes, log.origin, log.user, log.at)
        .where(*_log(where.graph, where.epoch), log.seq > after)
        .order_by(log.seq)
        .limit(limit)
    )
    return [LogRow(row[0], Entry(*row[1:])) for row in connection.execute(query)]


def advance(connection: Connection, where: Place, to: int) -> bool:
    """Say that the log has been told up to `to`; False when somebody else has told from there meanwhile."""
    moved = update(activity_told).where(*_told(where), activity_told.c.seq == where.seq).values(seq=to)
    return connection.execute(moved).rowcount == 1


def rebase(connection: Connection, where: Place, seq: int, new: NewState) -> list[int]:
    """Let a state stand for the log up to `seq`, which has been told; the states that are of no use then."""
    this = (*_told(where), activity_told.c.base_seq < seq)
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


_JOINED = document.outerjoin(
    activity_told, and_(activity_told.c.graph == document.c.id, activity_told.c.epoch == document.c.epoch)
)


def _told(where: Place) -> tuple[ColumnElement[bool], ...]:
    return activity_told.c.graph == where.graph, activity_told.c.epoch == where.epoch


def _log(graph: str, epoch: int) -> tuple[ColumnElement[bool], ...]:
    return document_log.c.kind == "graph", document_log.c.document == graph, document_log.c.epoch == epoch
