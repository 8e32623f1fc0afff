"""Runs that are to be done are found and owned by exactly one worker, whatever else goes on."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from engine import Runs, runlog
from engine.queue.local import LocalQueue
from flowroom.runs import NodePath, RunEvent
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.engine.graphs import graph, node

T = TypeVar("T")
ONE_NODE = graph([node("a", "Log")])


class FailsAfter(Writer):
    """A writer whose disk is full once some works have been written, until it is mended."""

    def __init__(self, engine: Engine, works: int) -> None:
        super().__init__(engine)
        self.left = works

    async def write(self, work: Callable[[Connection], T], *, small: bool = False, locks: str = "") -> T:
        """Write, or fail."""
        self.left -= 1
        if self.left < 0:
            raise OperationalError("claim", None, Exception("database or disk is full"))
        return await super().write(work, small=small, locks=locks)


@pytest.fixture
async def runs(database: str) -> AsyncIterator[Runs]:
    """A run log."""
    made = Runs(database)
    yield made
    await made.close()


@pytest.fixture
def engine(database: str, runs: Runs) -> Iterator[Engine]:
    """A worker's way to it."""
    engine = create_engine(database)
    yield engine
    engine.dispose()


async def test_runs_that_wait_are_found_behind_many_that_go_on(runs: Runs, engine: Engine) -> None:
    for _ in range(120):
        await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        busy = LocalQueue(engine, writer, lease_seconds=30, owner="another-machine/1/x")
        for _ in range(12):
            await busy.claim(10)
        waiting = await runs.start("g", ONE_NODE, by="ada")

        for queue in (busy, LocalQueue(engine, writer, lease_seconds=30)):
            [claim] = await queue.claim(5)
            assert claim.id == waiting.id
            await queue.release(claim)
    engine.dispose()


@pytest.mark.parametrize("works", [0, 1, 2])
async def test_a_claim_that_fails_half_way_leaves_no_run_behind(runs: Runs, engine: Engine, works: int) -> None:
    """A worker takes what it owns for being worked on, so what it doesn't know that it owns would wait for ever."""
    started = {(await runs.start("g", ONE_NODE, by="ada")).id for _ in range(3)}
    with FailsAfter(engine, works) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=30)
        claimed: set[str] = set()
        try:
            claimed |= {claim.id for claim in await queue.claim(10)}
        except OperationalError:
            pass
        writer.left = 1000
        claimed |= {claim.id for claim in await queue.claim(10)}

    assert claimed == started
    engine.dispose()


async def test_a_run_that_this_worker_has_lost_is_its_own_to_find_again(runs: Runs, engine: Engine) -> None:
    """It could not write how the run ended, say. One that goes on here is left alone, however late its lease is."""
    started = await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=0.0)
        [first] = await queue.claim(5)

        assert await queue.claim(5, besides={started.id}) == []
        [again] = await queue.claim(5)

    assert (again.id, again.epoch) == (started.id, first.epoch + 1)
    engine.dispose()


async def test_an_output_that_looks_like_a_reference_stays_what_it_is(runs: Runs, engine: Engine) -> None:
    event = RunEvent(1, 0.0, "node.succeeded", NodePath("a"), 0, 1, {"outputs": {"output": {"$blob": {"x": [1]}}}})

    with engine.connect() as connection:
        assert list(runlog.with_blobs(connection, [event])) == [event]
    engine.dispose()
