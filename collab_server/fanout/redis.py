"""Fan-out through Redis: for several workers, on one machine or many.

Redis keeps nothing of ours: no key, only messages in passing. So flushing it harms nothing, and a Redis that is paused,
restarted or cut off delays what workers hear of each other, until they look into SQL by themselves or hear again.

Each document has a channel, `flowroom:{graph:abc}`; its braces make a cluster keep all that concerns the document on
one node. What concerns everyone goes over `flowroom:{workers}`.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from collab_server import metrics
from collab_server.fanout.line import FAILURES, Line
from collab_server.fanout.outbox import MAX_BYTES, Outbox
from collab_server.fanout.patience import back_off
from collab_server.fanout.port import Message, Receive, ToAll, Tuned
from collab_server.fanout.wire import decode, encode
from collab_server.logging import logger
from collab_server.rooms.tasks import Tasks
from collab_server.stores.documents import DocumentKey

ALL = "flowroom:{workers}"
ANSWER_SECONDS = 2.0
"""How long Redis may take to answer."""
COUNT_SECONDS = 0.5
"""How long to wait for the number of others."""
LAST_SECONDS = 0.5
"""How long what waits may take to be sent when a worker ends."""

log = logger("fanout")


class RedisFanout:
    """One worker's end. Runs as an async context manager, and needs no Redis to begin."""

    def __init__(self, url: str, *, limit: int = MAX_BYTES) -> None:
        """`url` as `redis://host:6379/0`, or `rediss://` for TLS; `limit` bounds the bytes that wait to be sent."""
        self.worker = uuid4().hex
        self._client = _client(url)
        self._line = Line(self._client, hear=self._hear, tuned=self._tell_tuned)
        self._outbox = Outbox(limit)
        self._filled = asyncio.Event()
        self._ears: list[tuple[Receive, Tuned]] = []
        self._tasks = Tasks("fanout")
        self._sending_fails: str | None = None

    async def __aenter__(self) -> Self:
        self._line.follow(ALL)
        self._tasks.start(self._line.run)
        self._tasks.start(self._send)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what waits, if that takes no time, and hang up."""
        with suppress(*FAILURES):
            async with asyncio.timeout(LAST_SECONDS):
                await self._send_all()
        await self._tasks.wait_closed()
        await self._client.aclose()

    def publish(self, message: Message) -> None:
        """See Fanout.publish. This worker hears it at once, whether or not Redis is there."""
        self._outbox.put(message, _channel(message), encode(message))
        self._filled.set()
        self._tell(message)

    @contextmanager
    def listen(self, receive: Receive, tuned: Tuned) -> Iterator[None]:
        """See Fanout.listen."""
        ear = receive, tuned
        self._ears.append(ear)
        try:
            yield
        finally:
            self._ears.remove(ear)

    def follow(self, key: DocumentKey) -> None:
        """See Fanout.follow."""
        self._line.follow(_channel_of(key))

    def unfollow(self, key: DocumentKey) -> None:
        """See Fanout.unfollow."""
        self._line.unfollow(_channel_of(key))

    async def others(self, key: DocumentKey | None) -> int:
        """See Fanout.others."""
        if self.trouble is not None:
            return 0
        verb = "SHARDNUMSUB" if self._line.sharded else "NUMSUB"
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                client: Any = self._client  # untyped upstream
                answer = await client.execute_command("PUBSUB", verb, ALL if key is None else _channel_of(key))
        except FAILURES:
            return 0
        return max(0, int(answer[1]) - 1)

    @property
    def alone(self) -> bool:
        """See Fanout.alone."""
        return False

    @property
    def trouble(self) -> str | None:
        """See Fanout.trouble."""
        return self._line.trouble or self._sending_fails

    # Hearing

    def _hear(self, data: bytes) -> None:
        message = decode(data)
        if message is not None and message.worker != self.worker:
            metrics.BUS_IN.inc()
            try:
                self._tell(message)
            except Exception:  # a defect; it may not make this worker deaf
                log.exception("message not understood", kind=type(message).__name__)

    def _tell(self, message: Message) -> None:
        for receive, _ in tuple(self._ears):
            receive(message)

    def _tell_tuned(self, channels: Iterable[str]) -> None:
        keys = [key for channel in channels if (key := _key_of(channel)) is not None]
        for _, tuned in tuple(self._ears):
            tuned(keys)

    # Sending

    async def _send(self) -> None:
        """Send what waits, whenever something does, until cancelled."""
        attempt = 0
        while True:
            await self._filled.wait()
            try:
                await self._send_all()
            except Exception as error:  # a defect, too, may not make this worker mute for good
                self._sending_fails = f"{type(error).__name__}: {error}"
                log.warning("bus takes nothing", reason=self._sending_fails, attempt=attempt, waiting=len(self._outbox))
                await asyncio.sleep(back_off(attempt))
                attempt += 1
            else:
                self._sending_fails, attempt = None, 0

    async def _send_all(self) -> None:
        self._filled.clear()
        while batch := self._outbox.take():
            try:
                verb = "SPUBLISH" if self._line.sharded else "PUBLISH"
                async with self._client.pipeline(transaction=False) as pipeline:
                    for parcel in batch:
                        pipeline.execute_command(verb, parcel.channel, parcel.data)
                    await pipeline.execute()
            except BaseException:
                self._outbox.put_back(batch)
                self._filled.set()
                raise
            metrics.BUS_OUT.inc(len(batch))


def _client(url: str) -> Redis:
    """A client that never waits long, and leaves trying again to us."""
    client: Redis = Redis.from_url(
        url,
        protocol=2,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
    return client


def _channel(message: Message) -> str:
    return ALL if isinstance(message, ToAll) else _channel_of(message.key)


def _channel_of(key: DocumentKey) -> str:
    return f"flowroom:{{{key.name}}}"


def _key_of(channel: str) -> DocumentKey | None:
    """The document of a channel; None for that of all workers."""
    kind, _, id = channel.removeprefix("flowroom:{").removesuffix("}").partition(":")
    match kind:
        case "graph" | "discussion" | "run":
            return DocumentKey(kind, id)
    return None
