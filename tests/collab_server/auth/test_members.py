"""Admins who change each other at the same moment: who is one no longer does nothing any more that an admin does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.passwords import Passwords
from collab_server.auth.people import MemberChange, People, add_account
from collab_server.auth.sessions import UNKNOWN, Sessions, a_person
from collab_server.errors import NotAllowed, NotSignedIn
from collab_server.happenings import Happenings
from collab_server.stores.database import Database
from flowroom.sql import create_engine
from flowroom.writer import Writer

SESSIONS = Sessions(seconds=3600, idle_seconds=3600)
Deed = Callable[[People, Identity, Identity], Awaitable[object]]


def at(sql: Database) -> People:
    """The members, as a worker with this database has them."""
    return People(sql, SESSIONS, Passwords(), Happenings())


@pytest.fixture
def elsewhere(sql: Database, database: str) -> Iterator[People]:
    """Another worker's."""
    engine = create_engine(database)
    with Writer(engine) as writer:
        yield at(Database(engine, writer))
    engine.dispose()


async def an_admin(sql: Database, name: str) -> Identity:
    """An admin who is signed in, as they were when they asked for something."""

    def work(connection: Connection) -> Identity:
        who = add_account(connection, a_person(connection, name=name, email=f"{name}@example.org", role="admin"))
        return SESSIONS.open(connection, who, "password", UNKNOWN).identity

    return await sql.write(work)


def removes(people: People, by: Identity, whom: Identity) -> Awaitable[object]:
    return people.remove_member(whom.id, by=by)


def lowers(people: People, by: Identity, whom: Identity) -> Awaitable[object]:
    return people.change_member(whom.id, MemberChange(sets_role=True, role="viewer"), by=by)


def shuts_out(people: People, by: Identity, whom: Identity) -> Awaitable[object]:
    return people.change_member(whom.id, MemberChange(disabled=True), by=by)


@pytest.mark.parametrize("deed", [removes, lowers, shuts_out])
async def test_of_two_admins_who_would_be_rid_of_each_other_one_stays(
    sql: Database, elsewhere: People, deed: Deed
) -> None:
    """ACCESS-19: also at two workers at once, which don't wait for each other in a circle."""
    ada, bo = await an_admin(sql, "ada"), await an_admin(sql, "bo")
    here = at(sql)

    done = await asyncio.gather(deed(here, ada, bo), deed(elsewhere, bo, ada), return_exceptions=True)

    refused = [one for one in done if isinstance(one, NotAllowed | NotSignedIn)]
    assert len(refused) == 1, done
    left = [who for who in await here.members(None, 9) if who.role == "admin" and who.disabled_at is None]
    assert len(left) == 1
