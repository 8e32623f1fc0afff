"""Invitations open only while whoever made them could still make them, whatever the right came from."""

import asyncio
import time

import pytest
from sqlalchemy import Connection, Engine, text

from collab_server.auth.accounts import Accounts
from collab_server.auth.identity import SIGN_IN, Identity
from collab_server.auth.invitations import Invitations, Newcomer
from collab_server.auth.inviters import Inviters
from collab_server.auth.passwords import Passwords
from collab_server.auth.people import People, add_account
from collab_server.auth.sessions import UNKNOWN, Sessions, a_person
from collab_server.errors import NotAllowed, NotFound, NotSignedIn
from collab_server.happenings import Happenings
from collab_server.stores.database import Database
from collab_server.stores.migrations import upgrade
from collab_server.stores.people import change_person, find_person
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.collab_server.rooms.conftest import eventually
from tests.services.postgres import Postgres

PASSWORD = "a mild evening in november"
SESSIONS = Sessions(seconds=3600, idle_seconds=3600)
GRACE = Newcomer(password=PASSWORD, name="Grace", email="grace@example.org")


class HeldPasswords(Passwords):
    """Passwords that are asked for, and hashed only when `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def hashed(self, password: str) -> str:
        self.asked.set()
        await self.go_on.wait()
        return await super().hashed(password)


@pytest.fixture
def accounts(sql: Database) -> Accounts:
    """Tokens and sessions, with the sign-in token `open-sesame`."""
    return Accounts(sql, SESSIONS, Happenings(), sign_in="open-sesame", service="engine-key")


@pytest.fixture
def invitations(sql: Database) -> Invitations:
    """Invitations that are good for a week."""
    return invitations_of(sql)


def invitations_of(sql: Database, *, sign_in: str = "open-sesame", passwords: Passwords | None = None) -> Invitations:
    """The invitations of a server with this sign-in token."""
    return Invitations(sql, SESSIONS, passwords or Passwords(), Inviters(sign_in), Happenings(), days=7)


async def not_open(invitations: Invitations, key: str) -> str | None:
    """By what an invitation is over, to whoever looks at it and to whoever accepts it alike."""
    with pytest.raises(NotFound) as looked:
        await invitations.find(key)
    with pytest.raises(NotFound) as accepted:
        await invitations.accept(key, GRACE)
    assert looked.value.facts["ended"] == accepted.value.facts["ended"]
    assert await invitations.open_ones() == []
    return str(looked.value.facts["ended"])


@pytest.mark.parametrize("by_browser", [False, True])
async def test_what_a_token_has_invited_is_over_when_the_token_is_revoked(
    accounts: Accounts, invitations: Invitations, by_browser: bool
) -> None:
    """ACCESS-11: and so is what somebody has invited who had signed in with it."""
    secret, token = await accounts.create_token("ops", "admin", "bot", by=SIGN_IN)
    by = (await accounts.sign_in(secret)).identity if by_browser else token
    key, made = await invitations.invite("admin", by=by)
    assert (await invitations.find(key)).id == made.id

    await accounts.revoke_token(token.id, by=SIGN_IN)

    assert await not_open(invitations, key) == "revoked"


@pytest.mark.parametrize("by_browser", [False, True])
async def test_what_a_token_has_invited_is_over_when_the_token_has_expired(
    accounts: Accounts, invitations: Invitations, by_browser: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACCESS-11: nobody does anything for that."""
    tomorrow = time.time() + 86_400
    secret, token = await accounts.create_token("ops", "admin", "bot", by=SIGN_IN, expires=tomorrow)
    by = (await accounts.sign_in(secret)).identity if by_browser else token
    key, _ = await invitations.invite("admin", by=by)

    monkeypatch.setattr(time, "time", lambda: tomorrow + 1)

    assert await not_open(invitations, key) == "revoked"


async def test_a_link_for_a_password_is_over_with_the_token_that_made_it(
    sql: Database, accounts: Accounts, invitations: Invitations
) -> None:
    """ACCESS-11: else whoever had the token takes over an account."""
    ada = await sql.write(
        lambda connection: add_account(connection, a_person(connection, email="ada@example.org", role="admin"))
    )
    _, token = await accounts.create_token("ops", "admin", "bot", by=SIGN_IN)
    key, _ = await invitations.for_new_password(ada, by=token)

    await accounts.revoke_token(token.id, by=SIGN_IN)

    assert await not_open(invitations, key) == "revoked"


async def test_an_invitation_that_is_being_accepted_while_its_token_is_revoked_gives_nothing(
    sql: Database, accounts: Accounts
) -> None:
    """ACCESS-11: it is asked in the very transaction that gives."""
    held = HeldPasswords()
    invitations, people = invitations_of(sql, passwords=held), People(sql, SESSIONS, Passwords(), Happenings())
    _, token = await accounts.create_token("ops", "admin", "bot", by=SIGN_IN)
    key, _ = await invitations.invite("admin", by=token)

    accepting = asyncio.create_task(invitations.accept(key, GRACE))
    await held.asked.wait()
    await accounts.revoke_token(token.id, by=SIGN_IN)
    held.go_on.set()

    with pytest.raises(NotFound):
        await accepting
    assert await people.members(None, 10) == []


async def test_an_invitation_that_was_under_way_while_its_maker_was_demoted_opens_nothing(
    sql: Database, invitations: Invitations
) -> None:
    """ACCESS-11, and ACCESS-20 for one that is asked for when they are demoted already."""

    def an_admin(connection: Connection) -> Identity:
        who = add_account(connection, a_person(connection, email="boss@example.org", role="admin"))
        return SESSIONS.open(connection, who, "password", UNKNOWN).identity

    boss = await sql.write(an_admin)
    key, _ = await invitations.invite("admin", by=boss)
    await sql.write(lambda connection: change_person(connection, boss.id, {"role": "editor"}))

    with pytest.raises(NotAllowed):
        await invitations.invite("admin", by=boss)
    assert await not_open(invitations, key) == "revoked"


async def test_what_was_made_with_the_printed_address_stays_good_when_the_browser_signs_out(
    accounts: Accounts, invitations: Invitations
) -> None:
    """ACCESS-11: as when an admin of a fresh server invites themselves, and accepts in the same browser."""
    first, second = (await accounts.sign_in("open-sesame")).identity, (await accounts.sign_in("open-sesame")).identity
    keys = [(await invitations.invite("admin", by=by))[0] for by in (first, second, second)]
    await accounts.sign_out(first)
    await accounts.sign_out(second)

    for n, key in enumerate(keys):
        opened, _ = await invitations.accept(key, Newcomer(password=PASSWORD, email=f"grace{n}@example.org"))
        assert opened.identity.role == "admin"


@pytest.mark.parametrize("by_browser", [False, True])
async def test_what_was_made_with_the_printed_address_is_over_when_another_token_is_in_its_place(
    sql: Database, accounts: Accounts, invitations: Invitations, by_browser: bool
) -> None:
    """ACCESS-11: whoever had the old address can't come back by what they had made with it."""
    by = (await accounts.sign_in("open-sesame")).identity if by_browser else SIGN_IN
    key, made = await invitations.invite("admin", by=by)
    assert (await invitations.find(key)).id == made.id

    assert await not_open(invitations_of(sql, sign_in="a new one"), key) == "revoked"


async def test_a_session_that_has_ended_meanwhile_invites_nobody(accounts: Accounts, invitations: Invitations) -> None:
    """ACCESS-11: what it was opened with is not known any more, so nothing could end what it makes."""
    secret, token = await accounts.create_token("ops", "admin", "bot", by=SIGN_IN)
    browser = (await accounts.sign_in(secret)).identity
    await accounts.revoke_token(token.id, by=SIGN_IN)

    with pytest.raises(NotSignedIn):
        await invitations.invite("admin", by=browser)


async def test_an_invitation_brings_no_role_back_that_is_being_taken(postgres: Postgres) -> None:
    """ACCESS-11: on PostgreSQL somebody else writes between the look at a role and what follows from it."""
    engine = create_engine(postgres.database())
    upgrade(engine)
    with Writer(engine) as writer:
        sql = Database(engine, writer)
        ada = await sql.write(
            lambda connection: add_account(connection, a_person(connection, email="ada@example.org", role="admin"))
        )
        invitations = invitations_of(sql)
        key, _ = await invitations.invite("viewer", by=SIGN_IN)
        me = Identity(ada.id, ada.name, ada.colour, "admin")

        with engine.begin() as other:
            change_person(other, ada.id, {"role": None})
            accepting = asyncio.create_task(invitations.accept_as(me, key))
            await eventually(lambda: waits_for_a_lock(engine))
        await accepting

        now = await sql.read(lambda connection: find_person(connection, ada.id))
        assert now is not None and now.role == "viewer"
    engine.dispose()


def waits_for_a_lock(engine: Engine) -> bool:
    """Whether somebody waits for what somebody else has written."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(waiting))
