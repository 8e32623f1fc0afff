"""What people were told, and how far they have read: two tables, and what is asked of them.

Each question is a function of a connection. Who is told of what is decided in notifications.py; who may still see it in
inbox.py. Times are seconds since 1970.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import Double as Seconds
from sqlalchemy.dialects import postgresql, sqlite

from collab_server.stores.tables import document, metadata
from flowroom.portions import in_portions

PEOPLE_AT_ONCE = IDS_AT_ONCE = 500
"""Of one question: a statement has only so many parameters."""
Said = Mapping[str, Mapping[str, float]]
"""Thread → message → when it was said."""
NOTHING: Said = {}
SAYING = ("mention", "reply")
"""Kinds of what people are told of a message itself."""

notification = Table(
    "notification",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("person", Text, nullable=False, comment="who is told"),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="mention, reply, resolved, reopened, reaction, access.asked, access.granted or access.declined",
    ),
    Column("graph", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("message", Text, nullable=True),
    Column("by", Text, nullable=False, comment="the id of who did it"),
    Column("author", JSON, nullable=False, comment="who did it, as others saw them then"),
    Column("at", Seconds, nullable=False),
    Column("read_at", Seconds, nullable=True),
    Column("quote", Text, nullable=False, comment="what the thread is about, or which role"),
    Column("excerpt", Text, nullable=False, comment="the beginning of the message, or of what was said of access"),
    Column("emoji", Text, nullable=False, comment="of a reaction"),
    Index("ix_notification_listed", "person", "id"),
    Index("ix_notification_of_thread", "graph", "thread"),
    sqlite_autoincrement=True,  # no id is given again: streams know by it what they have told
)

read_mark = Table(
    "read_mark",
    metadata,
    Column("person", Text, primary_key=True),
    Column("graph", Text, primary_key=True),
    Column("thread", Text, primary_key=True, comment="empty: all threads of the graph"),
    Column("at", Seconds, nullable=False, comment="of the last message seen"),
)

_READING = 0x1B0C
"""Any number, as long as every worker takes the same: the first half of PostgreSQL's advisory lock of a person."""

_graph_exists = (document.c.kind == "graph") & (document.c.deleted_at.is_(None))
_listed = notification.join(document, document.c.id == notification.c.graph)


def put(connection: Connection, rows: list[dict[str, Any]], *, most: int) -> None:
    """Tell people something; each keeps the newest `most`. Rows go in one order: other workers delete some, too."""
    connection.execute(insert(notification), rows)
    for person in sorted({row["person"] for row in rows}):
        mine = notification.c.person == person
        oldest = select(notification.c.id).where(mine).order_by(notification.c.id.desc()).offset(most).limit(1)
        last: int | None = connection.execute(oldest).scalar()
        if last is not None:
            connection.execute(delete(notification).where(mine, notification.c.id <= last))


def put_once(connection: Connection, rows: list[dict[str, Any]], *, most: int) -> set[str]:
    """Tell people of one message, whichever of them were not told of it then or since, as of an edit; or of something
    else that was done, whichever were not told of that. Who they are.

    Others who do the same wait for the row of the discussion, and then find what was told.
    """
    first = rows[0]
    discussion = (document.c.kind == "discussion", document.c.id == first["graph"])
    connection.execute(select(document.c.id).where(*discussion).with_for_update(key_share=True))
    if first["kind"] in SAYING:
        what = (notification.c.at >= first["at"], notification.c.kind.in_(SAYING))
    else:
        what = (notification.c.at == first["at"], notification.c.kind == first["kind"])
    same = [notification.c[name] == first[name] for name in ("graph", "thread", "message", "by", "emoji")]
    told = set(connection.scalars(select(notification.c.person).where(*same, *what)))
    missing = [row for row in rows if row["person"] not in told]
    if missing:
        put(connection, missing, most=most)
    return {row["person"] for row in missing}


def graphs(connection: Connection, person: str) -> dict[str, int]:
    """The graphs someone was told of that are still there, and how much of it is unread."""
    unread = func.count().filter(notification.c.read_at.is_(None))
    query = select(notification.c.graph, unread).select_from(_listed)
    query = query.where(_graph_exists, notification.c.person == person).group_by(notification.c.graph)
    return dict(map(tuple, connection.execute(query)))


def page(
    connection: Connection, person: str, among: Iterable[str], *, unread: bool, before: int | None, limit: int
) -> list[Row[Any]]:
    """What someone was told of these graphs, the newest first, with each graph's title."""
    query = select(notification, document.c.title).select_from(_listed)
    query = query.where(_graph_exists, notification.c.person == person, notification.c.graph.in_(list(among)))
    if unread:
        query = query.where(notification.c.read_at.is_(None))
    if before is not None:
        query = query.where(notification.c.id < before)
    return list(connection.execute(query.order_by(notification.c.id.desc()).limit(limit)))


def read(connection: Connection, person: str, ids: Iterable[int] | None, *, now: float) -> None:
    """Call some of what someone was told read, or all of it."""
    _alone(connection, person)
    which = [] if ids is None else [notification.c.id.in_(list(ids))]
    _read(connection, person, *which, now=now)


def mark(
    connection: Connection, person: str, graph: str, seen: Mapping[str, float], *, said: Said = NOTHING, now: float
) -> None:
    """Remember how far someone has read, by thread ("" for all). It never goes back; notices are read with it: of what
    was seen, and of what was done with it later, as a reaction.
    """
    _alone(connection, person)
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    add = kind.insert(read_mark)
    upsert = add.on_conflict_do_update(
        index_elements=["person", "graph", "thread"],
        set_={"at": add.excluded.at},
        where=read_mark.c.at < add.excluded.at,
    )
    for thread, at in seen.items():
        connection.execute(upsert, {"person": person, "graph": graph, "thread": thread, "at": at})
    told = (notification.c.person == person, notification.c.graph == graph, notification.c.thread != "")
    columns = (notification.c.id, notification.c.thread, notification.c.message, notification.c.at)
    unread = connection.execute(select(*columns).where(*told, notification.c.read_at.is_(None)))
    read_ids = [row.id for row in unread if _was_seen(row, seen, said)]
    for some in in_portions(sorted(read_ids), IDS_AT_ONCE):
        _read(connection, person, notification.c.id.in_(some), now=now)


def _was_seen(told: Any, seen: Mapping[str, float], said: Said) -> bool:
    """Whether what somebody was told is of a message that they have seen, or of a thread that they have seen whole."""
    mark = max(seen.get("", -math.inf), seen.get(told.thread, -math.inf))
    messages = said.get(told.thread, {})
    last = messages.get(told.message, math.inf) if told.message else max(messages.values(), default=math.inf)
    since: float = min(told.at, last)
    return since <= mark


def marks(connection: Connection, person: str, graph: str) -> dict[str, float]:
    """How far someone has read, by thread."""
    query = select(read_mark.c.thread, read_mark.c.at).where(read_mark.c.person == person, read_mark.c.graph == graph)
    return dict(map(tuple, connection.execute(query)))


def reword(connection: Connection, graph: str, thread: str, message: str, excerpt: str) -> None:
    """A message says something else now. Its id was made up by a caller, so another graph may have the same."""
    where = (notification.c.graph == graph, notification.c.thread == thread, notification.c.message == message)
    connection.execute(update(notification).where(*where).values(excerpt=excerpt))


def forget(connection: Connection, graph: str, thread: str, **of: str) -> set[str]:
    """Take back what was told of a thread, or of what in it has these values: a message, a reaction; and from whom."""
    which = [notification.c[column] == value for column, value in of.items()]
    gone = delete(notification).where(notification.c.graph == graph, notification.c.thread == thread, *which)
    return set(connection.execute(gone.returning(notification.c.person)).scalars())


def forget_person(connection: Connection, person: str) -> set[str]:
    """Forget what someone was told and has read, and that they asked for a role; whom they asked."""
    for column in (notification.c.person, read_mark.c.person):
        connection.execute(delete(column.table).where(column == person))
    asked = delete(notification).where(notification.c.by == person, notification.c.kind == "access.asked")
    return set(connection.execute(asked.returning(notification.c.person)).scalars())


def settle(connection: Connection, graph: str, *, kind: str, by: str, now: float) -> set[str]:
    """Call read whatever of this kind someone caused on a graph; and whose was unread."""
    which = (notification.c.graph == graph, notification.c.kind == kind, notification.c.by == by)
    unread = update(notification).where(*which, notification.c.read_at.is_(None)).values(read_at=now)
    return set(connection.execute(unread.returning(notification.c.person)).scalars())


def told_since(connection: Connection, id: int) -> tuple[int, set[str]]:
    """The newest id, and who was told something after another one."""
    newest = connection.execute(select(func.max(notification.c.id))).scalar() or 0
    people = connection.execute(select(notification.c.person).where(notification.c.id > id).distinct())
    return newest, set(people.scalars())


def told_of(connection: Connection, graph: str) -> set[str]:
    """Who has something unread of a graph, be it there or not."""
    unread = (notification.c.graph == graph, notification.c.read_at.is_(None))
    return set(connection.execute(select(notification.c.person).where(*unread).distinct()).scalars())


def unread(connection: Connection, people: Iterable[str]) -> dict[str, int]:
    """How much each of these people was told and has not read, of whatever graph."""
    counts = dict.fromkeys(people, 0)
    for some in in_portions(list(counts), PEOPLE_AT_ONCE):
        theirs = (notification.c.person.in_(some), notification.c.read_at.is_(None))
        query = select(notification.c.person, func.count()).where(*theirs).group_by(notification.c.person)
        counts.update(map(tuple, connection.execute(query)))
    return counts


def _alone(connection: Connection, person: str) -> None:
    """Wait for whoever else changes what someone has read, until they have committed: in two windows, at two workers,
    they may come to the same rows in opposite orders.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_READING, func.hashtext(person))))


def _read(connection: Connection, person: str, *which: ColumnElement[bool], now: float) -> None:
    unread = (notification.c.person == person, notification.c.read_at.is_(None))
    connection.execute(update(notification).where(*unread, *which).values(read_at=now))
