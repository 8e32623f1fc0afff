"""The list of what was done, in SQL: its tables, and what is asked of them, each as one function of a connection.

Numbers are given out by one counter row, whose lock a transaction holds until it commits. So rows become visible in
the order of their numbers, on PostgreSQL too: whoever has read up to a number has missed nothing before it. A row
that grows keeps its `id`, by which lists are paged, and gets a new `turn`, by which they are followed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    event,
    false,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import Double as Seconds

from collab_server.activity.bursts import BURST_SECONDS, TOGETHER, Person, Row
from collab_server.activity.edits import Named
from collab_server.activity.storable import as_json, indexable, plain
from collab_server.stores.tables import metadata
from flowroom.portions import in_portions
from flowroom.statements import Statement

activity = Table(
    "activity",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("turn", BigInteger, nullable=False, comment="raised whenever the row grows"),
    Column("kind", Text, nullable=False),
    Column("graph", Text, nullable=True),
    Column("title", Text, nullable=False, server_default=text("''"), comment="what the graph was called then"),
    Column("person", Text, nullable=False, comment="empty for the server itself"),
    Column("person_name", Text, nullable=False),
    Column("person_colour", Text, nullable=False),
    Column("person_kind", Text, nullable=False),
    Column("nodes", JSON, nullable=False, comment="[[id, what it was called then], …]"),
    Column("field", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("until", Seconds, nullable=False),
    Column("count", Integer, nullable=False),
    Column(
        "key",
        Text,
        nullable=False,
        comment="what it is about, so that it grows, or loses its text, with that; or empty",
    ),
    Column("sealed", Boolean, nullable=False, server_default=false(), comment="sent out, so it grows no more"),
    Index("ix_activity_turn", "turn"),
    Index("ix_activity_graph", "graph", "id"),
    Index("ix_activity_person", "person", "id"),
    Index("ix_activity_until", "until"),
    Index("ix_activity_key", "graph", "key", "until"),
)

activity_node = Table(
    "activity_node",
    metadata,
    Column("node", Text, primary_key=True),
    Column("activity", BigInteger, primary_key=True, autoincrement=False),
    Index("ix_activity_node_activity", "activity"),
)

activity_clock = Table(
    "activity_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)


@event.listens_for(activity_clock, "after_create")
def _start_clock(_: Table, connection: Connection, **_options: object) -> None:
    """The one row that it has."""
    connection.execute(insert(activity_clock).values(id=1, last=0))


activity_told = Table(
    "activity_told",
    metadata,
    Column("graph", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, comment="the last log row that was told"),
    Column("base_seq", BigInteger, nullable=False, comment="log rows after this one are kept"),
    Column("state", BigInteger, nullable=True, comment="the document exactly as of base_seq: see states.py"),
    Index("ix_activity_told_state", "state"),
)

activity_run = Table(
    "activity_run",
    metadata,
    Column("run", Text, primary_key=True),
    Column("graph", Text, nullable=False),
    Column("person", JSON, nullable=False, comment="who started it: id, name, colour, kind"),
    Column("open", Boolean, nullable=False, comment="not yet told as finished"),
    Column("at", Seconds, nullable=False),
    Index("ix_activity_run_open", "open", "at"),
)

KEYS_AT_ONCE = 1_000
"""PostgreSQL takes 65,535 parameters with one question, and SQLite half as many."""
PEOPLE = ("person", "person_name", "person_colour", "person_kind")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for. `kinds` may end in `*`; `hidden` are kinds that the caller may not see."""

    graph: str | None = None
    node: str | None = None
    person: str | None = None
    kinds: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None


# Writing


def add(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Store new rows, in order; answers them with their numbers."""
    if not rows:
        return []
    first = _count(connection, len(rows)) - len(rows) + 1
    numbered = [replace(row, id=id, turn=id) for id, row in enumerate(rows, first)]
    connection.execute(insert(activity), list(map(_columns, numbered)))
    _link(connection, {(indexable(node.id), row.id) for row in numbered for node in row.nodes})
    return numbered


def hold(connection: Connection) -> None:
    """Let nobody else add rows, or have them grow, until this transaction is over. Who adds some after changing what
    others change who have added theirs does so first: else each might wait for the other.
    """
    connection.execute(select(activity_clock.c.last).with_for_update())


def grow(connection: Connection, rows: Sequence[Row]) -> None:
    """Store rows that were there before and have grown, or say less than they did."""
    if not rows:
        return
    first = _count(connection, len(rows)) - len(rows) + 1
    connection.execute(_GROW, [_grown(row, turn) for turn, row in enumerate(rows, first)])
    for row in rows:
        if row.kind in TOGETHER:
            known = set(connection.scalars(select(activity_node.c.node).where(activity_node.c.activity == row.id)))
            _link(connection, {(id, row.id) for id in {indexable(node.id) for node in row.nodes} - known})


def growing(connection: Connection, graph: str, keys: Iterable[str], since: float) -> list[Row]:
    """The newest row of each of these things in a graph, if an edit made since then may still join it; oldest first."""
    wanted = {"of_graph": graph, "ended_after": since - BURST_SECONDS}
    found = [
        _row(one)
        for some in in_portions(sorted(set(keys)), KEYS_AT_ONCE)
        for one in connection.execute(_GROWING, {**wanted, "keys": some})
    ]
    return sorted(found, key=lambda row: row.id)


_NEWEST = (
    select(func.max(activity.c.id))
    .where(activity.c.graph == bindparam("of_graph"), activity.c.key.in_(bindparam("keys", expanding=True)))
    .where(activity.c.until >= bindparam("ended_after"))
    .group_by(activity.c.key)
)
_GROWING = (
    select(activity)
    .where(activity.c.id.in_(_NEWEST), activity.c.sealed.is_(False))
    .order_by(activity.c.id)
    .with_for_update(key_share=True)  # none of them is sealed, and sent, before it has grown
)
_GROW = (
    update(activity)
    .where(activity.c.id == bindparam("of_id"))
    .values({column: bindparam(f"new_{column}") for column in ("turn", "nodes", "facts", "until", "count")})
)


def _grown(row: Row, turn: int) -> dict[str, Any]:
    nodes = [list(node) for node in row.nodes]
    values = {"turn": turn, "nodes": nodes, "facts": as_json(row.facts), "until": row.until, "count": row.count}
    return {"of_id": row.id, **{f"new_{column}": value for column, value in values.items()}}


def seal(connection: Connection, id: int) -> Row | None:
    """A row as it will stay; None when it was deleted."""
    found = connection.execute(
        update(activity).where(activity.c.id == id).values(sealed=True).returning(*activity.c)
    ).one_or_none()
    return None if found is None else _row(found)


def growing_elsewhere(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Those of the rows that another worker lets grow just now. None of the others does before this transaction is
    over; a row that is not there counts among them.
    """
    wanted = set(ids)
    mine = select(activity.c.id).where(activity.c.id.in_(wanted)).with_for_update(skip_locked=True, key_share=True)
    others = wanted - set(connection.scalars(mine)) if wanted else set()
    return set(connection.scalars(select(activity.c.id).where(activity.c.id.in_(others)))) if others else set()


def about(connection: Connection, graph: str, key: str, kinds: Iterable[str]) -> list[Row]:
    """The rows of these kinds that are about one thing in a graph."""
    query = select(activity).where(activity.c.graph == graph, activity.c.key == key, activity.c.kind.in_(sorted(kinds)))
    return [_row(found) for found in connection.execute(query.order_by(activity.c.id))]


def forget(connection: Connection, before: float, limit: int) -> int:
    """Delete some of the rows that ended before a time; how many there were."""
    ids = list(connection.scalars(select(activity.c.id).where(activity.c.until < before).limit(limit)))
    if ids:
        connection.execute(delete(activity_node).where(activity_node.c.activity.in_(ids)))
        connection.execute(delete(activity).where(activity.c.id.in_(ids)))
    return len(ids)


# Reading


def page(connection: Connection, wanted: Wanted, *, before: int | None, limit: int) -> list[Row]:
    """Rows, the newest first, that come after `before` in that order."""
    query = _asked(wanted)
    if before is not None:
        query = query.where(activity.c.id < before)
    return [_row(found) for found in connection.execute(query.order_by(activity.c.id.desc()).limit(limit))]


def news(connection: Connection, wanted: Wanted, *, after: int, limit: int) -> list[Row]:
    """Rows that are new or have grown since the turn `after`, in that order."""
    query = _asked(wanted).where(activity.c.turn > after).order_by(activity.c.turn).limit(limit)
    return [_row(found) for found in connection.execute(query)]


def people(connection: Connection, wanted: Wanted) -> list[Person]:
    """Everyone who did something of that, each as they were called last; whoever did so last comes first."""
    rows = _asked(wanted).where(activity.c.person != "").subquery()
    last = select(func.max(rows.c.id)).group_by(rows.c.person)
    query = select(*(activity.c[column] for column in PEOPLE)).where(activity.c.id.in_(last))
    return [Person(*found) for found in connection.execute(query.order_by(activity.c.id.desc()))]


def turn(connection: Connection) -> int:
    """The newest turn of all rows; 0 when there are none."""
    return connection.scalar(select(activity_clock.c.last)) or 0


def _asked(wanted: Wanted) -> Select[Any]:
    query = select(activity)
    for column, value in ((activity.c.graph, wanted.graph), (activity.c.person, wanted.person)):
        if value is not None:
            query = query.where(column == value)
    if wanted.node is not None:
        mentioned = select(activity_node.c.activity).where(activity_node.c.node == indexable(wanted.node))
        query = query.where(activity.c.id.in_(mentioned))
    if wanted.kinds:
        query = query.where(or_(*map(_is_kind, wanted.kinds)))
    for kind in wanted.hidden:
        query = query.where(~_is_kind(kind))
    if wanted.since is not None:
        query = query.where(activity.c.until >= wanted.since)
    if wanted.until is not None:
        query = query.where(activity.c.at < wanted.until)
    return query


def _is_kind(pattern: str) -> ColumnElement[bool]:
    if pattern.endswith("*"):
        return activity.c.kind.startswith(pattern[:-1], autoescape=True)
    return activity.c.kind == pattern


def _count(connection: Connection, numbers: int) -> int:
    """Take so many numbers; the last of them. Others wait until this transaction is over."""
    [(last,)] = _COUNT.run(connection, {"numbers": numbers})
    return int(last)


_COUNT = Statement(
    update(activity_clock)
    .values(last=activity_clock.c.last + bindparam("numbers", type_=BigInteger))
    .returning(activity_clock.c.last)
)


def _link(connection: Connection, links: set[tuple[str, int]]) -> None:
    if links:
        connection.execute(insert(activity_node), [{"node": node, "activity": id} for node, id in sorted(links)])


def _columns(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "turn": row.turn,
        "kind": row.kind,
        "graph": row.graph,
        "title": plain(row.title),
        "person": row.by.id,
        "person_name": plain(row.by.name),
        "person_colour": row.by.colour,
        "person_kind": row.by.kind,
        "nodes": [list(node) for node in row.nodes],
        "field": plain(row.field),
        "facts": as_json(row.facts),
        "at": row.at,
        "until": max(row.until, row.at),
        "count": row.count,
        "key": row.key,
        "sealed": False,
    }


def _row(found: Any) -> Row:
    return Row(
        kind=found.kind,
        at=found.at,
        by=Person(*(getattr(found, column) for column in PEOPLE)),
        graph=found.graph,
        title=found.title,
        nodes=tuple(Named(*node) for node in found.nodes),
        field=found.field,
        facts=found.facts,
        until=found.until,
        count=found._mapping["count"],  # the attribute is a method of tuples
        key=found.key,
        id=found.id,
        turn=found.turn,
    )
