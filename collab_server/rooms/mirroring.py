"""How the rooms of one run, on several workers, show the same.

The document of a run is in no log: the engine writes it through its peer on one worker, and it is a projection that may
be thrown away. So each worker tells the others what its own peers wrote, numbered; whoever misses a number asks for
everything it has not, and every worker answers with that. A room that opens asks too, before anyone is served, so that
an engine that comes back finds what it wrote before. All of it may come twice or in any order: it is merged.

When the engine's worker dies, the engine connects to another and hands it whatever that lacks. A run that is over is
filled from the run log, and listens to nobody. When the engine dies between writing the end into that log and showing
it, nobody would; so a room of a run that shows nothing new looks there now and then.

The rules are FAN-10 to FAN-12 in docs/spec.md.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.fanout.port import Asked, Fanout, Shown, ShownSoFar
from collab_server.rooms import frames, guard
from collab_server.rooms.batch import Batch
from collab_server.rooms.crdt import EngineFailed, engine_calls
from collab_server.rooms.following import Said
from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.ledger import RunLedger
from collab_server.rooms.tasks import keep_doing
from collab_server.rooms.walker_pool import Undecided
from collab_server.stores.documents import Position
from flowroom.protocol import CloseCode
from flowroom.run_document import RunDocument
from flowroom.runs import TERMINAL_RUN_STATES

if TYPE_CHECKING:
    from collab_server.rooms.room import Room

ANSWER_SECONDS = 1.0
"""How long a room that opens waits for the others to tell it what they have."""
ASK_SECONDS = 0.2
"""How often a room that misses something asks, at most."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the run log says of a run that is over."""

    update: bytes


class Mirroring:
    """The other workers, as the room of a run sees them."""

    def __init__(self, room: "Room", fanout: Fanout) -> None:
        self._room = room
        self._fanout = fanout
        self._first = self._number = time.monotonic_ns() // 1_000_000
        """A room that was put away and opened again goes on above what others have heard of this worker before."""
        self._numbers: dict[str, int] = {}
        """How many edits of each worker are here."""
        self._answered: set[str] = set()
        self._tuned, self._changed, self._lacking = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._waiting: deque[Shown | ShownSoFar | Ending] = deque()

    # Telling others

    def stored(self, update: bytes, batch: Batch) -> None:
        """The engine, through this worker, has written."""
        self._number += 1
        self._fanout.publish(Shown(self._fanout.worker, self._room.key, self._number, update))

    def snapshotted(self) -> None:
        """Never: a run is not stored."""

    def beat(self) -> None:
        """Tell how much was told, for those who missed the last of it."""
        if self._number > self._first:
            self._fanout.publish(Shown(self._fanout.worker, self._room.key, self._number, EMPTY_UPDATE))

    # Hearing of others

    async def begin(self) -> None:
        """The room was loaded, and nobody is served yet: get what other workers have, if they answer soon."""
        if self._is_complete or self._fanout.alone or self._fanout.trouble is not None:
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._tuned.wait()
                others = await self._fanout.others(self._room.key)
                if not others:
                    return
                self._ask()
                while len(self._answered) < others:
                    await self._changed.wait()
                    self._changed.clear()
                    await self._take_waiting()
        except (TimeoutError, Undecided):
            self._room.log_ids.info("not every worker has told of a run", answered=len(self._answered))

    def hear(self, message: Said) -> None:
        """Take what another worker says of this run."""
        match message:
            case Asked(worker=asker, vector=vector):
                self._answer(asker, vector)
            case ShownSoFar(asker=asker) if asker != self._fanout.worker:
                return
            case Shown() | ShownSoFar() if not self._is_complete:
                self._waiting.append(message)
                self._changed.set()

    async def until(self, seq: int, seconds: float) -> None:
        """Nothing to wait for: a run has no log of edits."""

    def look(self, position: Position | None) -> None:
        """Nothing: SQL has no edits of a run."""

    def tuned(self) -> None:
        """The run is heard of from now on; what was said before is asked for."""
        self._tuned.set()
        self._lacking.set()

    def wake(self) -> None:
        """Nothing to do: a run is never loaded again."""

    # Following

    async def run(self) -> None:
        """Take what was heard until cancelled, and ask for what is missing."""
        self._lacking.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_doing(self._take_news, self._room.log_ids))
            tasks.create_task(keep_doing(self._ask_for_more, self._room.log_ids))
            tasks.create_task(self._look_for_the_end())

    async def _take_news(self) -> None:
        await self._changed.wait()
        self._changed.clear()
        await self._take_waiting()

    async def _ask_for_more(self) -> None:
        await self._lacking.wait()
        self._lacking.clear()
        if not self._is_complete:
            self._ask()
        await asyncio.sleep(ASK_SECONDS)

    async def _look_for_the_end(self) -> None:
        """Read in the run log how the run ended, if nothing shows it: the engine may have died over it."""
        seen: bytes | None = b""
        while seen is not None and not self._is_complete:
            await asyncio.sleep(self._room.settings.compare_seconds)
            try:
                seen = await self._look(seen)
            except Exception as error:  # the database is away, say: it is looked again
                self._room.log_ids.warning("the end of a run can't be read", error=repr(error))

    async def _look(self, seen: bytes) -> bytes | None:
        """Read the end, if the run is as it was `seen`. Answers how it is now; None when it shows its end."""
        room = self._room
        if room.live is None or not isinstance(room.ledger, RunLedger):
            return seen
        with engine_calls():
            state, status = room.live.doc.get_state(), RunDocument(room.live.doc).status
        if status in TERMINAL_RUN_STATES:
            return None
        if state == seen and (update := await room.ledger.ending()) is not None:
            self._waiting.append(Ending(update))
            self._changed.set()
        return state

    async def _take_waiting(self) -> None:
        """Take what was heard. What can't be looked at just now stays, for the end of a run is read but once."""
        while self._waiting:
            message = self._waiting.popleft()
            try:
                await self._take(message)
            except Exception as error:
                if isinstance(error, Undecided):
                    self._waiting.appendleft(message)
                self._changed.set()
                self._lacking.set()
                raise

    async def _take(self, message: Shown | ShownSoFar | Ending) -> None:
        """Take an edit, or all there is; ask when something before it is missing."""
        if isinstance(message, Ending):
            await self._absorb(message.update)
            return
        heard = self._numbers.get(message.worker, 0)
        match message:
            case ShownSoFar():
                self._answered.add(message.worker)
                if await self._absorb(message.update):
                    self._numbers[message.worker] = max(heard, message.number)
                return
            case Shown(number=number) if number <= heard:
                return
            case Shown(number=number, update=update):
                is_next = number == heard + 1 and update != EMPTY_UPDATE
        if await self._absorb(update) and is_next:
            self._numbers[message.worker] = number
        else:
            self._lacking.set()

    async def _absorb(self, update: bytes) -> bool:
        """Apply what is ready of an update and tell this room's peers; says whether that was all of it."""
        room, live = self._room, self._room.live
        if update == EMPTY_UPDATE:
            return True
        if live is None:
            return False
        try:
            admitted = await room.pool.admit(live.gate, update)
            if admitted.update is not None:
                live.absorb(admitted.update, admitted)
        except guard.Malformed as error:
            room.log_ids.error("malformed edit of a run", what=error.what)
            return False
        except EngineFailed as error:
            room.log_ids.error("engine failed at a run", error=str(error))
            room.end(CloseCode.NOT_READY)
            return False
        if admitted.update is not None:
            room.crowd.tell_update(frames.update(admitted.update))
            room.view.followed(admitted.update, admitted.clocks)
        return not admitted.trimmed

    # Asking

    def _ask(self) -> None:
        live = self._room.live
        if live is not None:
            with engine_calls():
                vector = live.doc.get_state()
            self._fanout.publish(Asked(self._fanout.worker, self._room.key, vector))

    def _answer(self, asker: str, vector: bytes) -> None:
        """Tell what there is, be it nothing: who opens the run waits for as many answers as there are others."""
        update = EMPTY_UPDATE
        if self._room.live is not None and not self._is_complete:
            with engine_calls():
                update = self._room.live.doc.get_update(vector)
        self._fanout.publish(ShownSoFar(self._fanout.worker, self._room.key, asker, self._number, update))

    @property
    def _is_complete(self) -> bool:
        ledger = self._room.ledger
        return isinstance(ledger, RunLedger) and ledger.complete
