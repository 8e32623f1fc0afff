"""What a room does with what a peer sends: guard, gate, engine, and into the batch that is stored next.

Nearly every frame is done with at once, and small edits that came together are, as one. A large update is looked at by
a child process: what is left to do then is answered as a function, and the peer's next frame waits for it (reading.py).
A peer that breaks a rule, or whose bytes fail the engine, is closed and leaves alone.
"""

import time
from collections import deque
from collections.abc import Iterable, Sequence
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

    def take(self, peer: Peer, portion: Sequence[bytes]) -> Later | None:
        """Take a frame, or edits that came together, or begin to; the peer is closed if it breaks a rule."""
        allowed = self.allowance.take(portion, time.monotonic())
        is_taken = len(allowed) > 1 and self._take_together(peer, allowed)
        later = None if is_taken else self._take_each(peer, deque(allowed))
        if len(allowed) < len(portion):
            peer.close(CloseCode.RATE_LIMITED)
        return later

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

    def _take_each(self, peer: Peer, waiting: deque[bytes]) -> Later | None:
        """Take one frame after the other, as far as none has to wait for something."""
        while waiting and peer.closing is None:
            try:
                later = self._take(peer, waiting.popleft())
            except Exception as error:  # whatever it is, it is this peer's
                self.turn_away(peer, error)
                return None
            if later is not None:
                return partial(self._go_on, peer, later, waiting) if waiting else later
        return None

    async def _go_on(self, peer: Peer, later: Later, waiting: deque[bytes]) -> None:
        await later()
        following = self._take_each(peer, waiting)
        if following is not None:
            await following()

    def _take_together(self, peer: Peer, portion: Sequence[bytes]) -> bool:
        """Take edits as if they were one. If that can't be, nothing is done: which is in the way shows when each
        of them is taken by itself.
        """
        room = self._room
        if not (peer.can_write and room.is_live):
            return False
        try:
            most, gate = room.settings.max_frame_bytes, room.document.gate
            edits = [Echo(peer, guard.read_edit(frame, most), frame) for frame in portion]
            echoes = [edit for edit in edits if edit.update != frames.EMPTY_UPDATE]
            admitted = None if gate.unseen else room.pool.admit_small(gate, *(echo.update for echo in echoes))
            if admitted is None or admitted.trimmed or not room.budget.has_room(_size(echoes)):
                return False
            metrics.UPDATES_IN.inc(len(portion))
            self._apply_admitted(peer, admitted, echoes)
        except (guard.Malformed, guard.TooLarge):
            return False
        except Exception as error:  # whatever it is, it is this peer's
            self.turn_away(peer, error)
        return True

    def _take(self, peer: Peer, data: bytes) -> Later | None:
        match guard.read_frame(data, self._room.settings.max_frame_bytes):
            case guard.Update(update):
                metrics.UPDATES_IN.inc()
                return self._take_update(peer, Echo(peer, update, data))
            case guard.AwarenessUpdate(payload):
                metrics.PRESENCE_IN.inc()
                self._room.crowd.receive(peer, payload)
            case guard.SyncStep1(vector):
                metrics.STEPS_IN.inc()
                self._room.answers.answer(peer, vector)
            case guard.SyncStep2(update):
                metrics.STEPS_IN.inc()
                return self._take_update(peer, Echo(peer, update, frames.update(update)), is_answer=True)
            case guard.QueryAwareness():
                self._room.answers.introduce(peer)
        return None

    def _take_update(self, peer: Peer, echo: Echo, *, is_answer: bool = False) -> Later | None:
        """Take an edit, or the answer to a step 1."""
        if echo.update == frames.EMPTY_UPDATE:
            if is_answer:
                peer.step2_due = False
            return None
        if not peer.can_write:
            raise PeerClosed(CloseCode.NOT_ALLOWED)
        gate = self._room.document.gate
        admitted = None if gate.unseen else self._room.pool.admit_small(gate, echo.update)
        if admitted is None:
            return partial(self._take_large, peer, echo, is_answer)
        self._apply_admitted(peer, admitted, [echo], is_answer=is_answer)
        return None

    async def _take_large(self, peer: Peer, echo: Echo, is_answer: bool) -> None:
        try:
            live = self._room.document
            admitted = await self._room.pool.admit(live.gate, echo.update, live.whole)
            if peer.closing is not None:
                return  # in this very turn: the task that this is in is about to be cancelled
            if live is not self._room.live:
                self._ask_again(peer)  # what was decided is for a document that is gone
                return
            self._apply_admitted(peer, admitted, [echo], is_answer=is_answer)
        except Exception as error:  # as in take
            self.turn_away(peer, error)

    def _ask_again(self, peer: Peer) -> None:
        if self._room.is_live:
            self._room.answers.ask(peer)
        else:
            peer.owes = True

    def _apply_admitted(
        self, peer: Peer, admitted: Admitted, echoes: Sequence[Echo], *, is_answer: bool = False
    ) -> None:
        """Apply what the gate let through; the peer is owed the echoes if that was all of it."""
        room = self._room
        if not room.is_live:
            peer.owes = True
        elif room.budget.refuses(peer, _size(echoes), grows=bool(admitted.clocks)):
            room.upkeep.weigh()
        else:
            self._apply(peer, admitted, () if admitted.trimmed else echoes)
            if admitted.trimmed and not peer.step2_due and not peer.owes:
                room.answers.ask(peer)
        if is_answer:
            peer.step2_due = False

    def _apply(self, peer: Peer, admitted: Admitted, echoes: Sequence[Echo]) -> None:
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
        if len(batch.edits) > before:
            batch.edits[-1].echoes = echoes
        elif echoes:
            batch.echoes += echoes
            room.committer.wake()


def _size(echoes: Iterable[Echo]) -> int:
    """How many bytes the edits have that these are of."""
    return sum(len(echo.update) for echo in echoes)
