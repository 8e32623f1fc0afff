"""A server killed with -9 in the middle of edits keeps every edit that anyone was shown.

FLOWROOM_KILLS says how often (3 by default); the seed of the moments is printed, and FLOWROOM_SEED repeats it.
"""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import websockets

from tests.collab_server.rooms.conftest import Client
from tests.services.process import free_port

KILLS = int(os.environ.get("FLOWROOM_KILLS", "3"))
SEED = int(os.environ.get("FLOWROOM_SEED", random.randrange(2**32)))
WRITERS = 3
START_SECONDS = 60.0
TOKEN = "test-token"


@asynccontextmanager
async def server(data: Path, port: int) -> AsyncIterator[Process]:
    """A server process of its own on a data folder, killed at the end if it still lives."""
    environment = {
        **os.environ,
        "FLOWROOM_DATA": str(data),
        "FLOWROOM_TOKEN": TOKEN,
        "FLOWROOM_CREATE_ON_JOIN": "true",
        "FLOWROOM_EXAMPLES": "false",
        "FLOWROOM_SNAPSHOT_ROWS": "100",
    }
    command = [sys.executable, "-m", "collab_server", "serve", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def join(port: int) -> Client:
    """A client in the graph, as soon as the server listens."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                url = f"ws://127.0.0.1:{port}/sync/graphs/killed?token={TOKEN}"
                return await Client(await websockets.connect(url, max_size=None)).sync()
            except OSError:
                await asyncio.sleep(0.05)


class Writer:
    """Sets one new key after the other, and knows which of them the server has echoed."""

    def __init__(self, name: str, client: Client) -> None:
        self.name, self.client = name, client
        self.keys: dict[bytes, str] = {}

    async def write(self) -> None:
        """Write until the connection is gone."""
        with suppress(websockets.ConnectionClosed):
            while True:
                key = f"{self.name}-{len(self.keys)}"
                self.client.map[key] = 1
                self.keys[self.client.sent[-1]] = key
                await self.client.flush()
                await asyncio.sleep(0)

    def echoed(self) -> set[str]:
        return {self.keys[update] for update in self.client.echoes if update in self.keys}


@pytest.mark.timeout(60 + 30 * KILLS)
async def test_every_edit_that_anyone_was_shown_survives_kill_9(tmp_path: Path) -> None:
    """ROOM-15"""
    print(f"FLOWROOM_SEED={SEED}")
    moments = random.Random(SEED)
    promised: set[str] = set()
    for kill in range(KILLS):
        port = free_port()
        async with server(tmp_path, port) as process:
            reader = await join(port)
            assert promised <= set(reader.map.keys())
            writers = [Writer(f"{kill}-{n}", await join(port)) for n in range(WRITERS)]
            tasks = [asyncio.create_task(writer.write()) for writer in writers]
            await asyncio.sleep(moments.uniform(0.05, 0.8))  # the random moment is the point
            process.send_signal(signal.SIGKILL)
            await asyncio.gather(*tasks)
            for client in (reader, *(writer.client for writer in writers)):
                await client.close()
            echoed = [writer.echoed() for writer in writers]
            promised |= set(reader.map.keys()).union(*echoed)
    async with server(tmp_path, port := free_port()):
        reader = await join(port)
        lost = promised - set(reader.map.keys())
        await reader.close()
    print(f"{KILLS} kills, {len(promised)} edits promised, {len(lost)} lost")
    assert promised and not lost
