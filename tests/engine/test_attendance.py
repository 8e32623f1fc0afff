"""Workers sign the run log, so that it can be told when there is none."""

import time
from pathlib import Path

from engine import Runs
from engine.attendance import SIGN_SECONDS
from engine.tables import WORKER
from flowroom.sql import create_engine
from tests.engine.graphs import graph, node
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
