"""Whether who asked for something still may when it is done, and whose right it rests on: their own, or that of the
token that they signed in with.

A request is let in by what its caller may then. Until its transaction begins somebody may have lowered them, shut them
out or ended their session. So whoever changes rights, or what only admins have, asks once more as the first thing of
the work that does it:

    admin_still(connection, by)          # of the workspace
    admin_still(connection, by, graph)   # of a graph

and whoever takes rights away has turns with them (`people.hold_rights`), so that one is done before the other is asked.
"""

import time
from typing import NamedTuple

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.roles import is_token, role_on
from collab_server.errors import NotAllowed, NotFound, NotSignedIn
from collab_server.stores import access, accounts, people
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


def admin_still(connection: Connection, by: Identity, graph: str | None = None) -> Maker:
    """The maker, if they are an admin yet who came in as one, of the workspace or of a graph. They stay one until this
    work is over: whoever lowers or revokes them waits, and finds what they have made. The first that a work does.

    Raises NotSignedIn for who is shut out, a session or a token that is over, NotAllowed for who is no admin any more,
    NotFound for a graph that they don't see any more.
    """
    people.hold_rights(connection)
    maker, role = _held(connection, by)
    if graph is not None:
        role = _on_graph(connection, by, role, graph)
    if role != "admin":
        raise NotAllowed(
            "You were an admin when you asked, and are none any more.", expected="admin", received=role or "guest"
        )
    return maker


def _on_graph(connection: Connection, by: Identity, role: Role | None, graph: str) -> Role:
    """Someone's role on a graph, by the one that they have in the workspace."""
    known = access.facts(connection, [(graph, by.id)], now=time.time()).get((graph, by.id))
    there = None if known is None or known.deleted else role_on(known, caller=by.id, kind=by.kind, role=role)
    if there is None:
        raise no_such_graph(graph)
    return there


def _held(connection: Connection, by: Identity) -> tuple[Maker, Role | None]:
    """The maker and their role in the workspace, which nobody changes until this work is over."""
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


def no_such_graph(graph: str) -> NotFound:
    """What is said of a graph that is not there, and of one that the caller may not see: the same."""
    return NotFound(
        f"There is no graph {graph!r}; it may have been deleted.", advice="GET /api/graphs lists those there are."
    )


def ended_meanwhile() -> NotSignedIn:
    """Why nothing is done any more for who was signed in when they asked."""
    return NotSignedIn(
        "Your session has ended meanwhile.",
        expected="a session that is open until all is done",
        received="one that somebody has ended, maybe by a new password",
        advice="Sign in again.",
    )
