"""Several workers of one `flowroom serve`: started again when they die, replaced one by one, ended together."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest
import websockets

from collab_server import folder
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import Client, eventually
from tests.convergence.server import TOKEN, Address, flowroom_serve
from tests.faults.attack import joined
from tests.services.redis import Redis

END_SECONDS = 10.0


def parent(data: Path) -> psutil.Process:
    running = folder.running(data)
    assert running is not None
    return psutil.Process(running.pid)


def workers(data: Path) -> set[int]:
    """The process ids of the workers."""
    found = set()
    for child in parent(data).children():
        with suppress(psutil.NoSuchProcess):  # zombies too
            if "collab_server.worker" in child.cmdline():
                found.add(child.pid)
    return found


@asynccontextmanager
async def two_workers(data: Path, redis: Redis) -> AsyncIterator[Address]:
    async with flowroom_serve(data, FLOWROOM_WORKERS="2", FLOWROOM_REDIS_URL=redis.url) as server:
        yield server


@dataclass
class Regular:
    """A client that comes back whenever it is sent away, and writes one key after the other."""

    server: Address
    name: str
    saved: set[str] = field(default_factory=set)
    codes: list[int] = field(default_factory=list)
    refused: int = 0

    async def stay(self, over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                async with joined(self.server, "g") as client:
                    with suppress(websockets.ConnectionClosed):
                        while not over.is_set():
                            key = f"{self.name}-{len(self.saved)}"
                            if await _is_echoed(client, await client.edit(key, 1)):
                                self.saved.add(key)
                    if client.socket.close_code is not None:
                        self.codes.append(client.socket.close_code)
            except (OSError, websockets.InvalidHandshake):
                self.refused += 1
                await asyncio.sleep(0.02)


async def _is_echoed(client: Client, update: bytes) -> bool:
    await eventually(lambda: update in client.echoes or client.socket.close_code is not None)
    return update in client.echoes


@pytest.mark.timeout(120)
async def test_workers_are_replaced_one_by_one_while_people_go_on(tmp_path: Path, redis: Redis) -> None:
    """FAN-18: they are told to come back, find a worker at once, and lose nothing."""
    data = tmp_path / "data"
    async with two_workers(data, redis) as server:
        before = workers(data)
        assert len(before) == 2
        over = asyncio.Event()
        regulars = [Regular(server, f"r{at}") for at in range(6)]
        staying = [asyncio.create_task(regular.stay(over)) for regular in regulars]
        await eventually(lambda: all(regular.saved for regular in regulars))
        parent(data).send_signal(signal.SIGHUP)
        least = len(workers(data))

        def replaced() -> bool:
            nonlocal least
            now = workers(data)
            least = min(least, len(now))
            return len(now) == 2 and not now & before

        await eventually(replaced, seconds=40)
        count = sum(len(regular.saved) for regular in regulars)
        await eventually(lambda: sum(len(regular.saved) for regular in regulars) > count)
        over.set()
        await asyncio.gather(*staying)
        async with joined(server, "g") as reader:
            for key in set().union(*(regular.saved for regular in regulars)):
                assert key in reader.map
        assert least >= 1
        assert {code for regular in regulars for code in regular.codes} <= {CloseCode.SERVICE_RESTART}
        assert sum(regular.refused for regular in regulars) == 0
        print(f"{count} edits saved during the change")


@pytest.mark.timeout(60)
async def test_a_worker_that_dies_is_started_again(tmp_path: Path, redis: Redis) -> None:
    """FAN-18"""
    data = tmp_path / "data"
    async with two_workers(data, redis) as server:
        before = workers(data)
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        await eventually(lambda: len(workers(data)) == 2 and victim not in workers(data))
        async with joined(server, "g") as one, joined(server, "g") as two:
            await one.saved(await one.edit("x", 1))
            await two.shows("x", 1)
        async with httpx.AsyncClient(base_url=server.http) as api:
            answer = (await api.get("/readyz")).json()
        assert answer["checks"]["bus"] == "ok"


@pytest.mark.timeout(60)
async def test_all_workers_end_in_ten_seconds_whatever_their_readers_do(tmp_path: Path, redis: Redis) -> None:
    """FAN-19"""
    data = tmp_path / "data"
    async with two_workers(data, redis) as server:
        stalled = []
        for _ in range(6):
            socket = await websockets.connect(f"{server.graphs}/g?token={TOKEN}", max_size=None, max_queue=1)
            socket.transport.pause_reading()
            stalled.append(socket)
        async with joined(server, "g") as typist:
            for number in range(60):
                last = await typist.edit(f"k{number}", "x" * 100_000)
            await typist.saved(last)
            started = time.monotonic()
            parent(data).send_signal(signal.SIGTERM)
            with suppress(AssertionError):  # it holds a lock until the end
                await eventually(lambda: folder.running(data) is None)
            took = time.monotonic() - started
        assert took < END_SECONDS, "they did not end"
        print(f"two workers ended in {took:.1f} s")
        for socket in stalled:
            socket.transport.abort()
    async with flowroom_serve(data) as server, joined(server, "g") as again:
        assert len(again.map) == 60
