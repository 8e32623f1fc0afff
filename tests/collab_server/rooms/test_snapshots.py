"""When the log of a document becomes a snapshot: ROOM-18."""

import asyncio

import pytest
from pycrdt import Doc, Map

from collab_server.rooms import frames, upkeep
from collab_server.rooms.upkeep import SUMMARY_SECONDS
from collab_server.rooms.walker_pool import TookTooLong
from tests.collab_server.rooms.conftest import GRAPH, eventually, serve
from tests.collab_server.rooms.storage import BusyPool, FailingDocuments, RefusingPool
from tests.convergence.wire import section, string, update


async def test_a_long_log_becomes_a_snapshot() -> None:
    """ROOM-18"""
    documents = FailingDocuments()
    async with serve(documents, snapshot_rows=20) as server:
        one = await server.connect()
        for n in range(60):
            await one.saved(await one.edit("x", n))
        await eventually(lambda: documents.documents[GRAPH].stored.snapshot_seq >= 20)
    again = Doc[Map[int]]()
    stored = documents.documents[GRAPH].stored
    assert stored.snapshot is not None
    again.apply_update(stored.snapshot)
    for entry in stored.tail:
        again.apply_update(entry.update)
    assert again.get("m", type=Map).to_py() == {"x": 59}


async def test_a_large_document_gets_a_snapshot_more_rarely() -> None:
    """ROOM-18"""
    documents = FailingDocuments()
    async with serve(documents, snapshot_rows=5) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", "y" * 30_000))  # too little to become one by itself
        for n in range(20):
            await one.saved(await one.edit("n", n))
        await asyncio.sleep(3 * SUMMARY_SECONDS)
        assert documents.documents[GRAPH].stored.snapshot is None
        for n in range(20):
            await one.saved(await one.edit("n", n))
        await eventually(lambda: documents.documents[GRAPH].stored.snapshot is not None)


async def test_a_log_that_is_slow_to_load_becomes_a_snapshot_when_nobody_edits() -> None:
    """ROOM-18"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", "y" * 40_000))
        await eventually(lambda: documents.documents[GRAPH].stored.snapshot is not None)
        assert documents.documents[GRAPH].stored.tail == ()


async def test_a_document_whose_check_takes_too_long_goes_on_and_is_stored_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ROOM-18: nothing is wrong with it, as far as is known."""
    monkeypatch.setattr(upkeep, "SNAPSHOT_PAUSES", (0.01, 0.1))
    documents = FailingDocuments()
    async with serve(documents, snapshot_rows=1) as server:
        one = await server.connect()
        room = server.rooms.rooms[GRAPH.name]
        live, room.pool = room.live, BusyPool(TookTooLong("busy"), TookTooLong("busy"), TookTooLong("busy"))
        await one.saved(await one.edit("x", 1))
        await eventually(lambda: documents.documents[GRAPH].stored.snapshot_seq == 1)
        assert room.live is live
        assert not documents.quarantined


async def test_a_check_that_takes_too_long_is_not_tried_at_every_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROOM-18: of a full document a snapshot is due after each of them."""
    monkeypatch.setattr(upkeep, "SNAPSHOT_PAUSES", (1000.0, 1000.0))
    async with serve(snapshot_rows=1) as server:
        one = await server.connect()
        room = server.rooms.rooms[GRAPH.name]
        room.pool = pool = BusyPool(TookTooLong("busy"), TookTooLong("busy"))
        for n in range(3):
            await one.saved(await one.edit("x", n))
            await room.upkeep.snapshot()
        assert len(pool.errors) == 1


async def test_the_pauses_after_snapshots_that_fail_grow() -> None:
    """ROOM-18"""
    async with serve() as server:
        await server.connect()
        chores = server.rooms.rooms[GRAPH.name].upkeep
        pauses = [chores._put_off() for _ in range(9)]
        assert (pauses[:3], pauses[-1]) == ([30, 60, 120], 3600)


async def test_a_state_that_is_damaged_every_time_is_quarantined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROOM-16, ROOM-18"""
    monkeypatch.setattr(upkeep, "SNAPSHOT_PAUSES", (0.0, 0.0))
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        room = server.rooms.rooms[GRAPH.name]
        room.pool = RefusingPool()
        for _ in range(3):
            await room.upkeep.snapshot()
            await eventually(lambda: room.is_live)
        assert len(documents.quarantined) == 1


async def test_a_document_that_names_many_root_types_becomes_a_snapshot_and_is_opened_again() -> None:
    """GUARD-5, GUARD-19: none of its updates names more than one may."""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        for number in range(2):
            names = (string("a", parent=f"{number} {at}") for at in range(200))
            told = update(section(7, 200 * number, *names))
            await one.socket.send(frames.update(told))
            await one.saved(told)
        await server.rooms.rooms[GRAPH.name].upkeep.snapshot()
        assert documents.documents[GRAPH].stored.snapshot_seq == 2
    async with serve(documents) as server:
        again = await server.connect()
        await again.saved(await again.edit("x", 1))
