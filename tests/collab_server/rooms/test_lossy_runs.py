"""A run at workers whose bus loses, repeats and reorders messages: whoever looks sees in the end what the engine wrote.

FLOWROOM_LOSSY_SEEDS=200 pytest tests/collab_server/rooms/test_lossy_runs.py
"""

import asyncio
import random

import pytest

from tests.collab_server.rooms.cluster import Cluster, cluster
from tests.collab_server.rooms.conftest import Client, eventually
from tests.collab_server.rooms.test_lossy_bus import SEEDS, LossyBus
from tests.collab_server.rooms.test_runs_and_threads import RUN, going

STEPS = 80


async def connected(here: Cluster, dice: random.Random, engine: Client) -> Client:
    """The engine at another worker, or at the same one again, with all that it has written."""
    await engine.close()
    await asyncio.sleep(dice.choice([0, 0.05, 0.2]))
    again = await dice.choice(here.workers).connect(RUN, token="engine", sync=False)
    again.doc.apply_update(engine.doc.get_update())
    await again.flush()
    return await again.sync()


@pytest.mark.parametrize("seed", SEEDS)
async def test_workers_show_the_same_run_whatever_the_bus_does(seed: int) -> None:
    """FAN-10 to FAN-12"""
    dice = random.Random(seed)
    bus = LossyBus(dice)
    async with cluster(3, bus=bus, fill=going, compare_seconds=0.2, evict_seconds=0.05) as here:
        engine = await dice.choice(here.workers).connect(RUN, token="engine")
        viewers = [await here.workers[0].connect(RUN, token="viewer")]
        for number in range(STEPS):
            chance = dice.random()
            if chance < 0.6:
                await engine.edit(f"k{number % 10}", number)
            elif chance < 0.7 and len(engine.map):
                del engine.map[dice.choice(sorted(engine.map.keys()))]
                await engine.flush()
            elif chance < 0.76:
                engine = await connected(here, dice, engine)
            elif chance < 0.88:
                viewers.append(await dice.choice(here.workers).connect(RUN, token="viewer"))
            elif len(viewers) > 1:
                await viewers.pop(dice.randrange(len(viewers))).close()
            await asyncio.sleep(dice.choice([0, 0, 0.005]))
        bus.lossy = False
        viewers += [await worker.connect(RUN, token="viewer") for worker in here.workers]
        await eventually(
            lambda: all(viewer.map.to_py() == engine.map.to_py() for viewer in viewers),
            f"seed {seed}: somebody sees something else",
        )
