"""When the log of a document becomes a snapshot: ROOM-18."""

import asyncio

from pycrdt import Doc, Map

from collab_server.rooms.upkeep import SUMMARY_SECONDS
from tests.collab_server.rooms.conftest import GRAPH, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments


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
