"""Whose right it rests on what somebody makes or opens: their own, or that of the token that they signed in with."""

import time
from typing import NamedTuple

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.roles import is_token
from collab_server.errors import NotAllowed, NotSignedIn
from collab_server.stores import accounts, people
from flowroom.protocol import Role


class Maker(NamedTuple):
    """A person or an API token; and the hash of the sign-in token that a person came by, empty if by none."""

    id: str
    token_hash: str = ""


def maker_of(connection: Connection, by: Identity) -> Maker:
    """Who counts as having made what someone makes now: they, or the API token that they signed in with.

    Who signed in with such a token has no right but the token's, and is forgotten sooner. Raises NotSignedIn for a
    session that has ended meanwhile: nothing would tell any more what it was opened with.
    """
    if by.session is None or by.session == by.id:  # a token itself
        return Maker(by.id)
    hash = accounts.key_of_session(connection, by.session)
    if hash is None:
        raise ended_meanwhile()
    token = accounts.token_with(connection, hash)
    return Maker(by.id, hash) if token is None else Maker(token)


def admin_still(connection: Connection, by: Identity) -> Maker:
    """The maker, if they are an admin of the workspace yet who came in as one, held as by `held`. Raises NotSignedIn,
    NotAllowed.
    """
    maker, role = held(connection, by)
    if not is_token(maker.id) and role != "admin":
        raise no_admin_any_more(role)
    return maker


def held(connection: Connection, by: Identity) -> tuple[Maker, Role | None]:
    """The maker and their role in the workspace, which stay so until this work is over: whoever lowers or revokes them
    waits, and finds what they have made. Raises NotSignedIn for who is shut out, or a token that is over.
    """
    maker = maker_of(connection, by)
    if is_token(maker.id):
        token = accounts.hold_token(connection, maker.id, now=time.time())
        if token is None:
            raise ended_meanwhile()
        return maker, token.identity.role
    if by.session is None or by.session == by.id or maker.token_hash:
        return maker, "admin"  # nobody's account: it is the sign-in token that lets them in
    who = people.hold_person(connection, maker.id)
    if who is None or who.disabled_at is not None:
        raise ended_meanwhile()
    return maker, who.role


def no_admin_any_more(role: Role | None) -> NotAllowed:
    """Why nothing is done any more for who was an admin when they asked."""
    was = "You were an admin when you asked, and are none any more."
    return NotAllowed(was, expected="admin", received=role or "guest")


def ended_meanwhile() -> NotSignedIn:
    """Why nothing is done any more for who was signed in when they asked."""
    return NotSignedIn(
        "Your session has ended meanwhile.",
        expected="a session that is open until all is done",
        received="one that somebody has ended, maybe by a new password",
        advice="Sign in again.",
    )
