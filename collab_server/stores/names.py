"""What people are called who are known by their id only, as the log knows them: the name they go by now."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from collab_server.activity.bursts import Person
from collab_server.auth.accounts import ENGINE, SIGN_IN
from collab_server.auth.identity import Identity
from collab_server.stores.accounts import token
from collab_server.stores.people import person


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
    if not ids:
        return
    for id, name, colour, kind in connection.execute(
        select(token.c.id, token.c.name, token.c.colour, token.c.kind).where(token.c.id.in_(ids))
    ):
        yield id, name, colour, kind
    people = select(person.c.id, person.c.name, person.c.colour).where(person.c.id.in_(ids))
    for id, name, colour in connection.execute(people):
        yield id, name, colour, "person"
