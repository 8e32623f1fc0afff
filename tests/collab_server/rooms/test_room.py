"""Rooms over real sockets: what peers see of each other, and when."""

import asyncio
import os

import pytest

from collab_server.fanout.memory import MemoryFanout
from collab_server.fanout.port import Edited, Message
from collab_server.rooms import frames
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import GRAPH, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments, HeldDocuments, HeldPool, PanickingDoc, RefusingPool

FRESH_ROOMS = int(os.environ.get("FLOWROOM_FRESH_ROOMS", "10"))


async def test_two_peers_see_each_others_edits() -> None:
    """ROOM-1"""
    async with serve() as server:
        one, other = await server.connect(), await server.connect()

        saved = await one.edit("x", "hello")

        await other.shows("x", "hello")
        await one.saved(saved)


async def test_four_first_joiners_of_fresh_rooms_all_get_in() -> None:
    """ROOM-2: a room is opened once, however many come at once."""
    async with serve(create_on_join=True) as server:
        for n in range(FRESH_ROOMS):
            clients = await asyncio.gather(*(server.connect(f"/sync/graphs/fresh{n}", token="admin") for _ in range(4)))
            await clients[0].edit("x", n)
            for client in clients:
                await client.shows("x", n)
                await client.close()


async def test_a_failing_peer_leaves_alone() -> None:
    """ROOM-4: when a peer's connection dies, the others keep receiving."""
    async with serve() as server:
        one, bad, other = [await server.connect() for _ in range(3)]

        bad.socket.transport.abort()
        for n in range(50):
            await one.edit("x", n)

        await other.shows("x", 49)
        await eventually(lambda: len(server.rooms.rooms[GRAPH.name].clients) == 2)


async def test_a_joiner_sees_nothing_that_is_not_on_disk() -> None:
    """ROOM-5: what a joiner is sent waits for the commit of what is in it."""
    documents = HeldDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        documents.go.clear()
        saved = await one.edit("x", 1)
        await eventually(lambda: documents.held)

        joiner = await server.connect(sync=False)
        joining = asyncio.create_task(joiner.sync())
        await eventually(lambda: joiner.received)
        assert saved not in one.echoes
        assert not joiner.synced.is_set()

        documents.go.set()
        await joining
        await joiner.shows("x", 1)
        await one.saved(saved)


async def test_every_sender_gets_its_own_frames_back() -> None:
    """ROOM-6: however many edits are merged for the others."""
    documents = HeldDocuments()
    async with serve(documents) as server:
        one, two, reader = [await server.connect() for _ in range(3)]
        documents.go.clear()
        first = await one.edit("x", 0)
        await eventually(lambda: documents.held)
        ours = [await one.edit("x", n) for n in range(1, 5)]
        theirs = [await two.edit("y", n) for n in range(5)]
        room = server.rooms.rooms[GRAPH.name]
        await eventually(lambda: sum(len(edit.echoes) for edit in room.committer.batch.edits) == 9)
        before = len(reader.echoes)

        documents.go.set()

        for update in (first, *ours):
            await one.saved(update)
        for update in theirs:
            await two.saved(update)
        await reader.shows("y", 4)
        assert len(reader.echoes) == before + 2


async def test_an_edit_that_is_known_already_is_echoed_too() -> None:
    """ROOM-6: a client whose echo was lost with its socket hears that the edit is safe."""
    async with serve() as server:
        one = await server.connect()
        saved = await one.edit("x", 1)
        await one.saved(saved)
        one.echoes.clear()

        await one.socket.send(frames.update(saved))

        await one.saved(saved)


async def test_an_edit_of_a_peer_that_asks_for_the_state_only_afterwards_is_echoed_too() -> None:
    """ROOM-6: the state has it, but is no echo."""
    async with serve() as server:
        one, other = await server.connect(sync=False), await server.connect()
        room = server.rooms.rooms[GRAPH.name]
        await eventually(lambda: len(room.clients) == 2 and not any(peer.step2_due for peer in room.clients))
        edit = await one.edit("x", 1)
        await other.shows("x", 1)
        await one.sync()
        await one.saved(edit)


async def test_a_gap_is_asked_for_and_never_reaches_the_engine() -> None:
    """ROOM-7"""
    async with serve() as server:
        one, other = await server.connect(), await server.connect()
        one.map["x"] = 1
        one.sent.clear()  # lost on the way

        await one.edit("y", 2)

        await other.shows("y", 2)
        await other.shows("x", 1)


@pytest.mark.parametrize(
    ("path", "token", "code"),
    [
        ("/sync/graphs/g", "viewer", CloseCode.NOT_ALLOWED),
        ("/sync/graphs/g/discussion", "admin", CloseCode.NOT_ALLOWED),
    ],
)
async def test_who_may_not_write_is_closed_when_it_does(path: str, token: str, code: CloseCode) -> None:
    """ROOM-10"""
    async with serve() as server:
        one = await server.connect(path, token=token)
        await one.edit("x", 1)
        assert await one.closed() == code


async def test_a_viewer_sees_edits_and_has_presence() -> None:
    """ROOM-10"""
    async with serve() as server:
        viewer, editor = await server.connect(token="viewer"), await server.connect()
        await editor.edit("x", 1)
        await viewer.shows("x", 1)
        await viewer.socket.send(b"\x01\x06\x01\x07\x01\x02{}")
        await eventually(lambda: any(b"Vic" in frame for frame in editor.presence))


async def test_presence_of_a_dead_peer_is_gone_at_once() -> None:
    """ROOM-11"""
    async with serve() as server:
        one, other = await server.connect(), await server.connect()
        await one.socket.send(b"\x01\x06\x01\x07\x01\x02{}")
        await eventually(lambda: any(b"Eve" in frame for frame in other.presence))
        joiner = await server.connect()
        await eventually(lambda: any(b"Eve" in frame for frame in joiner.presence))

        one.socket.transport.abort()

        await eventually(lambda: b"null" in other.presence[-1])


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("hello", CloseCode.MALFORMED),
        (b"", CloseCode.MALFORMED),
        (b"\x00\x02\x03abc", CloseCode.MALFORMED),
        (b"\x00\x02\xff", CloseCode.MALFORMED),
        (b"\x07", CloseCode.MALFORMED),
        (b"\x00\x02" + b"x" * 2**20, CloseCode.TOO_LARGE),
    ],
)
async def test_a_bad_frame_closes_its_peer_alone(frame: str | bytes, code: CloseCode) -> None:
    """ROOM-12"""
    async with serve() as server:
        bad, one, other = [await server.connect() for _ in range(3)]

        await bad.socket.send(frame)

        assert await bad.closed() == code
        await one.edit("x", 1)
        await other.shows("x", 1)


async def test_a_peer_that_sends_too_fast_is_closed() -> None:
    """ROOM-13"""
    async with serve(max_peer_messages_per_second=10, rate_burst_seconds=1) as server:
        fast, other = await server.connect(), await server.connect()
        for n in range(40):
            await fast.edit("x", n)
        assert await fast.closed() == CloseCode.RATE_LIMITED
        await other.edit("y", 1)
        await other.shows("y", 1)


async def test_a_room_is_read_only_while_storage_fails_and_loses_nothing() -> None:
    """ROOM-14"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one, other = await server.connect(), await server.connect()
        await one.saved(await one.edit("before", 1))
        documents.failing = True

        during = await one.edit("x", 1)
        await eventually(lambda: one.notices and other.notices, "nobody was told")
        assert server.rooms.read_only == [GRAPH.name]
        later = await one.edit("y", 2)
        theirs = await other.edit("z", 3)
        joiner = await server.connect()
        await joiner.shows("before", 1)
        assert "x" not in joiner.map and "x" not in other.map
        assert not {during, later, theirs} & {*one.echoes, *other.echoes}

        documents.failing = False
        for key, value in (("x", 1), ("y", 2), ("z", 3)):
            for client in (one, other, joiner):
                await client.shows(key, value)
        await one.saved(during)
        assert server.rooms.read_only == []
    async with serve(documents) as server:
        again = await server.connect()
        assert again.map.to_py() == {"before": 1, "x": 1, "y": 2, "z": 3}


async def test_a_new_server_has_what_the_old_one_echoed() -> None:
    """ROOM-15"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        for n in range(20):
            await one.saved(await one.edit(f"k{n}", n))
    async with serve(documents) as server:
        again = await server.connect()
        assert again.map.to_py() == {f"k{n}": n for n in range(20)}


async def test_a_load_that_fails_refuses_joiners_and_is_tried_again() -> None:
    """ROOM-3: an error is never shown as an empty document."""
    documents = FailingDocuments()
    async with serve(documents) as server:
        documents.failing_loads = True
        refused = await server.connect(sync=False)
        assert await refused.closed() == CloseCode.NOT_READY
        documents.failing_loads = False
        await server.connect()


async def test_a_panic_of_the_engine_costs_only_the_peer_that_caused_it() -> None:
    """ROOM-16"""
    documents = FailingDocuments()
    async with serve(documents, make_doc=PanickingDoc) as server:
        one, other, bad = [await server.connect() for _ in range(3)]
        await one.saved(await one.edit("x", 1))

        await bad.edit("y", "panic!")

        assert await bad.closed() == CloseCode.MALFORMED
        await one.edit("z", 2)
        await other.shows("z", 2)
        joiner = await server.connect()
        assert joiner.map.to_py() == {"x": 1, "z": 2}
        assert [reason for _key, _entry, reason in documents.quarantined] == ["engine"]


async def test_a_room_nobody_is_in_is_put_away_with_a_snapshot() -> None:
    """ROOM-17"""
    documents = FailingDocuments()
    async with serve(documents, evict_seconds=0.05) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        await one.close()
        await eventually(lambda: not server.rooms.rooms)
        stored = await documents.load(GRAPH)
        assert stored.snapshot is not None and stored.tail == ()
        again = await server.connect()
        assert again.map.to_py() == {"x": 1}


async def test_someone_who_comes_in_time_finds_the_room_still_open() -> None:
    """ROOM-17"""
    async with serve(evict_seconds=30) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room = server.rooms.rooms[GRAPH.name]
        await one.close()
        await eventually(lambda: not room.clients)
        await server.connect()
        assert server.rooms.rooms[GRAPH.name] is room


async def test_a_deleted_document_closes_its_room() -> None:
    """ROOM-22"""
    async with serve() as server:
        one = await server.connect()
        server.rooms.close(GRAPH, CloseCode.NO_SUCH_DOCUMENT)
        assert await one.closed() == CloseCode.NO_SUCH_DOCUMENT
        await eventually(lambda: not server.rooms.rooms)


async def test_a_document_deleted_behind_the_rooms_back_ends_it() -> None:
    """ROOM-22"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        documents.documents[DocumentKey("graph", "g")].deleted = True
        await one.edit("x", 1)
        assert await one.closed() == CloseCode.NO_SUCH_DOCUMENT


async def test_what_is_stored_while_a_snapshot_is_made_stays_in_the_log() -> None:
    """ROOM-18: a snapshot stands for nothing that came after its state was taken."""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room = server.rooms.rooms[GRAPH.name]
        room.pool = HeldPool()
        snapshot = asyncio.create_task(room.upkeep.snapshot())
        await room.pool.asked.wait()
        await one.saved(await one.edit("y", 2))
        room.pool.go.set()
        await snapshot
    async with serve(documents) as server:
        again = await server.connect()
        assert again.map.to_py() == {"x": 1, "y": 2}


async def test_a_damaged_state_is_never_stored_and_the_room_is_rebuilt() -> None:
    """ROOM-18"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room = server.rooms.rooms[GRAPH.name]
        room.pool = RefusingPool()
        await room.upkeep.snapshot()
        room.pool = WalkerPool()
        await one.edit("y", 2)
        joiner = await server.connect()
        await joiner.shows("y", 2)
        assert [reason for _key, _entry, reason in documents.quarantined] == ["malformed state"]
        assert (await documents.load(GRAPH)).snapshot is None


async def test_only_so_many_documents_are_open_and_the_idle_ones_make_room() -> None:
    """ROOM-27"""
    async with serve(create_on_join=True, max_open_rooms=2, evict_seconds=60) as server:
        for n in range(4):
            client = await server.connect(f"/sync/graphs/r{n}", token="admin")
            await client.close()
            await eventually(lambda: not any(room.clients for room in server.rooms.rooms.values()))
        await eventually(lambda: len(server.rooms.rooms) <= 2)


async def test_a_room_with_edits_that_cant_be_stored_is_not_put_away() -> None:
    """ROOM-17"""
    documents = FailingDocuments()
    async with serve(documents, evict_seconds=0.05) as server:
        one = await server.connect()
        documents.failing = True
        await one.edit("x", 1)
        await eventually(lambda: one.notices)
        await one.close()
        attempts = documents.attempts
        await eventually(lambda: documents.attempts > attempts + 1)
        assert server.rooms.read_only == [GRAPH.name]
        documents.failing = False
        await eventually(lambda: not server.rooms.rooms)
        again = await server.connect()
        assert again.map.to_py() == {"x": 1}


async def test_what_is_durable_is_published_to_other_workers() -> None:
    """ROOM-28"""
    heard: list[Message] = []
    fanout = MemoryFanout()
    async with serve(fanout=fanout) as server:
        with fanout.listen(heard.append, lambda keys: None):
            one = await server.connect()
            saved = await one.edit("x", 1)
            await one.saved(saved)
        assert [(message.update, message.last) for message in heard if isinstance(message, Edited)] == [(saved, 1)]
