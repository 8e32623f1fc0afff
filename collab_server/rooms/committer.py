"""Stores what a room has applied, a batch at a time, and tells the room when each is durable.

Edits that come while a batch is being stored make the next one, so a lone edit is stored at once and many are stored
together. A batch that can't be stored is tried again until it can: it is applied, so nothing may overtake it.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

from collab_server import metrics
from collab_server.errors import NotReady
from collab_server.rooms.batch import Batch
from collab_server.rooms.ledger import Ledger
from collab_server.stores.documents import EpochChanged, NoSuchDocument

RETRY_SECONDS = (0.05, 2.0)
"""The first and the longest pause between attempts to store a batch."""


class Committer:
    """The way of a room's edits to the disk."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        stored: Callable[[Batch], float],
        failing: Callable[[Exception], None],
        max_seconds: float = 5.0,
    ) -> None:
        """`stored` is called with each durable batch and answers for how many seconds the next one should gather;
        `failing` is called after each attempt that failed, and when one takes longer than `max_seconds`.
        """
        self._ledger = ledger
        self._max_seconds = max_seconds
        self._stored, self._failing = stored, failing
        self._work = asyncio.Event()
        self._in_flight: Batch | None = None
        self.batch = Batch()
        """What is applied, and not being stored yet. Call `wake` after putting something in."""

    @property
    def is_settled(self) -> bool:
        """Whether everything that was applied is durable."""
        return self._in_flight is None and not self.batch

    def wake(self) -> None:
        """There is something in the batch."""
        self._work.set()

    def unsettled(self) -> Iterator[Batch]:
        """The batches that are not durable yet, the older one first."""
        if self._in_flight is not None:
            yield self._in_flight
        yield self.batch

    async def settled(self) -> None:
        """Wait until everything applied by now is durable. Raises NotReady if that fails; it is tried again."""
        if self.is_settled:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.batch.waiters.append(done)
        self.wake()
        await done

    def give_up(self, reason: str) -> None:
        """Tell everyone in `settled` that it failed."""
        for batch in self.unsettled():
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_exception(NotReady(reason))

    async def run(self) -> None:
        """Store batches until cancelled. Raises NoSuchDocument or EpochChanged when there is nowhere to store to."""
        rest = 0.0
        while True:
            await self._work.wait()
            if rest > time.monotonic():
                await asyncio.sleep(rest - time.monotonic())
            self._work.clear()
            rest = await self._next() + time.monotonic()

    async def _next(self) -> float:
        """Store what there is, and tell; for how many seconds to gather then."""
        batch, self.batch = self.batch, Batch()
        self._in_flight = batch
        if batch.edits:
            batch.began = time.time()
            await self._store(batch)
        self._in_flight = None
        rest = self._stored(batch)
        for waiter in batch.waiters:
            if not waiter.done():
                waiter.set_result(None)
        return rest

    async def _store(self, batch: Batch) -> None:
        entries = [edit.entry for edit in batch.edits]
        pause, longest = RETRY_SECONDS
        started = time.perf_counter()
        while True:
            slow = asyncio.get_running_loop().call_later(self._max_seconds, self._fail, TimeoutError("no answer"))
            try:
                batch.last = await self._ledger.append(entries)
                break
            except (NoSuchDocument, EpochChanged):
                raise
            except Exception as error:  # locked, full, gone: all that helps is to try again
                slow.cancel()
                self._fail(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest)
            finally:
                slow.cancel()
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        metrics.EDITS.inc(len(entries))

    def _fail(self, error: Exception) -> None:
        """An attempt has failed, or hangs: it is waited for then, since nobody knows what became of it."""
        self.give_up("The edit can't be stored just now; it is stored as soon as that works again.")
        self._failing(error)
