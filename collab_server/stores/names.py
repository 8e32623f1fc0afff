"""What people are called who are known by their id only, as the log knows them: the name they go by now."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, select, union_all

from collab_server.activity.bursts import Person
from collab_server.auth.identity import ENGINE, SIGN_IN, Identity
from collab_server.stores.accounts import token
from collab_server.stores.people import person
from flowroom.statements import Statement


def person_of(identity: Identity | None) -> Person:
    """Who that is, in a list of what was done; nobody is the server itself."""
    if identity is None:
        return Person()
    return Person(identity.id, identity.name, identity.colour, identity.kind)


KNOWN = {identity.id: person_of(identity) for identity in (ENGINE, SIGN_IN)}


def people(connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """The people with these ids; one whose account is gone is called by the id."""
    return {id: _called(connection, id) for id in set(ids)}


def existing(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these ids that are somebody's: a person's, a token's, or one that everyone shares."""
    found = union_all(*(select(table.c.id).where(table.c.id.in_(ids)) for table in (person, token)))
    return {*connection.scalars(found), *(KNOWN.keys() & set(ids))}


def _called(connection: Connection, id: str) -> Person:
    if not id:
        return Person()
    if id in KNOWN:
        return KNOWN[id]
    for name, colour, kind in _TOKEN.run(connection, {"of_id": id}):
        return Person(id, name, colour, kind)
    for name, colour in _PERSON.run(connection, {"of_id": id}):
        return Person(id, name, colour, "person")
    return Person(id, id, "", "person")


_TOKEN = Statement(select(token.c.name, token.c.colour, token.c.kind).where(token.c.id == bindparam("of_id")))
_PERSON = Statement(select(person.c.name, person.c.colour).where(person.c.id == bindparam("of_id")))
