"""A room on a real SQLite database whose disk is full for a while, or which another process has locked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from collab_server.stores import migrations
from collab_server.stores.documents_sql import SqlDocuments
from flowroom import sql, statements
from flowroom.protocol import discussion_path
from flowroom.sql import create_engine, writing
from flowroom.writer import Writer
from tests.collab_server.rooms.conftest import eventually, serve

BLOB = "x" * 100_000


class Disk:
    """How many pages the database may have."""

    pages = 2**30

    def limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hold each transaction of a writer to it."""
        begin = sql.begin

        def limited(connection: Connection) -> None:
            statements.execute(connection, f"PRAGMA max_page_count={self.pages}")
            begin(connection)

        monkeypatch.setattr(sql, "begin", limited)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    migrations.upgrade(engine)
    yield engine
    engine.dispose()


async def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ROOM-14"""
    disk = Disk()
    disk.limit(monkeypatch)
    with Writer(engine) as writer:
        documents = SqlDocuments(engine, writer)
        async with serve(documents) as server:
            one, other = await server.connect(), await server.connect()
            await one.saved(await one.edit("before", 1))
            disk.pages = 1  # no more than it has
            large = await one.edit("large", BLOB)
            await eventually(lambda: other.notices)
            small = await other.edit("small", 1)
            assert large not in one.echoes and small not in other.echoes and "large" not in other.map

            disk.pages = 2**30

            await one.saved(large)
            await one.shows("small", 1)
            await other.shows("large", BLOB)
        async with serve(documents) as server:
            again = await server.connect()
            assert again.map.to_py() == {"before": 1, "large": BLOB, "small": 1}


async def test_what_was_said_can_be_read_while_nothing_can_be_written(engine: Engine) -> None:
    """ROOM-14, ROOM-26: a discussion that is there is opened without a word to the writer."""
    with Writer(engine) as writer:
        documents = SqlDocuments(engine, writer)
        async with serve(documents) as server:
            await server.connect(discussion_path("g"))
        with writing(engine).begin() as _another_process:
            async with serve(documents) as server:
                await server.connect(discussion_path("g"))
