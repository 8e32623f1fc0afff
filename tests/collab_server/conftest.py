"""What tests of people and access share: a house of them, on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collab_server.settings import Settings
from tests.collab_server.access_house import House, a_house
from tests.services.postgres import Postgres


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind; empty text for the one in the data folder."""
    if request.param == "sqlite":
        return ""
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.database()


@pytest.fixture(scope="module")
def house(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running server with an admin, and ways for others to come."""
    data: Path = tmp_path_factory.mktemp("house")
    with a_house(Settings(data=data, port=0, examples=False, database_url=database_url, recheck_seconds=0.5)) as found:
        yield found
