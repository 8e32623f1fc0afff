"""Who asks for more on a graph than they have, in SQL: one row for each request, kept after it was decided.

Each question is a function of a connection. Who may ask and decide is auth/requests.py. Times are seconds since 1970.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Index,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy import Double as Seconds

from collab_server.auth.identity import Identity
from collab_server.auth.roles import highest
from collab_server.stores.access import grants_on, graph_grant
from collab_server.stores.accounts import session, token, tokens_by_id
from collab_server.stores.people import person
from collab_server.stores.tables import document, metadata
from flowroom.presence import User
from flowroom.protocol import Role

RequestState = Literal["open", "granted", "declined"]

access_request = Table(
    "access_request",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("graph", Text, nullable=False),
    Column("person", String(40), nullable=False, comment="who asks, a person or an API token"),
    Column("asker", JSON, nullable=False, comment="the same, as others saw them then"),
    Column("role", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("state", String(20), nullable=False, comment="open, granted or declined"),
    Column("decider", JSON(none_as_null=True), comment="who decided, as others saw them then"),
    Column("decided_at", Seconds),
    Column("given", String(20), comment="the role that was given, if any"),
    Column("note", Text, nullable=False, comment="what the decider said about it"),
    Index("ix_access_request_graph", "graph", "at"),
    Index("ix_access_request_person", "person", "graph"),
)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request, as it stands."""

    id: str
    graph: str
    asker: User
    role: Role
    reason: str
    at: float
    state: RequestState
    decider: User | None
    decided_at: float | None
    given: Role | None
    note: str


def put(connection: Connection, wanted: RequestRow) -> tuple[RequestRow, bool]:
    """Ask, or, where the same one has asked already, change what they ask for; and whether it is new.

    The graph's row is locked until that is committed: of two servers that are asked at once, one finds the other's.
    """
    same_graph = (document.c.kind == "graph", document.c.id == wanted.graph)
    connection.execute(select(document.c.id).where(*same_graph).with_for_update(key_share=True))
    theirs = (access_request.c.graph == wanted.graph, access_request.c.person == wanted.asker.id, _OPEN)
    asked = connection.execute(select(access_request.c.id).where(*theirs)).scalar()
    if asked is None:
        values = {"person": wanted.asker.id, "asker": wanted.asker.model_dump(mode="json"), "note": ""}
        plain = {name: getattr(wanted, name) for name in ("id", "graph", "role", "reason", "at", "state")}
        connection.execute(insert(access_request).values(**values, **plain))
        return wanted, True
    change = {"role": wanted.role, "reason": wanted.reason}
    connection.execute(update(access_request).where(access_request.c.id == asked).values(**change))
    return _one(connection, wanted.graph, asked), False


def find(connection: Connection, graph: str, id: str) -> RequestRow | None:
    """One request on a graph."""
    row = connection.execute(select(access_request).where(*_same(graph, id))).one_or_none()
    return None if row is None else _row(row)


def page(
    connection: Connection,
    graph: str,
    *,
    person: str | None,
    state: RequestState | None,
    before: tuple[float, str] | None,
    limit: int,
) -> list[RequestRow]:
    """The requests on a graph, the newest first; with `person`, only theirs. `before` is the last one seen."""
    where = [access_request.c.graph == graph]
    if person is not None:
        where.append(access_request.c.person == person)
    if state is not None:
        where.append(access_request.c.state == state)
    if before is not None:
        at, id = before
        same = (access_request.c.at == at) & (access_request.c.id < id)
        where.append((access_request.c.at < at) | same)
    newest = (access_request.c.at.desc(), access_request.c.id.desc())
    return [
        _row(row) for row in connection.execute(select(access_request).where(*where).order_by(*newest).limit(limit))
    ]


def open_ones(connection: Connection, *, people: Collection[str] | None, graph: str | None) -> list[RequestRow]:
    """The open requests of these people, or of everybody; on one graph, or on all."""
    where = [_OPEN]
    if people is not None:
        where.append(access_request.c.person.in_(people))
    if graph is not None:
        where.append(access_request.c.graph == graph)
    return [_row(row) for row in connection.execute(select(access_request).where(*where).order_by(access_request.c.at))]


def askers(connection: Connection, ids: Collection[str], *, now: float) -> dict[str, Identity]:
    """Those of some people and API tokens who are still here, with the role that they have in the workspace."""
    query = select(person.c.id, person.c.name, person.c.colour, person.c.role).where(person.c.id.in_(ids))
    known = {row.id: Identity(row.id, row.name, row.colour, row.role) for row in connection.execute(query)}
    return known | tokens_by_id(connection, ids, now=now)


def decide(
    connection: Connection, graph: str, id: str, *, given: Role | None, by: User, note: str, now: float
) -> RequestRow | None:
    """Grant an open request a role, or, without one, decline it; None when it is not open any more."""
    decided = {
        "state": "declined" if given is None else "granted",
        "decider": by.model_dump(mode="json"),
        "decided_at": now,
        "given": given,
        "note": note,
    }
    done = connection.execute(update(access_request).where(*_same(graph, id), _OPEN).values(**decided))
    return _one(connection, graph, id) if done.rowcount else None


def withdraw(connection: Connection, graph: str, id: str) -> bool:
    """Forget an open request; whether it was."""
    return bool(connection.execute(delete(access_request).where(*_same(graph, id), _OPEN)).rowcount)


def forget_person(connection: Connection, person_id: str) -> None:
    """Forget what someone asked for."""
    connection.execute(delete(access_request).where(access_request.c.person == person_id))


def given_in_person(connection: Connection, graph: str, person_id: str) -> Role | None:
    """The role that someone was given on a graph otherwise than by a link."""
    theirs = (graph_grant.c.graph == graph, graph_grant.c.person == person_id, graph_grant.c.link == "")
    return highest(connection.execute(select(graph_grant.c.role).where(*theirs)).scalars())


def admins(connection: Connection, graph: str, *, now: float) -> set[str]:
    """Who decides about a graph: its owner, who was made its admin, and the workspace's admins, people and programs.

    Whoever signed in with an admin's token is a person of their own, and one as long as the session lasts.
    """
    owner = select(document.c.owner).where(document.c.kind == "graph", document.c.id == graph)
    given = {grant.person for grant in grants_on(connection, graph, now=now) if grant.role == "admin"}
    people = select(person.c.id).where(person.c.role == "admin", person.c.disabled_at.is_(None))
    tokens = select(token.c.id).where(token.c.role == "admin", token.c.revoked_at.is_(None))
    browsers = select(session.c.person).where(session.c.role == "admin", session.c.expires_at > now)
    queries = (owner, people, tokens, browsers)
    return given | {id for query in queries for id in connection.execute(query).scalars() if id}


_OPEN: ColumnElement[bool] = access_request.c.state == "open"


def _same(graph: str, id: str) -> tuple[ColumnElement[bool], ...]:
    return access_request.c.graph == graph, access_request.c.id == id


def _one(connection: Connection, graph: str, id: str) -> RequestRow:
    return _row(connection.execute(select(access_request).where(*_same(graph, id))).one())


def _row(row: Any) -> RequestRow:
    plain = {name: getattr(row, name) for name in RequestRow.__dataclass_fields__ if name not in ("asker", "decider")}
    decider = None if row.decider is None else User.model_validate(row.decider)
    return RequestRow(**plain, asker=User.model_validate(row.asker), decider=decider)
