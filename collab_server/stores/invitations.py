"""Invitations in SQL: one-time keys by which someone becomes a member, gets a graph, or sets a new password.

Only hashes of the keys are stored. What accepting means is decided in auth/invitations.py.
"""

from typing import Literal, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    Text,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import Double as Seconds

from collab_server.stores.tables import document, metadata
from flowroom.protocol import Role

invitation = Table(
    "invitation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("email", String(320), comment="the only address that may accept it, if any"),
    Column("role", String(20), comment="in the workspace or on the graph; none when it is for a password"),
    Column("graph", Text, comment="the only graph it is for, if any"),
    Column("person", String(40), comment="whose password it sets anew, if it is for that"),
    Column("created_by", String(40), nullable=False),
    Column(
        "token_hash", String(64), nullable=False, server_default="", comment="the sign-in token it ends with, if any"
    ),
    Column("created_at", Seconds, nullable=False),
    Column("expires_at", Seconds, nullable=False),
    Column("accepted_at", Seconds),
    Column("accepted_by", String(40)),
    Column("revoked_at", Seconds),
)


EndedBy = Literal["accepted", "revoked", "expired"]


class InvitationRow(NamedTuple):
    """An invitation that is open. Times are seconds since 1970; `created_by` is whose right it rests on, see
    auth/inviters.py.
    """

    id: str
    email: str | None
    role: Role | None
    graph: str | None
    person: str | None
    created_by: str
    created_at: float
    expires_at: float
    token_hash: str = ""

    @property
    def right(self) -> tuple[str, str]:
        """What it rests on: whose right, and the sign-in token that it ends with, if any."""
        return self.created_by, self.token_hash


_ROW = [invitation.c[field] for field in InvitationRow._fields]


def add_invitation(connection: Connection, row: InvitationRow, hash: str) -> None:
    """Store a new invitation."""
    connection.execute(insert(invitation).values(**row._asdict(), hash=hash))


def find_invitation(connection: Connection, hash: str, *, now: float) -> InvitationRow | None:
    """The open invitation with this hash."""
    row = connection.execute(select(*_ROW).where(invitation.c.hash == hash, *_open(now))).one_or_none()
    return None if row is None else InvitationRow(*row)


def ended_by(connection: Connection, hash: str, *, now: float) -> EndedBy | None:
    """Why the invitation with this hash is not open: with its graph it is taken back. None when it is, or never was."""
    ends = select(invitation.c.accepted_at, invitation.c.revoked_at, invitation.c.expires_at, _there().label("there"))
    row = connection.execute(ends.where(invitation.c.hash == hash)).one_or_none()
    if row is None:
        return None
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None or not row.there:
        return "revoked"
    return "expired" if row.expires_at <= now else None


def list_invitations(connection: Connection, *, now: float) -> list[InvitationRow]:
    """The open invitations to join, the newest first."""
    query = select(*_ROW).where(invitation.c.person.is_(None), *_open(now)).order_by(invitation.c.created_at.desc())
    return [InvitationRow(*row) for row in connection.execute(query)]


def open_by(now: float) -> Select[tuple[str]]:
    """Whom some open invitation rests on."""
    return select(invitation.c.created_by).where(*_open(now))


def accept_invitation(connection: Connection, id: str, *, by: str, now: float) -> bool:
    """Use an invitation up; False when somebody was faster."""
    change = update(invitation).where(invitation.c.id == id, *_open(now)).values(accepted_at=now, accepted_by=by)
    return bool(connection.execute(change).rowcount)


def revoke_invitation(connection: Connection, id: str, *, now: float) -> bool:
    """End an invitation; whether it was open."""
    change = update(invitation).where(invitation.c.id == id, *_open(now)).values(revoked_at=now)
    return bool(connection.execute(change).rowcount)


def revoke_all_by(connection: Connection, creator: str, *, now: float) -> None:
    """End what someone has made and nobody has accepted."""
    mine = (invitation.c.created_by == creator, *_open(now))
    connection.execute(update(invitation).where(*mine).values(revoked_at=now))


def revoke_password_links(connection: Connection, person: str, *, now: float) -> None:
    """End every open key that would set this person's password."""
    mine = (invitation.c.person == person, *_open(now))
    connection.execute(update(invitation).where(*mine).values(revoked_at=now))


def _open(now: float) -> tuple[ColumnElement[bool], ...]:
    return (
        invitation.c.accepted_at.is_(None),
        invitation.c.revoked_at.is_(None),
        invitation.c.expires_at > now,
        _there(),
    )


def _there() -> ColumnElement[bool]:
    """That it is for no graph, or for one that is not deleted."""
    this = (document.c.kind == "graph", document.c.id == invitation.c.graph, document.c.deleted_at.is_(None))
    return or_(invitation.c.graph.is_(None), exists(select(document.c.id).where(*this)))
