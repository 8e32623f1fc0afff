"""Rooms over real sockets: what peers see of each other, and when."""

from tests.collab_server.rooms.conftest import serve


async def test_two_peers_see_each_others_edits() -> None:
    async with serve() as server:
        one, other = await server.connect(), await server.connect()

        saved = await one.edit("x", "hello")

        await other.shows("x", "hello")
        await one.saved(saved)
