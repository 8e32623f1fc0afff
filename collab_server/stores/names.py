"""What people are called who are known by their id only, as the log knows them: the name they go by now."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from collab_server.activity.bursts import Person
from collab_server.auth.accounts import ENGINE, SIGN_IN
from collab_server.auth.identity import Identity
from collab_server.stores.accounts import session, token


def person_of(identity: Identity | None) -> Person:
    """Who that is, in a list of what was done; nobody is the server itself."""
    if identity is None:
        return Person()
    return Person(identity.id, identity.name, identity.colour, identity.kind)


KNOWN = {identity.id: person_of(identity) for identity in (ENGINE, SIGN_IN)}


def people(connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """The people with these ids; one whose account is gone is called by the id."""
    wanted = set(ids)
    found = {id: Person(id, id, "", "person") for id in wanted if id} | {"": Person()}
    for id, name, colour, kind in _listed(connection, wanted - KNOWN.keys() - {""}):
        found[id] = Person(id, name, colour, kind)
    return found | {id: KNOWN[id] for id in wanted & KNOWN.keys()}


def _listed(connection: Connection, ids: set[str]) -> Iterable[tuple[str, str, str, str]]:
    """Tokens, then sessions, the newest of each person last."""
    if not ids:
        return
    tokens = select(token.c.id, token.c.name, token.c.colour, token.c.kind).where(token.c.id.in_(ids))
    sessions = (
        select(session.c.person, session.c.name, session.c.colour, session.c.kind)
        .where(session.c.person.in_(ids))
        .order_by(session.c.created_at)
    )
    for query in (tokens, sessions):
        for row in connection.execute(query):
            yield tuple(row)
