"""How the workers of one deployment hear of each other: edits, and orders such as closing a room.

One worker needs nobody, and still speaks through this port (memory.py), so that a second one changes no caller.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode


@dataclass(frozen=True, slots=True)
class Edited:
    """Edits up to the log's `last` are durable. `update` is nothing when it is too large to send: read SQL."""

    worker: str
    key: DocumentKey
    epoch: int
    last: int
    update: bytes | None


@dataclass(frozen=True, slots=True)
class Close:
    """Close the room of a document for everyone in it, with this code."""

    key: DocumentKey
    code: CloseCode


Message = Edited | Close
Receive = Callable[[Message], None]


class Fanout(Protocol):
    """What carries messages between workers. A message reaches every subscriber, its own worker's included."""

    def publish(self, message: Message) -> None:
        """Send a message; never waits, and an edit that is lost is found again in SQL."""

    def subscribe(self, receive: Receive) -> AbstractContextManager[None]:
        """Hear every message while the context is open, on the event loop."""
