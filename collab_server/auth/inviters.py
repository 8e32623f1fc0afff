"""Whose right an invitation rests on, and whether they have it still.

It is asked when an invitation is used, for the right may be gone by then without anybody having touched the invitation:
a token expires by itself, and what was under way while a token was revoked is stored after that.
"""

import time

from sqlalchemy import Connection

from collab_server.auth.accounts import ENGINE, SIGN_IN
from collab_server.auth.identity import Identity
from collab_server.errors import NotSignedIn
from collab_server.stores import accounts, people


def inviter(connection: Connection, by: Identity) -> str:
    """On whose right it rests what someone makes now: theirs, or that of the API token that they signed in with.

    Who signed in with such a token has no right but the token's, and is forgotten sooner. Raises NotSignedIn for a
    session that has ended meanwhile: nothing would tell any more what it was opened with.
    """
    if by.session is None or by.session == by.id:  # a token itself
        return by.id
    hash = accounts.key_of_session(connection, by.session)
    if hash is None:
        raise ended_meanwhile()
    return accounts.token_with(connection, hash) or by.id


def may_still_invite(connection: Connection, id: str) -> bool:
    """Whether what rests on this right is good: that of a token in force, or of an enabled person, who is an admin.

    Someone without an account came by the sign-in token: no guest invites, and what others without one make is their
    token's. Whoever is not here any more may nothing.
    """
    if id in (SIGN_IN.id, ENGINE.id):
        return True
    token = accounts.tokens_by_id(connection, [id], now=time.time()).get(id)
    if token is not None:
        return token.may("admin")
    who = people.find_person(connection, id)
    return who is not None and who.disabled_at is None and (who.email is None or who.role == "admin")


def ended_meanwhile() -> NotSignedIn:
    """Why nothing is done any more for who was signed in when they asked."""
    return NotSignedIn(
        "Your session has ended meanwhile.",
        expected="a session that is open until all is done",
        received="one that somebody has ended, maybe by a new password",
        advice="Sign in again.",
    )
