"""The document as it is on disk, for those who ask while the live one is ahead of it: ROOM-32."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pycrdt import Doc, Map

from collab_server.rooms import ledger as ledgers
from collab_server.rooms.ledger import INLINE_APPLY_BYTES, DocumentLedger
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.stores.documents import Entry, MemoryDocuments
from tests.collab_server.rooms.conftest import DEADLINE, GRAPH, Running, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments

make = ledgers._document
LARGE = "x" * (INLINE_APPLY_BYTES + 1)


def edit(key: str, value: Any) -> bytes:
    doc: Doc[Any] = Doc()
    doc.get("m", type=Map)[key] = value
    return doc.get_update()


def content(doc: Doc[Any]) -> Any:
    return doc.get("m", type=Map).to_py()


class Makers:
    """The threads in which documents were made from their updates, each when it was let go."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.failures = 0
        """How many of them fail, the first ones."""
        self.go = threading.Event()
        self.go.set()

    def make(self, updates: list[bytes]) -> Doc[Any]:
        self.threads.append(threading.current_thread())
        self.go.wait(DEADLINE)
        if len(self.threads) <= self.failures:
            raise MemoryError
        return make(updates)


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> Makers:
    makers = Makers()
    monkeypatch.setattr(ledgers, "_document", makers.make)
    return makers


async def opened(*updates: bytes) -> DocumentLedger:
    documents = MemoryDocuments()
    await documents.create(GRAPH)
    await documents.append(GRAPH, 1, [Entry(update) for update in updates])
    ledger = DocumentLedger(documents, GRAPH)
    async with WalkerPool() as pool:
        await ledger.fill(Doc(), pool)
    return ledger


async def test_the_document_on_disk_is_made_once_until_the_log_goes_on() -> None:
    """ROOM-32"""
    ledger = await opened(edit("x", 1))
    first = ledger.committed()
    assert ledger.committed() is first
    await ledger.append([Entry(edit("y", 2))])
    assert content(ledger.committed()) == {"x": 1, "y": 2}
    ledger.follow(edit("z", 3), 3, 3)
    assert content(ledger.committed()) == {"x": 1, "y": 2, "z": 3}


async def test_a_document_that_was_made_while_the_log_went_on_is_made_again(makers: Makers) -> None:
    """ROOM-32"""
    ledger = await opened(edit("x", LARGE))
    makers.go.clear()
    preparing = asyncio.create_task(ledger.prepare())
    await eventually(lambda: makers.threads)
    ledger.follow(edit("y", 2), 2, 2)
    makers.go.set()
    await preparing
    assert ledger.is_at_hand
    assert content(ledger.committed()) == {"x": LARGE, "y": 2}
    assert threading.main_thread() not in makers.threads


async def test_what_comes_while_a_long_log_is_folded_is_kept(makers: Makers) -> None:
    """ROOM-32"""
    ledger = await opened(edit("x", 1), edit("y", 2))
    makers.go.clear()
    folding = asyncio.create_task(ledger.fold(2, 2**20))
    await eventually(lambda: makers.threads)
    ledger.follow(edit("z", 3), 3, 3)
    makers.go.set()
    await folding
    assert ledger.mark().entries == 1
    assert content(ledger.committed()) == {"x": 1, "y": 2, "z": 3}


@asynccontextmanager
async def unsaved(documents: FailingDocuments) -> AsyncIterator[Running]:
    """A server with a large document, and an edit of it that can't be stored."""
    async with serve(documents) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", LARGE))
        documents.failing = True
        await one.edit("y", 1)
        await eventually(lambda: one.notices)
        yield server


async def test_joiners_of_a_large_document_wait_for_one_that_is_made_beside_the_loop(
    makers: Makers,
) -> None:
    """ROOM-32, ROOM-14: while edits can't be stored."""
    documents = FailingDocuments()
    async with unsaved(documents) as server:
        for _ in range(3):
            joiner = await server.connect()
            assert joiner.map.to_py() == {"x": LARGE}
        assert len(makers.threads) == 1
        assert makers.threads[0] is not threading.main_thread()
        documents.failing = False
        await joiner.shows("y", 1)


async def test_who_waits_for_a_document_that_could_not_be_made_is_given_it_later(makers: Makers) -> None:
    """ROOM-32, ROOM-31: a machine may be out of memory, or of threads, for a moment."""
    documents = FailingDocuments()
    async with unsaved(documents) as server:
        makers.failures = 2
        joiner = await server.connect()
        assert joiner.map.to_py() == {"x": LARGE}
