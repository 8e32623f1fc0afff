"""A server killed with -9 while people talk keeps every comment that it has answered."""

import asyncio
import os
import random
import signal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowroom.ydoc import new_id
from tests.collab_server.rooms.conftest import eventually
from tests.faults.test_server_kill import START_SECONDS, TOKEN, server
from tests.services.process import free_port

KILLS = int(os.environ.get("FLOWROOM_KILLS", "3"))
SEED = int(os.environ.get("FLOWROOM_SEED", random.randrange(2**32)))
PEOPLE = 3
GRAPH = "/api/graphs/talk"
ANCHOR = {"type": "canvas", "at": [0, 0]}
Saying = tuple[str, dict[str, Any]]
"""Where something is said, and what."""


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


async def talk(http: httpx.AsyncClient, name: str, promised: dict[str, str], unanswered: list[Saying]) -> None:
    """Say one thing after the other until the server is gone; what was answered is promised."""
    saying: Saying = ("/threads", {"id": new_id(), "anchor": ANCHOR, "body": name})
    try:
        begun = await say(http, saying)
        thread = begun.json()["id"]
        promised[begun.json()["messages"][0]["id"]] = name
        while True:
            saying = f"/threads/{thread}/messages", {"id": new_id(), "body": f"{name} {len(promised)} {new_id()}"}
            said = await say(http, saying)
            if said.status_code == 201:
                promised[said.json()["id"]] = said.json()["body"]
    except httpx.TransportError:
        unanswered.append(saying)


async def say(http: httpx.AsyncClient, saying: Saying) -> httpx.Response:
    path, body = saying
    return await http.post(GRAPH + path, json=body)


async def say_again(http: httpx.AsyncClient, unanswered: list[Saying]) -> None:
    """What was not answered, which may have been stored or not."""
    for saying in unanswered:
        assert (await say(http, saying)).status_code == 201
    unanswered.clear()


async def kept(http: httpx.AsyncClient) -> dict[str, str]:
    threads = (await http.get(f"{GRAPH}/threads", params={"limit": 200})).json()["items"]
    return {message["id"]: message["body"] for thread in threads for message in thread["messages"]}


def has(promised: dict[str, str], enough: int) -> bool:
    return len(promised) >= enough


@pytest.mark.timeout(60 + 30 * KILLS)
async def test_every_comment_that_was_answered_survives_kill_9_and_what_was_not_is_said_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-3, TALK-16"""
    print(f"FLOWROOM_SEED={SEED}")
    monkeypatch.setenv("FLOWROOM_MAX_COMMENTS_PER_MINUTE", "100000")
    monkeypatch.setenv("FLOWROOM_MAX_THREAD_MESSAGES", "100000")
    moments = random.Random(SEED)
    promised: dict[str, str] = {}
    unanswered: list[Saying] = []
    for kill in range(KILLS):
        async with server(tmp_path, port := free_port()) as process, client(port) as http:
            await ready(http)
            assert promised.items() <= (await kept(http)).items()
            await say_again(http, unanswered)
            enough = len(promised) + PEOPLE + 1
            talking = [asyncio.create_task(talk(http, f"{kill}-{n}", promised, unanswered)) for n in range(PEOPLE)]
            await eventually(partial(has, promised, enough), "nothing was answered")
            await asyncio.sleep(moments.uniform(0, 0.5))  # the random moment is the point
            process.send_signal(signal.SIGKILL)
            await asyncio.gather(*talking)
    async with server(tmp_path, port := free_port()), client(port) as http:
        await ready(http)
        await say_again(http, unanswered)
        there = await kept(http)
    lost = promised.items() - there.items()
    print(f"{KILLS} kills, {len(promised)} comments promised, {len(lost)} lost")
    assert promised and not lost
    assert len(set(there.values())) == len(there), "something was said twice"
