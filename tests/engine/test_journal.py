"""What is written down is durable when the journal says so, and it always says so."""

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from engine import Runs, runlog
from engine.errors import Stopped
from engine.journal import Journal, encoded
from engine.queue.local import LocalQueue
from flowroom.model import NodeId
from flowroom.runs import NodePath, RunEvent
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.engine.graphs import graph, node

T = TypeVar("T")
A, PATH = NodeId("a"), NodePath("a")


class LosesAnswers(Writer):
    """A writer that is told of the first COMMITs, which were done, that the connection broke."""

    def __init__(self, engine: Engine, answers: int) -> None:
        super().__init__(engine)
        self.left = answers

    def submit(self, work: Callable[[Connection], T]) -> concurrent.futures.Future[T]:
        """Commit, and say nothing of it."""
        done = super().submit(work)
        if self.left == 0:
            return done
        self.left -= 1
        done.result()
        unanswered: concurrent.futures.Future[T] = concurrent.futures.Future()
        unanswered.set_exception(OperationalError("COMMIT", None, Exception("server closed the connection")))
        return unanswered


class Log:
    """A run log and the run in it."""

    def __init__(self, url: str) -> None:
        self.runs = Runs(url)
        self.engine = create_engine(url)

    async def journal(self, writer: Writer, *, committed: Callable[[list[RunEvent]], None] | None = None) -> Journal:
        """The journal of a new run."""
        await self.runs.start("g", graph([node("a", "Log")]), by="ada")
        [claim] = await LocalQueue(self.engine, writer, lease_seconds=30).claim(1)
        return Journal(writer, claim, committed=committed)


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    """An empty one."""
    made = Log(database)
    yield made
    await made.runs.close()
    made.engine.dispose()


async def test_waiting_for_a_commit_that_is_under_way_ends_with_it(log: Log) -> None:
    with Writer(log.engine) as writer:
        journal = await log.journal(writer)
        journal.event("run.started")
        await asyncio.sleep(0)  # the commit begins, and nothing is added after it

        async with asyncio.timeout(5):
            await journal.durable()

        assert [event.type for event in await log.runs.events(journal.claim.id)] == ["run.started"]


async def test_a_watcher_that_fails_holds_nothing_up(log: Log) -> None:
    """RUN-19."""

    def fails(events: list[RunEvent]) -> None:
        raise ValueError(f"{len(events)} events are too many")

    with Writer(log.engine) as writer:
        journal = await log.journal(writer, committed=fails)
        for number in range(2):
            journal.event("node.started", PATH, number, 1)
            async with asyncio.timeout(5):
                await journal.durable()

        assert len(await log.runs.events(journal.claim.id)) == 2


async def test_a_commit_that_was_not_answered_is_not_done_twice(log: Log) -> None:
    """RUN-29: nor is it a failure; what follows is written after it."""
    with LosesAnswers(log.engine, 2) as writer:
        journal = await log.journal(writer)
        journal.effect(PATH, 0)
        journal.state(A, {"count": 1})
        journal.entry(PATH, A, 0, {"preview": "hello"})
        journal.event("node.succeeded", PATH, 0, 1, encoded=encoded({"output": "long " * 1000}))
        async with asyncio.timeout(10):
            await journal.durable()
        journal.event("run.finished", payload={"state": "succeeded"})
        async with asyncio.timeout(10):
            await journal.durable()

        assert writer.left == 0
        events = await log.runs.events(journal.claim.id)
        assert [event.type for event in events] == ["node.entry", "node.succeeded", "run.finished"]
        assert [event.seq for event in events] == [1, 2, 3]
        assert [entry["preview"] for entry in await log.runs.history("g", "a")] == ["hello"]
        assert await runlog.in_thread(log.engine, lambda c: runlog.states(c, "g")) == {"a": {"count": 1}}


async def test_whoever_stops_a_journal_waits_for_what_is_being_written(log: Log) -> None:
    """RUN-14: what is written next can be numbered after it. What was added meanwhile, or is later, is dropped."""
    with Writer(log.engine) as writer:
        journal = await log.journal(writer)
        free = threading.Event()
        writer.submit(lambda connection: free.wait(10))
        journal.event("run.started")
        await asyncio.sleep(0)  # the commit begins, behind the other
        journal.event("node.started", PATH, 0, 1)
        waiting = asyncio.create_task(journal.durable())
        stopping = asyncio.create_task(journal.stop())
        assert not (await asyncio.wait([stopping], timeout=0.05))[0]

        free.set()
        async with asyncio.timeout(5):
            await stopping
            with pytest.raises(Stopped):
                await waiting
        journal.event("node.succeeded", PATH, 0, 1)
        with pytest.raises(Stopped):
            await journal.durable()
        assert [event.type for event in await log.runs.events(journal.claim.id)] == ["run.started"]
