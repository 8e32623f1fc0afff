"""Catching up with one peer, both ways: what it is asked for, and what it is given when it asks or was left behind.

All of it is taken from what is on disk (durable_view.py), so an answer may have to wait for a commit.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from collab_server import metrics
from collab_server.rooms import frames
from collab_server.rooms.durable_view import Give
from collab_server.rooms.peer import Peer

if TYPE_CHECKING:
    from collab_server.rooms.room import Room


class Answers:
    """The questions and answers of one room."""

    def __init__(self, room: "Room") -> None:
        self._room = room

    def ask(self, peer: Peer) -> None:
        """Ask a peer for everything that is not on disk here."""
        peer.step2_due, peer.owes = True, False
        peer.push(frames.step1(self._room.sent_vector))

    def answer(self, peer: Peer, vector: bytes) -> None:
        """Answer a peer's step 1, when it may be given that much."""
        peer.sent_step1 = True
        peer.questions.ask("state", partial(self._answer, peer, vector))

    def introduce(self, peer: Peer) -> None:
        """Tell a peer that asks who is there, when it may be given that much."""
        peer.questions.ask("presence", partial(self._introduce, peer))

    async def catch_up(self, peer: Peer, vector: bytes) -> None:
        """Send a peer that was left behind one update with everything since `vector`; one for which there is none is
        closed, for it can't stay.
        """
        metrics.RESYNCS.inc()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._give(peer, vector, partial(self._caught_up, peer, vector, done)):
            await done

    # What answering is made of

    def _answer(self, peer: Peer, vector: bytes) -> None:
        if not (peer.left or peer.closing):
            self._give(peer, vector, partial(self._answered, peer, vector))

    def _answered(self, peer: Peer, vector: bytes, update: bytes) -> None:
        peer.answer(frames.step2(update), vector)
        peer.questions.answered(len(update))

    def _introduce(self, peer: Peer) -> None:
        if not (peer.left or peer.closing):
            peer.questions.answered(self._room.crowd.introduce(peer))

    def _give(self, peer: Peer, vector: bytes, give: Give) -> bool:
        """Give a peer everything since a state vector; False for one that is closed, since there is no such thing."""
        try:
            self._room.view.give(vector, give, live=self._room.is_live)
        except Exception as error:  # as of a frame that can't be taken
            self._room.intake.turn_away(peer, error)
            return False
        return True

    def _caught_up(self, peer: Peer, since: bytes, done: asyncio.Future[None], update: bytes) -> None:
        peer.caught_up(update, since, self._room.sent_vector)
        self._room.crowd.introduce(peer)
        if not done.done():
            done.set_result(None)
