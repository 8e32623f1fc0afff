"""Servers that tests share: one of each for all tests of a process, started when the first test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from flowroom import collector
from tests.services.postgres import Postgres, postgres_server
from tests.services.redis import Redis, redis_server

collector.pause()
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)
"""Unless a test sets up the server's own: errors that are wanted need no colours, which took a fortieth of the time."""


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay: to look for garbage among them took a tenth of the time."""
    collector.resume()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL; take `postgres.database()` for an empty database of your own."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: whatever takes this is tested on each kind there is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis. Tests that pause, flush or kill it start one of their own by `redis_server`."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server
