"""Tokens and sessions in SQL: their tables, and what is asked of them, each as one function of a connection.

Only hashes of secrets are stored. What they mean is decided in auth/accounts.py.
"""

from dataclasses import dataclass
from typing import Any, cast, get_args

from sqlalchemy import Column, Connection, Float, String, Table, delete, insert, select, update

from collab_server.auth.identity import Identity
from collab_server.stores.tables import metadata
from flowroom.protocol import ROLES, PeerKind, Role

token = Table(
    "token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("colour", String(7), nullable=False),
    Column("role", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("created_by", String(40), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("revoked_at", Float(53)),
)
session = Table(
    "session",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("token_hash", String(64), nullable=False, index=True, comment="the token it was opened with"),
    Column("person", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("colour", String(7), nullable=False),
    Column("role", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
)


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session that has not expired, and the hash of the token that must still be good for it to count."""

    identity: Identity
    token_hash: str


def add_token(connection: Connection, identity: Identity, hash: str, *, by: str, now: float) -> None:
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
        )
    )


def find_token(connection: Connection, hash: str) -> Identity | None:
    """Whose API token it is, unless it was revoked."""
    row = connection.execute(select(token).where(token.c.hash == hash, token.c.revoked_at.is_(None))).one_or_none()
    return None if row is None else _identity(row.id, row, session=row.id)


def list_tokens(connection: Connection) -> list[tuple[Identity, float]]:
    """Every API token in force and when it was made (seconds since 1970), the newest first."""
    rows = connection.execute(select(token).where(token.c.revoked_at.is_(None)).order_by(token.c.created_at.desc()))
    return [(_identity(row.id, row, session=row.id), row.created_at) for row in rows]


def revoke_token(connection: Connection, id: str, *, now: float) -> list[str]:
    """End an API token and the sessions opened with it; their ids, or nothing when there is no such token in force."""
    found = connection.execute(select(token.c.hash).where(token.c.id == id, token.c.revoked_at.is_(None))).scalar()
    if found is None:
        return []
    opened = session.c.token_hash == found
    ended = list(connection.execute(select(session.c.id).where(opened)).scalars())
    connection.execute(update(token).where(token.c.id == id).values(revoked_at=now))
    connection.execute(delete(session).where(opened))
    return [id, *ended]


def add_session(
    connection: Connection, identity: Identity, hash: str, *, token_hash: str, now: float, expires: float
) -> None:
    """Store a new session, and forget those that have expired."""
    connection.execute(delete(session).where(session.c.expires_at < now))
    connection.execute(
        insert(session).values(
            id=identity.session,
            hash=hash,
            token_hash=token_hash,
            person=identity.id,
            name=identity.name,
            colour=identity.colour,
            role=identity.role,
            kind=identity.kind,
            created_at=now,
            expires_at=expires,
        )
    )


def find_session(connection: Connection, hash: str, *, now: float) -> FoundSession | None:
    """The session with this hash, unless it has expired."""
    row = connection.execute(select(session).where(session.c.hash == hash, session.c.expires_at > now)).one_or_none()
    return None if row is None else FoundSession(_identity(row.person, row, session=row.id), row.token_hash)


def end_session(connection: Connection, id: str) -> None:
    """Forget a session; one that is gone already is no error."""
    connection.execute(delete(session).where(session.c.id == id))


def rename(connection: Connection, session_id: str, *, name: str, colour: str) -> None:
    """Give a session, or an API token, another name and colour."""
    for table in (session, token):
        connection.execute(update(table).where(table.c.id == session_id).values(name=name, colour=colour))


def _identity(id: str, row: Any, *, session: str) -> Identity:
    role, kind = row.role, row.kind
    if role not in ROLES or kind not in get_args(PeerKind):
        raise ValueError(f"The account {id!r} has role {role!r} and kind {kind!r}, which this version does not know.")
    return Identity(
        id=id, name=row.name, colour=row.colour, role=cast(Role, role), kind=cast(PeerKind, kind), session=session
    )
