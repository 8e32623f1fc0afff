"""Several workers are one deployment to those who run them."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import websockets

from collab_server import deployment
from collab_server.deployment import Deployment
from collab_server.fanout.memory import MemoryFanout
from collab_server.fanout.port import LogLevelSet, TrafficTold
from flowroom.logging import get_level, set_level
from tests.collab_server.rooms.cluster import Cluster, cluster
from tests.collab_server.rooms.conftest import Client, eventually
from tests.convergence.server import TOKEN, Address
from tests.convergence.workers import Worker
from tests.services.redis import Redis


@pytest.fixture
def level() -> Iterator[None]:
    """The level of the log as it was, afterwards."""
    before = get_level()
    yield
    set_level(before)


async def test_all_workers_of_a_deployment_are_reached_by_one(redis: Redis, tmp_path: Path) -> None:
    """OPS-10: two processes and a Redis. What one is asked for, both do."""
    workers = [
        Worker(tmp_path / name, f"sqlite:///{tmp_path}/shared.db", Address("127.0.0.1", redis.port))
        for name in ("one", "two")
    ]
    with ExitStack() as stack:
        for worker in workers:
            stack.callback(worker.server.kill)
            await worker.start()
        one, two = (stack.enter_context(reached(worker)) for worker in workers)

        await eventually(lambda: len(one.get("/api/server/rooms").json()["workers"]) == 2)
        assert one.put("/api/server/log-level", json={"level": "error"}).json() == {"level": "error"}
        assert one.get("/api/server/log-level").json() == {"level": "error"}
        await eventually(lambda: two.get("/api/server/log-level").json() == {"level": "error"})
        two.patch("/api/settings", json={"logLevel": "warning"}).raise_for_status()
        await eventually(lambda: one.get("/api/settings").json()["logLevel"] == "warning")

        id = (await asyncio.to_thread(one.post, "/api/graphs", json={"title": "Orders"})).json()["id"]
        url = f"ws://127.0.0.1:{workers[0].address.port}/sync/graphs/{id}?token={TOKEN}"
        client = await Client(await websockets.connect(url)).sync()
        await client.saved(await client.edit("k", "x" * 1000))
        seen = (await asyncio.to_thread(two.get, "/api/server/rooms")).json()
        await client.close()

    (room,) = [item for item in seen["items"] if item["peers"]]
    assert room["room"] == f"graph:{id}"
    assert room["worker"] in {worker["worker"] for worker in seen["workers"]}
    assert seen["silent"] == 0 and seen["trouble"] is None


def reached(worker: Worker) -> httpx.Client:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url=worker.address.http, headers=headers, trust_env=False, timeout=20)


async def test_a_worker_that_does_not_answer_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-10: whoever asks does not wait for it for long."""
    monkeypatch.setattr(deployment, "ANSWER_SECONDS", 0.05)
    async with cluster(2) as here:
        MemoryFanout(here.bus)
        with both(here) as (one, _):
            found = await one.traffic(by="bytes", limit=5)
    assert [answer.worker for answer in found.answers] == [worker.rooms.worker for worker in here.workers]
    assert found.silent == 1


async def test_while_the_bus_is_away_a_worker_tells_of_itself_and_why() -> None:
    async with cluster(2) as here:
        with both(here) as (one, _):
            here.bus.cut()
            found = await one.traffic(by="messages", limit=5)
    assert [answer.worker for answer in found.answers] == [here.workers[0].rooms.worker]
    assert found.trouble is not None


async def test_what_another_version_says_changes_nothing(level: None) -> None:
    """FAN-3."""
    before = get_level()
    async with cluster(2) as here:
        with both(here) as (one, _):
            here.workers[1].rooms.fanout.publish(LogLevelSet("w", "whisper", "ada"))
            asking = asyncio.create_task(one.traffic(by="bytes", limit=5))
            await eventually(lambda: one._asked or asking.done())
            for question in tuple(one._asked):
                here.workers[1].rooms.fanout.publish(TrafficTold("w", question, b"{}"))
            found = await asking
    assert get_level() == before
    assert len(found.answers) == 2


@contextmanager
def both(here: Cluster) -> Iterator[tuple[Deployment, Deployment]]:
    """The first two workers, each hearing the other."""
    one, two = (Deployment(worker.rooms) for worker in here.workers)
    with one.heard(), two.heard():
        yield one, two
