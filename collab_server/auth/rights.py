"""Whose right it rests on what somebody makes or opens: their own, or that of the token that they signed in with."""

from typing import NamedTuple

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.errors import NotSignedIn
from collab_server.stores import accounts


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


def ended_meanwhile() -> NotSignedIn:
    """Why nothing is done any more for who was signed in when they asked."""
    return NotSignedIn(
        "Your session has ended meanwhile.",
        expected="a session that is open until all is done",
        received="one that somebody has ended, maybe by a new password",
        advice="Sign in again.",
    )
