"""One run's way into the log: decisions are gathered while a commit is under way, and go together into the next.

What belongs to one decision is added without an await in between, so it is never torn apart. A refused commit is
tried again for as long as the lease may last; only a fence is final. One that was not answered may have been done, so
it is looked for before it is tried again: nothing is written twice.
"""

import asyncio
import concurrent.futures
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection

from engine.batch import MAX_INLINE_BYTES, Batch, Blob, append, blob_of, is_written
from engine.errors import NotJson, Stopped
from engine.runlog import Claim
from flowroom.model import Json, NodeId
from flowroom.runs import EventType, NodePath, RunEvent, preview
from flowroom.sql import may_pass
from flowroom.writer import Writer, WriterClosed

RETRY_SECONDS = 0.5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A payload in both its forms: for viewers, and as it is stored; large values are blobs."""

    payload: dict[str, Any]
    raw: orjson.Fragment
    blobs: tuple[Blob, ...] = ()


class Journal:
    """Writes the log of one claimed run. `committed` is told of events once they are durable."""

    def __init__(
        self,
        writer: Writer,
        claim: Claim,
        *,
        committed: Callable[[list[RunEvent]], None] | None = None,
        lost: Callable[[BaseException], None] | None = None,
        after: int | None = None,
    ) -> None:
        self.claim = claim
        self.seq = claim.last_seq if after is None else after
        self.error: BaseException | None = None
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._committed = committed
        self._lost = lost
        self._batch = Batch()
        self._events: list[RunEvent] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._busy = False
        self._batch_ended = asyncio.Event()
        self._scheduled = False

    def now(self) -> float:
        """What time it is by the run log."""
        return self.claim.now()

    def event(
        self,
        type: EventType,
        node: NodePath | None = None,
        iteration: int = 0,
        attempt: int = 0,
        payload: dict[str, Any] | None = None,
        encoded: Encoded | None = None,
    ) -> None:
        """Add an event; raises NotJson when its payload can't be written down."""
        raw: orjson.Fragment | None = None
        if encoded is not None:
            payload, raw = encoded.payload, encoded.raw
            if encoded.blobs:
                self._batch.blobs.extend(encoded.blobs)
        elif payload is not None:
            raw = orjson.Fragment(dumped(payload))
        self.seq += 1
        at = self.now()
        self._batch.rows.append((self.seq, at, type, node, iteration, attempt, raw))
        if self._committed is not None:
            self._events.append(RunEvent(self.seq, at, type, node, iteration, attempt, payload))
        if not self._busy and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def entry(self, path: NodePath, node: NodeId, iteration: int, entry: dict[str, Any]) -> None:
        """Add an entry of a Chat or Log, as an event and to the node's history."""
        self._batch.entries.append((node, dumped(entry)))
        self.event("node.entry", path, iteration, payload=entry)

    def state(self, node: NodeId, state: dict[str, Json]) -> None:
        """Keep what a node remembers."""
        self._batch.states[node] = dumped(state)

    def effect(self, path: NodePath, iteration: int) -> None:
        """Note that something outside may be about to happen."""
        key = idempotency_key(self.claim.id, path, iteration)
        self._batch.effects.append((key, path, iteration, self.now()))

    def run(self, **fields: Any) -> None:
        """Change fields of the run's row; the one character that PostgreSQL has no place for is shown as another."""
        self._batch.run.update({k: v.replace("\0", "\ufffd") if isinstance(v, str) else v for k, v in fields.items()})

    async def durable(self) -> None:
        """Wait until everything added so far is on disk; raises what ended this journal, such as Fenced."""
        if self.error is not None:
            raise self.error
        if self._batch.rows or self._busy:
            waiting: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(waiting)
            self._flush()
            await waiting

    async def stop(self) -> None:
        """Write nothing more, and drop what no commit has begun with. Returns when the batch under way is written, or
        refused for good: until then nobody can say which event is the last, and so write another after it.
        """
        self._lost = None
        self.error = self.error or Stopped(self.claim.id)
        self._wake(self.error)
        while self._busy:
            self._batch_ended.clear()
            await self._batch_ended.wait()

    def _flush(self) -> None:
        self._scheduled = False
        if self._busy or self.error is not None:
            return
        if not self._batch.rows:
            self._wake(None)
            return
        batch, self._batch = self._batch, Batch()
        events, self._events = self._events, []
        waiting, self._waiting = self._waiting, []
        self._busy = True
        self._submit(batch, events, waiting)

    def _submit(
        self, batch: Batch, events: list[RunEvent], waiting: list[asyncio.Future[None]], *, again: bool = False
    ) -> None:
        run, graph, epoch, last = self.claim.id, self.claim.graph, self.claim.epoch, batch.rows[-1][0]

        def work(connection: Connection) -> None:
            if not (again and is_written(connection, run, epoch, last)):
                append(connection, run, graph, epoch, batch)

        def done(future: concurrent.futures.Future[None]) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._ended, future, batch, events, waiting)

        try:
            self._writer.submit(work).add_done_callback(done)
        except WriterClosed as error:
            self._fail(error, waiting)

    def _ended(
        self,
        future: concurrent.futures.Future[None],
        batch: Batch,
        events: list[RunEvent],
        waiting: list[asyncio.Future[None]],
    ) -> None:
        error = future.exception()
        if error is not None and not may_pass(error):
            self._fail(error, waiting)  # fenced, or a batch that would be refused for ever
        elif error is not None:
            _log.error("run log refused a batch, trying again", run=self.claim.id, error=str(error))
            again = partial(self._submit, batch, events, waiting, again=True)
            self._loop.call_later(RETRY_SECONDS, again)
        else:
            self._rest()
            self._show(events)
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)
            if self._batch.rows or self._waiting:  # whoever began to wait meanwhile, even if nothing was added
                self._flush()

    def _show(self, events: list[RunEvent]) -> None:
        """Tell whoever watches: what goes wrong there must not keep the run from going on."""
        if self._committed is not None:
            try:
                self._committed(events)
            except Exception:
                _log.exception("events of a run can't be shown", run=self.claim.id)

    def _fail(self, error: BaseException, waiting: list[asyncio.Future[None]]) -> None:
        self.error = error
        self._rest()
        self._waiting += waiting
        self._wake(error)
        if self._lost is not None:
            self._lost(error)

    def _rest(self) -> None:
        self._busy = False
        self._batch_ended.set()

    def _wake(self, error: BaseException | None) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)


def idempotency_key(run: str, path: str, iteration: int) -> str:
    """The name of a node instance for the outside world: the same on every attempt and after every restart."""
    return hashlib.sha256(f"{run}\n{path}\n{iteration}".encode()).hexdigest()[:32]


def dumped(value: Json) -> bytes:
    """A value as JSON; raises NotJson that says what can't be written down."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise NotJson(
            f"A value can't be written down as JSON ({error}): return text, numbers, lists or objects."
        ) from error


def encoded(outputs: dict[str, Json], more: dict[str, Any] | None = None) -> Encoded:
    """The payload of a success. Each value beyond 2 kB becomes a blob with a preview."""
    payload: dict[str, Any] = {"outputs": outputs} if not more else {"outputs": outputs, **more}
    raw = dumped(payload)
    if len(raw) <= MAX_INLINE_BYTES:
        return Encoded(payload, orjson.Fragment(raw))
    shown: dict[str, Json] = {}
    blobs: list[Blob] = []
    for port, value in outputs.items():
        inner = dumped(value)
        if len(inner) <= MAX_INLINE_BYTES:
            shown[port] = value
        else:
            stored = blob_of(value, inner)
            blobs.append(stored)
            shown[port] = {
                "$blob": stored.hash,
                "size": len(stored.content),
                "type": stored.type,
                "preview": preview(value if isinstance(value, str) else inner.decode()),
            }
    payload = {**payload, "outputs": shown}
    return Encoded(payload, orjson.Fragment(dumped(payload)), tuple(blobs))
