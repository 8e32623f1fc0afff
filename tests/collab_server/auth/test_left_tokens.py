"""API tokens that are being made while whoever makes them may make none any more."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from collab_server.auth.accounts import Accounts
from collab_server.auth.identity import SIGN_IN, Identity
from collab_server.auth.left import Said
from collab_server.auth.passwords import Passwords
from collab_server.auth.people import MemberChange, People, add_account
from collab_server.auth.rights import admin_still
from collab_server.auth.sessions import UNKNOWN, Sessions, a_person
from collab_server.auth.sharing import Sharing
from collab_server.errors import Conflict, NotAllowed, NotSignedIn
from collab_server.happenings import Happenings
from collab_server.stores import accounts as store
from collab_server.stores.database import Database
from collab_server.stores.documents import DocumentKey
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.migrations import upgrade
from collab_server.stores.people import change_person
from flowroom.sql import create_engine
from tests.services.postgres import Postgres

SESSIONS = Sessions(seconds=3600, idle_seconds=3600)
PASSWORD = "a mild evening in november"


@pytest.fixture
def accounts(sql: Database) -> Accounts:
    return Accounts(sql, SESSIONS, Happenings(), sign_in="open-sesame", service="engine-key")


@pytest.fixture
def people(sql: Database) -> People:
    return People(sql, SESSIONS, Passwords(), Happenings())


@pytest.fixture
async def ada(sql: Database, people: People) -> Identity:
    """An admin, as she was when she asked for something."""
    hash = await Passwords().hashed(PASSWORD)

    def work(connection: Connection) -> None:
        add_account(connection, a_person(connection, email="ada@example.org", password=hash, role="admin"))

    await sql.write(work)
    return (await people.sign_in("ada@example.org", PASSWORD)).identity


async def test_who_is_lowered_meanwhile_makes_no_token(accounts: Accounts, people: People, ada: Identity) -> None:
    """ACCESS-16: it would be one that nobody was told of."""
    await people.change_member(ada.id, MemberChange(sets_role=True, role="editor"), by=SIGN_IN)

    with pytest.raises(NotAllowed):
        await accounts.create_token("Late", "admin", "bot", by=ada)
    assert await accounts.tokens() == []


@pytest.mark.parametrize("by_browser", [False, True])
async def test_a_token_that_is_revoked_meanwhile_makes_none(accounts: Accounts, by_browser: bool) -> None:
    """ACCESS-16"""
    secret, token = await accounts.create_token("Ops", "admin", "bot", by=SIGN_IN)
    by = (await accounts.sign_in(secret)).identity if by_browser else token
    await accounts.revoke_token(token.id, by=SIGN_IN)

    with pytest.raises(NotSignedIn):
        await accounts.create_token("Late", "admin", "bot", by=by)
    assert await accounts.tokens() == []


async def test_who_came_by_the_printed_address_makes_tokens(accounts: Accounts) -> None:
    """ACCESS-6: they have no account whose role could fall."""
    visitor = (await accounts.sign_in("open-sesame")).identity

    _, made = await accounts.create_token("Ops", "admin", "bot", by=visitor)

    assert [row.identity for row, _ in await accounts.tokens()] == [made]


async def test_no_token_is_revoked_before_it_is_said_what_becomes_of_those_it_made(accounts: Accounts) -> None:
    """ACCESS-16: with all that those have made, and in one step."""
    secret, first = await accounts.create_token("First", "admin", "bot", by=SIGN_IN)
    _, second = await accounts.create_token("Second", "admin", "bot", by=(await accounts.sign_in(secret)).identity)
    _, third = await accounts.create_token("Third", "viewer", "bot", by=second)

    with pytest.raises(Conflict):
        await accounts.revoke_token(first.id, by=SIGN_IN)
    assert len(await accounts.tokens()) == 3

    ended = await accounts.revoke_token(first.id, Said(tokens="revoke"), by=SIGN_IN)

    assert {row.identity.id for row in ended.tokens} == {first.id, second.id, third.id}
    assert await accounts.tokens() == []


def test_whoever_makes_a_token_is_what_they_are_until_it_is_made(postgres: Postgres) -> None:
    """ACCESS-16: on PostgreSQL they could be lowered, or revoked, between the look and the write."""
    engine = create_engine(postgres.database())
    upgrade(engine)
    bot = Identity("t-bot", "Ops", "#123456", "admin", "bot", "t-bot")
    with engine.begin() as connection:
        who = add_account(connection, a_person(connection, email="ada@example.org", role="admin"))
        by = SESSIONS.open(connection, who, "password", UNKNOWN).identity
        store.add_token(connection, bot, "hash", by=SIGN_IN.id, now=0)

    with engine.begin() as one:
        assert admin_still(one, by).id == who.id and admin_still(one, bot).id == bot.id
        with pytest.raises(OperationalError, match="lock timeout"), engine.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '50ms'"))
            change_person(other, who.id, {"role": "editor"})
        with pytest.raises(OperationalError, match="lock timeout"), engine.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '50ms'"))
            store.revoke_token(other, bot.id, now=1)
    engine.dispose()


async def test_who_is_lowered_meanwhile_makes_no_link(sql: Database, people: People, ada: Identity) -> None:
    """ACCESS-16: of a graph that is theirs they still do."""
    sharing, documents = Sharing(sql, SESSIONS, Happenings()), SqlDocuments(sql._engine, sql._writer)
    await documents.create(DocumentKey("graph", "hers"), owner=ada.id)
    await documents.create(DocumentKey("graph", "another"), owner="somebody")
    await people.change_member(ada.id, MemberChange(sets_role=True, role="editor"), by=SIGN_IN)

    with pytest.raises(NotAllowed):
        await sharing.create_link("another", "editor", by=ada, days=None)
    _, made = await sharing.create_link("hers", "editor", by=ada, days=None)
    assert [(await sharing.shared(graph)).links for graph in ("another", "hers")] == [[], [made]]

    await people.change_member(ada.id, MemberChange(disabled=True, left=Said(links="keep")), by=SIGN_IN)
    with pytest.raises(NotSignedIn):
        await sharing.create_link("hers", "editor", by=ada, days=None)
