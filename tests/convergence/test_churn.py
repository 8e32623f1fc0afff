"""Stock y-websocket clients and a bot on a real server: they agree, see each other, and notice who is gone."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.convergence.churn import churn, first_joiners
from tests.convergence.node_peers import NodePeers
from tests.convergence.server import TOKEN, Address, flowroom_serve

SEEDS = range(1, 6)
FRESH_ROOMS = 5
GONE_SECONDS = 1.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Address]:
    async with flowroom_serve(tmp_path / "data") as server:
        yield server


@pytest.fixture
async def node() -> AsyncIterator[NodePeers]:
    async with NodePeers() as node:
        yield node


async def eventually(look: Callable[[], Awaitable[Any]], deadline: float) -> float:
    """Wait until something is true; answers how many seconds that took."""
    begin = time.monotonic()
    while not await look():
        assert time.monotonic() - begin < deadline, f"not within {deadline} s"
        await asyncio.sleep(0.01)
    return time.monotonic() - begin


async def join(node: NodePeers, server: Address, room: str, name: str, **facts: Any) -> int:
    client: int = await node.call("join", name=name, url=server.graphs, room=room, token=TOKEN, **facts)
    await node.call("synced", names=[name])
    return client


@pytest.mark.parametrize("seed", SEEDS)
async def test_everyone_agrees_after_edits_hang_ups_and_dead_sockets(
    node: NodePeers, server: Address, seed: int
) -> None:
    """ROOM-1: three stock clients and a Python bot hold the same in the end."""
    assert await churn(node, server, seed) is None


async def test_four_first_joiners_of_a_fresh_room_all_sync(node: NodePeers, server: Address) -> None:
    """ROOM-2: one load serves them all."""
    assert [wrong for number in range(FRESH_ROOMS) if (wrong := await first_joiners(node, server, number))] == []


async def test_a_joiner_sees_everyone_at_once(node: NodePeers, server: Address) -> None:
    """GUARD-29: before anybody moves again, with the name that the server knows."""
    clients = [await join(node, server, "seen", f"p{at}", state={"cursor": [at, at]}) for at in range(3)]
    await join(node, server, "seen", "joiner", state={"cursor": [9, 9]})

    async def sees_all() -> bool:
        states = await node.call("presences", name="joiner")
        return all(states.get(str(client), {}).get("cursor") == [at, at] for at, client in enumerate(clients))

    await eventually(sees_all, GONE_SECONDS)
    states = await node.call("presences", name="joiner")
    assert all(states[str(client)]["user"]["name"] for client in clients)


async def test_a_killed_peer_is_gone_within_a_second(node: NodePeers, server: Address) -> None:
    """GUARD-24: its process ends without a word."""
    await join(node, server, "gone", "witness", state={"cursor": [0, 0]})
    async with NodePeers() as doomed:
        client = str(await join(doomed, server, "gone", "victim", state={"cursor": [1, 1]}))

        async def is_there() -> bool:
            return client in await node.call("presences", name="witness")

        async def is_gone() -> bool:
            return not await is_there()

        await eventually(is_there, 5)
        doomed.kill()
        assert await eventually(is_gone, 5) < GONE_SECONDS


async def test_a_client_whose_socket_died_is_back_with_its_presence(node: NodePeers, server: Address) -> None:
    """GUARD-25: the same client id is taken over, and everyone sees it without waiting for a renewal."""
    await join(node, server, "back", "witness", state={"cursor": [0, 0]})
    client = str(await join(node, server, "back", "flaky", state={"cursor": [1, 1]}))

    async def witness_sees() -> bool:
        return client in await node.call("presences", name="witness")

    await eventually(witness_sees, 5)
    await node.call("terminate", name="flaky")
    await node.call("synced", names=["flaky"])

    assert await eventually(witness_sees, 5) < GONE_SECONDS
    await node.call("setPresence", name="flaky", state={"cursor": [7, 7]})

    async def witness_sees_it_move() -> bool:
        return bool((await node.call("presences", name="witness")).get(client, {}).get("cursor") == [7, 7])

    await eventually(witness_sees_it_move, GONE_SECONDS)
