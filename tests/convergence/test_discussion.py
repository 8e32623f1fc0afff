"""A discussion as stock yjs clients see it: written over REST on a real server, live, and read only."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowroom.protocol import CloseCode
from tests.convergence.node_peers import NodePeers
from tests.convergence.server import TOKEN, Address, flowroom_serve
from tests.convergence.test_churn import eventually

SEEN_SECONDS = 5.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Address]:
    async with flowroom_serve(tmp_path / "data") as server:
        yield server


@pytest.fixture
async def node() -> AsyncIterator[NodePeers]:
    async with NodePeers() as node:
        yield node


async def test_two_stock_clients_see_what_is_said_over_rest_and_can_not_say_anything_themselves(
    node: NodePeers, server: Address
) -> None:
    """TALK-2, TALK-3."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=server.http, headers=headers, trust_env=False, timeout=20) as http:
        graph = (await http.post("/api/graphs", json={"graph": {"nodes": {"n": {"type": "Log"}}}})).json()["id"]
        url = f"/api/graphs/{graph}/threads"
        anchor = {"type": "node", "node": "n"}
        first = (await http.post(url, json={"anchor": anchor, "body": "é😀 **first**"})).json()
        for name in ("one", "two"):
            room = f"{graph}/discussion"
            await node.call("join", name=name, url=server.graphs, room=room, token=TOKEN)
            await node.call("synced", names=[name])
        reply = (await http.post(f"{url}/{first['id']}/messages", json={"body": "second"})).json()
        await http.put(f"{url}/{first['id']}/messages/{reply['id']}/reactions/👍")

        async def seen(name: str) -> Any:
            threads = (await node.call("threads", name=name))["threads"]
            messages = threads.get(first["id"], {}).get("messages", [])
            said = [(message["id"], message["body"], len(message["reactions"])) for message in messages]
            return said == [(first["messages"][0]["id"], "é😀 **first**", 0), (reply["id"], "second", 1)]

        for name in ("one", "two"):
            await eventually(partial(seen, name), SEEN_SECONDS)

        await node.call("forge", name="one", thread="forged")

        async def refused() -> bool:
            code: int | None = (await node.call("threads", name="one"))["closed"]
            return code == CloseCode.NOT_ALLOWED

        await eventually(refused, SEEN_SECONDS)
        assert [thread["id"] for thread in (await http.get(url)).json()["items"]] == [first["id"]]
        assert list((await node.call("threads", name="two"))["threads"]) == [first["id"]]
