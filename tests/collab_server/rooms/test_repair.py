"""How a room is loaded again while people are in it, and other things go on: ROOM-16, ROOM-30."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from pycrdt import Doc, Map

from collab_server.rooms.following import Following
from collab_server.rooms.ledger import DocumentLedger
from collab_server.rooms.room import Room
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES, WalkerPool
from collab_server.stores.documents import DocumentKey, Entry, MemoryDocuments, Stored
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.cluster import cluster
from tests.collab_server.rooms.conftest import GRAPH, Client, Running, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments, HeldDocuments, HeldPool, SlowPool, UnreadableDoc


class SlowDocuments(MemoryDocuments):
    """Storage whose loads are read at once, and arrive when they are let go; so do snapshots, once laid down."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[asyncio.Event] = []
        self.snapshots: list[asyncio.Event] = []
        self.slow = False

    async def load(self, key: DocumentKey) -> Stored:
        stored = await super().load(key)
        await self._arrive(self.loads)
        return stored

    async def snapshot(self, key: DocumentKey, epoch: int, seq: int, state: bytes) -> None:
        await super().snapshot(key, epoch, seq, state)
        await self._arrive(self.snapshots)

    async def _arrive(self, waiting: list[asyncio.Event]) -> None:
        if self.slow:
            go = asyncio.Event()
            waiting.append(go)
            await go.wait()


def opened(server: Running) -> Room:
    return server.rooms.rooms[GRAPH.name]


@asynccontextmanager
async def damaged() -> AsyncIterator[tuple[SlowDocuments, Client, Room]]:
    """A room with one edit in it that was found damaged, and whose document is on its way."""
    documents = SlowDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room, documents.slow = opened(server), True
        room.repair.begin()
        yield documents, one, room


def content(*updates: bytes) -> dict[str, Any]:
    doc: Doc[Any] = Doc()
    for update in updates:
        doc.apply_update(update)
    return dict(doc.get("m", type=Map).to_py() or {})


def stored(documents: MemoryDocuments) -> dict[str, Any]:
    """What somebody would load now."""
    found = documents.documents[GRAPH].stored
    return content(*([found.snapshot] if found.snapshot else []), *(entry.update for entry in found.tail))


def edit(key: str, value: int) -> bytes:
    doc: Doc[Any] = Doc()
    doc.get("m", type=Map)[key] = value
    return doc.get_update()


async def test_a_room_that_is_found_damaged_twice_is_loaded_once() -> None:
    """ROOM-30: a second document would take the place of the one that edits went into."""
    async with damaged() as (documents, one, room):
        room.repair.begin()
        await eventually(lambda: documents.loads)
        documents.loads[0].set()
        await eventually(lambda: room.is_live)
        await one.saved(await one.edit("y", 2))
        documents.slow = False
        for load in documents.loads:
            load.set()
        await one.saved(await one.edit("z", 3))
        assert room.document.doc.get("m", type=Map).to_py() == {"x": 1, "y": 2, "z": 3}
        await room.upkeep.snapshot()
        assert stored(documents) == {"x": 1, "y": 2, "z": 3}


async def test_an_edit_on_its_way_to_the_log_is_in_the_document_that_is_loaded() -> None:
    """ROOM-30"""
    documents = HeldDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        documents.go.clear()
        on_its_way = await one.edit("x", 1)
        await eventually(lambda: documents.held)
        room = opened(server)
        before = room.live
        room.repair.begin()
        for _ in range(20):
            await asyncio.sleep(0)
        assert room.live is before
        documents.go.set()
        await one.saved(on_its_way)
        await eventually(lambda: room.is_live)
        assert room.document.doc.get("m", type=Map).to_py() == {"x": 1}


async def test_no_snapshot_is_taken_of_a_document_that_is_being_loaded_again() -> None:
    """ROOM-30: an engine that failed may have left half of an edit in it."""
    async with damaged() as (documents, _one, room):
        await room.upkeep.snapshot()
        assert documents.documents[GRAPH].stored.snapshot is None
        await eventually(lambda: documents.loads)
        documents.loads[0].set()


async def test_a_snapshot_of_a_document_that_failed_meanwhile_is_not_stored() -> None:
    """ROOM-30"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room = opened(server)
        room.pool = pool = HeldPool()
        snapshot = asyncio.create_task(room.upkeep.snapshot())
        await pool.asked.wait()
        room.repair.begin()
        await eventually(lambda: room.is_live)
        pool.go.set()
        await snapshot
        assert documents.documents[GRAPH].stored.snapshot is None


async def test_a_log_that_is_loaded_again_while_its_snapshot_is_stored_is_all_in_the_mirror() -> None:
    """ROOM-30: the mark of the snapshot counts entries of the mirror that was."""
    documents = SlowDocuments()
    await documents.create(GRAPH)
    await documents.append(GRAPH, 1, [Entry(edit("x", 1)), Entry(edit("y", 2))])
    ledger = DocumentLedger(documents, GRAPH)
    async with WalkerPool() as pool:
        await ledger.fill(Doc(), pool)
        mark, state = ledger.mark(), ledger.committed().get_update()
        documents.slow = True
        snapshot = asyncio.create_task(ledger.snapshot(state, mark))
        await eventually(lambda: documents.snapshots)
        documents.slow = False
        await documents.append(GRAPH, 1, [Entry(edit("z", 3))])
        await ledger.fill(Doc(), pool)
        documents.snapshots[0].set()
        await snapshot
    assert content(ledger.committed().get_update()) == {"x": 1, "y": 2, "z": 3}


async def test_what_another_worker_writes_while_the_log_is_replayed_is_in_the_document() -> None:
    """ROOM-30, FAN-5"""
    documents = MemoryDocuments()
    await documents.create(GRAPH)
    await documents.append(GRAPH, 1, [Entry(edit("x", 1))])
    ledger, doc = DocumentLedger(documents, GRAPH), Doc[Any]()
    async with SlowPool() as pool:
        loading = asyncio.create_task(ledger.fill(doc, pool))
        await pool.asked.wait()
        ledger.follow(edit("theirs", 2), 2, 2)
        pool.go.set()
        await loading
    assert content(doc.get_update()) == {"x": 1, "theirs": 2}


async def test_what_another_worker_writes_while_the_log_is_read_is_in_the_document() -> None:
    """ROOM-30, FAN-5: it came after what was read, and is known of."""
    documents = SlowDocuments()
    async with cluster(2, documents=documents, compare_seconds=1000) as here:
        one, two = [await worker.connect() for worker in here.workers]
        await one.saved(await one.edit("x", 1))
        await two.shows("x", 1)
        documents.slow = True
        here.room(1).repair.begin()
        await eventually(lambda: documents.loads)
        await one.saved(await one.edit("y", 2))
        here.room(1).ledger.follow(one.doc.get_update(), 2, 2)  # in the document that is about to go
        following = here.room(1).following
        assert isinstance(following, Following)
        following._heard.clear()
        documents.slow = False
        documents.loads[0].set()
        await eventually(lambda: here.room(1).is_live)
        await two.shows("y", 2)
        joiner = await here.workers[1].connect()
        await joiner.shows("y", 2)


async def test_a_large_edit_that_was_looked_at_for_a_document_that_is_gone_is_asked_for_again() -> None:
    """ROOM-30: whether it can be taken is decided for the one that is there."""
    async with serve() as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room = opened(server)
        room.pool = pool = SlowPool()
        await one.edit("y", "z" * INLINE_WALK_BYTES)
        await pool.asked.wait()
        room.pool = WalkerPool()
        room.repair.begin()
        await eventually(lambda: room.is_live)
        step1 = len(one.received)
        pool.go.set()
        await eventually(lambda: any(frame[:2] == b"\0\0" for frame in one.received[step1:]))
        await eventually(lambda: "y" in room.document.doc.get("m", type=Map))
        await pool.__aexit__(None, None, None)
        await room.pool.__aexit__(None, None, None)


async def test_a_document_that_was_restored_while_it_was_loaded_again_ends_its_room() -> None:
    """ROOM-30, OPS-3: what its peers have is of another epoch."""
    documents = SlowDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        found = documents.documents[GRAPH]
        found.stored = replace(found.stored, epoch=2)
        opened(server).repair.begin()
        assert await one.closed() == CloseCode.EPOCH_CHANGED


async def test_a_large_edit_that_finds_the_engine_damaged_is_sent_again() -> None:
    """ROOM-16: who sent it would stay, and nothing more of them would ever be read."""
    async with serve(make_doc=UnreadableDoc) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        live = opened(server).document
        assert isinstance(live.doc, UnreadableDoc)
        live.doc.is_damaged = True
        await one.edit("y", "z" * INLINE_WALK_BYTES)
        assert await one.closed() == CloseCode.TRY_LATER
        await eventually(lambda: opened(server).is_live)
        assert opened(server).document is not live
