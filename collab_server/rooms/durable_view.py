"""A room's document as peers may see it: with nothing in it that is not on disk.

The live document is ahead of the disk by what is being stored. Whoever asks for its state gets it once that is
durable; while storage fails, they get what the disk has.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pycrdt import Doc

from collab_server.logging import logger
from collab_server.rooms import frames
from collab_server.rooms.batch import Answer
from collab_server.rooms.committer import Committer
from collab_server.rooms.crdt import engine_calls
from collab_server.rooms.ledger import Ledger
from collab_server.rooms.tasks import insist

log = logger("rooms")
Give = Callable[[bytes], None]
Spawn = Callable[..., None]


class DurableView:
    """What may be shown of one document."""

    def __init__(self, ledger: Ledger, committer: Committer, *, spawn: Spawn) -> None:
        """`spawn` runs what takes longer, as long as there is the room."""
        self._ledger = ledger
        self._committer = committer
        self._spawn = spawn
        self._doc: Doc[Any] = Doc()
        self._clocks: dict[int, int] = {}
        self._vector: bytes | None = None
        self._whole: bytes | None = None

    def open(self, doc: Doc[Any], clocks: Mapping[int, int]) -> None:
        """Show this document, all of which is on disk."""
        self._doc, self._clocks, self._vector, self._whole = doc, dict(clocks), None, None

    def close(self) -> None:
        """Let go of the document."""
        self.open(Doc(), {})

    def changed(self) -> None:
        """The live document is another now."""
        self._whole = None

    def stored(self, clocks: Iterable[Mapping[int, int]]) -> None:
        """Edits that bring clients this far are on disk, and were sent to every peer or wait for it."""
        for of_edit in clocks:
            for client, clock in of_edit.items():
                self._clocks[client] = max(clock, self._clocks.get(client, 0))
        self._vector = None

    def followed(self, update: bytes, clocks: Mapping[int, int]) -> None:
        """Another worker's edit is in the live document and on disk, and was sent to every peer or waits for it."""
        for batch in self._committer.unsettled():
            for answer in batch.answers:
                answer.since.append(update)
        self.stored([clocks])

    @property
    def vector(self) -> bytes:
        """The state vector of what is on disk, and sent."""
        if self._vector is None:
            self._vector = frames.state_vector(self._clocks)
        return self._vector

    def give(self, vector: bytes, give: Give, *, live: bool) -> None:
        """Give everything since a state vector, when it is durable; what is on disk, if the room is not live. That is
        given later, if it is large and not at hand.
        """
        if not live and self._ledger.is_at_hand:
            give(self._ledger.committed().get_update(vector))
        elif not live:
            self._spawn(self._give_from_disk, vector, give)
        elif self._committer.is_settled:
            give(self._since(vector))
        else:
            self._committer.batch.answers.append(Answer(give, vector, self._since(vector)))
            self._committer.wake()

    def give_from_disk(self) -> None:
        """Storage fails: give those who wait what is on disk."""
        for batch in self._committer.unsettled():
            if batch.answers:
                for answer in batch.answers:
                    self.give(answer.vector, answer.give, live=False)
                batch.answers.clear()

    async def _give_from_disk(self, vector: bytes, give: Give) -> None:
        """Give what is on disk when it is at hand: with all that peers were told until then, for they go on from it."""
        give(await insist(lambda: self._from_disk(vector), log))

    async def _from_disk(self, vector: bytes) -> bytes:
        await self._ledger.prepare()
        with engine_calls():
            return self._ledger.committed().get_update(vector)

    def _since(self, vector: bytes) -> bytes:
        """Everything since a state vector. The whole document is encoded once until it changes."""
        with engine_calls():
            if vector != frames.EMPTY_VECTOR:
                return self._doc.get_update(vector)
            if self._whole is None:
                self._whole = self._doc.get_update()
            return self._whole
