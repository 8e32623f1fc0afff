"""What tests of the server share: a house of people, on each kind of database; what is written into the log."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from collab_server.settings import Settings
from flowroom.logging import get_level, set_level, set_up
from tests.collab_server.access_house import House, a_house
from tests.services.postgres import Postgres

Line = dict[str, Any]
Lines = Callable[[str], list[Line]]


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


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """The lines of the log, from debug on, that say something."""
    handlers, level, before = logging.root.handlers, get_level(), structlog.get_config()
    set_up("debug", "json")

    def said(what: str) -> list[Line]:
        written = [record.msg for record in caplog.records]
        return [line for line in written if isinstance(line, dict) and line["event"] == what]

    yield said
    logging.root.handlers = handlers
    set_level(level)
    structlog.configure(**before)
