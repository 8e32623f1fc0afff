"""Invitations: one-time keys by which someone becomes a member, gets one graph, or sets a new password.

An invitation for a graph makes its acceptor a guest of the workspace who has that graph. Whoever is signed in to an
account accepts with it; a stranger makes one. The key is told once and stored as a hash; it opens once, and only while
whoever made it could still make it (inviters.py).
"""

import secrets
import time
from dataclasses import dataclass
from typing import assert_never

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.inviters import Inviters
from collab_server.auth.passwords import Passwords, check_password
from collab_server.auth.people import add_account
from collab_server.auth.rights import admin_still
from collab_server.auth.roles import highest
from collab_server.auth.sessions import UNKNOWN, Browser, Opened, Sessions, a_person
from collab_server.auth.tokens import digest, new_token
from collab_server.errors import InvalidRequest, NotAllowed, NotFound, NotSignedIn
from collab_server.happenings import Happening, Happenings
from collab_server.stores import access, accounts, people
from collab_server.stores import invitations as store
from collab_server.stores.database import Database
from collab_server.stores.invitations import EndedBy, InvitationRow
from collab_server.stores.people import PersonRow, email_key
from flowroom.protocol import Role

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What someone says who accepts an invitation without an account."""

    password: str
    name: str | None = None
    email: str | None = None


class Invitations:
    """The invitations of one workspace. `days` is how long one is good unless it says otherwise."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        passwords: Passwords,
        inviters: Inviters,
        happenings: Happenings,
        *,
        days: float,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._passwords = passwords
        self._inviters = inviters
        self._happenings = happenings
        self._days = days

    # Making them

    async def invite(
        self, role: Role, *, by: Identity, email: str | None = None, graph: str | None = None, days: float | None = None
    ) -> tuple[str, InvitationRow]:
        """Make an invitation: its key, told only this once, and what it is for."""
        return await self._make(by=by, days=days, role=role, email=email, graph=graph)

    async def for_new_password(self, person: PersonRow, *, by: Identity) -> tuple[str, InvitationRow]:
        """Make a key by which someone sets a new password; one made before opens nothing any more."""
        return await self._make(by=by, days=1, email=person.email, person=person.id)

    async def _make(
        self,
        *,
        by: Identity,
        days: float | None,
        role: Role | None = None,
        email: str | None = None,
        graph: str | None = None,
        person: str | None = None,
    ) -> tuple[str, InvitationRow]:
        secret, now = new_token(), time.time()
        row = InvitationRow(
            id=f"i-{secrets.token_hex(6)}",
            email=email,
            role=role,
            graph=graph,
            person=person,
            created_by=by.id,
            created_at=now,
            expires_at=now + (days or self._days) * DAY_SECONDS,
        )

        def work(connection: Connection) -> InvitationRow:
            admin_still(connection, by)
            if person is not None:
                store.revoke_password_links(connection, person, now=now)
            id, token_hash = self._inviters.right_of(connection, by)
            made = row._replace(created_by=id, token_hash=token_hash)
            store.add_invitation(connection, made, digest(secret))
            facts = (
                {"invitation": made.id, "role": role, "email": email}
                if person is None
                else {"person": person, "purpose": "password"}
            )
            self._happenings.note(connection, Happening("invitation.created", by=by, graph=graph, facts=facts))
            return made

        return secret, await self._database.write(work, alone=True)

    async def open_ones(self) -> list[InvitationRow]:
        """The invitations that somebody can accept yet, the newest first."""

        def ask(connection: Connection) -> list[InvitationRow]:
            found = store.list_invitations(connection, now=time.time())
            rights = {row.right for row in found}
            able = {right for right in rights if self._inviters.may_still_invite(connection, *right)}
            return [row for row in found if row.right in able]

        return await self._database.read(ask)

    async def revoke(self, id: str, *, by: Identity) -> None:
        """End an invitation. Raises NotFound."""

        def work(connection: Connection) -> None:
            admin_still(connection, by)
            if not store.revoke_invitation(connection, id, now=time.time()):
                advice = "GET /api/invitations lists those there are."
                raise NotFound(f"There is no open invitation {id!r}.", advice=advice)
            self._happenings.note(connection, Happening("invitation.revoked", by=by, facts={"invitation": id}))

        await self._database.write(work, alone=True)

    # Accepting them

    async def find(self, token: str) -> InvitationRow:
        """What a key is for. Raises NotFound, which tells whoever has a key that was one why it opens nothing now."""
        hash, now = digest(token), time.time()

        def work(connection: Connection) -> InvitationRow | EndedBy | None:
            found = store.find_invitation(connection, hash, now=now)
            if found is not None and not self._inviters.may_still_invite(connection, *found.right):
                return "revoked"
            return found or store.ended_by(connection, hash, now=now)

        found = await self._database.read(work)
        if not isinstance(found, InvitationRow):
            raise not_open(found)
        return found

    async def accept_as(self, identity: Identity, token: str) -> InvitationRow:
        """Accept with the account one is signed in to. Raises NotFound, NotAllowed for another's invitation."""
        row = await self.find(token)

        def work(connection: Connection) -> InvitationRow:
            who = people.hold_person(connection, identity.id)  # their role is not what it was when somebody lowers it
            if row.person is not None or who is None or who.email is None:
                raise NotSignedIn(
                    "This invitation needs an account.",
                    expected="a name, an email address and a password in the body",
                    advice="Send them, or sign in to your account first.",
                )
            if row.email is not None and email_key(row.email) != email_key(who.email):
                raise NotAllowed("This invitation is for another email address.", expected=row.email)
            self._use_up(connection, row, who)
            self._note_accepted(connection, row, by=identity)
            return row

        return await self._database.write(work, alone=True)

    async def accept(self, token: str, newcomer: Newcomer, browser: Browser = UNKNOWN) -> tuple[Opened, InvitationRow]:
        """Accept as someone new, or set the new password it is for. Raises NotFound, InvalidRequest, Conflict."""
        row = await self.find(token)
        email = row.email or newcomer.email
        if email is None:
            raise InvalidRequest("An account needs an email address.", expected="`email` in the body")
        check_password(newcomer.password, email=email, name=newcomer.name or "")
        hash = await self._passwords.hashed(newcomer.password)

        def work(connection: Connection) -> tuple[Opened, InvitationRow]:
            who = self._renewed(connection, row, hash) if row.person else self._joined(connection, row, newcomer, hash)
            opened = self._sessions.open(connection, who, "invitation", browser)
            if row.person is None:
                facts = {"method": "invitation", "email": email}
                self._happenings.note(connection, Happening("account.created", by=opened.identity, facts=facts))
            self._note_accepted(connection, row, by=opened.identity)
            self._happenings.note(connection, opened.told)
            return opened, row

        return await self._database.write(work, alone=True)

    def _note_accepted(self, connection: Connection, row: InvitationRow, *, by: Identity) -> None:
        facts = {"invitation": row.id}
        if row.person is not None:
            told = Happening("password.changed", by=by, facts=facts)
        else:
            told = Happening("invitation.accepted", by=by, graph=row.graph, facts={**facts, "role": row.role})
        self._happenings.note(connection, told)

    def _joined(self, connection: Connection, row: InvitationRow, newcomer: Newcomer, hash: str) -> PersonRow:
        role = None if row.graph else row.role
        email = row.email or newcomer.email
        who = add_account(connection, a_person(connection, name=newcomer.name, email=email, password=hash, role=role))
        self._use_up(connection, row, who)
        return who

    def _renewed(self, connection: Connection, row: InvitationRow, hash: str) -> PersonRow:
        """The person with a new password, and without any session that the old one opened."""
        assert row.person is not None
        people.hold_rights(connection)
        who = people.hold_person(connection, row.person)
        if who is None or who.disabled_at is not None:
            raise NotFound("The account that this was for is not there any more.")
        self._use_up(connection, row, who)
        people.change_person(connection, who.id, {"password": hash})
        accounts.end_sessions(connection, who.id)
        return who

    def _use_up(self, connection: Connection, row: InvitationRow, who: PersonRow) -> None:
        """Give what the invitation gives, once. In a work of the writer, so that only one of two at once succeeds, and
        none whose maker has lost the right since the key was looked at: hashing a password takes its time.
        """
        now = time.time()
        if not self._inviters.may_still_invite(connection, *row.right):
            raise not_open("revoked")
        if not store.accept_invitation(connection, row.id, by=who.id, now=now):
            raise not_open("accepted")
        if row.role is None:
            return
        if row.graph is not None:
            access.give(connection, access.Grant(row.graph, who.id, row.role), by=row.created_by, now=now)
        else:
            people.change_person(connection, who.id, {"role": highest([who.role, row.role])})


def not_open(why: EndedBy | None) -> NotFound:
    """What is said of a key that opens nothing: why, if it ever opened something. `ended` is that for programs."""
    match why:
        case "accepted":
            detail, advice = (
                "This invitation was accepted already.",
                "If that was you, sign in; if not, ask for another.",
            )
        case "revoked":
            detail, advice = "This invitation was taken back.", "Ask whoever sent it for another."
        case "expired":
            detail, advice = "This invitation has expired.", "Ask whoever sent it for another."
        case None:
            detail, advice = "There is no such invitation.", "Check that its address is whole, or ask for another."
        case _:
            assert_never(why)
    return NotFound(detail, advice=advice, ended=why)
