"""What engines write at the same moment is written by both, and what both write is there once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, event

from engine import Runs, runlog
from engine.batch import Batch, Row, append, blob_of, is_written
from engine.runlog import Claim
from flowroom.sql import create_engine
from tests.engine.graphs import graph, node
from tests.services.postgres import Postgres

T = TypeVar("T")
LONG = "long " * 1000
STORED = blob_of(LONG, b"")
STARTED: list[Row] = [(1, 0.0, "run.started", None, 0, 0, None)]


class Log:
    """The run log of a server: SQLite has one writer at a time, and no such moments."""

    def __init__(self, url: str) -> None:
        self.runs = Runs(url)
        self.engine = create_engine(url)
        self._other = create_engine(url)

    async def claimed(self, of: str = "g") -> Claim:
        """A new run of a graph, owned."""
        record = await self.runs.start(of, graph([node("a", "Log")]), by="ada")
        with self.engine.begin() as connection:
            claim = runlog.claim(connection, record.id, owner="one", was=None, lease_seconds=9e9)
        assert claim is not None
        return claim

    async def together(
        self, first: Callable[[Connection], Any], second: Callable[[Connection], T], *, before: str
    ) -> T:
        """What `second` gives when `first` is committed as `second` is about to say `before`."""
        reached = threading.Event()

        @event.listens_for(self._other, "before_cursor_execute")
        def asked(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith(before):
                reached.set()

        def work() -> T:
            with self._other.begin() as connection:
                return second(connection)

        with self.engine.begin() as connection:
            first(connection)
            asking = asyncio.create_task(asyncio.to_thread(work))
            assert await asyncio.to_thread(reached.wait, 10)
        return await asking

    async def close(self) -> None:
        """Let go."""
        await self.runs.close()
        self.engine.dispose()
        self._other.dispose()


@pytest.fixture
async def log(postgres: Postgres) -> AsyncIterator[Log]:
    """An empty one."""
    made = Log(postgres.database())
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("batch", "table"),
    [
        (Batch(STARTED, blobs=[STORED]), "blob"),
        (Batch(STARTED, states={"a": b"{}"}), "node_state"),
    ],
)
async def test_engines_that_write_the_same_at_once_both_succeed(log: Log, batch: Batch, table: str) -> None:
    """RUN-13 and RUN-29."""
    one, two = await log.claimed(), await log.claimed()

    await log.together(
        lambda c: append(c, one.id, "g", one.epoch, batch),
        lambda c: append(c, two.id, "g", two.epoch, batch),
        before=f"INSERT INTO {table} ",
    )

    assert [len(await log.runs.events(claim.id)) for claim in (one, two)] == [1, 1]


async def test_a_commit_under_way_is_waited_for_by_who_asks_what_was_written(log: Log) -> None:
    """RUN-29: the connection broke, and the server has not ended what came by it."""
    claim = await log.claimed()

    written = await log.together(
        lambda c: append(c, claim.id, "g", claim.epoch, Batch(STARTED)),
        lambda c: is_written(c, claim.id, claim.epoch, 1),
        before="SELECT run.last_seq",
    )

    assert written


async def test_a_takeover_knows_what_the_last_owner_wrote_until_that_moment(log: Log) -> None:
    """RUN-18."""
    old = await log.claimed()

    new = await log.together(
        lambda c: append(c, old.id, "g", old.epoch, Batch(STARTED)),
        lambda c: runlog.claim(c, old.id, owner="two", was="one", lease_seconds=9e9),
        before="UPDATE run SET owner",
    )

    assert new is not None
    assert (new.epoch, new.last_seq) == (old.epoch + 1, 1)


# A graph is deleted at that moment


async def test_a_value_that_is_being_linked_to_outlives_the_graph_that_gave_it(log: Log) -> None:
    """RUN-13."""
    old, new = await log.claimed("old"), await log.claimed()
    batch = Batch(STARTED, blobs=[STORED])
    with log.engine.begin() as connection:
        append(connection, old.id, "old", old.epoch, batch)

    with log.engine.begin() as connection:
        append(connection, new.id, "g", new.epoch, batch)
        await log.runs.delete_graph("old")

    assert await log.runs.blob(STORED.hash) == (STORED.content, STORED.type)


async def test_a_value_that_is_being_forgotten_is_stored_again(log: Log) -> None:
    """RUN-13."""
    old, new = await log.claimed("old"), await log.claimed()
    batch = Batch(STARTED, blobs=[STORED])
    with log.engine.begin() as connection:
        append(connection, old.id, "old", old.epoch, batch)

    await log.together(
        lambda c: runlog.delete_graph(c, "old"),
        lambda c: append(c, new.id, "g", new.epoch, batch),
        before="SELECT blob.hash",
    )

    assert await log.runs.blob(STORED.hash) == (STORED.content, STORED.type)


async def test_nothing_is_left_of_a_graph_whose_run_was_being_written(log: Log) -> None:
    claim = await log.claimed()

    await log.together(
        lambda c: append(c, claim.id, "g", claim.epoch, Batch(STARTED, blobs=[STORED])),
        lambda c: runlog.delete_graph(c, "g"),
        before="SELECT run.id",
    )

    assert await log.runs.events(claim.id) == []
    assert await log.runs.blob(STORED.hash) is None
