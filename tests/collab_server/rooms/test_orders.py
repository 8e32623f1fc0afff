"""What is ordered at one worker is done at every one."""

from dataclasses import replace

from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.cluster import cluster
from tests.collab_server.rooms.conftest import GRAPH, IDENTITIES


async def test_a_room_is_closed_at_every_worker() -> None:
    """FAN-20, ROOM-22"""
    async with cluster(2) as here:
        clients = [await worker.connect() for worker in here.workers]
        here.workers[0].rooms.close(GRAPH, CloseCode.NO_SUCH_DOCUMENT)
        assert [await client.closed() for client in clients] == [CloseCode.NO_SUCH_DOCUMENT] * 2


async def test_sockets_of_a_session_that_ended_are_closed_at_every_worker() -> None:
    """FAN-20"""
    IDENTITIES["guest"] = replace(IDENTITIES["viewer"], id="guest", session="guest-1")
    async with cluster(2) as here:
        guests = [await worker.connect(token="guest") for worker in here.workers]
        stays = await here.workers[1].connect()
        here.workers[0].rooms.dismiss(["guest-1", None])
        assert [await guest.closed() for guest in guests] == [CloseCode.NOT_SIGNED_IN] * 2
        await stays.saved(await stays.edit("x", 1))


async def test_people_whose_role_changed_come_in_anew_at_every_worker() -> None:
    """FAN-20: those who are meant, in the graph that is meant, or all in all."""
    other = DocumentKey("graph", "h")
    async with cluster(2) as here:
        await here.documents.create(other)
        meant = [await worker.connect(token="viewer") for worker in here.workers]
        elsewhere = await here.workers[1].connect("/sync/graphs/h", token="viewer")
        someone = await here.workers[1].connect(token="editor")
        here.workers[0].rooms.roles_changed("g", ["viewer"])
        assert [await viewer.closed() for viewer in meant] == [CloseCode.SERVICE_RESTART] * 2
        await someone.saved(await someone.edit("x", 1))
        here.workers[0].rooms.roles_changed(None)
        assert await elsewhere.closed() == CloseCode.SERVICE_RESTART
        assert await someone.closed() == CloseCode.SERVICE_RESTART
