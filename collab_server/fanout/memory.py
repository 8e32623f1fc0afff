"""Fan-out within one process: for a single worker, and for tests of many."""

from collections.abc import Iterator
from contextlib import contextmanager

from collab_server.fanout.port import Message, Receive


class MemoryFanout:
    """Hands each message to every subscriber at once."""

    def __init__(self) -> None:
        self._receivers: list[Receive] = []

    def publish(self, message: Message) -> None:
        """See Fanout.publish."""
        for receive in tuple(self._receivers):
            receive(message)

    @contextmanager
    def subscribe(self, receive: Receive) -> Iterator[None]:
        """See Fanout.subscribe."""
        self._receivers.append(receive)
        try:
            yield
        finally:
            self._receivers.remove(receive)
