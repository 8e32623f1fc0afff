"""Everyone in a room, and how they are told of edits and of each other.

When there is little to tell it goes out at once; when there is much, it is merged, and each peer is sent one frame.
Presence goes to other workers in the same way, at most ten times a second.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence

from collab_server import metrics
from collab_server.fanout.port import Fanout, Introduced, Person, Present
from collab_server.rooms import frames
from collab_server.rooms.awareness import Presences
from collab_server.rooms.batch import Edit
from collab_server.rooms.crdt import merge
from collab_server.rooms.peer import Peer
from collab_server.stores.documents import DocumentKey

OVERDUE_SECONDS = 0.5
"""How long presence may wait that came faster than it is passed on."""
PRESENCE_PAUSE_PER_PEER = 0.00005
"""Seconds between two presence frames to all, for each peer: about four times what sending one costs."""
EDIT_PAUSE_PER_PEER = 0.00002
"""The same for edits, which are more urgent: about as long as sending takes, and twice that while many come."""
MANY_EDITS = 4
"""From how many in one frame on they count as many."""
SHARE_SECONDS = 0.1
"""How long what is said to other workers gathers after the last that was."""


class Crowd:
    """The peers of one room."""

    def __init__(
        self,
        key: DocumentKey,
        peers: Collection[Peer],
        fanout: Fanout,
        *,
        limit: int,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`peers` are those in the room at any time; `limit` is the size of one presence state in bytes.

        `wall` tells the seconds since 1970, as it does for every worker.
        """
        self._key = key
        self._peers = peers
        self._fanout = fanout
        self._presences = Presences(
            now=asyncio.get_running_loop().time,
            wall=wall,
            limit=limit,
            share=None if fanout.alone else self._share_later,
            introduce=None if fanout.alone else self._introduce_later,
        )
        self._to_share: dict[int, Person] = {}
        self._to_introduce = False
        self._share_timer: asyncio.TimerHandle | None = None
        self._was_shared = False
        self._news: list[bytes] = []
        self._rest_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._overdue_timer: asyncio.TimerHandle | None = None

    def pause(self, edits: int) -> float:
        """For how many seconds the edits that come after a frame to all should gather; it had so many in it."""
        return len(self._peers) * EDIT_PAUSE_PER_PEER * (2 if edits >= MANY_EDITS else 1)

    def tell(self, frame: bytes) -> None:
        """Send a frame to everyone."""
        for peer in self._peers:
            peer.push(frame)
        metrics.FRAMES_OUT.inc(len(self._peers))

    def tell_update(self, frame: bytes) -> None:
        """Send an edit of others to everyone."""
        for peer in self._peers:
            peer.push_update(frame)
        metrics.FRAMES_OUT.inc(len(self._peers))

    def tell_edits(self, edits: Sequence[Edit]) -> bytes:
        """Send edits to everyone as one update, which is returned, and to each sender the very frame that it sent."""
        merged = merge([edit.entry.update for edit in edits])
        frame = frames.update(merged)
        for peer in self._peers:
            peer.push_update(frame)
        metrics.FRAMES_OUT.inc(len(self._peers))
        for edit in edits:
            own = [echo.frame for echo in edit.echoes if echo.update != merged or echo.peer.held is not None]
            if own:
                edit.echoes[0].peer.push_together(own)
        return merged

    def receive(self, peer: Peer, payload: bytes) -> None:
        """Take what a peer says of itself; raises Malformed."""
        self._announce(self._presences.receive(peer, peer.identity, payload))
        self._look_for_overdue()

    def leave(self, peer: Peer) -> None:
        """Tell the others that a peer is gone."""
        self._announce(self._presences.leave(peer))

    def introduce(self, peer: Peer) -> int:
        """Tell one peer of everyone; how many bytes that took."""
        self._announce(self._presences.renewed())
        everyone = self._presences.everyone()
        if everyone is not None:
            peer.push(everyone)
        self._look_for_overdue()
        return len(everyone or b"")

    def close(self) -> None:
        """Tell nothing more."""
        for timer in (self._timer, self._overdue_timer):
            if timer is not None:
                timer.cancel()

    # Other workers

    def hear(self, message: Present | Introduced) -> None:
        """Take what another worker says of its people."""
        match message:
            case Present():
                self._announce(self._presences.hear(message))
            case Introduced():
                self._tell_anew()

    def gone(self, worker: str) -> None:
        """Another worker has ended."""
        self._announce(self._presences.gone(worker))

    def tuned(self) -> None:
        """Other workers are heard from now on, and what they said before was missed."""
        self._tell_anew()
        self.beat()

    def _tell_anew(self) -> None:
        self._announce(self._presences.introduced())
        self._look_for_overdue()

    def beat(self) -> None:
        """Repeat to other workers who is here, and notice which of them are dead."""
        self._announce(self._presences.lapsed())
        people = self._presences.people()
        if not self._fanout.alone and (people or self._was_shared):
            self._was_shared = bool(people)
            self._fanout.publish(Present(self._fanout.worker, self._key, True, people))

    def _share_later(self, person: Person) -> None:
        self._to_share[person.client] = person
        if self._share_timer is None:
            self._share()

    def _introduce_later(self) -> None:
        self._to_introduce = True
        if self._share_timer is None:
            self._share()

    def _share(self) -> None:
        """Say what has changed, and then nothing for a while; what changes meanwhile is said after it."""
        self._share_timer = None
        people, self._to_share = tuple(self._to_share.values()), {}
        introduce, self._to_introduce = self._to_introduce, False
        if people:
            self._was_shared = True
            self._fanout.publish(Present(self._fanout.worker, self._key, False, people))
        if introduce:
            self._fanout.publish(Introduced(self._fanout.worker, self._key))
        if people or introduce:
            self._share_timer = asyncio.get_running_loop().call_later(SHARE_SECONDS, self._share)

    # What telling is made of

    def _announce(self, frame: bytes | None) -> None:
        if frame is None:
            return
        self._news.append(frame)
        loop = asyncio.get_running_loop()
        if self._timer is None and self._rest_until <= loop.time():
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_at(self._rest_until, self._flush)

    def _look_for_overdue(self) -> None:
        if self._overdue_timer is None:
            self._overdue_timer = asyncio.get_running_loop().call_later(OVERDUE_SECONDS, self._announce_overdue)

    def _announce_overdue(self) -> None:
        self._overdue_timer = None
        self._announce(self._presences.overdue())
        if self._presences.is_behind:
            self._look_for_overdue()

    def _flush(self) -> None:
        self._timer = None
        news, self._news = self._news, []
        self.tell(frames.merge_presence(news))
        self._rest_until = asyncio.get_running_loop().time() + len(self._peers) * PRESENCE_PAUSE_PER_PEER
