"""A full room: who gets in, and who makes place."""

from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import eventually, serve


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
