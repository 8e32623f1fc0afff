"""A database of each kind, with a writer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine

import collab_server.workspace  # noqa: F401  the tables of all its parts
from collab_server.stores import migrations
from flowroom.sql import Writer, create_engine
from tests.services.postgres import Postgres

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Database:
    """A database with the server's tables, and the one thread that writes to it."""

    engine: Engine
    writer: Writer

    def read(self, ask: Callable[[Connection], T]) -> T:
        with self.engine.connect() as connection:
            return ask(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.writer.submit(work).result()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    engine = create_engine(url)
    migrations.upgrade(engine)
    with Writer(engine) as writer:
        yield Database(engine, writer)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with opened(url) as found:
        yield found
