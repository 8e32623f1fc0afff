"""What a room has of its document on disk, mirrored in memory: a state, and the updates after it.

Other workers write to the same log. The mirror has what this room wrote and what it has followed of the others', in the
order in which they came here, which is one in which each depends only on those before it.

`DocumentLedger` keeps it in a log and snapshots; `RunLedger` keeps nothing, since the engine's log is the truth of a
run. Both fill a new document when a room opens, and give the document as it is on disk when the live one is ahead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from pycrdt import Doc

from collab_server.logging import logger
from collab_server.rooms.crdt import engine_calls
from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.gate import Gate
from collab_server.rooms.gate_places import Misplaced
from collab_server.rooms.replay import replay
from collab_server.rooms.sequence import Sequence
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
from flowroom.run_document import finished, put_aside
from flowroom.runs import TERMINAL_RUN_STATES, RunView

log = logger("rooms")

INLINE_APPLY_BYTES = 128 * 1024
"""The largest document that is made from its updates where others wait for the loop: 6 ms."""
TRIES = 3
"""How often a document is made beside the loop, if its log goes on meanwhile."""
Fill = Callable[[DocumentKey], Awaitable[RunView]]
"""Gives the view of a run; raises NotFound when there is no such run."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a log: its sequence number, and how many entries of the mirror lie before it."""

    seq: int
    entries: int
    load: int
    """Which load of the log the mirror is of: another has entries of its own, which may not be counted by this."""


class Ledger(Protocol):
    """Where a room's edits go before anyone sees them."""

    epoch: int
    sequence: Sequence
    """How much of the log is in the document."""
    rebuilds: bool
    """Whether `fill` gives everything that was appended."""
    left_out: list[Entry]
    """The entries of the log of which `fill` could not take everything (replay.py)."""

    @property
    def size(self) -> int:
        """About how many bytes the document has, encoded."""

    @property
    def unsaved(self) -> int:
        """How many log entries of this room no snapshot stands for."""

    async def fill(self, doc: Doc[Any], pool: WalkerPool, *, wary: bool = False) -> Gate:
        """Bring a new document to what is on disk, and give its gate; `wary` as for `replay`. Raises NoSuchDocument and
        what storage raises.
        """

    async def append(self, entries: Iterable[Entry], summary: Summary | None = None) -> int:
        """Make edits durable; returns the log's last number. Raises NoSuchDocument, EpochChanged and others."""

    async def fetch(self) -> Stored:
        """What of the log is not in the document. Raises NoSuchDocument, EpochChanged and what storage raises."""

    def follow(self, update: bytes, first: int, last: int) -> None:
        """The log's entries `first` to `last`, which others wrote, are in the document; `update` is all of them."""

    def committed(self) -> Doc[Any]:
        """The document as it is on disk; not to be changed. It is made when first asked for, 50 ms for a MB."""

    @property
    def is_at_hand(self) -> bool:
        """Whether `committed` takes a moment only."""

    async def prepare(self) -> None:
        """Have `committed` at hand, if it was not about to change all the time."""

    def due(self, rows: int, size: int) -> bool:
        """Whether this room wrote so many rows or bytes of updates since the last snapshot."""

    async def fold(self, rows: int, size: int) -> None:
        """Let one state stand for the updates in memory, if they are so many. Not while a snapshot is being made."""

    def relieved(self) -> None:
        """Another worker has just made a snapshot."""

    def mark(self) -> Mark:
        """How far the log goes now: take it before the state that will stand for it."""

    async def snapshot(self, state: bytes, mark: Mark) -> None:
        """Let `state`, which holds everything up to a mark and perhaps more, stand for the log up to there."""

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """Keep bytes that were refused."""

    def close(self) -> None:
        """Let go of the mirror: nobody asks for it any more."""


class DocumentLedger:
    """The ledger of a graph or discussion."""

    rebuilds = True

    def __init__(self, documents: Documents, key: DocumentKey) -> None:
        self._documents = documents
        self._key = key
        self._base = EMPTY_UPDATE
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._own_rows = self._own_size = 0
        self._load_number = 0
        self._committed: Doc[Any] | None = None
        self.epoch = 0
        self.sequence = Sequence()
        self.left_out: list[Entry] = []

    async def fill(self, doc: Doc[Any], pool: WalkerPool, *, wary: bool = False) -> Gate:
        """See Ledger.fill. The snapshot was walked before it was stored; the log goes through the gate again."""
        stored = await self._load()
        self._load_number += 1
        self.epoch = stored.epoch
        self.sequence.start(stored.seq)
        self._base = stored.snapshot or EMPTY_UPDATE
        self._set_tail([entry.update for entry in stored.tail])
        self._own_rows, self._own_size = len(self._tail), self._tail_size
        self.left_out = []
        left_out = partial(self._leave_out, stored.tail)
        gate = await replay(doc, self._base, self._tail, pool, wary=wary, left_out=left_out)
        self._set_tail(self._tail)  # of what was taken of the entries
        return gate

    async def append(self, entries: Iterable[Entry], summary: Summary | None = None) -> int:
        """See Ledger.append."""
        entries = list(entries)
        last = await self._documents.append(self._key, self.epoch, entries, summary)
        if not entries:
            self.sequence.saw(last)
            return last
        self.sequence.take(last - len(entries) + 1, last)
        self._add_to_tail([entry.update for entry in entries])
        self._own_rows += len(entries)
        self._own_size += sum(len(entry.update) for entry in entries)
        return last

    async def fetch(self) -> Stored:
        """See Ledger.fetch."""
        return await self._documents.since(self._key, self.epoch, self.sequence.seq)

    def follow(self, update: bytes, first: int, last: int) -> None:
        """See Ledger.follow."""
        self.sequence.take(first, last)
        self._add_to_tail([update])

    def committed(self) -> Doc[Any]:
        """See Ledger.committed."""
        if self._committed is None:
            self._committed = _document(self._updates)
        return self._committed

    @property
    def is_at_hand(self) -> bool:
        """See Ledger.is_at_hand."""
        return self._committed is not None or self.size <= INLINE_APPLY_BYTES

    async def prepare(self) -> None:
        """See Ledger.prepare."""
        for _ in range(TRIES):
            if self.is_at_hand:
                return
            tail, entries = self._tail, len(self._tail)
            doc = await asyncio.to_thread(_document, self._updates)
            if self._tail is tail and len(tail) == entries:
                self._committed = doc

    def due(self, rows: int, size: int) -> bool:
        """See Ledger.due."""
        return self._own_rows >= rows or self._own_size >= size

    async def fold(self, rows: int, size: int) -> None:
        """See Ledger.fold."""
        if len(self._tail) >= rows or self._tail_size >= size:
            mark = self.mark()
            state = await asyncio.to_thread(_state, self._updates)
            if mark.load == self._load_number:
                self._base = state
                self._set_tail(self._tail[mark.entries :])

    def relieved(self) -> None:
        """See Ledger.relieved."""
        self._own_rows = self._own_size = 0

    def mark(self) -> Mark:
        """See Ledger.mark."""
        return Mark(self.sequence.seq, len(self._tail), self._load_number)

    async def snapshot(self, state: bytes, mark: Mark) -> None:
        """See Ledger.snapshot. One at a time: a mark counts from the last one."""
        await self._documents.snapshot(self._key, self.epoch, mark.seq, state)
        if mark.load != self._load_number:
            return  # loaded again meanwhile, with or without the snapshot: the mirror has all of it either way
        self._base = state
        self._set_tail(self._tail[mark.entries :])
        self._own_rows = min(self._own_rows, len(self._tail))
        self._own_size = min(self._own_size, self._tail_size)

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """See Ledger.quarantine."""
        await self._documents.quarantine(self._key, entry, reason)

    def close(self) -> None:
        """See Ledger.close."""
        self._base = EMPTY_UPDATE
        self._set_tail([])

    @property
    def size(self) -> int:
        """See Ledger.size."""
        return len(self._base) + self._tail_size

    @property
    def unsaved(self) -> int:
        """See Ledger.unsaved."""
        return self._own_rows

    async def _load(self) -> Stored:
        return await self._documents.load(self._key)

    @property
    def _updates(self) -> list[bytes]:
        return [self._base, *self._tail]

    def _set_tail(self, updates: list[bytes]) -> None:
        self._tail, self._tail_size = updates, sum(map(len, updates))
        self._committed = None

    def _add_to_tail(self, updates: list[bytes]) -> None:
        self._tail += updates
        self._tail_size += sum(map(len, updates))
        self._committed = None

    async def _leave_out(self, stored: tuple[Entry, ...], place: int, error: Misplaced) -> None:
        """Keep aside an entry of which not everything can be."""
        of_whom = stored[place] if place < len(stored) else Entry(b"")
        entry = replace(of_whom, update=self._tail[place], origin="log")
        self.left_out.append(entry)
        log.error("not all of an entry of the log can be", room=self._key.name, what=error.what, user=entry.user)
        try:
            await self.quarantine(entry, "misplaced")
        except Exception as failure:  # whoever opens the document must not wait for a disk that is full
            log.error("not quarantined", room=self._key.name, error=repr(failure))


def _document(updates: list[bytes]) -> Doc[Any]:
    doc: Doc[Any] = Doc()
    with engine_calls(), doc.transaction():
        for update in updates:
            doc.apply_update(update)
    return doc


def _state(updates: list[bytes]) -> bytes:
    return _document(updates).get_update()


class DiscussionLedger(DocumentLedger):
    """The ledger of a graph's threads, which begins when someone first looks for them."""

    async def _load(self) -> Stored:
        if not await self._documents.exists(DocumentKey("graph", self._key.id)):
            raise NoSuchDocument(self._key)
        if not await self._documents.exists(self._key):  # who reads one that is there waits for no writer
            with suppress(DocumentExists):
                await self._documents.create(self._key)
        return await self._documents.load(self._key)


class RunLedger:
    """The ledger of a run: filled from the engine's log once it has ended, or while it waits, and never written."""

    rebuilds = False
    epoch = 1
    size = 0
    unsaved = 0

    def __init__(self, key: DocumentKey, fill: Fill) -> None:
        self._key = key
        self._fill = fill
        self.left_out: list[Entry] = []
        self.sequence = Sequence()
        self.complete = False
        """Whether the run has ended, and its document was filled with all of it."""

    async def fill(self, doc: Doc[Any], pool: WalkerPool, *, wary: bool = False) -> Gate:
        """See Ledger.fill. While a run goes the engine's peer writes the document, so it is left empty; but while it
        waits no engine has it.
        """
        view = await self._look()
        if self.complete or view.status == "waiting":
            doc.apply_update(finished(view) if self.complete else put_aside(view))
        return Gate(doc.get_state())

    async def ending(self) -> bytes | None:
        """The whole document as an update, if the run has ended by now."""
        view = await self._look()
        return finished(view) if self.complete else None

    async def _look(self) -> RunView:
        view = await self._fill(self._key)
        self.complete = view.status in TERMINAL_RUN_STATES
        return view

    async def append(self, entries: Iterable[Entry], summary: Summary | None = None) -> int:
        """Nothing to do: the engine has stored it before it wrote it here."""
        return 0

    async def fetch(self) -> Stored:
        """Nothing: a run has no log of updates."""
        return Stored(1, 0, None, 0, ())

    def follow(self, update: bytes, first: int, last: int) -> None:
        """Nothing to do, as in append."""

    def committed(self) -> Doc[Any]:
        """An empty document: nothing of a run is stored here."""
        return Doc()

    def due(self, rows: int, size: int) -> bool:
        """Never."""
        return False

    @property
    def is_at_hand(self) -> bool:
        """Always: it is empty."""
        return True

    async def prepare(self) -> None:
        """Nothing to do."""

    async def fold(self, rows: int, size: int) -> None:
        """Nothing to do."""

    def relieved(self) -> None:
        """Nothing to do."""

    def mark(self) -> Mark:
        """Nowhere."""
        return Mark(0, 0, 0)

    async def snapshot(self, state: bytes, mark: Mark) -> None:
        """Nothing to do, as in append."""

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """Nothing to do: what an engine sent is in its own log."""

    def close(self) -> None:
        """Nothing to let go of."""
