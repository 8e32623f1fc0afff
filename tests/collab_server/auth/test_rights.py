"""Whoever gives, takes or makes what only admins may is one yet when it is done, whatever they were when they asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import Connection, Engine, text

from collab_server.auth.accounts import Accounts
from collab_server.auth.identity import SIGN_IN, Identity
from collab_server.auth.left import Said
from collab_server.auth.passwords import Passwords
from collab_server.auth.people import MemberChange, People, add_account
from collab_server.auth.sessions import UNKNOWN, Sessions, a_person
from collab_server.auth.sharing import Sharing
from collab_server.errors import NotAllowed, NotFound, NotSignedIn
from collab_server.happenings import Happenings
from collab_server.stores.database import Database
from collab_server.stores.documents import DocumentKey
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.migrations import upgrade
from collab_server.stores.people import hold_rights
from flowroom.protocol import Role
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer
from tests.collab_server.rooms.conftest import eventually
from tests.services.postgres import Postgres

SESSIONS = Sessions(seconds=3600, idle_seconds=3600)
GRAPH = "plan"


class House:
    """What a worker has that says who may what, and a graph that is shown to nobody."""

    def __init__(self, sql: Database) -> None:
        self.sql = sql
        self.sharing = Sharing(sql, SESSIONS, Happenings())
        self.people = People(sql, SESSIONS, Passwords(), Happenings())
        self.accounts = Accounts(sql, SESSIONS, Happenings(), sign_in="open-sesame", service="engine-key")

    async def comes(self, name: str, role: Role | None) -> Identity:
        """Someone with an account, who is signed in."""

        def work(connection: Connection) -> Identity:
            who = add_account(connection, a_person(connection, name=name, email=f"{name}@example.org", role=role))
            return SESSIONS.open(connection, who, "password", UNKNOWN).identity

        return await self.sql.write(work)

    async def shown_to(self) -> set[str]:
        """Who was given the graph."""
        return {who.id for who, _, _ in (await self.sharing.shared(GRAPH)).people}


Lowered = Callable[[House, Identity], Awaitable[object]]


def removed(house: House, who: Identity) -> Awaitable[object]:
    return house.people.remove_member(who.id, by=SIGN_IN)


def lowered(house: House, who: Identity) -> Awaitable[object]:
    return house.people.change_member(who.id, MemberChange(sets_role=True, role=None), by=SIGN_IN)


def shut_out(house: House, who: Identity) -> Awaitable[object]:
    return house.people.change_member(who.id, MemberChange(disabled=True), by=SIGN_IN)


def signed_out(house: House, who: Identity) -> Awaitable[object]:
    return house.accounts.end_session(who, who.session or "")


def revoked(house: House, who: Identity) -> Awaitable[object]:
    return house.accounts.revoke_token(who.id, Said("revoke", "revoke"), by=SIGN_IN)


def taken_from(house: House, who: Identity) -> Awaitable[object]:
    return house.sharing.take(GRAPH, who.id, by=SIGN_IN)


def given_less(house: House, who: Identity) -> Awaitable[object]:
    return house.sharing.give(GRAPH, who.id, "editor", by=SIGN_IN)


async def link_ended(house: House, who: Identity) -> None:
    for link in (await house.sharing.shared(GRAPH)).links:
        await house.sharing.revoke_link(GRAPH, link.id, by=SIGN_IN)


async def an_admin(house: House, name: str) -> Identity:
    """An admin of the workspace."""
    return await house.comes(name, "admin")


async def a_bot(house: House, name: str) -> Identity:
    """An API token with the role admin."""
    return (await house.accounts.create_token(name, "admin", "bot", by=SIGN_IN))[1]


async def whom_it_was_given(house: House, name: str) -> Identity:
    """Someone who is an admin of the graph, in person, and nothing in the workspace."""
    who = await house.comes(name, None)
    await house.sharing.give(GRAPH, who.id, "admin", by=SIGN_IN)
    return who


async def who_has_a_link(house: House, name: str) -> Identity:
    """The same by a link."""
    who = await house.comes(name, None)
    key, _ = await house.sharing.create_link(GRAPH, "admin", by=SIGN_IN, days=None)
    await house.sharing.open_link(key, who)
    return who


WAYS: list[tuple[Callable[[House, str], Awaitable[Identity]], Lowered, type[Exception]]] = [
    (an_admin, removed, NotSignedIn),
    (an_admin, lowered, NotFound),
    (an_admin, shut_out, NotSignedIn),
    (an_admin, signed_out, NotSignedIn),
    (a_bot, revoked, NotSignedIn),
    (whom_it_was_given, taken_from, NotFound),
    (whom_it_was_given, given_less, NotAllowed),
    (whom_it_was_given, shut_out, NotSignedIn),
    (who_has_a_link, link_ended, NotFound),
]


async def with_a_graph(sql: Database) -> House:
    await SqlDocuments(sql._engine, sql._writer).create(DocumentKey("graph", GRAPH), owner="nobody")
    house = House(sql)
    await house.sharing.set_visibility(GRAPH, "private", by=SIGN_IN)
    return house


async def test_who_may_no_more_gives_nothing_that_they_asked_for_before(sql: Database) -> None:
    """ACCESS-20"""
    house = await with_a_graph(sql)
    for number, (arrives, loses, refusal) in enumerate(WAYS):
        who, bo = await arrives(house, f"ada{number}"), await house.comes(f"bo{number}", None)
        await house.sharing.give(GRAPH, bo.id, "viewer", by=who)
        await house.sharing.take(GRAPH, bo.id, by=who)
        await loses(house, who)

        with pytest.raises(refusal):
            await house.sharing.give(GRAPH, bo.id, "viewer", by=who)
        assert bo.id not in await house.shown_to(), (arrives.__name__, loses.__name__)


@pytest.fixture
async def workers(postgres: Postgres) -> AsyncIterator[tuple[Engine, House, House]]:
    """Two workers of one PostgreSQL database, and a way to it beside them."""
    engines = [create_engine(url) for url in [postgres.database()] * 3]
    upgrade(engines[0])
    with Writer(engines[1]) as one, Writer(engines[2]) as other:
        yield engines[0], await with_a_graph(Database(engines[1], one)), House(Database(engines[2], other))
    for engine in engines:
        dispose(engine)


async def test_who_gives_and_who_is_lowered_at_two_workers_have_turns(workers: tuple[Engine, House, House]) -> None:
    """ACCESS-20, ACT-17: in either order, and neither waits for the other in a circle."""
    engine, here, elsewhere = workers
    for number, (arrives, loses, refusal) in enumerate(WAYS):
        for comes_first in (True, False):
            who, bo = [await come(here, f"{comes_first}{number}") for come in (arrives, bo_comes)]
            gives, falls = here.sharing.give(GRAPH, bo.id, "viewer", by=who), loses(elsewhere, who)

            done = await in_turn(engine, *((gives, falls) if comes_first else (falls, gives)))

            given = done[0 if comes_first else 1]
            assert isinstance(given, tuple if comes_first else refusal), (arrives.__name__, loses.__name__, done)
            assert (bo.id in await here.shown_to()) is comes_first


async def bo_comes(house: House, name: str) -> Identity:
    return await house.comes(f"bo{name}", None)


async def in_turn(engine: Engine, *deeds: Awaitable[object]) -> list[object]:
    """What comes of deeds that all have begun before the first of them goes on, in the order in which they began."""
    tasks: list[asyncio.Future[object]] = []
    with engine.begin() as somebody:
        hold_rights(somebody)
        for deed in deeds:
            tasks.append(asyncio.ensure_future(deed))
            await eventually(lambda: waiting(engine) >= len(tasks), "each deed waits for its turn")
    return await asyncio.gather(*tasks, return_exceptions=True)


def waiting(engine: Engine) -> int:
    """How many wait for their turn."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)
