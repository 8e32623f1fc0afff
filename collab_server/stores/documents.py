"""What rooms ask of storage: a few things about one document, kept in SQL (documents_sql.py) or in memory (here).

A document is a log of Yjs updates and, now and then, a snapshot that stands for the log up to a sequence number.
Storage never looks into the bytes. Every adapter passes tests/collab_server/stores/test_documents.py.

    DocumentError
    ├── NoSuchDocument    never created, or deleted
    ├── DocumentExists    the id is taken
    └── EpochChanged      restored from a backup meanwhile: what the caller holds is of another history
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from collab_server.auth.roles import Visibility
from collab_server.errors import Conflict, NotFound
from collab_server.stores.database import Also, nothing
from flowroom.protocol import DocumentKind

MAX_QUARANTINED = 10
"""How many refused updates and states are kept of each document; a state may have 50 MB."""


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """Which document: its kind and the id of its graph or run."""

    kind: DocumentKind
    id: str

    @property
    def name(self) -> str:
        """The key as one word, as `graph:abc`: the name of its room."""
        return f"{self.kind}:{self.id}"

    @property
    def row(self) -> str:
        """What a work that locks the document's row calls it; those of one graph stand side by side, for some works
        lock both.
        """
        return f"{self.id} {self.kind}"


class NoSuchDocument(NotFound):
    """There is no such document: never created, or deleted."""

    def __init__(self, key: DocumentKey) -> None:
        super().__init__(f"There is no {key.kind} {key.id!r}; it may have been deleted.")
        self.key = key


class DocumentExists(Conflict):
    """A document with this id is there already, or was: an id is never given again."""

    def __init__(self, key: DocumentKey) -> None:
        super().__init__(f"There is a {key.kind} {key.id!r} already, or was one; choose another id.")
        self.key = key


class EpochChanged(Conflict):
    """The document was restored from a backup since it was loaded."""

    def __init__(self, key: DocumentKey, loaded: int, found: int) -> None:
        super().__init__(
            f"The {key.kind} {key.id!r} was restored: epoch {found}, but {loaded} was loaded; load it again."
        )
        self.key = key


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a log: a Yjs v1 update as it was applied, and whose it was. `at` is seconds since 1970."""

    update: bytes
    origin: str = ""
    user: str = ""
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list shows of a graph. `preview`: {nodes: [[x, y, w, h, type]], edges: [[i, j]]}."""

    title: str = ""
    description: str = ""
    nodes: int = 0
    edges: int = 0
    preview: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    """Bytes of the encoded document, rounded up so that it changes rarely."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is stored: a snapshot, if there is one, and what came after it, in order."""

    epoch: int
    seq: int
    """Of the newest log entry; 0 for a document nothing was ever written to."""
    snapshot: bytes | None
    snapshot_seq: int
    tail: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a document goes."""

    epoch: int
    seq: int


class Documents(Protocol):
    """Where documents are kept. Besides the errors above, each method may raise what its storage raises."""

    async def create(
        self,
        key: DocumentKey,
        *,
        owner: str = "",
        summary: Summary | None = None,
        visibility: Visibility = "workspace",
        entries: Sequence[Entry] = (),
        also: Also = nothing,
    ) -> None:
        """Begin a document with these entries in its log, or none of it; in SQL do `also` that. Raises DocumentExists,
        also where one was that is forgotten by now.
        """

    async def exists(self, key: DocumentKey) -> bool:
        """Whether a document was created and not deleted."""

    async def load(self, key: DocumentKey) -> Stored:
        """All of a document, consistently. Raises NoSuchDocument."""

    async def since(self, key: DocumentKey, epoch: int, seq: int) -> Stored:
        """What came after `seq`, consistently: the tail from there, or a snapshot and its tail where log rows are gone.

        Raises NoSuchDocument or EpochChanged.
        """

    async def positions(self, keys: Collection[DocumentKey]) -> dict[DocumentKey, Position]:
        """How far these documents go, by one question; those that are not there are left out."""

    async def now(self) -> float:
        """What time it is where documents are kept, for all who keep them there; in seconds since 1970."""

    async def append(
        self, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None = None
    ) -> int:
        """Add entries to the log, all or none, and bring the summary up to date; returns the last entry's seq.

        Durable when it returns. Doing it twice is harmless, since applying an update twice is.
        Raises NoSuchDocument or EpochChanged.
        """

    async def snapshot(self, key: DocumentKey, epoch: int, seq: int, state: bytes) -> None:
        """Let `state` stand for the log up to `seq`, whose rows are deleted in the same transaction.

        Raises NoSuchDocument or EpochChanged.
        """

    async def quarantine(self, key: DocumentKey, entry: Entry, reason: str) -> None:
        """Keep bytes that were refused, for whoever looks into it: once each, and the newest MAX_QUARANTINED."""


@dataclass(slots=True)
class MemoryDocument:
    """A document of MemoryDocuments; `deleted` hides it, as the column `deleted_at` does."""

    stored: Stored
    owner: str = ""
    summary: Summary = field(default_factory=Summary)
    visibility: Visibility = "workspace"
    deleted: bool = False


class MemoryDocuments:
    """Documents that last as long as the process: for tests, and for trying something out."""

    def __init__(self) -> None:
        self.documents: dict[DocumentKey, MemoryDocument] = {}
        self.quarantined: list[tuple[DocumentKey, Entry, str]] = []

    async def create(
        self,
        key: DocumentKey,
        *,
        owner: str = "",
        summary: Summary | None = None,
        visibility: Visibility = "workspace",
        entries: Sequence[Entry] = (),
        also: Also = nothing,
    ) -> None:
        """See Documents.create."""
        if key in self.documents:
            raise DocumentExists(key)
        stored = Stored(1, len(entries), None, 0, tuple(entries))
        self.documents[key] = MemoryDocument(stored, owner, summary or Summary(), visibility)

    async def exists(self, key: DocumentKey) -> bool:
        """See Documents.exists."""
        return key in self.documents and not self.documents[key].deleted

    async def load(self, key: DocumentKey) -> Stored:
        """See Documents.load."""
        return self._find(key).stored

    async def since(self, key: DocumentKey, epoch: int, seq: int) -> Stored:
        """See Documents.since."""
        stored = self._find(key, epoch).stored
        if stored.snapshot_seq > seq:
            return stored
        return replace(stored, snapshot=None, snapshot_seq=seq, tail=stored.tail[seq - stored.snapshot_seq :])

    async def positions(self, keys: Collection[DocumentKey]) -> dict[DocumentKey, Position]:
        """See Documents.positions."""
        found = {key: self.documents[key] for key in keys if key in self.documents}
        return {
            key: Position(document.stored.epoch, document.stored.seq)
            for key, document in found.items()
            if not document.deleted
        }

    async def now(self) -> float:
        """See Documents.now."""
        return time.time()

    async def append(
        self, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None = None
    ) -> int:
        """See Documents.append."""
        document = self._find(key, epoch)
        stored = document.stored
        document.stored = replace(stored, seq=stored.seq + len(entries), tail=(*stored.tail, *entries))
        document.summary = summary or document.summary
        return document.stored.seq

    async def snapshot(self, key: DocumentKey, epoch: int, seq: int, state: bytes) -> None:
        """See Documents.snapshot."""
        document = self._find(key, epoch)
        stored = document.stored
        if seq > stored.snapshot_seq:
            tail = stored.tail[seq - stored.snapshot_seq :]
            document.stored = replace(stored, snapshot=state, snapshot_seq=seq, tail=tail)

    async def quarantine(self, key: DocumentKey, entry: Entry, reason: str) -> None:
        """See Documents.quarantine."""
        kept = [each for each in self.quarantined if each[0] == key]
        if any(each.update == entry.update for _key, each, _reason in kept):
            return
        if len(kept) >= MAX_QUARANTINED:
            self.quarantined.remove(kept[0])
        self.quarantined.append((key, entry, reason))

    def _find(self, key: DocumentKey, epoch: int | None = None) -> MemoryDocument:
        document = self.documents.get(key)
        if document is None or document.deleted:
            raise NoSuchDocument(key)
        if epoch is not None and document.stored.epoch != epoch:
            raise EpochChanged(key, epoch, document.stored.epoch)
        return document
