"""Tokens and sessions in SQL: their tables, and what is asked of them, each as one function of a connection.

Only hashes of secrets are stored. A session is a person's, however it was opened; one that was opened with a token
has that token's role besides the person's own, and ends with the token. What it all means is decided in
auth/accounts.py.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from collab_server.auth.identity import Identity
from collab_server.auth.roles import highest
from collab_server.stores.people import hold_rights, person
from collab_server.stores.tables import metadata
from flowroom.portions import in_portions
from flowroom.protocol import ROLES, PeerKind, Role

IDS_AT_ONCE = 500
"""Of one question: a statement has only so many parameters."""

token = Table(
    "token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("colour", String(7), nullable=False),
    Column("role", String(20), comment="in the workspace; none for a token that is for some graphs only"),
    Column("kind", String(20), nullable=False),
    Column("created_by", String(40), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53)),
    Column("seen_at", Float(53)),
    Column("revoked_at", Float(53)),
)
session = Table(
    "session",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("token_hash", String(64), nullable=False, index=True, comment="the token it was opened with, or nothing"),
    Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", String(20), comment="the role of the token it was opened with"),
    Column("kind", String(20), nullable=False),
    Column("method", String(20), nullable=False, comment="token, password, oidc, link or invitation"),
    Column("agent", String(200), nullable=False, comment="what the browser calls itself"),
    Column("created_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
)


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session that has not expired, and the hash of the token that must still be good for it to count, if any."""

    identity: Identity
    token_hash: str
    seen_at: float


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An API token in force. Times are seconds since 1970."""

    identity: Identity
    created_at: float
    expires_at: float | None
    seen_at: float | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One open session of a person, as its list shows it."""

    id: str
    method: str
    agent: str
    created_at: float
    seen_at: float
    expires_at: float


# API tokens


def add_token(
    connection: Connection, identity: Identity, hash: str, *, by: str, now: float, expires: float | None = None
) -> None:
    """Store a new API token for an identity; the token's id is the identity's."""
    connection.execute(
        insert(token).values(
            id=identity.id,
            hash=hash,
            name=identity.name,
            colour=identity.colour,
            role=identity.role,
            kind=identity.kind,
            created_by=by,
            created_at=now,
            expires_at=expires,
        )
    )


def find_token(connection: Connection, hash: str, *, now: float) -> Identity | None:
    """Whose API token it is, unless it was revoked or has expired."""
    row = connection.execute(select(token).where(token.c.hash == hash, *_in_force(now))).one_or_none()
    return None if row is None else _holder(row)


def tokens_by_id(connection: Connection, ids: Iterable[str], *, now: float) -> dict[str, Identity]:
    """Those of the API tokens that are in force, by id."""
    rows = connection.execute(select(token).where(token.c.id.in_(list(ids)), *_in_force(now)))
    return {row.id: _holder(row) for row in rows}


def hold_token(connection: Connection, id: str, *, now: float) -> TokenRow | None:
    """An API token in force, which nobody revokes until this work is over. See people.hold_person."""
    query = select(token).where(token.c.id == id, *_in_force(now)).with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else _token_row(row)


def token_with(connection: Connection, hash: str) -> str | None:
    """The id of the API token with this hash, be it in force or not."""
    return connection.execute(select(token.c.id).where(token.c.hash == hash)).scalar()


def list_tokens(connection: Connection, *, now: float) -> list[TokenRow]:
    """Every API token in force, the newest first."""
    rows = connection.execute(select(token).where(*_in_force(now)).order_by(token.c.created_at.desc()))
    return [_token_row(row) for row in rows]


def tokens_made_by(connection: Connection, maker: str, *, now: float) -> list[TokenRow]:
    """The API tokens in force that someone has made, or a token of theirs, in force or not; the newest first."""
    mine = select(token).where(token.c.id.in_(made_by(maker)), *_in_force(now))
    return [_token_row(row) for row in connection.execute(mine.order_by(token.c.created_at.desc()))]


def made_by(maker: str) -> Select[tuple[str]]:
    """The ids of the API tokens that someone has made, or a token of theirs, in force or not."""
    made = select(token.c.id).where(token.c.created_by == maker).cte("made", recursive=True)
    return select(made.union(select(token.c.id).where(token.c.created_by == made.c.id)).c.id)


def revoke_token(connection: Connection, id: str, *, now: float) -> list[str]:
    """End an API token and the sessions opened with it; their ids, or nothing when there is no such token in force."""
    found = connection.execute(select(token.c.hash).where(token.c.id == id, *_in_force(now))).scalar()
    if found is None:
        return []
    opened = session.c.token_hash == found
    ended = list(connection.execute(select(session.c.id).where(opened)).scalars())
    connection.execute(update(token).where(token.c.id == id).values(revoked_at=now))
    connection.execute(delete(session).where(opened))
    return [id, *ended]


def _in_force(now: float) -> tuple[ColumnElement[bool], ...]:
    return token.c.revoked_at.is_(None), or_(token.c.expires_at.is_(None), token.c.expires_at > now)


# Sessions


def add_session(
    connection: Connection,
    identity: Identity,
    hash: str,
    *,
    token_hash: str,
    role: Role | None,
    method: str,
    agent: str,
    now: float,
    expires: float,
) -> None:
    """Store a new session of a person, and forget those that have expired. `role` is that of the token, if any."""
    connection.execute(delete(session).where(session.c.expires_at < now))
    connection.execute(
        insert(session).values(
            id=identity.session,
            hash=hash,
            token_hash=token_hash,
            person=identity.id,
            role=role,
            kind=identity.kind,
            method=method,
            agent=agent,
            created_at=now,
            seen_at=now,
            expires_at=expires,
        )
    )


def find_session(connection: Connection, hash: str, *, now: float, idle: float) -> FoundSession | None:
    """The session with this hash, unless it has expired, was idle for more than so many seconds, or its person is
    disabled.
    """
    row = connection.execute(_open_sessions(now, idle).where(session.c.hash == hash)).one_or_none()
    return None if row is None else _found(row)


def sessions_by_id(connection: Connection, ids: Iterable[str], *, now: float, idle: float) -> dict[str, FoundSession]:
    """Those of the sessions that are good as `find_session` says, by id."""
    rows = connection.execute(_open_sessions(now, idle).where(session.c.id.in_(list(ids))))
    return {row.id: _found(row) for row in rows}


def key_of_session(connection: Connection, id: str) -> str | None:
    """The hash of the token that a session was opened with, empty if with none; None when there is no such session."""
    return connection.execute(select(session.c.token_hash).where(session.c.id == id)).scalar()


def list_sessions(connection: Connection, person_id: str, *, now: float, idle: float) -> list[SessionRow]:
    """A person's open sessions, the one used last first."""
    query = _open_sessions(now, idle).where(session.c.person == person_id).order_by(session.c.seen_at.desc())
    return [
        SessionRow(row.id, row.method, row.agent, row.created_at, row.seen_at, row.expires_at)
        for row in connection.execute(query)
    ]


def end_session(connection: Connection, id: str, *, person_id: str | None = None) -> bool:
    """Forget a session, of this person if one is given; whether there was one."""
    mine = session.c.id == id if person_id is None else (session.c.id == id) & (session.c.person == person_id)
    return bool(connection.execute(delete(session).where(mine)).rowcount)


def end_sessions(connection: Connection, person_id: str, *, but: str | None = None) -> list[str]:
    """Forget all sessions of a person but one; their ids."""
    mine = (session.c.person == person_id, session.c.id != (but or ""))
    ended = list(connection.execute(select(session.c.id).where(*mine)).scalars())
    connection.execute(delete(session).where(*mine))
    return ended


def note_seen(connection: Connection, seen: Mapping[str, float]) -> None:
    """Remember when sessions, their people, and API tokens were last used.

    Other workers note the same people at the same time, so rows are locked in one order: people first, as where someone
    is forgotten with their sessions. Who revokes a token comes to it first, and has turns with this.
    """
    hold_rights(connection)
    of_person: dict[str, float] = {}
    for some in in_portions(list(seen), IDS_AT_ONCE):
        for id, whose in connection.execute(select(session.c.id, session.c.person).where(session.c.id.in_(some))):
            of_person[whose] = max(seen[id], of_person.get(whose, seen[id]))
    for table, times in ((person, of_person), (session, seen), (token, seen)):
        for id, at in sorted(times.items()):
            connection.execute(update(table).where(table.c.id == id).values(seen_at=at))


def worn_colours(connection: Connection) -> dict[str, int]:
    """How many people, and API tokens that were not revoked, have each colour."""
    tokens = select(token.c.colour).where(token.c.revoked_at.is_(None))
    worn = union_all(select(person.c.colour), tokens).subquery()
    counts = connection.execute(select(worn.c.colour, func.count()).group_by(worn.c.colour))
    return dict(counts.all())


def taken_names(connection: Connection, names: Collection[str]) -> set[str]:
    """Which of these names people have."""
    return set(connection.scalars(select(person.c.name).where(person.c.name.in_(names)).distinct()))


def rename(connection: Connection, identity: Identity) -> None:
    """Give a person, or an API token, the name and colour that its identity has."""
    for table in (person, token):
        values = {"name": identity.name, "colour": identity.colour}
        connection.execute(update(table).where(table.c.id == identity.id).values(**values))


def _open_sessions(now: float, idle: float) -> Any:
    columns = (person.c.name, person.c.colour, person.c.role.label("own_role"))
    good = (session.c.expires_at > now, session.c.seen_at > now - idle, person.c.disabled_at.is_(None))
    return select(session, *columns).join(person, person.c.id == session.c.person).where(*good)


def _found(row: Any) -> FoundSession:
    role = highest([_role(row.role), _role(row.own_role)])
    identity = Identity(
        id=row.person, name=row.name, colour=row.colour, role=role, kind=_kind(row.kind), session=row.id
    )
    return FoundSession(identity, row.token_hash, row.seen_at)


def _holder(row: Any) -> Identity:
    return Identity(
        id=row.id, name=row.name, colour=row.colour, role=_role(row.role), kind=_kind(row.kind), session=row.id
    )


def _token_row(row: Any) -> TokenRow:
    return TokenRow(_holder(row), row.created_at, row.expires_at, row.seen_at)


def _role(text: str | None) -> Role | None:
    if text is not None and text not in ROLES:
        raise ValueError(f"An account has the role {text!r}, which this version does not know.")
    return text


def _kind(text: str) -> PeerKind:
    if text not in get_args(PeerKind):
        raise ValueError(f"An account has the kind {text!r}, which this version does not know.")
    return cast(PeerKind, text)
