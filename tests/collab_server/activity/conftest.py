"""A database of each kind, with a writer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine

import collab_server.workspace  # noqa: F401  the tables of all its parts
from collab_server.stores import migrations
from flowroom.sql import create_engine
from flowroom.writer import Writer

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


@pytest.fixture
def database(database: str) -> Iterator[Database]:
    """An empty database of each kind, with the server's tables."""
    with opened(database) as found:
        yield found
