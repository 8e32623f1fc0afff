"""Servers that tests share: one of each for all tests of a process, started when the first test asks for it; in which
order tests come, which of them coverage looks at, and what passwords cost.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from pwdlib.hashers.argon2 import Argon2Hasher

from collab_server.auth.passwords import Passwords
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


LONG = (
    "collab_server/api/rest/test_description.py",  # first, since it takes longest
    "faults",
    "convergence",
    "examples",
    "clients",
    "collab_server/activity/test_edit_properties.py",
    "flowroom/test_discussion_properties.py",
    "flowroom/test_document_properties.py",
)
"""Tests that drive other processes, which coverage does not see into, or try samples by the thousand. They come first:
those that take a minute would otherwise be waited for at the end.
"""

GONE_OVER_BY_OTHERS = (
    "collab_server/api/rest/test_accounts.py",
    "collab_server/api/rest/test_full.py",
    "collab_server/api/rest/test_guessing.py",
    "collab_server/api/rest/test_left_tokens.py",
    "collab_server/api/rest/test_notifications.py",
    "collab_server/api/rest/test_thread_roles.py",
    "collab_server/api/rest/test_threads.py",
    "collab_server/api/test_access_matrix.py",
    "collab_server/api/test_attacks.py",
    "collab_server/api/test_changing_rights.py",
    "collab_server/api/test_talk_of_many.py",
    "collab_server/auth/test_accounts.py",
    "collab_server/auth/test_passwords.py",
    "collab_server/auth/test_people.py",
    "collab_server/cli",
    "collab_server/rooms/test_lossy_runs.py",
    "collab_server/rooms/test_snapshots.py",
    "collab_server/stores/test_states.py",
    "collab_server/test_announced.py",
    "engine/expressions/test_agreement.py",
    "engine/test_batch.py",
    "engine/test_resume.py",
    "test_phase1_runs.py",
)
"""The longest of those that reach, all together, one line in a hundred that no other test reaches."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long tests first, and leave to coverage what finds lines that the others leave out: it doubles the time.

    Each line that a test reaches on PostgreSQL, all but one in five hundred, it reaches on SQLite, too.
    """
    here = Path(__file__).parent
    places = {item: _place(item.path.relative_to(here)) for item in items}
    items.sort(key=lambda item: places[item])
    for item in items:
        others = any(item.path.is_relative_to(here / file) for file in GONE_OVER_BY_OTHERS)
        if others or places[item] < len(LONG) or _is_on_postgres(item):
            item.add_marker(pytest.mark.no_cover)


def _place(file: Path) -> int:
    return next((place for place, long in enumerate(LONG) if file.is_relative_to(long)), len(LONG))


def _is_on_postgres(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and any(value in ("postgres", "postgresql") for value in called.params.values())


@pytest.fixture(scope="session", autouse=True)
def real_cost() -> Iterator[Argon2Hasher]:
    """What a password costs people: a quarter of a second of the processor. Tests, where hundreds come, pay less."""
    real, Passwords.cost = Passwords.cost, Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    Passwords.cost = real


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
