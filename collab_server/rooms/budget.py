"""How large a document may become: people are told in time, and past the end only deletions are taken.

An edit that would take a document over `max_document_bytes` is not applied; its peer is told why and keeps it, as it
keeps every edit that is not echoed. Deletions pass, and each makes the room take a snapshot of what is left; when that
is less than it was, the edits that waited are asked for. From `warn_document_share` on, everyone in the room and every
joiner is told: by a sentence, which any client can show, and in numbers, for those that draw them. In these a document
counts as full to whoever waits for room, and to others only when it has none at all. The server's own edits are held to
the same: each says before it is made about how much it adds.
"""

import time
from collections.abc import Callable

from collab_server.errors import TooLarge
from collab_server.rooms import frames
from collab_server.rooms.peer import Peer
from collab_server.settings import Settings
from flowroom.protocol import DocumentKind, Level

TELL_SECONDS = 5.0
"""How often one peer is told that its edits are not taken."""

SMALL_EDIT_BYTES = 512
"""About what an edit of the server adds besides the texts in it: keys, ids, who and when."""


def require_room(kind: DocumentKind, size: int, added: int, most: int) -> None:
    """Raise TooLarge when a document of a size can't take so many bytes more; what adds nothing it always takes."""
    if added and size + added > most:
        raise TooLarge(
            f"This {kind} is full." if size else f"This is larger than a {kind} may be here.",
            expected=f"at most {most} bytes",
            received=f"about {added} bytes, to the {size} that it has" if size else f"{added} bytes",
            advice="Delete what isn't needed, or raise FLOWROOM_MAX_DOCUMENT_BYTES.",
        )


class Budget:
    """The size of one document, as its room is to see it."""

    def __init__(self, settings: Settings, size: Callable[[], int]) -> None:
        """`size` is about how many bytes the document has, encoded."""
        self._most = settings.max_document_bytes
        self._warned_at = int(self._most * settings.warn_document_share)
        self._size = size
        self._level: Level = "roomy"
        self._shown = 0
        """How full it was in per cent when everyone was told last."""
        self._refused_at: int | None = None
        """The size at which an edit was not taken, until the document is smaller or nobody waits any more."""
        self._waiting: set[Peer] = set()
        self._told: dict[Peer, float] = {}

    @property
    def level(self) -> Level:
        """How full the document is; as long as somebody waits it is full."""
        return "full" if self._refused_at is not None and self._size() >= self._refused_at else self._level_by_size

    @property
    def _level_by_size(self) -> Level:
        size = self._size()
        return "full" if size >= self._most else "nearly full" if size >= self._warned_at else "roomy"

    def greet(self, peer: Peer) -> None:
        """Tell a joiner, if there is anything to tell."""
        if self.level != "roomy":
            peer.push(frames.notice(self.sentence(self.level)))
            peer.push(self.numbers(peer))

    def refuses(self, peer: Peer, added: int, *, grows: bool) -> bool:
        """Whether an update of so many bytes is not taken; one that only deletes always is. Its peer is told."""
        if not grows:
            return False
        if self.has_room(added):
            self._fits(peer)
            return False
        self._refused_at = self._size()
        self._waiting.add(peer)
        peer.owes = True
        self._tell(peer)
        return True

    def has_room(self, added: int) -> bool:
        """Whether an update of so many bytes can be taken."""
        return self._size() + added <= self._most

    def require(self, kind: DocumentKind, added: int) -> None:
        """Raise TooLarge when an edit of the server's own would add too much."""
        require_room(kind, self._size(), added, self._most)

    def _fits(self, peer: Peer) -> None:
        """What a peer sends is taken: if it was told that it waits, it hears that this is over."""
        if peer in self._waiting:
            self._no_longer_waits(peer)
            self._told.pop(peer, None)
            peer.push(self.numbers(peer))

    def _tell(self, peer: Peer) -> None:
        """Say to a peer that its edit waits, now and then."""
        now = time.monotonic()
        if now - self._told.get(peer, -TELL_SECONDS) >= TELL_SECONDS:
            self._told[peer] = now
            peer.push(frames.notice(self.sentence("full")))
            peer.push(self.numbers(peer))

    def forget(self, peer: Peer) -> None:
        """A peer has left."""
        self._told.pop(peer, None)
        self._no_longer_waits(peer)

    def _no_longer_waits(self, peer: Peer) -> None:
        self._waiting.discard(peer)
        if not self._waiting:
            self._refused_at = None

    def news(self) -> str | None:
        """What everyone should be told, since the level has changed."""
        before, self._level = self._level, self.level
        if self._level == before:
            return None
        if self._level != "full":
            self._refused_at = None
            self._told.clear()  # they hear that there is room: who is refused again is told so at once
        return self.sentence(self._level)

    def has_grown(self) -> bool:
        """Whether the numbers are others, by a per cent, than when everyone was told them last, and matter."""
        before, self._shown = self._shown, 100 * self._size() // self._most
        return self._level_by_size != "roomy" and self._shown != before

    def numbers(self, peer: Peer) -> bytes:
        """How full the document is for one peer, as a frame."""
        level = "full" if peer in self._waiting else self._level_by_size
        return frames.space(level, self._size(), self._most)

    def sentence(self, level: Level) -> str:
        """What people are told of a level."""
        size, most = _shown(self._size()), _shown(self._most)
        match level:
            case "full":
                return (
                    f"This graph is full: it has {size} of the {most} that a graph may have here. "
                    "Deletions are stored; additions wait in this client until there is room. Delete what isn't needed."
                )
            case "nearly full":
                return f"This graph is nearly full: it has {size} of the {most} that a graph may have here."
            case "roomy":
                return f"This graph has room again: it has {size} of the {most} that a graph may have here."


def _shown(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**19 else f"{size / 2**10:.0f} kB"
