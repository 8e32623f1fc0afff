"""Documents that misbehave on demand, and a document whose engine panics."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from pycrdt import Doc

from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.gate import Admitted, Gate
from collab_server.rooms.walker import Malformed
from collab_server.rooms.walker_child import Job
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.stores.documents import DocumentKey, Entry, MemoryDocuments, Stored, Summary


class FailingDocuments(MemoryDocuments):
    """Storage that is full, or gone, while `failing` says so."""

    failing = False
    failing_loads = False
    attempts = 0

    async def append(
        self, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None = None
    ) -> int:
        self.attempts += 1
        if self.failing:
            raise OSError("No space left on device")
        return await super().append(key, epoch, entries, summary)

    async def load(self, key: DocumentKey) -> Stored:
        if self.failing_loads:
            raise OSError("Input/output error")
        return await super().load(key)


class HeldDocuments(MemoryDocuments):
    """Storage whose commits wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        self.go = asyncio.Event()
        self.go.set()

    async def append(
        self, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None = None
    ) -> int:
        self.held += 1
        await self.go.wait()
        self.held -= 1
        return await super().append(key, epoch, entries, summary)


class PanicException(BaseException):
    """What a Rust panic looks like from Python."""


class PanickingDoc(Doc[Any]):
    """A document whose engine panics at updates that have this word in them."""

    WORD = b"panic!"

    def apply_update(self, update: bytes) -> None:
        if self.WORD in update:
            raise PanicException("called `Option::unwrap()` on a `None` value")
        super().apply_update(update)


class UnreadableDoc(Doc[Any]):
    """A document whose engine panics at whatever is asked of it, while that is so."""

    is_damaged = False

    def get_update(self, state: bytes | None = None) -> bytes:
        if self.is_damaged:
            raise PanicException("called `Option::unwrap()` on a `None` value")
        return super().get_update(state)


class HeldPool(WalkerPool):
    """A pool whose walks of whole documents wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def check(self, document: bytes) -> Admitted:
        self.asked.set()
        await self.go.wait()
        return await super().check(document)


class SlowChildren(WalkerPool):
    """A pool whose children have their say when they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def _ask(self, job: Job) -> Admitted:
        try:
            return await super()._ask(job)
        finally:
            self.asked.set()
            await self.go.wait()


class SlowPool(WalkerPool):
    """A pool that says what it thinks of updates when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def admit(self, gate: Gate, update: bytes, document: Callable[[], bytes] | None = None) -> Admitted:
        admitted = await super().admit(gate, update, document)
        if update != EMPTY_UPDATE:  # as the snapshot is of which a gate learns first
            self.asked.set()
            await self.go.wait()
        return admitted


class BusyPool(WalkerPool):
    """A pool that fails with these errors, one each time, before it works."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def admit(self, gate: Gate, update: bytes, document: Callable[[], bytes] | None = None) -> Admitted:
        if self.errors:
            raise self.errors.pop(0)
        return await super().admit(gate, update, document)


class RefusingPool(WalkerPool):
    """A pool that finds every document damaged."""

    async def check(self, document: bytes) -> Admitted:
        raise Malformed("damaged")
