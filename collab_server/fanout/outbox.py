"""What waits to be sent to the bus: bounded, orders first.

News (edits, presence) can be found again elsewhere, so the oldest is dropped when too much waits. Orders, such as
closing a room, can't, and are few: they are kept until they are sent, up to a number that only a bus that is away for
hours lets come together. What is dropped is counted.
"""

from collections import deque
from typing import NamedTuple

from collab_server import metrics
from collab_server.fanout.port import Close, EpochChanged, Gone, LogLevelSet, Message, Recheck

MAX_BYTES = 16 * 2**20
MAX_ORDERS = 10_000
MAX_BATCH = 256


class Parcel(NamedTuple):
    """A message on its way."""

    channel: str
    data: bytes
    is_order: bool


class Outbox:
    """The queue of one worker. `limit` bounds the bytes of the news in it."""

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._orders: deque[Parcel] = deque()
        self._news: deque[Parcel] = deque()
        self._size = 0
        self.dropped = 0
        """How many messages made room for later ones."""

    def __len__(self) -> int:
        return len(self._orders) + len(self._news)

    def put(self, message: Message, channel: str, data: bytes) -> None:
        """Queue a message; never waits."""
        if isinstance(message, Close | EpochChanged | Gone | LogLevelSet | Recheck):
            self._orders.append(Parcel(channel, data, True))
            self._bound_orders()
            return
        self._news.append(Parcel(channel, data, False))
        self._size += len(data)
        while self._size > self._limit and len(self._news) > 1:
            self._size -= len(self._news.popleft().data)
            self._count_dropped()

    def take(self) -> list[Parcel]:
        """The next to send, all that waits or as many as go at once."""
        batch: list[Parcel] = []
        while len(batch) < MAX_BATCH and self._orders:
            batch.append(self._orders.popleft())
        while len(batch) < MAX_BATCH and self._news:
            batch.append(self._news.popleft())
            self._size -= len(batch[-1].data)
        return batch

    def put_back(self, batch: list[Parcel]) -> None:
        """These could not be sent."""
        for parcel in reversed(batch):
            if parcel.is_order:
                self._orders.appendleft(parcel)
            else:
                self._news.appendleft(parcel)
                self._size += len(parcel.data)
        self._bound_orders()

    def _bound_orders(self) -> None:
        while len(self._orders) > MAX_ORDERS:
            self._orders.popleft()
            self._count_dropped()

    def _count_dropped(self) -> None:
        self.dropped += 1
        metrics.BUS_DROPPED.inc()
