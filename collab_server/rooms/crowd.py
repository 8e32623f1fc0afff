"""Tells a room's peers of each other: presence goes out at once when there is little, and merged when there is much."""

import asyncio
from collections.abc import Callable

from collab_server.rooms.awareness import Presences
from collab_server.rooms.frames import merge_presence
from collab_server.rooms.peer import Peer

OVERDUE_SECONDS = 0.5
"""How long presence may wait that came faster than it is passed on."""


class Crowd:
    """Everyone's presence in one room."""

    def __init__(self, *, limit: int, tell: Callable[[bytes], float]) -> None:
        """`tell` sends a frame to all and answers for how many seconds the next one should gather."""
        self._presences = Presences(limit=limit)
        self._tell = tell
        self._news: list[bytes] = []
        self._rest_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._overdue_timer: asyncio.TimerHandle | None = None

    def receive(self, peer: Peer, payload: bytes) -> None:
        """Take what a peer says of itself; raises Malformed."""
        self._announce(self._presences.receive(peer, peer.identity, payload))
        if self._overdue_timer is None:
            self._overdue_timer = asyncio.get_running_loop().call_later(OVERDUE_SECONDS, self._announce_overdue)

    def leave(self, peer: Peer) -> None:
        """Tell the others that a peer is gone."""
        self._announce(self._presences.leave(peer))

    def introduce(self, peer: Peer) -> None:
        """Tell one peer of everyone."""
        everyone = self._presences.everyone()
        if everyone is not None:
            peer.push(everyone)

    def close(self) -> None:
        """Tell nothing more."""
        for timer in (self._timer, self._overdue_timer):
            if timer is not None:
                timer.cancel()

    def _announce(self, frame: bytes | None) -> None:
        if frame is None:
            return
        self._news.append(frame)
        loop = asyncio.get_running_loop()
        if self._timer is None and self._rest_until <= loop.time():
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_at(self._rest_until, self._flush)

    def _announce_overdue(self) -> None:
        self._overdue_timer = None
        self._announce(self._presences.overdue())

    def _flush(self) -> None:
        self._timer = None
        news, self._news = self._news, []
        self._rest_until = self._tell(merge_presence(news)) + asyncio.get_running_loop().time()
