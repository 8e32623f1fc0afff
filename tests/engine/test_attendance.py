"""Workers sign the run log, so that it can be told when there is none."""

import sys
import time
from pathlib import Path

import pytest

from engine import Runs
from engine.attendance import SIGN_SECONDS
from engine.queue.local import LocalQueue, here
from engine.tables import RUN, WORKER
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.engine.graphs import graph, node
from tests.engine.test_resume import GONE
from tests.engine.test_worker import House, serving, until


async def test_a_worker_is_there_as_long_as_it_serves(tmp_path: Path, database: str) -> None:
    """OPS-5: and runs that nobody has begun are counted."""
    house = House(tmp_path, database)
    record = await house.runs.start("g", graph([node("a", "Total")]), by="ada")
    alone = await house.runs.attendance()
    assert (alone.workers, alone.waiting, alone.waiting_since) == ([], 1, record.created)

    async with serving(house, close=False):

        async def signed() -> bool:
            return len((await house.runs.attendance()).workers) == 1

        await until(signed)
        await house.finished(record.id)
        assert (await house.runs.attendance()).waiting == 0
    assert (await house.runs.attendance()).workers == []
    await house.runs.close()


async def test_a_worker_that_does_not_sign_any_more_is_not_there(database: str) -> None:
    runs = Runs(database)
    engine = create_engine(database)
    with engine.begin() as connection:
        old = time.time() - 4 * SIGN_SECONDS
        connection.execute(WORKER.insert().values(id="gone", started=old, seen=old))
    assert (await runs.attendance()).workers == []
    engine.dispose()
    await runs.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a process number is not asked there")
async def test_a_worker_that_was_killed_here_is_not_there_though_it_signed_just_now(database: str) -> None:
    """OPS-5: nor is anything else of it waited for (RUN-18)."""
    runs, engine, now = Runs(database), create_engine(database), time.time()
    with engine.begin() as connection:
        for id in (f"{here()}/{GONE}/a", f"elsewhere/{GONE}/b"):
            connection.execute(WORKER.insert().values(id=id, started=now, seen=now))

    assert [worker.name for worker in (await runs.attendance()).workers] == [f"elsewhere/{GONE}/b"]
    engine.dispose()
    await runs.close()


@pytest.mark.parametrize("how", ["given back", "lease ran out", "killed here"])
async def test_a_run_that_was_interrupted_waits_for_a_worker(database: str, how: str) -> None:
    """OPS-5: and not only one that nobody has begun."""
    runs, engine = Runs(database), create_engine(database)
    record = await runs.start("g", graph([node("a", "Total")]), by="ada")
    owner = f"{here()}/{GONE}/x" if how == "killed here" else "elsewhere/1/x"
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=600, owner=owner)
        [claim] = await queue.claim(1)
        with engine.begin() as connection:
            connection.execute(RUN.update().values(state="running"))
        if how == "given back":
            await queue.release(claim)
        elif how == "lease ran out":
            with engine.begin() as connection:
                connection.execute(RUN.update().values(lease_until=record.created + 0.001))
    seen = await runs.attendance()

    assert seen.waiting == 1 and seen.waiting_since is not None and seen.waiting_since >= record.created
    engine.dispose()
    await runs.close()
