"""How a room follows what other workers write to the log of its document.

The log's order is a causal one: an entry depends only on what its worker had, which was that worker's own earlier
entries and entries committed before. So edits of others are applied strictly by number, and are told to this room's
peers at once, for they are durable. What is missing in between, because the bus lost it, it was too large for it, or
it isn't here yet, is read from SQL: the log's rows, or the snapshot that has taken their place.

The room's own commits stand in the same log. One that returns a higher number than expected says that others wrote
before it: the room then has its own entries, and is behind until it has theirs (sequence.py).

The rules are FAN-4 to FAN-9 in docs/spec.md.
"""

import asyncio
from typing import TYPE_CHECKING

from collab_server import metrics
from collab_server.fanout.patience import back_off
from collab_server.fanout.port import Asked, Edited, EpochChanged, Fanout, Shown, ShownSoFar, Snapshotted
from collab_server.rooms import frames, guard
from collab_server.rooms.batch import Batch
from collab_server.rooms.crdt import EngineFailed, merge
from collab_server.rooms.gate import Admitted
from collab_server.rooms.states import Ended, Loading, Rebuilding
from collab_server.rooms.tasks import keep_doing
from collab_server.stores import documents
from collab_server.stores.documents import Entry, NoSuchDocument, Position
from flowroom.protocol import CloseCode

if TYPE_CHECKING:
    from collab_server.rooms.room import Room

MAX_EDIT_BYTES_SENT = 256 * 1024
"""Larger edits are not sent to other workers; they read them from SQL."""
MAX_HEARD = 256
"""How many edits are kept while something before them is missing; later ones are read from SQL with that."""
GRACE_SECONDS = 0.02
"""How long a missing edit may take to come by itself: those of two workers may overtake each other on the bus."""

Said = Edited | Snapshotted | EpochChanged | Shown | ShownSoFar | Asked
"""What workers say of a document itself, and not of the people in it."""


class Astray(Exception):
    """What the room has is not what the log says: it has to be loaded again."""


class Reloaded(Exception):
    """The document was loaded again meanwhile."""


class Following:
    """The other workers, as one room sees them."""

    def __init__(self, room: "Room", fanout: Fanout) -> None:
        self._room = room
        self._fanout = fanout
        self._heard: dict[int, Edited] = {}
        self._news = asyncio.Event()
        self._advanced = asyncio.Event()
        self._unsure = False
        """Whether something may have been said that was not heard, or forgotten."""

    # Telling others

    def stored(self, update: bytes, batch: Batch) -> None:
        """A batch of this room is durable."""
        small = update if len(update) <= MAX_EDIT_BYTES_SENT else None
        first = batch.last - len(batch.edits) + 1
        room, worker = self._room, self._fanout.worker
        self._fanout.publish(Edited(worker, room.key, room.ledger.epoch, first, batch.last, small))
        self._advanced.set()
        if room.ledger.sequence.is_behind:
            self._news.set()

    def snapshotted(self) -> None:
        """This room has made a snapshot."""
        self._fanout.publish(Snapshotted(self._fanout.worker, self._room.key))

    # Hearing of others

    async def begin(self) -> None:
        """The room was loaded, and nobody is served yet."""

    def hear(self, message: Said) -> None:
        """Take what another worker says of this document."""
        match message:
            case Edited():
                if len(self._heard) < MAX_HEARD:
                    self._heard[message.first] = message
                else:
                    self._room.ledger.sequence.saw(message.last)
                self.wake()
            case Snapshotted():
                self._room.ledger.relieved()
            case EpochChanged(epoch=epoch):
                self._compare_epoch(epoch)

    async def until(self, seq: int, seconds: float) -> None:
        """Wait until everything up to a number is here, or so many seconds have passed."""
        try:
            async with asyncio.timeout(seconds):
                while self._room.ledger.sequence.seq < seq:
                    self._advanced.clear()
                    await self._advanced.wait()
        except TimeoutError:
            self._room.log_ids.warning("still behind other workers", seq=self._room.ledger.sequence.seq, wanted=seq)

    def look(self, position: Position | None) -> None:
        """This is how far the document goes in SQL; None says that it is not there any more."""
        if isinstance(self._room.state, Ended | Loading):
            return
        if position is None:
            self._room.end(CloseCode.NO_SUCH_DOCUMENT)
            return
        self._compare_epoch(position.epoch)
        self._room.ledger.sequence.saw(position.seq)
        self.wake()

    def tuned(self) -> None:
        """The document is heard of from now on. What was said before, `look` tells; a room that loads asks SQL."""
        self._unsure = self._room.started.is_set() and isinstance(self._room.state, Loading)

    def beat(self) -> None:
        """Repeat what others may have missed: nothing here, for it is in SQL."""

    def wake(self) -> None:
        """There may be something to catch up with."""
        self._news.set()

    def _compare_epoch(self, epoch: int) -> None:
        if epoch > self._room.ledger.epoch and not isinstance(self._room.state, Loading | Rebuilding):
            self._room.end(CloseCode.EPOCH_CHANGED)

    # Following

    @property
    def _is_behind(self) -> bool:
        return self._unsure or self._room.ledger.sequence.is_behind

    async def run(self) -> None:
        """Follow until cancelled."""
        await keep_doing(self._follow, self._room.log_ids)

    async def _follow(self) -> None:
        await self._news.wait()
        self._news.clear()
        if self._room.live is None or isinstance(self._room.state, Rebuilding | Ended):
            return  # `wake` is called when it is over
        try:
            await self._apply_heard()
            if self._is_behind:
                await self._wait_a_little()
                await self._catch_up()
        except Reloaded:
            self.wake()
        except (Astray, EngineFailed) as error:
            self._room.log_ids.error("room astray", reason=str(error), seq=self._room.ledger.sequence.seq)
            self._room.repair.begin()
        except Exception:
            self._heard.clear()  # it may be what failed; all of it is in SQL
            self._unsure = True
            self.wake()
            raise

    async def _wait_a_little(self) -> None:
        """Give what is missing the time to come by itself."""
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                while self._room.ledger.sequence.is_behind:
                    await self._news.wait()
                    self._news.clear()
                    await self._apply_heard()
        except TimeoutError:
            return

    async def _apply_heard(self) -> None:
        """Apply what was heard, as far as nothing is missing before it."""
        while run := self._next_run():
            await self._take(merge([edited.update or b"" for edited in run]), run[0].first, run[-1].last)
            await asyncio.sleep(self._room.crowd.pause(len(run)))

    def _next_run(self) -> list[Edited]:
        """The edits that come next, in order and without a gap; forgets those that are here already."""
        sequence, epoch = self._room.ledger.sequence, self._room.ledger.epoch
        run: list[Edited] = []
        expected, size = sequence.seq + 1, 0
        for first in sorted(self._heard):
            edited = self._heard[first]
            if edited.epoch != epoch or edited.last < expected:
                del self._heard[first]
                continue
            sequence.saw(edited.last)
            if first > expected or edited.update is None or size > MAX_EDIT_BYTES_SENT:
                break
            run.append(self._heard.pop(first))
            expected, size = edited.last + 1, size + len(edited.update)
        return run

    async def _catch_up(self) -> None:
        """Read from SQL until nothing is missing, however often that fails."""
        attempt = 0
        while self._is_behind:
            if attempt:
                await asyncio.sleep(back_off(attempt - 1))
            attempt += 1
            try:
                await self._fetch()
            except NoSuchDocument:
                self._room.end(CloseCode.NO_SUCH_DOCUMENT)
            except documents.EpochChanged:
                self._room.end(CloseCode.EPOCH_CHANGED)
            except (Astray, Reloaded):
                raise
            except Exception as error:  # locked, gone: all that helps is to try again
                self._room.log_ids.warning("edits of others not read", error=repr(error), attempt=attempt)

    async def _fetch(self) -> None:
        metrics.BUS_FETCHES.inc()
        sequence, heard = self._room.ledger.sequence, tuple(self._heard)
        newest = sequence.newest
        stored = await self._room.ledger.fetch()
        self._unsure = False
        sequence.ends(stored.seq, newest)
        for first in heard:
            if first > stored.seq:
                self._heard.pop(first, None)
        at = stored.snapshot_seq
        if stored.snapshot is not None:
            await self._take_state(stored.snapshot, at)
        for group in _groups(stored.tail):
            await self._take(merge(group), at + 1, at + len(group))
            at += len(group)
        if at < stored.seq:
            raise Astray(f"the log goes to {stored.seq}, and its rows only to {at}")

    # Applying

    async def _take(self, update: bytes, first: int, last: int) -> None:
        """Apply entries of the log, and tell this room's peers.

        They are told all of it, also what is here already: that may be in an edit of ours that is not durable yet, so
        that they were not told, and it would be missing below what is new.
        """
        room = self._room
        admitted = await self._absorb(update)
        room.ledger.follow(update, first, last)
        room.crowd.tell_update(frames.update(update))
        room.view.followed(update, admitted.clocks)
        room.upkeep.touch()
        self._advanced.set()

    async def _take_state(self, state: bytes, seq: int) -> None:
        """Apply a snapshot, and tell this room's peers what in it is new to them.

        They are told no other edit before that, since it may depend on this.
        """
        room = self._room
        vector = room.sent_vector
        admitted = await self._absorb(state)
        room.ledger.follow(state, 1, seq)
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def tell(update: bytes) -> None:
            room.crowd.tell_update(frames.update(update))
            room.view.followed(update, admitted.clocks)
            if not told.done():
                told.set_result(None)

        if not room.is_live:
            await room.ledger.prepare()
        room.view.give(vector, tell, live=room.is_live)
        await told
        room.upkeep.touch()
        self._advanced.set()

    async def _absorb(self, update: bytes) -> Admitted:
        live = self._room.live
        if live is None:
            raise Reloaded
        try:
            admitted = await self._room.pool.admit(live.gate, update)
        except guard.Malformed as error:
            raise Astray(f"an entry is malformed: {error.what}") from error
        if live is not self._room.live:
            raise Reloaded
        if admitted.trimmed:
            raise Astray("an entry depends on what is not here")
        if admitted.update is not None:
            try:
                live.absorb(admitted.update, admitted)
            except EngineFailed as error:
                self._room.repair.engine_failed(error, Entry(update, "log"))  # at once: nobody may use what is left
                raise Reloaded from error
        return admitted


def _groups(tail: tuple[Entry, ...]) -> list[list[bytes]]:
    """Neighbours together, so that a long tail is a few frames and no frame is very large."""
    groups: list[list[bytes]] = []
    size = MAX_EDIT_BYTES_SENT
    for entry in tail:
        size += len(entry.update)
        if size > MAX_EDIT_BYTES_SENT:
            groups.append([])
            size = len(entry.update)
        groups[-1].append(entry.update)
    return groups
