"""Whom another service's word leads to, while the account that it leads to is removed at another worker."""

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
