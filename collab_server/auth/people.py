"""People with an account: signing in with a password, changing it, and what admins do with members.

Nobody learns here who has an account: a wrong address and a wrong password get the same answer, after the same work.

To compare a password takes a while, and it may be replaced meanwhile, by who wants to be rid of whoever knows it. So
what follows from the comparison is done only if it is the same password still.
"""

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from collab_server.auth.identity import Identity
from collab_server.auth.left import UNSAID, Ended, Said, settled
from collab_server.auth.passwords import Passwords, check_password
from collab_server.auth.rights import admin_still, ended_meanwhile
from collab_server.auth.sessions import UNKNOWN, Browser, Opened, Sessions
from collab_server.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from collab_server.happenings import Happening, Happenings
from collab_server.stores import access_requests, accounts, invitations
from collab_server.stores import people as store
from collab_server.stores.access import graph_grant
from collab_server.stores.database import Database
from collab_server.stores.people import PersonRow
from flowroom.protocol import Role


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What an admin changes of a member. `role` counts only with `sets_role`, since None is a role, too."""

    sets_role: bool = False
    role: Role | None = None
    disabled: bool | None = None
    left: Said = UNSAID

    def lets_go(self, who: PersonRow) -> bool:
        """Whether they could make API tokens and links to every graph, and can't any more."""
        return bool(self.disabled) or (self.sets_role and who.role == "admin" and self.role != "admin")

    def facts(self) -> dict[str, Any]:
        """What the list of what was done says of it."""
        role = {"role": self.role} if self.sets_role else {}
        return {**role, "disabled": self.disabled, **self.left._asdict()}


class Changed(NamedTuple):
    """A member as they are now, or were last; and what ended of what they had made."""

    member: PersonRow
    ended: Ended


class People:
    """Everyone with an account."""

    def __init__(self, database: Database, sessions: Sessions, passwords: Passwords, happenings: Happenings) -> None:
        self._database = database
        self._sessions = sessions
        self._passwords = passwords
        self._happenings = happenings

    # For themselves

    async def sign_in(self, email: str, password: str, browser: Browser = UNKNOWN) -> Opened:
        """Open a session with a password. Raises NotSignedIn."""
        found = await self._database.read(lambda connection: store.find_by_email(connection, email))
        right = await self._passwords.matches(password, None if found is None else found.password)
        if found is None or not right:
            raise _not_together()

        def work(connection: Connection) -> Opened:
            opened = self._sessions.open(connection, _unchanged(connection, found), "password", browser)
            self._happenings.note(connection, opened.told)
            return opened

        return await self._database.write(work, alone=True)

    async def change_password(self, identity: Identity, current: str, new: str) -> list[str]:
        """Set another password; ends the person's other sessions and returns their ids.

        Raises Conflict for who has no password, NotAllowed for a wrong one, InvalidRequest for one that won't do,
        NotSignedIn when the session has ended before it was done.
        """
        who = await self.find(identity.id)
        if who is None or who.password is None:
            raise Conflict(
                "You have no password here to change.",
                advice="You came by a link, a token or another service; an admin can invite you to an account.",
            )
        if not await self._passwords.matches(current, who.password):
            raise NotAllowed("The current password is not right.", advice="Type the one you signed in with.")
        check_password(new, email=who.email or "", name=who.name)
        return await self._set_password(who, await self._passwords.hashed(new), by=identity)

    async def _set_password(self, who: PersonRow, hash: str, *, by: Identity) -> list[str]:
        session = by.session or ""

        def work(connection: Connection) -> list[str]:
            store.hold_rights(connection)
            now = store.hold_person(connection, who.id)
            if not self._is_open(connection, session):
                raise ended_meanwhile()
            if now is None or now.password != who.password:
                raise NotAllowed(
                    "Your password was changed meanwhile.", advice="If that wasn't you, ask an admin for a link."
                )
            store.change_person(connection, who.id, {"password": hash})
            ended = accounts.end_sessions(connection, who.id, but=session)
            self._happenings.note(connection, Happening("password.changed", by=by))
            return ended

        return await self._database.write(work, alone=True)

    def _is_open(self, connection: Connection, session: str) -> bool:
        idle = self._sessions.idle_seconds
        return session in accounts.sessions_by_id(connection, [session], now=time.time(), idle=idle)

    # For admins

    async def members(self, before: tuple[float, str] | None, limit: int) -> list[PersonRow]:
        """Everyone with an account, the newest first."""
        return await self._database.read(lambda connection: store.list_members(connection, before=before, limit=limit))

    async def find(self, id: str) -> PersonRow | None:
        """One person, with an account or without."""
        return await self._database.read(lambda connection: store.find_person(connection, id))

    async def member(self, id: str) -> PersonRow:
        """One person with an account. Raises NotFound."""
        found = await self.find(id)
        if found is None or found.email is None:
            raise no_such_member(id)
        return found

    async def change_member(self, id: str, change: MemberChange, *, by: Identity) -> Changed:
        """Give a member another role, or shut them out for a while. Raises NotFound; and Conflict when they leave API
        tokens or links behind, and it isn't said what becomes of them. Raises NotAllowed and NotSignedIn for who is no
        admin any more.
        """
        await self.member(id)
        values: dict[str, object] = {}
        if change.sets_role:
            values["role"] = change.role
        if change.disabled is not None:
            values["disabled_at"] = time.time() if change.disabled else None

        def work(connection: Connection) -> Ended:
            was = _held(connection, id, by)
            goes = change.lets_go(was)
            over = settled(connection, id, change.left, whose="They have") if goes else Ended([], [], [])
            store.change_person(connection, id, values)
            if change.disabled:
                accounts.end_sessions(connection, id)
            if change.disabled or (change.sets_role and change.role != "admin"):
                invitations.revoke_all_by(connection, id, now=time.time())
            over.note(connection, self._happenings, by)
            facts = {"person": id, "name": was.name, **change.facts()}
            self._happenings.note(connection, Happening("member.changed", by=by, facts=facts))
            return over

        over = await self._database.write(work, alone=True)
        return Changed(await self.member(id), over)

    async def remove_member(self, id: str, said: Said = UNSAID, *, by: Identity) -> Changed:
        """Forget a member: the account, its sessions, and what was shared with it. Raises as `change_member`."""
        gone = await self.member(id)

        def work(connection: Connection) -> Ended:
            _held(connection, id, by)
            over = settled(connection, id, said, whose="They have")
            accounts.end_sessions(connection, id)
            invitations.revoke_all_by(connection, id, now=time.time())
            connection.execute(graph_grant.delete().where(graph_grant.c.person == id))
            access_requests.forget_person(connection, id)
            store.remove_person(connection, id)
            over.note(connection, self._happenings, by)
            facts = {"person": id, "name": gone.name}
            self._happenings.note(connection, Happening("member.removed", by=by, facts=facts))
            return over

        return Changed(gone, await self._database.write(work, alone=True))


def _held(connection: Connection, id: str, by: Identity) -> PersonRow:
    """A member, and the admin who changes them, as both stay until this work is over. They are held in one order, for
    two may change each other. Raises NotFound; and NotAllowed, NotSignedIn for who is no admin any more.
    """
    store.hold_rights(connection)
    held = {one: store.hold_person(connection, one) for one in sorted({id, by.id})}
    admin_still(connection, by)
    found = held[id]
    if found is None:
        raise no_such_member(id)
    return found


def _unchanged(connection: Connection, who: PersonRow) -> PersonRow:
    """The person whose password was found right, if it is theirs still, and they may come in. Raises NotSignedIn."""
    now = store.hold_person(connection, who.id)
    if now is None or now.password != who.password or now.disabled_at is not None:
        raise _not_together()
    return now


def no_such_member(id: str) -> NotFound:
    """What is said of who has no account here, or none any more."""
    return NotFound(f"There is no member {id!r}.", advice="GET /api/members lists those there are.")


def _not_together() -> NotSignedIn:
    return NotSignedIn(
        "That address and password don't belong together.",
        expected="the email address of an account here, and its password",
        received="another pair",
        advice="Try again, or ask an admin of the workspace for a link to set a new password.",
    )


def taken(email: str) -> Conflict:
    """Why no second account is made for an address."""
    return Conflict(
        "There is an account with this email address already.",
        received=email,
        advice="Sign in to it, and open this address again.",
    )


def add_account(connection: Connection, who: PersonRow) -> PersonRow:
    """Store someone new with an account. Raises Conflict when somebody has the address. In a work of the writer."""
    if who.email is not None and store.find_by_email(connection, who.email) is not None:
        raise taken(who.email)
    try:
        store.add_person(connection, who)
    except IntegrityError as error:  # on PostgreSQL another worker was faster
        raise taken(who.email or "") from error
    return who
