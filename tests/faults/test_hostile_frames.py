"""Hostile frames thrown at one room of a real server: it stays up, other rooms don't notice, and the document is whole.

FLOWROOM_FUZZ_FRAMES says how many (1,000 by default); the seed is printed, and FLOWROOM_FUZZ_SEED repeats it.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Array, Map, Text

from collab_server import folder
from collab_server.rooms import frames
from collab_server.rooms.gate import read_state_vector
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import Client, eventually
from tests.convergence import hostile, mutations
from tests.convergence.node_peers import NodePeers
from tests.convergence.server import TOKEN, Address, flowroom_serve
from tests.faults.attack import Attacker, attacked, joined, typing

FRAMES = int(os.environ.get("FLOWROOM_FUZZ_FRAMES", "1000"))
SEED = int(os.environ.get("FLOWROOM_FUZZ_SEED", random.randrange(2**32)))
HANG_SECONDS = 5.0
"""How long an echo may take on a machine that does much else; what it took is printed."""
LONG_LIST = 10_000
BEFORE = {f"key-{number}": number for number in range(50)}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Address]:
    """A server process of its own, which has to be the same one at the end."""
    # All attackers come from one address here; how often one may come is held in test_addresses.py.
    limits = {"FLOWROOM_SNAPSHOT_ROWS": "100", "FLOWROOM_MAX_JOINS_PER_SECOND": "1000"}
    async with flowroom_serve(tmp_path / "data", **limits) as address:
        before = folder.running(tmp_path / "data")
        yield address
        assert before is not None and folder.running(tmp_path / "data") == before


def clocks(client: Client) -> dict[int, int]:
    """How far a client has come with each peer; encoded, the same clocks stand in any order."""
    return read_state_vector(client.doc.get_state())


async def whole(server: Address, keeper: Client, room: str) -> None:
    """The document has what the keeper wrote, and a fresh joiner, also one with yjs, has exactly the keeper's."""
    await keeper.saved(await keeper.edit("after", True))
    kept = {**BEFORE, "after": True}
    assert {key: keeper.map[key] for key in kept} == kept
    async with joined(server, room) as fresh:
        await eventually(lambda: clocks(fresh) == clocks(keeper), "the fresh joiner has less")
        assert shown(fresh) == shown(keeper)
    async with NodePeers() as node:
        await node.call("join", name="yjs", url=server.graphs, room=room, token=TOKEN)
        await node.call("synced", names=["yjs"])
        seen = (await node.call("look", name="yjs"))["view"]
        assert not seen["pending"], "yjs waits for something that never comes"
        mine = shown(keeper)
        assert seen["text"] == mine["text"]
        assert len(seen["list"]) == mine["length"]
        assert seen["nodes"].keys() == mine["nodes"].keys() - {"__proto__"}  # in yjs's JSON that is no key
        await node.call("leave", name="yjs")


def shown(client: Client) -> dict[str, Any]:
    """What a client has in the roots that attackers write to."""
    nodes: Map[Any] = client.doc.get("nodes", type=Map)
    items: Array[Any] = client.doc.get("list", type=Array)
    return {
        "nodes": nodes.to_py(),
        "length": len(items),
        "list": items.to_py() if len(items) < LONG_LIST else str(items),  # item by item takes the square of the length
        "text": str(client.doc.get("text", type=Text)),
    }


async def kept(server: Address, room: str, keeper: Client) -> None:
    """Write what has to survive."""
    for key, value in BEFORE.items():
        await keeper.saved(await keeper.edit(key, value))


@pytest.mark.timeout(120)
async def test_every_frame_of_the_corpus_is_answered_by_its_close_code_or_ignored(server: Address) -> None:
    """GUARD-1 to GUARD-9, and ROOM-12: through a real socket."""
    async with joined(server, "attacked") as keeper, typing(server, "elsewhere") as typist:
        await kept(server, "attacked", keeper)
        attacker = Attacker(server, "attacked")
        for name, make in hostile.MALFORMED.items():
            assert await attacker.throw(frames.update(make())) == CloseCode.MALFORMED, name
        for name, make in hostile.LOOSE.items():
            assert await attacker.throw(frames.update(make())) is None, name
        await attacker.throw(frames.update(hostile.base()))
        for name, make in hostile.CROOKED.items():
            assert await attacker.throw(frames.update(make())) == CloseCode.MALFORMED, name
        assert await attacker.throw("text") == CloseCode.MALFORMED
        assert await attacker.throw(frames.step1(hostile.huge_state_vector())) == CloseCode.MALFORMED
        assert await attacker.throw(frames.update(hostile.overlapping_deletes())) is None
        assert await attacker.throw(b"\0" * (2**20 + 1)) == CloseCode.TOO_LARGE
        assert await attacker.throw(b"\0" * (2**22 + 1)) == 1009  # the protocol's own "too big": it was not even read
        await attacker.leave()
        await whole(server, keeper, "attacked")
        assert max(typist.waits) < HANG_SECONDS
        print(f"corpus: {len(typist.waits)} echoes elsewhere, longest {max(typist.waits) * 1000:.0f} ms")


@pytest.mark.timeout(60 + FRAMES)
async def test_fuzzed_frames_crash_nothing_and_hold_up_nobody(server: Address) -> None:
    """ROOM-12"""
    print(f"FLOWROOM_FUZZ_SEED={SEED}")
    thrown = mutations.frames(random.Random(SEED), FRAMES)
    async with joined(server, "attacked") as keeper, typing(server, "elsewhere") as typist:
        await kept(server, "attacked", keeper)
        before = len(typist.waits)
        async with asyncio.timeout(30 + FRAMES / 2):
            outcomes = await attacked(server, "attacked", thrown, attackers=8)
        waits = sorted(typist.waits[before:])
        await whole(server, keeper, "attacked")

    assert sum(outcomes.values()) == FRAMES
    assert outcomes.keys() <= {None, CloseCode.MALFORMED, CloseCode.TOO_LARGE}
    assert outcomes[None] and outcomes[CloseCode.MALFORMED]
    assert waits[-1] < HANG_SECONDS
    print(
        f"{FRAMES} frames: {dict(outcomes)}; {len(waits)} echoes elsewhere, median {waits[len(waits) // 2] * 1000:.1f} "
        f"ms, 99% {waits[len(waits) * 99 // 100] * 1000:.1f} ms, longest {waits[-1] * 1000:.1f} ms"
    )
