"""How the workers of one deployment hear of each other: what they say, and the port they say it through.

One worker needs nobody, and still speaks through this port (memory.py), so that a second one changes no caller.
Nothing here is the only copy of anything: edits are in SQL, presence is repeated, the document of a run is asked for
again. A message that is lost, late or told twice costs time and nothing else.

What concerns one document is heard by the workers that `follow` it; what has no document, by all.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode


@dataclass(frozen=True, slots=True)
class Edited:
    """The log's entries `first` to `last` are durable. `update` is nothing when it is too large to send: read SQL."""

    worker: str
    key: DocumentKey
    epoch: int
    first: int
    last: int
    update: bytes | None


@dataclass(frozen=True, slots=True)
class Snapshotted:
    """A snapshot was made: nobody else needs to."""

    worker: str
    key: DocumentKey


@dataclass(frozen=True, slots=True)
class EpochChanged:
    """The document was restored: whoever has another epoch of it open has to end."""

    worker: str
    key: DocumentKey
    epoch: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The `number`th edit that this worker's peers made to a run's document; an empty update only tells the number."""

    worker: str
    key: DocumentKey
    number: int
    update: bytes


@dataclass(frozen=True, slots=True)
class ShownSoFar:
    """All of a run's document since what `asker` said it has, with this worker's edits up to `number` in it."""

    worker: str
    key: DocumentKey
    asker: str
    number: int
    update: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A worker has just begun to follow a document: tell it who is there and, of a run, what `vector` lacks."""

    worker: str
    key: DocumentKey
    vector: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """One client's presence: its clock, its state as JSON (null when it has left), and who may take its id over.

    `since` is when it came to its worker, in seconds since 1970: of two workers that claim it, the later is right.
    """

    client: int
    clock: int
    state: bytes
    holder: str
    since: float


@dataclass(frozen=True, slots=True)
class Present:
    """People at a worker: all of them when `whole`, else those that changed. It is repeated as long as it is true."""

    worker: str
    key: DocumentKey
    whole: bool
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Introduced:
    """A joiner at this worker was told of everyone, one clock ahead of what the others heard."""

    worker: str
    key: DocumentKey


@dataclass(frozen=True, slots=True)
class Close:
    """Close the room of a document for everyone in it, with this code."""

    worker: str
    key: DocumentKey
    code: CloseCode


@dataclass(frozen=True, slots=True)
class Recheck:
    """What people may do has changed: look up whoever came by these sessions, these people, on this graph.

    What is empty doesn't narrow it down.
    """

    worker: str
    sessions: tuple[str, ...]
    people: tuple[str, ...]
    graph: str | None


@dataclass(frozen=True, slots=True)
class Noticed:
    """These people were told something, or have read it: whoever tells it to them live looks anew."""

    worker: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """A worker ends: nobody is there any more."""

    worker: str


@dataclass(frozen=True, slots=True)
class LogLevelSet:
    """Write more or less into the log from now on, by order of somebody."""

    worker: str
    level: str
    by: str


@dataclass(frozen=True, slots=True)
class TrafficAsked:
    """Somebody wants to know the busiest rooms of every worker."""

    worker: str
    question: str
    by: str
    limit: int


@dataclass(frozen=True, slots=True)
class TrafficTold:
    """The answer of one worker to a question: `told` is a `Traffic` as JSON."""

    worker: str
    question: str
    told: bytes


OfDocument = Edited | Snapshotted | EpochChanged | Shown | ShownSoFar | Asked | Present | Introduced | Close
ToAll = Recheck | Noticed | Gone | LogLevelSet | TrafficAsked | TrafficTold
Message = OfDocument | ToAll
Receive = Callable[[Message], None]
Tuned = Callable[[Iterable[DocumentKey]], None]


class Fanout(Protocol):
    """One worker's end of what carries messages between workers."""

    worker: str
    """This worker's name, which no other has."""

    def publish(self, message: Message) -> None:
        """Send a message to every worker that follows its document, this one included; never waits."""

    def listen(self, receive: Receive, tuned: Tuned) -> AbstractContextManager[None]:
        """Hear messages while the context is open, on the event loop. Several may listen.

        `tuned` is told of documents that are heard from now on: what was said of them before may have been missed.
        It is told again after every break.
        """

    def follow(self, key: DocumentKey) -> None:
        """Hear of a document, as soon as that can be; `tuned` says when."""

    def unfollow(self, key: DocumentKey) -> None:
        """Hear of a document no more."""

    async def others(self, key: DocumentKey | None) -> int:
        """How many other workers follow a document, or are there at all; 0 also when nobody can tell just now."""

    @property
    def alone(self) -> bool:
        """Whether there can be no other worker: what is only for others need not be said."""

    @property
    def trouble(self) -> str | None:
        """Why other workers can't be heard just now, in words; None when all is well."""
