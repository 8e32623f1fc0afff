"""A full room: who gets in, and who makes place."""

import asyncio
from collections.abc import Collection

import pytest

from collab_server.rooms import room as rooms
from collab_server.rooms.peer import Peer
from collab_server.rooms.places import makes_place
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import DEADLINE, GRAPH, eventually, serve
from tests.collab_server.rooms.storage import SlowPool


async def test_a_room_takes_only_so_many_peers() -> None:
    """ROOM-27"""
    async with serve(max_peers_per_room=1) as server:
        await server.connect()
        late = await server.connect(sync=False)
        assert await late.closed() == CloseCode.TRY_LATER


async def test_in_a_full_room_who_came_many_times_makes_place() -> None:
    """ROOM-27"""
    async with serve(max_peers_per_room=3) as server:
        crowd = [await server.connect(token="viewer") for _ in range(3)]
        await (await server.connect(token="editor")).edit("x", 1)
        await eventually(lambda: [client.socket.close_code for client in crowd].count(CloseCode.TRY_LATER) == 1)
        again = await server.connect(token="viewer", sync=False)
        assert await again.closed() == CloseCode.TRY_LATER


async def test_in_a_full_room_who_only_looks_on_makes_place_for_who_may_do_more() -> None:
    """ROOM-27"""
    async with serve(max_peers_per_room=1) as server:
        viewer = await server.connect(token="viewer")
        await (await server.connect(token="editor")).edit("x", 1)
        assert await viewer.closed() == CloseCode.TRY_LATER


async def test_nothing_is_taken_of_who_makes_place_in_the_turn_in_which_their_edit_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ROOM-27, OPS-8: the graph would count as full for as long as it is open, for one that waits for room is gone."""
    async with serve(max_peers_per_room=1, max_document_bytes=40_000) as server:
        writer = await server.connect()
        room = server.rooms.rooms[GRAPH.name]
        room.pool = pool = SlowPool()

        def looked_at_meanwhile(peers: Collection[Peer], comer: Peer) -> Peer | None:
            pool.go.set()
            return makes_place(peers, comer)

        monkeypatch.setattr(rooms, "makes_place", looked_at_meanwhile)
        await writer.edit("too much", "x" * 60_000)
        await asyncio.wait_for(pool.asked.wait(), DEADLINE)
        comer = await server.connect(token="admin")
        assert await writer.closed() == CloseCode.TRY_LATER
        await comer.saved(await comer.edit("x", 1))
        assert room.budget.level == "roomy"
        await pool.__aexit__(None, None, None)
