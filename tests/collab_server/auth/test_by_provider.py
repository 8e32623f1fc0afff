"""Whom another service's word leads to, while the account that it leads to is removed at another worker."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from collab_server.auth.by_provider import ByProvider, Welcome
from collab_server.auth.oidc import Claims
from collab_server.auth.sessions import Sessions
from collab_server.errors import NotAllowed
from collab_server.happenings import Happenings
from collab_server.stores import people as store
from collab_server.stores.database import Database
from collab_server.stores.people import PersonRow
from flowroom.sql import create_engine
from tests.services.postgres import Postgres

SESSIONS = Sessions(seconds=3600, idle_seconds=3600)
ADA = Claims("https://id.example.org", "1", "ada@example.org", True, "Ada")


@pytest.fixture
def noted() -> list[str]:
    """The kinds of what is noted."""
    return []


@pytest.fixture
def by_provider(sql: Database, noted: list[str]) -> ByProvider:
    """Whoever comes by the provider becomes an editor."""
    happenings = Happenings()
    happenings.keep(lambda _, happening: noted.append(happening.kind))
    return ByProvider(sql, SESSIONS, happenings, Welcome((), "editor"))


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_who_is_removed_while_they_sign_in_comes_as_somebody_new(
    sql: Database,
    by_provider: ByProvider,
    noted: list[str],
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    postgres: Postgres,
) -> None:
    """ACCESS-13: at another worker, after their account was found."""
    first = await by_provider.sign_in(ADA, current=None)
    other = create_engine(database)
    find = store.find_by_login

    def found_and_then_removed(connection: Connection, issuer: str, subject: str) -> PersonRow | None:
        found = find(connection, issuer, subject)
        if found is not None and found.id == first.identity.id:
            with other.begin() as elsewhere:
                store.remove_person(elsewhere, found.id)
        return found

    monkeypatch.setattr(store, "find_by_login", found_and_then_removed)
    again = await by_provider.sign_in(ADA, current=None)
    other.dispose()

    assert noted == ["account.created", "session.opened"] * 2
    assert again.identity.id != first.identity.id and again.identity.role == "editor"


async def test_an_address_that_is_too_long_as_it_is_compared_makes_no_account(by_provider: ByProvider) -> None:
    """ACCESS-13: one character may be three when it is compared."""
    long = Claims(ADA.issuer, "2", "\N{LATIN SMALL LIGATURE FFI}" * 150 + "@example.org", True, "Long")
    with pytest.raises(NotAllowed, match="too long"):
        await by_provider.sign_in(long, current=None)


@pytest.mark.parametrize(
    ("called", "name"),
    [("A\0da\u202e\nLovelace", "AdaLovelace"), ("\u3164\u200b", "ada"), (None, "ada"), ("x" * 99, "x" * 60)],
)
async def test_who_calls_themselves_something_odd_elsewhere_is_called_what_can_be_shown(
    by_provider: ByProvider, called: str | None, name: str
) -> None:
    """ACCESS-18: as whoever chooses a name here."""
    opened = await by_provider.sign_in(replace(ADA, name=called), current=None)
    assert opened.identity.name == name


@pytest.mark.parametrize("unseen", ["\u200b", "\u3164", "\0", "\n"])
async def test_an_address_with_what_can_not_be_seen_makes_no_account(by_provider: ByProvider, unseen: str) -> None:
    """ACCESS-18: it would be another account that looks the same."""
    with pytest.raises(NotAllowed, match="no address has"):
        await by_provider.sign_in(replace(ADA, email=f"ada{unseen}@example.org"), current=None)
