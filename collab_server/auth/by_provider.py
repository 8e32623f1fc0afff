"""Whom another service's word leads to: the person it led to before, one who proves to be the same, or someone new.

Only a verified email address counts, of an allowed domain. It never opens an account that a password opens, for
whoever made that may not be the address's owner; one links the two by signing in with the password first. Nor does it
open one that somebody else of the same service came by: where addresses are given away again, it is another person's.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.names import is_unseen, one_line
from collab_server.auth.oidc import Claims
from collab_server.auth.people import add_account
from collab_server.auth.sessions import UNKNOWN, Browser, Opened, Sessions, a_person
from collab_server.errors import Conflict, NotAllowed
from collab_server.happenings import Happening, Happenings
from collab_server.stores import people as store
from collab_server.stores.database import Database
from collab_server.stores.people import MAX_EMAIL_CHARS, PersonRow, email_key, is_storable
from flowroom.protocol import Role

MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class Welcome:
    """Who may come, and as what: members of these email domains (all if none), with this role (guests if none)."""

    domains: tuple[str, ...]
    role: Role | None


class ByProvider:
    """The people who come by another service."""

    def __init__(self, database: Database, sessions: Sessions, happenings: Happenings, welcome: Welcome) -> None:
        self._database = database
        self._sessions = sessions
        self._happenings = happenings
        self._welcome = welcome

    async def sign_in(self, claims: Claims, browser: Browser = UNKNOWN, *, current: Identity | None) -> Opened:
        """Open a session of the person that the claims lead to, who may be new here.

        `current` is who the browser is signed in as. Raises NotAllowed, Conflict.
        """

        def work(connection: Connection) -> Opened:
            found = store.find_by_login(connection, claims.issuer, claims.subject)
            known = found and store.hold_person(connection, found.id)  # unless another worker has removed them
            who = known or self._newcomer(connection, claims, current)
            if who.disabled_at is not None:
                raise NotAllowed("This account was disabled.", advice="Ask an admin of the workspace.")
            opened = self._sessions.open(connection, who, "oidc", browser)
            if known is None:
                facts = {"method": "oidc", "issuer": claims.issuer}
                self._happenings.note(connection, Happening("account.created", by=opened.identity, facts=facts))
            self._happenings.note(connection, opened.told)
            return opened

        return await self._database.write(work, alone=True)

    def _newcomer(self, connection: Connection, claims: Claims, current: Identity | None) -> PersonRow:
        email = self._accepted(claims)
        who = store.find_by_email(connection, email)
        if who is None:
            new = a_person(connection, name=_called(claims, email), email=email, role=self._welcome.role)
            who = add_account(connection, new)
        elif current is None or current.id != who.id:
            _may_be_the_same(connection, who, claims)
        store.add_login(connection, claims.issuer, claims.subject, who.id, now=who.created_at)
        return who

    def _accepted(self, claims: Claims) -> str:
        """The email address that counts. Raises NotAllowed."""
        if claims.email is None or not claims.email_verified:
            raise NotAllowed(
                "The other service does not vouch for your email address.",
                expected="a verified email address",
                received="one that is not verified" if claims.email else "none",
                advice="Verify it there, and try again.",
            )
        if any(map(is_unseen, claims.email)):
            raise NotAllowed("Your email address has characters in it that no address has.")
        if not is_storable(claims.email):
            raise NotAllowed("Your email address is too long.", expected=f"at most {MAX_EMAIL_CHARS} characters")
        domain = email_key(claims.email).rpartition("@")[2]
        if self._welcome.domains and domain not in self._welcome.domains:
            raise NotAllowed(
                "Email addresses of this domain are not let in here.",
                received=domain,
                advice="Use another address, or ask an admin of the workspace for an invitation.",
            )
        return claims.email


def _called(claims: Claims, email: str) -> str | None:
    """What someone is called who comes by another service, where they may call themselves anything; None for nothing
    that can be seen.
    """
    for name in (claims.name or "", email.partition("@")[0]):
        with suppress(ValueError):
            return one_line(name)[:MAX_NAME_CHARS]
    return None


def _may_be_the_same(connection: Connection, who: PersonRow, claims: Claims) -> None:
    """Raise Conflict unless a stranger with the address of an account may be taken for whose it is.

    The account is held, so that of two such strangers at once the second finds the first.
    """
    held = store.hold_person(connection, who.id) or who
    if held.password is not None:
        raise Conflict(
            "There is an account with this email address already, with a password.",
            advice="Sign in with the password, then sign in by the other service once: that links the two.",
        )
    if store.has_login(connection, claims.issuer, who.id):
        raise Conflict(
            "Another login of the other service opens the account with this email address.",
            expected="the login that opened the account before",
            received="another one with the same email address",
            advice="Sign in there with that one. If it is gone, ask an admin of the workspace: for a link to set a "
            "password if the account is yours, and sign in by the other service once when you have; else to remove the "
            "account.",
        )
