"""What is written down is durable when the journal says so, and it always says so."""

import asyncio

from engine import Runs
from engine.journal import Journal
from engine.queue.local import LocalQueue
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.engine.graphs import graph, node


async def test_waiting_for_a_commit_that_is_under_way_ends_with_it(database: str) -> None:
    runs, engine = Runs(database), create_engine(database)
    await runs.start("g", graph([node("a", "Log")]), by="ada")
    with Writer(engine) as writer:
        [claim] = await LocalQueue(engine, writer, lease_seconds=30).claim(1)
        journal = Journal(writer, claim)
        journal.event("run.started")
        await asyncio.sleep(0)  # the commit begins, and nothing is added after it

        async with asyncio.timeout(5):
            await journal.durable()

        assert [event.type for event in await runs.events(claim.id)] == ["run.started"]
    await runs.close()
    engine.dispose()
