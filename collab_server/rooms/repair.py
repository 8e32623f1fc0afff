"""What a room does when its engine failed: nobody knows what the document is then, so it is loaded again from the log.

Peers stay. What they send meanwhile is not applied; they are asked for it afterwards. The bytes that did it are kept
aside.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pycrdt import Doc

from collab_server import metrics
from collab_server.errors import NotReady
from collab_server.rooms import frames
from collab_server.rooms.batch import Author
from collab_server.rooms.crdt import EngineFailed
from collab_server.rooms.gate import Gate
from collab_server.rooms.live_document import Unshareable
from collab_server.rooms.states import Rebuilding
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES
from collab_server.stores.documents import Entry
from flowroom.errors import InvalidGraph
from flowroom.protocol import CloseCode

if TYPE_CHECKING:
    from collab_server.rooms.room import Room


class Repair:
    """The repairs of one room."""

    def __init__(self, room: "Room") -> None:
        self._room = room

    def engine_failed(self, error: EngineFailed, entry: Entry) -> None:
        """Keep what did it aside, and begin."""
        self._room.log_ids.error("engine failed", error=str(error), user=entry.user, size=len(entry.update))
        self.begin()
        self._room.spawn(self.quarantine, entry, "engine")

    @contextmanager
    def mending(self, author: Author) -> Iterator[None]:
        """Around an edit of the server's own: begins when that fails. Raises NotReady or InvalidGraph then."""
        try:
            yield
        except EngineFailed as error:
            self.engine_failed(error, Entry(b"", author.origin, author.user))
            raise NotReady("The document could not be edited; it is being loaded again.") from error
        except Unshareable as error:
            self.begin()
            raise InvalidGraph(f"The edit can't be shared: {error}.") from error

    def begin(self) -> None:
        """Take no more edits, and load the document again. Whoever finds it damaged while that is done need do no more:
        of two loads the second could take the place of what the first had let edits into.
        """
        room = self._room
        if not isinstance(room.state, Rebuilding):
            room.become(Rebuilding())
            room.spawn(self._rebuild)

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """Keep bytes that were refused, for whoever looks into it."""
        metrics.QUARANTINES.labels(reason).inc()
        try:
            await self._room.ledger.quarantine(entry, reason)
        except Exception as error:  # the room must go on without
            self._room.log_ids.error("not quarantined", error=repr(error), reason=reason)

    async def _rebuild(self) -> None:
        room, epoch = self._room, self._room.ledger.epoch
        if not room.ledger.rebuilds:
            room.end(CloseCode.NOT_READY)
            return
        try:
            doc, gate = await self._load()
        except Exception as error:  # whatever it is, the room can't go on
            room.log_ids.error("room not rebuilt", error=repr(error))
            room.end(CloseCode.NOT_READY)
            return
        if room.ledger.epoch != epoch:  # restored meanwhile: what peers have belongs to another document
            room.end(CloseCode.EPOCH_CHANGED)
            return
        vector = room.sent_vector
        room.open(doc, gate)
        room.log_ids.warning("room rebuilt from its log")
        room.view.give(vector, room.tell, live=True)  # the log may have what other workers wrote, and peers here lack
        room.revive()
        if room.ledger.left_out:
            await self._settle()

    async def _settle(self) -> None:
        """Tell those whose edits the log has and the document has not. Whoever loads a large document doesn't look at
        the state that it begins with, and might find a place for what has none: so it is to begin with another one.
        """
        room = self._room
        authors = {entry.user for entry in room.ledger.left_out}
        for peer in room.clients:
            if peer.identity.id in authors:
                peer.push(frames.left_out())
        if room.ledger.size > INLINE_WALK_BYTES:
            await room.upkeep.snapshot()

    async def _load(self) -> tuple[Doc[Any], Gate]:
        """What is in the log once all that was applied is there: an edit still on its way would be acknowledged, and be
        in no document.
        """
        committer = self._room.committer
        while True:
            while not committer.is_settled:
                with suppress(NotReady):  # storage fails just now; it is tried again until it doesn't
                    await committer.settled()
            loaded = await self._room.load(wary=True)
            if committer.is_settled:
                return loaded
