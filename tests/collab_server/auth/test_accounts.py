"""Tokens and sessions become identities, and stop being so."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from collab_server.auth import names, sessions
from collab_server.auth.accounts import Accounts
from collab_server.auth.identity import ENGINE, SIGN_IN, Identity
from collab_server.auth.names import COLOURS
from collab_server.auth.sessions import Sessions
from collab_server.errors import Conflict, NotFound, NotSignedIn
from collab_server.happenings import Happenings
from collab_server.stores.database import Database
from collab_server.stores.migrations import upgrade
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.collab_server.auth.requests import a_request


@pytest.fixture
def url(database: str) -> str:
    """A database with its tables."""
    engine = create_engine(database)
    upgrade(engine)
    engine.dispose()
    return database


@pytest.fixture
def accounts(url: str) -> Iterator[Accounts]:
    """Accounts with the sign-in token `open-sesame` and the service token `engine-key`."""
    yield from accounts_of(url, "open-sesame")


def accounts_of(url: str, sign_in: str, *, days: float = 30) -> Iterator[Accounts]:
    engine = create_engine(url)
    with Writer(engine) as writer:
        sessions = Sessions(seconds=days * 86_400, idle_seconds=days * 86_400)
        yield Accounts(Database(engine, writer), sessions, Happenings(), sign_in=sign_in, service="engine-key")
    engine.dispose()


async def signed_in(accounts: Accounts, token: str) -> tuple[str, Identity]:
    """A session opened with a token: its secret, and who it is."""
    opened = await accounts.sign_in(token)
    return opened.secret, opened.identity


async def test_nothing_shown_is_nobody(accounts: Accounts) -> None:
    assert await accounts.identify(a_request()) is None


async def test_the_two_fixed_tokens_are_the_workspace_and_the_engine(accounts: Accounts) -> None:
    assert await accounts.identify(a_request(authorization="Bearer open-sesame")) == SIGN_IN
    assert await accounts.identify(a_request(query="token=engine-key")) == ENGINE


@pytest.mark.parametrize("token", ["open-sesam", "open-sesame2", "é", "x" * 10_000])
async def test_a_wrong_token_is_nobody(accounts: Accounts, token: str) -> None:
    assert await accounts.identify(a_request(authorization=f"Bearer {token}")) is None
    with pytest.raises(NotSignedIn):
        await accounts.sign_in(token)


async def test_each_browser_is_a_person_of_its_own(accounts: Accounts) -> None:
    one_secret, one = await signed_in(accounts, "open-sesame")
    _, other = await signed_in(accounts, "open-sesame")

    assert one.id != other.id
    assert (one.kind, one.role) == ("person", "admin")
    assert one.colour in COLOURS
    assert one.colour != other.colour
    assert await accounts.identify(a_request(cookie=f"flowroom_session={one_secret}")) == one


async def test_nobody_is_given_a_name_that_another_has_while_there_are_others(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACCESS-1."""
    few = ("Calm Fox", "Calm Hare", "Calm Owl")
    for module in (names, sessions):
        monkeypatch.setattr(module, "NAMES", few)
    given = [(await accounts.sign_in("open-sesame")).identity.name for _ in range(4)]

    assert sorted(given[:3]) == list(few)
    assert given[3] in few


async def test_a_person_chooses_a_name_that_the_session_keeps(accounts: Accounts) -> None:
    secret, person = await signed_in(accounts, "open-sesame")

    renamed = await accounts.rename(person, name="Ada", colour=None)

    assert (renamed.name, renamed.colour) == ("Ada", person.colour)
    assert await accounts.identify(a_request(cookie=f"flowroom_session={secret}")) == renamed


async def test_shared_tokens_have_no_name_to_change(accounts: Accounts) -> None:
    with pytest.raises(Conflict):
        await accounts.rename(SIGN_IN, name="Ada", colour=None)


async def test_signing_out_ends_the_session(accounts: Accounts) -> None:
    secret, person = await signed_in(accounts, "open-sesame")
    assert await accounts.identify(a_request(cookie=f"flowroom_session={secret}")) == person

    await accounts.sign_out(person)

    assert await accounts.identify(a_request(cookie=f"flowroom_session={secret}")) is None


async def test_a_session_expires(url: str) -> None:
    for accounts in accounts_of(url, "open-sesame", days=1e-9):
        secret, _ = await signed_in(accounts, "open-sesame")
        assert await accounts.identify(a_request(cookie=f"flowroom_session={secret}")) is None


async def test_a_new_sign_in_token_ends_the_sessions_of_the_old_one(url: str) -> None:
    for accounts in accounts_of(url, "old"):
        secret, _ = await signed_in(accounts, "old")
    for accounts in accounts_of(url, "new"):
        assert await accounts.identify(a_request(cookie=f"flowroom_session={secret}")) is None


async def test_an_api_token_has_its_name_role_and_kind(accounts: Accounts) -> None:
    secret, holder = await accounts.create_token("CI", "viewer", "bot", by=SIGN_IN)

    found = await accounts.identify(a_request(authorization=f"Bearer {secret}"))

    assert found == holder
    assert (holder.name, holder.role, holder.kind) == ("CI", "viewer", "bot")
    assert [row.identity for row, _ in await accounts.tokens()] == [holder]


async def test_revoking_a_token_ends_the_sessions_opened_with_it(accounts: Accounts) -> None:
    secret, holder = await accounts.create_token("CI", "editor", "person", by=SIGN_IN)
    cookie, guest = await signed_in(accounts, secret)

    ended = await accounts.revoke_token(holder.id, by=SIGN_IN)

    assert ended.ids == [holder.id, guest.session]
    assert await accounts.identify(a_request(authorization=f"Bearer {secret}")) is None
    assert await accounts.identify(a_request(cookie=f"flowroom_session={cookie}")) is None
    assert await accounts.tokens() == []
    with pytest.raises(NotFound):
        await accounts.revoke_token(holder.id, by=SIGN_IN)


async def test_the_engines_token_opens_no_session(accounts: Accounts) -> None:
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("engine-key")


async def test_the_database_holds_hashes_only(accounts: Accounts, url: str) -> None:
    secret, _ = await accounts.create_token("CI", "editor", "bot", by=SIGN_IN)
    cookie, _ = await signed_in(accounts, "open-sesame")

    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [row for table in ("token", "session") for row in connection.execute(text(f"SELECT * FROM {table}"))]
    engine.dispose()
    assert rows
    assert not any(word in str(row) for row in rows for word in (secret, cookie, "open-sesame"))


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of a hex colour with white, by WCAG 2.2: 1 to 21."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


@pytest.mark.parametrize("colour", COLOURS)
def test_white_text_reads_well_on_every_colour(colour: str) -> None:
    assert contrast_with_white(colour) >= 4.5
