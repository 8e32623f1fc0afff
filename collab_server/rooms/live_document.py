"""The document of a room as its engine has it, and the one way anything gets into it.

Every change, a peer's or the server's, goes through the gate, into the engine, and from the engine's observer into the
committer's batch: what is stored and told is what was applied, in the order it was.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from pycrdt import Doc, TransactionEvent

from collab_server.rooms import guard
from collab_server.rooms.batch import Author, Edit
from collab_server.rooms.committer import Committer
from collab_server.rooms.crdt import EngineFailed, engine_calls, is_panic
from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.gate import Admitted, Gate
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES
from collab_server.stores.documents import Entry
from flowroom.model import Graph
from flowroom.ydoc import GraphDocument, graph_of

INLINE_JSON_BYTES = 32 * 1024
"""The largest graph, or discussion, that is read as JSON where edits are waiting meanwhile."""
T = TypeVar("T")
SERVER = Author("server")


class Unshareable(Exception):
    """The server's own edit is one that the gate would take from no peer. It is in the document now."""


class LiveDocument:
    """A loaded document and its gate. After EngineFailed or Unshareable it has to be loaded anew."""

    def __init__(self, doc: Doc[Any], gate: Gate, committer: Committer, *, changed: Callable[[], None]) -> None:
        """`changed` is called whenever the document has become another."""
        self.doc, self.gate = doc, gate
        self.graph = GraphDocument(doc)
        self._committer, self._changed = committer, changed
        self._author = SERVER
        self._clocks: dict[int, int] | None = None
        self._refused: guard.Malformed | None = None
        self._clocks_unread = False
        self._absorbing = False
        self._subscription = doc.observe(self._observed)

    def close(self) -> None:
        """Let go of the document: one with a live observer is never freed."""
        self.graph.close()
        self.doc.unobserve(self._subscription)

    def apply(self, update: bytes, admitted: Admitted, author: Author) -> None:
        """Apply what the gate let through. Raises EngineFailed; nothing of it is in the batch then."""
        before = len(self._committer.batch.edits)
        self._author, self._clocks = author, admitted.clocks
        try:
            with engine_calls(), self.doc.transaction():
                self.doc.apply_update(update)
        except EngineFailed:
            del self._committer.batch.edits[before:]
            raise
        finally:
            self._author, self._clocks = SERVER, None
        self.gate.applied(admitted)

    def absorb(self, update: bytes, admitted: Admitted) -> None:
        """Apply what is durable already, as another worker's edit: not in the batch. Raises EngineFailed."""
        self._absorbing = True
        try:
            with engine_calls(), self.doc.transaction():
                self.doc.apply_update(update)
        finally:
            self._absorbing = False
        self.gate.applied(admitted)

    def change(self, change: Callable[[Doc[Any]], T], author: Author) -> T:
        """Change the document as the server. Raises EngineFailed, Unshareable, and what `change` raises."""
        self._author, self._refused = author, None
        try:
            with self.doc.transaction(origin=author):
                result = change(self.doc)
        except BaseException as error:
            if is_panic(error):
                raise EngineFailed(repr(error)) from error
            raise
        finally:
            self._author = SERVER
            self._read_clocks()
        if self._refused is not None:
            raise Unshareable(self._refused.what) from self._refused
        return result

    def whole(self) -> bytes:
        """All of the document as one update. Raises EngineFailed."""
        with engine_calls():
            return self.doc.get_update()

    async def read(self) -> Graph:
        """The graph as it is now; a large one is read in a thread. Raises NewerSchema, EngineFailed."""
        with engine_calls():
            texts = self.graph.texts()
        if sum(map(len, texts.values())) <= INLINE_JSON_BYTES:
            return graph_of(texts)
        return await asyncio.to_thread(graph_of, texts)

    def _observed(self, event: TransactionEvent) -> None:
        update = event.update
        if update == EMPTY_UPDATE:
            return
        if self._absorbing:
            self._changed()
            return
        clocks = self._clocks
        if clocks is None:
            try:
                clocks = self._pass_own(update)
            except guard.Malformed as error:
                self._refused = error
                return
        self._committer.batch.edits.append(Edit(Entry(update, self._author.origin, self._author.user), clocks))
        self._changed()
        self._committer.wake()

    def _pass_own(self, update: bytes) -> dict[int, int]:
        """What the server wrote passes the gate too; a large one, as an import, only by its clocks: it is no
        stranger's, and a walk would hold everyone up. Those are read when the transaction is over.
        """
        if len(update) > INLINE_WALK_BYTES:
            self._clocks_unread = True
            return {}
        return self.gate.saw(update).clocks

    def _read_clocks(self) -> None:
        if self._clocks_unread:
            self._clocks_unread = False
            clocks = guard.read_state_vector(self.doc.get_state())
            self.gate.clocks.update(clocks)
            self._committer.batch.edits[-1].clocks = clocks
