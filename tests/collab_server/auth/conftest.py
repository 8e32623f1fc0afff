"""A database of each kind, as the server's parts ask it."""

from collections.abc import Iterator

import pytest

from collab_server.stores.database import Database
from collab_server.stores.migrations import upgrade
from flowroom.sql import create_engine
from flowroom.writer import Writer


@pytest.fixture
def sql(database: str) -> Iterator[Database]:
    """A database with the tables of the server, and nothing in them."""
    engine = create_engine(database)
    upgrade(engine)
    with Writer(engine) as writer:
        yield Database(engine, writer)
    engine.dispose()
