"""What is ordered at one worker is done at every one."""

from functools import partial

from collab_server.fanout.port import Recheck
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.cluster import cluster
from tests.collab_server.rooms.conftest import GRAPH, eventually


async def test_a_room_is_closed_at_every_worker() -> None:
    """FAN-20, ROOM-22"""
    async with cluster(2) as here:
        clients = [await worker.connect() for worker in here.workers]
        here.workers[0].rooms.close(GRAPH, CloseCode.NO_SUCH_DOCUMENT)
        assert [await client.closed() for client in clients] == [CloseCode.NO_SUCH_DOCUMENT] * 2


def hear(heard: list[tuple[int, Recheck]], number: int, said: Recheck) -> None:
    heard.append((number, said))


async def test_changed_rights_are_told_to_every_other_worker() -> None:
    """FAN-20: whoever made the change has seen to it at its own worker."""
    async with cluster(3) as here:
        heard: list[tuple[int, Recheck]] = []
        for number, worker in enumerate(here.workers):
            worker.rooms.recheck = partial(hear, heard, number)
        first = here.workers[0].rooms
        change = Recheck(first.worker, ("guest-1",), ("ada",), "g")
        first.fanout.publish(change)
        await eventually(lambda: len(heard) == 2)
        assert sorted(number for number, _ in heard) == [1, 2]
        assert {said for _, said in heard} == {change}
