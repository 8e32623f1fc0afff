"""A server killed with -9 while people edit, and between what it stored and what it should tell others.

FLOWROOM_KILLS says how often (3 by default); the seed of the moments is printed, and FLOWROOM_SEED repeats it.
"""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowroom.client import Patience, connect
from flowroom.errors import ConnectionLost
from tests.collab_server.rooms.conftest import eventually
from tests.collab_server.webhooks.receiver import receiving, until
from tests.services.postgres import Postgres
from tests.services.process import free_port

KILLS = int(os.environ.get("FLOWROOM_KILLS", "3"))
SEED = int(os.environ.get("FLOWROOM_SEED", random.randrange(2**32)))
TOKEN = "test-token"
START_SECONDS = 60.0
QUICK = Patience(leaving=timedelta(milliseconds=50))


@asynccontextmanager
async def server(data: Path, port: int, **settings: str) -> AsyncIterator[Process]:
    """A server process of its own, killed at the end if it still lives."""
    environment = {
        **os.environ,
        "FLOWROOM_DATA": str(data),
        "FLOWROOM_TOKEN": TOKEN,
        "FLOWROOM_EXAMPLES": "false",
        "FLOWROOM_SNAPSHOT_ROWS": "20",
        **settings,
    }
    command = [sys.executable, "-m", "collab_server", "serve", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        await answers(port)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def answers(port: int) -> None:
    """Wait until the server listens."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


def client_of(port: int) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=30)


async def put_graph(port: int) -> None:
    async with client_of(port) as client:
        assert (await client.put("/api/graphs/killed", json={"title": "Killed"})).status_code in (200, 201)


async def add_nodes(port: int, name: str, saved: set[str]) -> None:
    """Add one node after the other, each in an edit of its own, until the connection is gone."""
    with suppress(ConnectionLost):
        async with connect(f"http://127.0.0.1:{port}", TOKEN, patience=QUICK) as workspace:
            async with workspace.open("killed") as graph:
                for n in range(10_000):
                    node = graph.add_node("Log", id=f"{name}-{n}")
                    await graph.saved()
                    saved.add(node)


async def told(port: int) -> list[str]:
    """The nodes that the list says were added, the oldest first."""
    found: list[str] = []
    async with client_of(port) as client:
        query: dict[str, Any] = {"kind": "node.added", "limit": 200}
        while True:
            page = (await client.get("/api/graphs/killed/activity", params=query)).json()
            found += [node["id"] for item in page["items"] for node in item["nodes"]]
            if page["next"] is None:
                return found[::-1]
            query["before"] = page["next"]


async def nodes(port: int) -> set[str]:
    async with client_of(port) as client:
        return set((await client.get("/api/graphs/killed/export")).json()["nodes"])


@pytest.mark.timeout(120 + 30 * KILLS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_each_edit_is_told_once_whenever_the_server_was_killed(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """ACT-2, ACT-4: two people edit, snapshots are made every 20 rows, and the server dies at random moments."""
    print(f"FLOWROOM_SEED={SEED}")
    moments, saved, settings = random.Random(SEED), set[str](), dict[str, str]()
    if kind == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        settings["FLOWROOM_DATABASE_URL"] = postgres.database()
    for kill in range(KILLS):
        async with server(tmp_path, port := free_port(), **settings) as process:
            await put_graph(port)
            writing = [asyncio.create_task(add_nodes(port, f"{kill}-{n}", saved)) for n in range(2)]
            await asyncio.sleep(moments.uniform(0.5, 2.5))  # the random moment is the point
            process.send_signal(signal.SIGKILL)
            for task in writing:
                task.cancel()
            await asyncio.gather(*writing, return_exceptions=True)
    async with server(tmp_path, port := free_port(), **settings):
        there = await nodes(port)

        async def all_told() -> bool:
            return len(await told(port)) >= len(there)

        await until(all_told, START_SECONDS)
        found = await told(port)
    print(f"{KILLS} kills, {len(saved)} edits saved, {len(found)} told")
    assert saved and saved <= there
    assert Counter(found) == Counter(there)
    for name in {id.rpartition("-")[0] for id in found}:
        own = [int(id.rpartition("-")[2]) for id in found if id.rpartition("-")[0] == name]
        assert own == sorted(own), "in the order of the log"


@pytest.mark.timeout(120)
async def test_what_was_stored_is_delivered_after_a_kill(tmp_path: Path) -> None:
    """HOOK-3: the receiver is away, the server is killed between commit and delivery, and both come back."""
    settings = {
        "FLOWROOM_WEBHOOK_ALLOW": "127.0.0.1",
        "FLOWROOM_WEBHOOK_FIRST_RETRY_SECONDS": "0.5",
        "FLOWROOM_WEBHOOK_TIMEOUT_SECONDS": "1",
    }
    away = free_port()
    async with server(tmp_path, port := free_port(), **settings) as process:
        async with client_of(port) as client:
            hook = {"url": f"http://127.0.0.1:{away}/hook", "events": ["graph.created"]}
            assert (await client.post("/api/webhooks", json=hook)).status_code == 201
            made = [(await client.post("/api/graphs", json={"title": f"{n}"})).json()["id"] for n in range(5)]
        process.send_signal(signal.SIGKILL)
        await process.wait()
    with receiving(away) as receiver:
        async with server(tmp_path, free_port(), **settings):
            await eventually(lambda: len({got.id for got in receiver.got}) == 5)
    assert {got.message["data"]["graph"]["id"] for got in receiver.got} == set(made)
    assert len({got.id for got in receiver.got}) == 5
