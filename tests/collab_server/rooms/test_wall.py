"""The clock that presence goes by at every worker, whatever the clock of its machine says."""

import time

import pytest

from collab_server.rooms import wall
from collab_server.rooms.wall import Wall
from collab_server.stores.documents import MemoryDocuments
from collab_server.stores.documents_sql import SqlDocuments
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer
from tests.collab_server.rooms.cluster import Cluster, cluster
from tests.collab_server.rooms.conftest import eventually
from tests.collab_server.rooms.test_presence_elsewhere import say
from tests.services.postgres import Postgres

HOUR = 3600.0
MINUTE = 60.0
"""Everything else here takes less."""


class ElsewhereKept(MemoryDocuments):
    """Storage on a machine whose clock is not this one's."""

    ahead = 0.0
    asked = 0
    away = False

    async def now(self) -> float:
        self.asked += 1
        if self.away:
            raise OSError("Input/output error")
        return await super().now() + self.ahead


async def test_a_worker_whose_clock_is_off_goes_by_that_of_postgresql(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAN-23"""
    machine = time.time
    monkeypatch.setattr(time, "time", lambda: machine() - HOUR)
    engine = create_engine(postgres.database())
    writer = Writer(engine)
    try:
        here = Wall(SqlDocuments(engine, writer).now)
        assert here() < machine() - HOUR + MINUTE
        await here.set()
        assert abs(here() - machine()) < MINUTE
    finally:
        writer.close()
        dispose(engine)


async def test_a_clock_that_is_set_does_not_jump_with_that_of_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Wall(MemoryDocuments().now)
    before = here()
    machine = time.time
    monkeypatch.setattr(time, "time", lambda: machine() + HOUR)
    assert here() - before < MINUTE


async def test_what_it_was_some_time_ago_is_not_gone_by(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = ElsewhereKept()
    here = Wall(storage.now)
    storage.ahead = HOUR
    monkeypatch.setattr(wall, "SOON_SECONDS", 0.0)
    await here.set()
    assert here() - time.time() < MINUTE


async def test_workers_look_what_time_it_is_as_they_start_and_again_and_again() -> None:
    """FAN-23: also after they could not."""
    storage = ElsewhereKept()
    storage.ahead = HOUR
    async with cluster(2, documents=storage, compare_seconds=0.02) as here:
        assert storage.asked >= len(here.workers)
        assert abs(await came(here, 1) - time.time() - HOUR) < MINUTE
        storage.away, storage.ahead = True, 2 * HOUR
        asked = storage.asked
        await eventually(lambda: storage.asked > asked + 2 * len(here.workers))
        assert abs(await came(here, 2) - time.time() - HOUR) < MINUTE
        storage.away = False
        asked = storage.asked
        await eventually(lambda: storage.asked > asked + 2 * len(here.workers))
        assert abs(await came(here, 3) - time.time() - 2 * HOUR) < MINUTE


async def test_who_is_alone_asks_nobody() -> None:
    storage = ElsewhereKept()
    async with cluster(1, documents=storage, compare_seconds=0.02) as here:
        assert await came(here, 1) > 0
    assert storage.asked == 0


async def came(here: Cluster, client: int) -> float:
    """When somebody who comes now came, as other workers are told."""
    peer = await here.workers[0].connect()
    await say(peer, client, 1, {})

    def since() -> list[float]:
        return [one.since for one in here.room(0).crowd._presences.people() if one.client == client]

    await eventually(since)
    return since()[0]
