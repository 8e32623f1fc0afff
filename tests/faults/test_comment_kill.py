"""A server killed with -9 while people talk keeps every comment that it has answered."""

import asyncio
import os
import random
import signal
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.collab_server.rooms.conftest import eventually
from tests.faults.test_server_kill import START_SECONDS, TOKEN, free_port, server

KILLS = int(os.environ.get("FLOWROOM_KILLS", "3"))
SEED = int(os.environ.get("FLOWROOM_SEED", random.randrange(2**32)))
PEOPLE = 3
GRAPH = "/api/graphs/talk"
ANCHOR = {"type": "canvas", "at": [0, 0]}


def client(port: int) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=10)


async def ready(http: httpx.AsyncClient) -> None:
    """Wait until the server listens, and there is a graph to talk about."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                assert (await http.put(GRAPH, json={})).status_code in (200, 201)
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def talk(http: httpx.AsyncClient, name: str, promised: dict[str, str]) -> None:
    """Say one thing after the other until the server is gone; what was answered is promised."""
    try:
        begun = await http.post(f"{GRAPH}/threads", json={"anchor": ANCHOR, "body": name})
        thread = begun.json()["id"]
        promised[begun.json()["messages"][0]["id"]] = name
        while True:
            said = await http.post(f"{GRAPH}/threads/{thread}/messages", json={"body": f"{name} {len(promised)}"})
            if said.status_code == 201:
                promised[said.json()["id"]] = said.json()["body"]
    except httpx.TransportError:
        return


async def kept(http: httpx.AsyncClient) -> dict[str, str]:
    threads = (await http.get(f"{GRAPH}/threads", params={"limit": 200})).json()["items"]
    return {message["id"]: message["body"] for thread in threads for message in thread["messages"]}


def has(promised: dict[str, str], enough: int) -> bool:
    return len(promised) >= enough


@pytest.mark.timeout(60 + 30 * KILLS)
async def test_every_comment_that_was_answered_survives_kill_9(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TALK-3"""
    print(f"FLOWROOM_SEED={SEED}")
    monkeypatch.setenv("FLOWROOM_MAX_COMMENTS_PER_MINUTE", "100000")
    monkeypatch.setenv("FLOWROOM_MAX_THREAD_MESSAGES", "100000")
    moments = random.Random(SEED)
    promised: dict[str, str] = {}
    for kill in range(KILLS):
        async with server(tmp_path, port := free_port()) as process, client(port) as http:
            await ready(http)
            assert promised.items() <= (await kept(http)).items()
            enough = len(promised) + PEOPLE + 1
            talking = [asyncio.create_task(talk(http, f"{kill}-{n}", promised)) for n in range(PEOPLE)]
            await eventually(partial(has, promised, enough), "nothing was answered")
            await asyncio.sleep(moments.uniform(0, 0.5))  # the random moment is the point
            process.send_signal(signal.SIGKILL)
            await asyncio.gather(*talking)
    async with server(tmp_path, port := free_port()), client(port) as http:
        await ready(http)
        lost = promised.items() - (await kept(http)).items()
    print(f"{KILLS} kills, {len(promised)} comments promised, {len(lost)} lost")
    assert promised and not lost
