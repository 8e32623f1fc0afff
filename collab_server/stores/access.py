"""Who was given which graph, in SQL: grants to people and tokens, the links that give more of them, and the question
that every list asks, which graphs a caller may see.

A grant that came by a link holds as long as the link does. What roles follow is decided in auth/roles.py.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    false,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy import Double as Seconds
from sqlalchemy.dialects import postgresql, sqlite

from collab_server.auth.identity import Identity
from collab_server.auth.roles import Facts, Visibility
from collab_server.stores.accounts import made_by, session, token
from collab_server.stores.invitations import open_by
from collab_server.stores.people import person
from collab_server.stores.tables import document, metadata
from flowroom.protocol import Role
from flowroom.statements import Statement

graph_grant = Table(
    "graph_grant",
    metadata,
    Column("graph", Text, primary_key=True),
    Column("person", String(40), primary_key=True, comment="a person or an API token"),
    Column("link", String(40), primary_key=True, comment="the link it came by, or nothing"),
    Column("role", String(20), nullable=False),
    Column("by", String(40), nullable=False),
    Column("at", Seconds, nullable=False),
    Index("ix_graph_grant_person", "person"),
)
share_link = Table(
    "share_link",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("graph", Text, nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("created_by", String(40), nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("expires_at", Seconds),
    Column("revoked_at", Seconds),
    Column("opened", Integer, nullable=False, comment="by how many"),
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a graph that someone has, and how: `link` is the one it came by, empty when it was given in person."""

    graph: str
    person: str
    role: Role
    link: str = ""


class LinkRow(NamedTuple):
    """A link in force. Times are seconds since 1970."""

    id: str
    graph: str
    role: Role
    created_by: str
    created_at: float
    expires_at: float | None
    opened: int


class Holder(NamedTuple):
    """Someone who has a graph, as others see them."""

    id: str
    name: str
    colour: str
    email: str | None


_LINK = [share_link.c[field] for field in LinkRow._fields]


# What a caller may see


def visible_to(identity: Identity, *, now: float) -> ColumnElement[bool]:
    """The condition on `document` that a graph is one that this caller may see."""
    if identity.role == "admin":
        return true()
    given = select(graph_grant.c.graph).where(graph_grant.c.person == identity.id, _holds(now))
    shared = document.c.visibility == "workspace" if identity.role is not None else false()
    owns = identity.kind == "person" or identity.role is not None
    return or_(shared, document.c.owner == identity.id if owns else false(), document.c.id.in_(given))


def facts(connection: Connection, wanted: Iterable[tuple[str, str]], *, now: float) -> dict[tuple[str, str], Facts]:
    """What is known of each graph and caller that are wanted; graphs that never were are left out."""
    pairs = set(wanted)
    if len(pairs) == 1:
        (pair,) = pairs
        one = _fact(connection, *pair, now=now)
        return {} if one is None else {pair: one}
    graphs = {graph for graph, _ in pairs}
    given: dict[tuple[str, str], list[Role]] = {}
    for graph, person_id, role in connection.execute(_GIVEN, {"pairs": list(pairs), "now": now}):
        given.setdefault((graph, person_id), []).append(role)
    known = {row.id: row for row in connection.execute(_KNOWN, {"graphs": list(graphs)})}
    return {
        pair: Facts(found.owner, found.visibility, tuple(given.get(pair, ())), found.deleted_at is not None)
        for pair in pairs
        if (found := known.get(pair[0])) is not None
    }


def _fact(connection: Connection, graph: str, person_id: str, *, now: float) -> Facts | None:
    """The same for one: what most requests and every socket ask, in one statement that nothing is put together for."""
    rows = _KNOWN_AND_GIVEN.run(connection, {"graph": graph, "person": person_id, "now": now})
    if not rows:
        return None
    owner, visibility, deleted_at, _ = rows[0]
    return Facts(owner, visibility, tuple(role for *_, role in rows if role is not None), deleted_at is not None)


def _holds(now: float | BindParameter[float]) -> ColumnElement[bool]:
    """That a grant was given in person, or by a link that is still good."""
    link = select(share_link.c.id).where(share_link.c.id == graph_grant.c.link, *_good(now))
    return or_(graph_grant.c.link == "", exists(link))


def _good(now: float | BindParameter[float]) -> tuple[ColumnElement[bool], ...]:
    fresh = or_(share_link.c.expires_at.is_(None), share_link.c.expires_at > now)
    return share_link.c.revoked_at.is_(None), fresh


# What each request and each socket asks for is put together once: that takes longer than the answer.
_GIVEN = select(graph_grant.c.graph, graph_grant.c.person, graph_grant.c.role).where(
    tuple_(graph_grant.c.graph, graph_grant.c.person).in_(bindparam("pairs", expanding=True)),
    _holds(bindparam("now", type_=Seconds)),
)
_KNOWN = select(document.c.id, document.c.owner, document.c.visibility, document.c.deleted_at).where(
    document.c.kind == "graph", document.c.id.in_(bindparam("graphs", expanding=True))
)


_KNOWN_AND_GIVEN = Statement(
    select(document.c.owner, document.c.visibility, document.c.deleted_at, graph_grant.c.role)
    .select_from(
        document.outerjoin(
            graph_grant,
            and_(
                graph_grant.c.graph == document.c.id,
                graph_grant.c.person == bindparam("person"),
                _holds(bindparam("now", type_=Seconds)),
            ),
        )
    )
    .where(document.c.kind == "graph", document.c.id == bindparam("graph"))
)


# Visibility and grants


def set_visibility(connection: Connection, graph: str, visibility: Visibility) -> None:
    """Say who may see a graph."""
    row = (document.c.kind == "graph", document.c.id == graph)
    connection.execute(update(document).where(*row).values(visibility=visibility))


def give(connection: Connection, grant: Grant, *, by: str, now: float) -> bool:
    """Give a role, in place of what was given in the same way before; whether it changed anything."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"graph": grant.graph, "person": grant.person, "link": grant.link, "role": grant.role, "by": by, "at": now}
    new = kind.insert(graph_grant).values(**values)
    upsert = new.on_conflict_do_update(
        index_elements=["graph", "person", "link"],
        set_={"role": new.excluded.role, "by": new.excluded.by, "at": new.excluded.at},
        where=graph_grant.c.role != new.excluded.role,
    )
    return connection.execute(upsert.returning(graph_grant.c.role)).first() is not None


def take(connection: Connection, graph: str, ids: Collection[str]) -> bool:
    """Take back every role that some were given on a graph, by links too; whether there was any."""
    theirs = and_(graph_grant.c.graph == graph, graph_grant.c.person.in_(ids))
    return bool(connection.execute(delete(graph_grant).where(theirs)).rowcount)


def grants_on(connection: Connection, graph: str, *, now: float) -> list[Grant]:
    """Every role in force on a graph, the first given first."""
    query = select(graph_grant).where(graph_grant.c.graph == graph, _holds(now)).order_by(graph_grant.c.at)
    return [Grant(row.graph, row.person, row.role, row.link) for row in connection.execute(query)]


def grants_of(connection: Connection, ids: Iterable[str], *, now: float) -> list[Grant]:
    """Every role in force that these people or tokens were given."""
    query = select(graph_grant).where(graph_grant.c.person.in_(list(ids)), _holds(now)).order_by(graph_grant.c.graph)
    return [Grant(row.graph, row.person, row.role, row.link) for row in connection.execute(query)]


def with_visitors(connection: Connection, id: str) -> tuple[str, ...]:
    """Someone; and if it is an API token, everybody whose session was opened with it, since they have what it has."""
    theirs = select(session.c.person).join(token, session.c.token_hash == token.c.hash).where(token.c.id == id)
    return (id, *connection.scalars(theirs.distinct()))


def holders(connection: Connection, ids: Iterable[str]) -> dict[str, Holder]:
    """People and tokens by id, with the names that others see."""
    wanted = list(ids)
    people = select(person.c.id, person.c.name, person.c.colour, person.c.email).where(person.c.id.in_(wanted))
    tokens = select(token.c.id, token.c.name, token.c.colour).where(token.c.id.in_(wanted))
    found = [Holder(*row) for row in connection.execute(people)]
    found += [Holder(*row, None) for row in connection.execute(tokens)]
    return {holder.id: holder for holder in found}


def forget_visitors(connection: Connection) -> None:
    """Forget people without an account whose sessions are all gone, so that they can't come back, and their grants.

    Whoever made a graph stays, for their name is shown with it; so does, as long as it is open, whoever has invited
    somebody, for without them it opens nothing.
    """
    here = exists(select(session.c.id).where(session.c.person == person.c.id))
    needed = person.c.id.in_(select(document.c.owner)) | person.c.id.in_(open_by(time.time()))
    gone = select(person.c.id).where(person.c.email.is_(None), ~here, ~needed)
    connection.execute(delete(graph_grant).where(graph_grant.c.person.in_(gone)))
    connection.execute(delete(person).where(person.c.id.in_(gone)))


# Links


def add_link(connection: Connection, link: LinkRow, hash: str) -> None:
    """Store a new link."""
    connection.execute(insert(share_link).values(**link._asdict(), hash=hash))


def find_link(connection: Connection, hash: str, *, now: float) -> LinkRow | None:
    """The link with this hash, unless it was revoked, has expired, or its graph is deleted."""
    there = (document.c.kind == "graph", document.c.id == share_link.c.graph, document.c.deleted_at.is_(None))
    good = (share_link.c.hash == hash, *_good(now), exists(select(document.c.id).where(*there)))
    row = connection.execute(select(*_LINK).where(*good)).one_or_none()
    return None if row is None else LinkRow(*row)


def links_of(connection: Connection, graph: str, *, now: float) -> list[LinkRow]:
    """The links of a graph that are in force, the newest first."""
    query = select(*_LINK).where(share_link.c.graph == graph, *_good(now)).order_by(share_link.c.created_at.desc())
    return [LinkRow(*row) for row in connection.execute(query)]


def links_made_by(connection: Connection, maker: str, *, now: float) -> list[tuple[LinkRow, str]]:
    """The links in force that someone has made, or a token of theirs, each with its graph's title; the newest first."""
    theirs = or_(share_link.c.created_by == maker, share_link.c.created_by.in_(made_by(maker)))
    graph = and_(document.c.kind == "graph", document.c.id == share_link.c.graph, document.c.deleted_at.is_(None))
    query = select(*_LINK, document.c.title).join(document, graph).where(theirs, *_good(now))
    found = connection.execute(query.order_by(share_link.c.created_at.desc()))
    return [(LinkRow(*row[:-1]), row[-1]) for row in found]


def revoke_link(connection: Connection, graph: str, id: str, *, now: float) -> bool:
    """End a link; whether there was one in force."""
    mine = (share_link.c.id == id, share_link.c.graph == graph, *_good(now))
    return bool(connection.execute(update(share_link).where(*mine).values(revoked_at=now)).rowcount)


def count_opening(connection: Connection, id: str) -> None:
    """Remember that one more has opened a link."""
    connection.execute(update(share_link).where(share_link.c.id == id).values(opened=share_link.c.opened + 1))
