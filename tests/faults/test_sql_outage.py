"""The database does not answer for a while: nobody loses a keystroke, and nobody is told what is not committed.

FLOWROOM_OUTAGE says for how many seconds (2 by default).
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pycrdt import Map

from flowroom.client import GraphClient, connect
from tests.collab_server.rooms.conftest import Client, eventually
from tests.convergence.cluster import PATIENCE
from tests.convergence.server import TOKEN
from tests.convergence.workers import deployed
from tests.faults.attack import joined
from tests.services.postgres import Postgres, postgres_server

OUTAGE = float(os.environ.get("FLOWROOM_OUTAGE", "2"))
AFTERWARDS_SECONDS = 30.0


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


async def typed(clients: list[Client], bot: GraphClient, prefix: str, seconds: float) -> set[str]:
    """Everyone types for a while; answers the keys."""
    keys: set[str] = set()
    kept = bot.doc.get("m", type=Map)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for at, client in enumerate(clients):
            key = f"{prefix}-{at}-{len(keys)}"
            await client.edit(key, 1)
            keys.add(key)
        key = f"{prefix}-bot-{len(keys)}"
        kept[key] = 1
        keys.add(key)
        await asyncio.sleep(0.05)
    return keys


@pytest.mark.timeout(240 + OUTAGE)
@pytest.mark.parametrize("way", ["paused", "killed"])
async def test_a_database_that_is_away_costs_nobody_a_keystroke(
    tmp_path: Path, own_postgres: Postgres, way: str
) -> None:
    """FAN-21, ROOM-14"""
    database = own_postgres
    begin, end = ways(database)[way]
    async with deployed(tmp_path, database, FLOWROOM_MAX_COMMIT_SECONDS="1") as here:
        near = [worker.address for worker in here.workers]
        async with (
            joined(near[0], "g") as one,
            joined(near[1], "g") as two,
            connect(near[2].http, token=TOKEN, patience=PATIENCE) as workspace,
            workspace.open("g") as bot,
        ):
            await one.saved(await one.edit("before", 1))
            await two.shows("before", 1)
            await asyncio.to_thread(begin)
            echoes = [len(client.echoes) for client in (one, two)]
            during = await typed([one, two], bot, "during", OUTAGE)
            assert [len(client.echoes) for client in (one, two)] == echoes, "told what is not committed"
            assert [set(client.map.keys()) & during for client in (one, two)] == [
                {key for key in during if key.startswith(f"during-{at}-")} for at in range(2)
            ]
            waiting = asyncio.create_task(bot.saved())
            await eventually(lambda: one.notices and two.notices, "nobody said that edits can't be stored")
            assert not waiting.done()

            await asyncio.to_thread(end)
            async with asyncio.timeout(AFTERWARDS_SECONDS):
                await waiting
            everything = during | {"before"}
            for client in (one, two):
                await eventually(lambda: everything <= set(client.map.keys()), seconds=AFTERWARDS_SECONDS)  # noqa: B023
            await eventually(lambda: everything <= set(bot.doc.get("m", type=Map).keys()))
            await one.saved(await one.edit("after", 1))
            await two.shows("after", 1)
        async with joined(near[2], "g") as joiner:
            assert everything <= set(joiner.map.keys())


def ways(database: Postgres) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    """How a database goes away, and comes back."""
    return {"paused": (database.pause, database.go_on), "killed": (database.kill, database.server.start)}
