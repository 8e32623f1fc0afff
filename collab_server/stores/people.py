"""People in SQL: who has an account here, who only visits, and the outside identities that lead to them.

An email address is unique however it is spelled. What these rows mean is decided in auth/people.py.
"""

import unicodedata
from typing import NamedTuple

from sqlalchemy import Column, Connection, ForeignKey, Index, String, Table, delete, func, insert, select, update
from sqlalchemy import Double as Seconds

from collab_server.stores.tables import Row, metadata
from flowroom.protocol import Role

MAX_EMAIL_CHARS = 320

person = Table(
    "person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(MAX_EMAIL_CHARS), comment="as it was written; nobody's who only visits"),
    Column("email_key", String(MAX_EMAIL_CHARS), unique=True, comment="the same, as it is compared"),
    Column("name", String(200), nullable=False),
    Column("colour", String(7), nullable=False),
    Column("password", String(200), comment="argon2id, with its salt and its costs"),
    Column("role", String(20), comment="in the workspace; guests have none"),
    Column("created_at", Seconds, nullable=False),
    Column("seen_at", Seconds),
    Column("disabled_at", Seconds),
)
person_login = Table(
    "person_login",
    metadata,
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Seconds, nullable=False),
    Index("ix_person_login_person", "person"),
)


_RIGHTS = 4720918365041297733
"""Any number, as long as every worker takes the same: PostgreSQL's advisory lock of all rights."""


class PersonRow(NamedTuple):
    """A person. Times are seconds since 1970; `role` is None for a guest, `email` for someone without an account."""

    id: str
    email: str | None
    name: str
    colour: str
    password: str | None
    role: Role | None
    created_at: float
    seen_at: float | None
    disabled_at: float | None


_PERSON = [person.c[field] for field in PersonRow._fields]


def email_key(email: str) -> str:
    """An email address as it is compared: two spellings of one address have the same."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def is_storable(email: str) -> bool:
    """Whether an email address has room, as it is written and as it is compared, which may be longer."""
    return max(len(email), len(email_key(email))) <= MAX_EMAIL_CHARS


def add_person(connection: Connection, row: PersonRow) -> None:
    """Store a new person; raises IntegrityError for an email address that someone has."""
    key = None if row.email is None else email_key(row.email)
    connection.execute(insert(person).values(**row._asdict(), email_key=key))


def find_person(connection: Connection, id: str) -> PersonRow | None:
    """One person."""
    return _one(connection.execute(select(*_PERSON).where(person.c.id == id)).one_or_none())


def hold_person(connection: Connection, id: str) -> PersonRow | None:
    """One person as they are now and stay until this work is over. On PostgreSQL other workers write meanwhile: who
    only looks decides by what is being replaced.
    """
    query = select(*_PERSON).where(person.c.id == id).with_for_update(key_share=True)
    return _one(connection.execute(query).one_or_none())


def hold_rights(connection: Connection) -> None:
    """Wait until nobody else changes what anyone may, and let nobody do so until this work is over: so none of them
    waits for another in a circle, whatever rows they change. The first that a work does.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one lock for everything
        connection.execute(select(func.pg_advisory_xact_lock(_RIGHTS)))


def find_by_email(connection: Connection, email: str) -> PersonRow | None:
    """Whose email address it is."""
    return _one(connection.execute(select(*_PERSON).where(person.c.email_key == email_key(email))).one_or_none())


def find_by_login(connection: Connection, issuer: str, subject: str) -> PersonRow | None:
    """Who signs in by this identity of another place."""
    mine = (person_login.c.issuer == issuer, person_login.c.subject == subject)
    query = select(*_PERSON).join(person_login, person_login.c.person == person.c.id).where(*mine)
    return _one(connection.execute(query).one_or_none())


def add_login(connection: Connection, issuer: str, subject: str, person_id: str, *, now: float) -> None:
    """Let an identity of another place lead to a person."""
    values = {"issuer": issuer, "subject": subject, "person": person_id, "created_at": now}
    connection.execute(insert(person_login).values(**values))


def has_login(connection: Connection, issuer: str, person_id: str) -> bool:
    """Whether some identity of this other place leads to a person."""
    mine = (person_login.c.issuer == issuer, person_login.c.person == person_id)
    return connection.execute(select(person_login.c.subject).where(*mine).limit(1)).first() is not None


def list_members(connection: Connection, *, before: tuple[float, str] | None, limit: int) -> list[PersonRow]:
    """Everyone with an account, the newest first; `before` is the time and the id of the last one seen."""
    query = select(*_PERSON).where(person.c.email.is_not(None))
    if before is not None:
        at, id = before
        query = query.where(
            (person.c.created_at < at) | ((person.c.created_at == at) & (person.c.id < id)),
        )
    query = query.order_by(person.c.created_at.desc(), person.c.id.desc()).limit(limit)
    return [PersonRow(*row) for row in connection.execute(query)]


def change_person(connection: Connection, id: str, values: Row) -> None:
    """Set columns of a person."""
    if values:
        connection.execute(update(person).where(person.c.id == id).values(**values))


def remove_person(connection: Connection, id: str) -> None:
    """Forget a person and the identities that led to them."""
    connection.execute(delete(person_login).where(person_login.c.person == id))
    connection.execute(delete(person).where(person.c.id == id))


def _one(row: object) -> PersonRow | None:
    return None if row is None else PersonRow(*row)  # type: ignore[misc]  # a row is a tuple
