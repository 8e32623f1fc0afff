"""What a room has of its document on disk, mirrored in memory: a state, and the updates after it.

`DocumentLedger` keeps it in a log and snapshots; `RunLedger` keeps nothing, since the engine's log is the truth of a
run. Both fill a new document when a room opens, and give the document as it is on disk when the live one is ahead.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from pycrdt import Doc

from collab_server.rooms.crdt import engine_calls
from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.gate import Gate
from collab_server.rooms.peer import YIELD_SECONDS
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.stores.documents import (
    DocumentExists,
    DocumentKey,
    Documents,
    Entry,
    NoSuchDocument,
    Stored,
    Summary,
)
from flowroom.run_document import RunDocument
from flowroom.runs import TERMINAL_RUN_STATES, RunView

Fill = Callable[[DocumentKey], Awaitable[RunView]]
"""Gives the view of a run; raises NotFound when there is no such run."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a log: its sequence number, and how many entries since the last snapshot lie before it."""

    seq: int
    entries: int


class Ledger(Protocol):
    """Where a room's edits go before anyone sees them."""

    epoch: int
    seq: int
    rebuilds: bool
    """Whether `fill` gives everything that was appended."""

    @property
    def size(self) -> int:
        """About how many bytes the document has, encoded."""

    @property
    def unsaved(self) -> int:
        """How many log entries no snapshot stands for."""

    async def fill(self, doc: Doc[Any], pool: WalkerPool) -> Gate:
        """Bring a new document to what is on disk, and give its gate. Raises NoSuchDocument and what storage raises."""

    async def append(self, entries: Sequence[Entry], summary: Summary | None = None) -> None:
        """Make edits durable. Raises NoSuchDocument, EpochChanged and what storage raises."""

    def committed(self) -> Doc[Any]:
        """The document as it is on disk."""

    def due(self, rows: int, size: int) -> bool:
        """Whether so many rows or bytes of updates came since the last snapshot."""

    def mark(self) -> Mark:
        """How far the log goes now: take it before the state that will stand for it."""

    async def snapshot(self, state: bytes, mark: Mark) -> None:
        """Let `state`, which holds everything up to a mark and perhaps more, stand for the log up to there."""

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """Keep bytes that were refused."""


class DocumentLedger:
    """The ledger of a graph or discussion."""

    rebuilds = True

    def __init__(self, documents: Documents, key: DocumentKey) -> None:
        self._documents = documents
        self._key = key
        self._base = EMPTY_UPDATE
        self._tail: list[bytes] = []
        self._tail_size = 0
        self.epoch = 0
        self.seq = 0

    async def fill(self, doc: Doc[Any], pool: WalkerPool) -> Gate:
        """See Ledger.fill. The snapshot was walked before it was stored; the log goes through the gate again."""
        stored = await self._load()
        self.epoch, self.seq = stored.epoch, stored.seq
        self._base = stored.snapshot or EMPTY_UPDATE
        self._set_tail([entry.update for entry in stored.tail])
        return await self._replay(doc, pool)

    async def append(self, entries: Sequence[Entry], summary: Summary | None = None) -> None:
        """See Ledger.append."""
        self.seq = await self._documents.append(self._key, self.epoch, entries, summary)
        self._tail += [entry.update for entry in entries]
        self._tail_size += sum(len(entry.update) for entry in entries)

    def committed(self) -> Doc[Any]:
        """See Ledger.committed."""
        doc: Doc[Any] = Doc()
        with engine_calls(), doc.transaction():
            for update in (self._base, *self._tail):
                doc.apply_update(update)
        return doc

    def due(self, rows: int, size: int) -> bool:
        """See Ledger.due."""
        return len(self._tail) >= rows or self._tail_size >= size

    def mark(self) -> Mark:
        """See Ledger.mark."""
        return Mark(self.seq, len(self._tail))

    async def snapshot(self, state: bytes, mark: Mark) -> None:
        """See Ledger.snapshot. One at a time: a mark counts from the last one."""
        await self._documents.snapshot(self._key, self.epoch, mark.seq, state)
        self._base = state
        self._set_tail(self._tail[mark.entries :])

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """See Ledger.quarantine."""
        await self._documents.quarantine(self._key, entry, reason)

    @property
    def size(self) -> int:
        """See Ledger.size."""
        return len(self._base) + self._tail_size

    @property
    def unsaved(self) -> int:
        """See Ledger.unsaved."""
        return len(self._tail)

    async def _load(self) -> Stored:
        return await self._documents.load(self._key)

    def _set_tail(self, updates: list[bytes]) -> None:
        self._tail, self._tail_size = updates, sum(map(len, updates))

    async def _replay(self, doc: Doc[Any], pool: WalkerPool) -> Gate:
        with engine_calls():
            doc.apply_update(self._base)
            gate = await pool.open_gate(self._base, doc.get_state())
        ready: list[bytes] = []
        turn = time.monotonic()
        for update in self._tail:
            admitted = await pool.admit(gate, update)
            gate.applied(admitted)
            if admitted.update is not None:
                ready.append(admitted.update)
            if time.monotonic() - turn > YIELD_SECONDS:  # a long log takes a second: other rooms go on meanwhile
                await asyncio.sleep(0)
                turn = time.monotonic()
        with engine_calls(), doc.transaction():
            for update in ready:
                doc.apply_update(update)
        return gate


class DiscussionLedger(DocumentLedger):
    """The ledger of a graph's threads, which begins when someone first looks for them."""

    async def _load(self) -> Stored:
        if not await self._documents.exists(DocumentKey("graph", self._key.id)):
            raise NoSuchDocument(self._key)
        with suppress(DocumentExists):
            await self._documents.create(self._key)
        return await self._documents.load(self._key)


class RunLedger:
    """The ledger of a run: filled from the engine's log once the run has ended, and never written."""

    rebuilds = False
    epoch = 1
    seq = 0
    size = 0
    unsaved = 0

    def __init__(self, key: DocumentKey, fill: Fill) -> None:
        self._key = key
        self._fill = fill

    async def fill(self, doc: Doc[Any], pool: WalkerPool) -> Gate:
        """See Ledger.fill. While a run goes the engine's peer writes the document, so it is left empty."""
        view = await self._fill(self._key)
        if view.status in TERMINAL_RUN_STATES:
            RunDocument(doc).write(view, view.nodes)
        return Gate(doc.get_state())

    async def append(self, entries: Sequence[Entry], summary: Summary | None = None) -> None:
        """Nothing to do: the engine has stored it before it wrote it here."""

    def committed(self) -> Doc[Any]:
        """An empty document: nothing of a run is stored here."""
        return Doc()

    def due(self, rows: int, size: int) -> bool:
        """Never."""
        return False

    def mark(self) -> Mark:
        """Nowhere."""
        return Mark(0, 0)

    async def snapshot(self, state: bytes, mark: Mark) -> None:
        """Nothing to do, as in append."""

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """Nothing to do: what an engine sent is in its own log."""
