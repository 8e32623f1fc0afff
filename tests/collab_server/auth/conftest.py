"""A database of each kind with the tables of the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collab_server.stores.database import Database
from collab_server.stores.migrations import upgrade
from flowroom.sql import Writer, create_engine


@pytest.fixture
def database(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An up-to-date database, shared by the tests of a file on PostgreSQL."""
    engine = create_engine(database_url or f"sqlite:///{tmp_path}/test.db")
    upgrade(engine)
    with Writer(engine) as writer:
        yield Database(engine, writer)
    engine.dispose()
