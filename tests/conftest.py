"""Servers that tests share: one of each for all tests of a process, started when the first test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.postgres import Postgres, postgres_server
from tests.services.redis import Redis, redis_server

TESTS = Path(__file__).parent
NOT_MEASURED = tuple(
    TESTS / name
    for name in (
        "clients",
        "convergence",
        "examples",
        "faults",
        "collab_server/activity/test_edit_properties.py",
        "collab_server/api/rest/test_description.py",
        "flowroom/test_discussion_properties.py",
        "flowroom/test_document_properties.py",
    )
)
"""What drives other processes, which coverage does not see into, or tries samples by the thousand: coverage would
double its time, and hardly find a line that the other tests leave out.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep coverage out of NOT_MEASURED."""
    for item in items:
        if any(item.path.is_relative_to(place) for place in NOT_MEASURED):
            item.add_marker(pytest.mark.no_cover)


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
