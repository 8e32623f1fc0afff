"""What a room does with each frame of a peer: guard, gate, engine, and into the batch that is stored next.

Nearly every frame is done with at once. A large update is looked at by a child process: what is left to do then is
answered as a function, and the peer's next frame waits for it (reading.py). A peer that breaks a rule, or whose bytes
fail the engine, is closed and leaves alone.
"""

import time
from functools import partial
from typing import TYPE_CHECKING

from collab_server import metrics
from collab_server.errors import NotReady
from collab_server.rooms import frames, guard
from collab_server.rooms.batch import Author, Echo
from collab_server.rooms.crdt import EngineFailed
from collab_server.rooms.gate import Admitted
from collab_server.rooms.peer import Peer, PeerClosed
from collab_server.rooms.rates import Allowance
from collab_server.rooms.reading import Later
from collab_server.stores.documents import Entry
from flowroom.protocol import CloseCode

if TYPE_CHECKING:
    from collab_server.rooms.room import Room


class Intake:
    """What the peers of one room send."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        settings = room.settings
        self.allowance = Allowance(
            settings.max_room_messages_per_second, settings.max_room_bytes_per_second, settings.rate_burst_seconds
        )

    def take(self, peer: Peer, data: bytes) -> Later | None:
        """Take a frame, or begin to; the peer is closed if it breaks a rule."""
        try:
            if not self.allowance.spend(len(data), time.monotonic()):
                raise PeerClosed(CloseCode.RATE_LIMITED)
            return self._take(peer, data)
        except Exception as error:  # whatever it is, it is this peer's
            self.turn_away(peer, error)
            return None

    def turn_away(self, peer: Peer, error: Exception) -> None:
        """Close a peer whose frame could not be taken."""
        match error:
            case PeerClosed():
                peer.close(error.code)
            case guard.TooLarge():
                peer.close(CloseCode.TOO_LARGE)
            case guard.Malformed():
                self._room.log_ids.info("malformed frame", user=peer.identity.id, what=error.what)
                peer.close(CloseCode.MALFORMED)
            case EngineFailed():
                self._room.repair.engine_failed(error, Entry(b"", "peer", peer.identity.id))
                peer.close(CloseCode.TRY_LATER)
            case NotReady():
                peer.close(CloseCode.TRY_LATER, str(error))
            case _:
                self._room.log_ids.error("frame not taken", user=peer.identity.id, exc_info=error)
                peer.close(CloseCode.TRY_LATER)

    def _take(self, peer: Peer, data: bytes) -> Later | None:
        match guard.read_frame(data, self._room.settings.max_frame_bytes):
            case guard.Update(update):
                metrics.UPDATES_IN.inc()
                return self._take_update(peer, update, data)
            case guard.AwarenessUpdate(payload):
                metrics.PRESENCE_IN.inc()
                self._room.crowd.receive(peer, payload)
            case guard.SyncStep1(vector):
                metrics.STEPS_IN.inc()
                self._room.answers.answer(peer, vector)
            case guard.SyncStep2(update):
                metrics.STEPS_IN.inc()
                return self._take_update(peer, update, None)
            case guard.QueryAwareness():
                self._room.answers.introduce(peer)
        return None

    def _take_update(self, peer: Peer, update: bytes, frame: bytes | None) -> Later | None:
        """Take an edit, or a step 2, which comes without the frame that would be its echo."""
        if update == frames.EMPTY_UPDATE:
            if frame is None:
                peer.step2_due = False
            return None
        if not peer.can_write:
            raise PeerClosed(CloseCode.NOT_ALLOWED)
        gate = self._room.document.gate
        admitted = None if gate.unseen else self._room.pool.admit_small(gate, update)
        if admitted is None:
            return partial(self._take_large, peer, update, frame)
        self._apply_admitted(peer, update, frame, admitted)
        return None

    async def _take_large(self, peer: Peer, update: bytes, frame: bytes | None) -> None:
        try:
            live = self._room.document
            admitted = await self._room.pool.admit(live.gate, update, live.whole)
            if peer.closing is not None:
                return  # in this very turn: the task that this is in is about to be cancelled
            if live is not self._room.live:
                self._ask_again(peer)  # what was decided is for a document that is gone
                return
            self._apply_admitted(peer, update, frame, admitted)
        except Exception as error:  # as in take
            self.turn_away(peer, error)

    def _ask_again(self, peer: Peer) -> None:
        if self._room.is_live:
            self._room.answers.ask(peer)
        else:
            peer.owes = True

    def _apply_admitted(self, peer: Peer, update: bytes, frame: bytes | None, admitted: Admitted) -> None:
        room = self._room
        if not room.is_live:
            peer.owes = True
        elif room.budget.refuses(peer, len(update), grows=bool(admitted.clocks)):
            room.upkeep.weigh()
        else:
            echo = None if admitted.trimmed else Echo(peer, update, frame or frames.update(update))
            self._apply(peer, admitted, echo)
            if admitted.trimmed and not peer.step2_due and not peer.owes:
                room.answers.ask(peer)
        if frame is None:
            peer.step2_due = False

    def _apply(self, peer: Peer, admitted: Admitted, echo: Echo | None) -> None:
        room = self._room
        batch = room.committer.batch
        before = len(batch.edits)
        if admitted.update is not None:
            author = Author("peer", peer.identity.id)
            try:
                room.document.apply(admitted.update, admitted, author)
            except EngineFailed as error:
                room.repair.engine_failed(error, Entry(admitted.update, author.origin, author.user))
                raise PeerClosed(CloseCode.MALFORMED) from error
        if echo is not None and len(batch.edits) > before:
            batch.edits[-1].echo = echo
        elif echo is not None:
            batch.echoes.append(echo)
            room.committer.wake()
