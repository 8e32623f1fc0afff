"""Passwords that are replaced while one of them is being compared: what was compared counts for nothing then."""

import asyncio
from collections.abc import Awaitable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from collab_server.auth.identity import SIGN_IN, Identity
from collab_server.auth.passwords import Passwords
from collab_server.auth.people import MemberChange, People, add_account
from collab_server.auth.sessions import Opened, Sessions, a_person
from collab_server.errors import NotAllowed, NotSignedIn
from collab_server.happenings import Happenings
from collab_server.stores import accounts
from collab_server.stores.database import Database
from collab_server.stores.migrations import upgrade
from collab_server.stores.people import add_person, change_person, hold_person
from flowroom.sql import create_engine
from tests.services.postgres import Postgres

EMAIL = "ada@example.org"
OLD, NEW, OTHER = "a mild evening in november", "seven green bottles on the wall", "the words of somebody else"
SESSIONS = Sessions(seconds=3600, idle_seconds=3600)


class HeldPasswords(Passwords):
    """Passwords that are compared, and then nothing is said until `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.compared, self.go_on = asyncio.Event(), asyncio.Event()

    async def matches(self, password: str, stored: str | None) -> bool:
        right = await super().matches(password, stored)
        self.compared.set()
        await self.go_on.wait()
        return right


@pytest.fixture
async def ada(sql: Database, people: People) -> Opened:
    """Someone with an account, signed in."""
    hash = await Passwords().hashed(OLD)

    def work(connection: Connection) -> None:
        add_account(connection, a_person(connection, name="Ada", email=EMAIL, password=hash, role="editor"))

    await sql.write(work)
    return await people.sign_in(EMAIL, OLD)


@pytest.fixture
def people(sql: Database) -> People:
    """Those with an account, as everyone asks for them."""
    return People(sql, SESSIONS, Passwords(), Happenings())


@pytest.fixture
def held() -> HeldPasswords:
    """What holds those up who ask `slow`."""
    return HeldPasswords()


@pytest.fixture
def slow(sql: Database, held: HeldPasswords) -> People:
    """The same people, at a worker that is slow to compare passwords."""
    return People(sql, SESSIONS, held, Happenings())


async def refused(asked: Awaitable[object]) -> Exception | None:
    """Why something was refused, if it was."""
    try:
        await asked
    except (NotSignedIn, NotAllowed) as error:
        return error
    return None


async def sessions_of(sql: Database, who: Identity) -> list[str | None]:
    """The open sessions of someone."""
    found = await sql.read(lambda connection: accounts.list_sessions(connection, who.id, now=0, idle=3600))
    return [row.id for row in found]


async def test_a_sign_in_with_a_password_that_is_replaced_meanwhile_opens_no_session(
    sql: Database, people: People, slow: People, held: HeldPasswords, ada: Opened
) -> None:
    """ACCESS-5: else whoever knows the old one is in, after all other sessions were ended."""
    async with asyncio.TaskGroup() as tasks:
        thief = tasks.create_task(refused(slow.sign_in(EMAIL, OLD)))
        await held.compared.wait()
        await people.change_password(ada.identity, OLD, NEW)
        held.go_on.set()

    assert isinstance(thief.result(), NotSignedIn)
    assert await sessions_of(sql, ada.identity) == [ada.identity.session]


async def test_a_sign_in_to_an_account_that_is_disabled_meanwhile_opens_no_session(
    sql: Database, people: People, slow: People, held: HeldPasswords, ada: Opened
) -> None:
    """ACCESS-10: it would be open as soon as the account is enabled again."""
    async with asyncio.TaskGroup() as tasks:
        thief = tasks.create_task(refused(slow.sign_in(EMAIL, OLD)))
        await held.compared.wait()
        await people.change_member(ada.identity.id, MemberChange(disabled=True), by=SIGN_IN)
        held.go_on.set()

    assert isinstance(thief.result(), NotSignedIn)
    await people.change_member(ada.identity.id, MemberChange(disabled=False), by=SIGN_IN)
    assert await sessions_of(sql, ada.identity) == []


@pytest.mark.parametrize("from_the_same_session", [True, False])
async def test_a_password_that_is_replaced_meanwhile_does_not_change_it_any_more(
    people: People, slow: People, held: HeldPasswords, ada: Opened, from_the_same_session: bool
) -> None:
    """ACCESS-5: else whoever knows the old one takes back what the owner has just recovered."""
    owner = ada if from_the_same_session else await people.sign_in(EMAIL, OLD)
    async with asyncio.TaskGroup() as tasks:
        thief = tasks.create_task(refused(slow.change_password(ada.identity, OLD, OTHER)))
        await held.compared.wait()
        await people.change_password(owner.identity, OLD, NEW)
        held.go_on.set()

    assert type(thief.result()) is (NotAllowed if from_the_same_session else NotSignedIn)
    assert (await people.sign_in(EMAIL, NEW)).identity.id == ada.identity.id


async def test_a_session_that_is_ended_meanwhile_changes_no_password(
    sql: Database, people: People, slow: People, held: HeldPasswords, ada: Opened
) -> None:
    """ACCESS-5"""
    async with asyncio.TaskGroup() as tasks:
        thief = tasks.create_task(refused(slow.change_password(ada.identity, OLD, OTHER)))
        await held.compared.wait()
        await sql.write(lambda connection: accounts.end_sessions(connection, ada.identity.id))
        held.go_on.set()

    assert isinstance(thief.result(), NotSignedIn)
    assert (await people.sign_in(EMAIL, OLD)).identity.id == ada.identity.id


def test_whom_a_work_holds_nobody_else_changes_before_it_is_over(postgres: Postgres) -> None:
    """ACCESS-5: on PostgreSQL a password could be replaced between the look at it and the write that hangs on it."""
    engine = create_engine(postgres.database())
    upgrade(engine)
    with engine.begin() as connection:
        who = a_person(connection, email=EMAIL)
        add_person(connection, who)

    with engine.begin() as one, pytest.raises(OperationalError, match="lock timeout"), engine.begin() as other:
        assert hold_person(one, who.id) == who
        other.execute(text("SET LOCAL lock_timeout = '50ms'"))
        change_person(other, who.id, {"password": "another"})
    engine.dispose()
