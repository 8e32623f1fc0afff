"""What a room has applied and not yet stored, and who waits for it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from collab_server.rooms.crdt import merge
from collab_server.rooms.peer import Peer
from collab_server.stores.documents import Entry
from flowroom import tracing


@dataclass(frozen=True, slots=True)
class Author:
    """Whose edit is being applied."""

    origin: str
    user: str = ""


@dataclass(slots=True)
class Echo:
    """What its sender gets back once it is durable: the very frame, with the very update in it."""

    peer: Peer
    update: bytes
    frame: bytes


@dataclass(slots=True)
class Edit:
    """An update as the engine applied it; `clocks` is how far it brings each client. Edits that one peer sent together
    are one, with an echo for each.
    """

    entry: Entry
    clocks: dict[int, int]
    echoes: Sequence[Echo] = ()
    cause: tracing.Trace | None = field(default_factory=tracing.current.get)
    """The frame, or the request, that it came with."""


@dataclass(slots=True)
class Answer:
    """The document's state since `vector`, for someone who asked, with edits in it that are not durable yet."""

    give: Callable[[bytes], None]
    vector: bytes
    update: bytes
    since: list[bytes] = field(default_factory=list)
    """Edits of other workers that came after the state was taken: they don't wait for the commit as it does."""

    @property
    def whole(self) -> bytes:
        """What to give."""
        return merge([self.update, *self.since])


@dataclass(slots=True)
class Batch:
    """Edits that are stored together, and what is sent when that is done, in this order."""

    edits: list[Edit] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    echoes: list[Echo] = field(default_factory=list)
    """Of edits that brought nothing new."""
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    last: int = 0
    """The number of the last edit in the log, once it is there."""
    began: float = 0.0
    """When storing it began, in seconds since 1970."""

    def __bool__(self) -> bool:
        return bool(self.edits or self.answers or self.echoes or self.waiters)
