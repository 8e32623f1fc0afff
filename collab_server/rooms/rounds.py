"""What a worker does every few seconds, so that no fault of the bus lasts longer than that.

It repeats who is in its rooms, and compares how far each open document goes in SQL with what the room has: all of them
in one question. It does both at once for documents that are heard of from now on, as after a break of the bus. The two
are tasks of their own, for people must not seem to be gone because the database is. As often it looks what time it is.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping

from collab_server.fanout.port import Asked, Fanout
from collab_server.logging import logger
from collab_server.rooms.frames import EMPTY_VECTOR
from collab_server.rooms.room import Room
from collab_server.rooms.states import Ended, Loading
from collab_server.rooms.tasks import keep_doing
from collab_server.rooms.wall import Wall
from collab_server.stores.documents import DocumentKey, Documents

CATCH_UP_SECONDS = 2.0
"""How long the server's own use of a room waits for edits of other workers."""
JITTER = 0.2
"""By how much of it a pause is shorter or longer, so that workers don't ask at the same moment."""
_CHANCE = random.Random()
"""Its own: Hypothesis takes numbers from the shared one, in tests that have a server in their process."""

log = logger("rooms")


class Rounds:
    """The rounds of one worker over its open rooms."""

    def __init__(
        self, documents: Documents, fanout: Fanout, rooms: Mapping[str, Room], wall: Wall, *, seconds: float
    ) -> None:
        """`rooms` are those that are open at any time, by name; `wall` is the clock that they go by."""
        self._documents = documents
        self._fanout = fanout
        self._rooms = rooms
        self._wall = wall
        self._seconds = seconds
        self._tuned: set[DocumentKey] = set()
        self._to_compare = asyncio.Event()

    def tuned(self, keys: Iterable[DocumentKey]) -> None:
        """These documents are heard of from now on."""
        for key in keys:
            room = self._rooms.get(key.name)
            if room is None:
                continue
            self._tuned.add(key)
            self._to_compare.set()
            room.following.tuned()
            room.crowd.tuned()
            if key.kind != "run" and not self._fanout.alone:  # a run asks by itself, for its document too
                self._fanout.publish(Asked(self._fanout.worker, key, EMPTY_VECTOR))

    async def beat(self) -> None:
        """Repeat who is here and what was told, until cancelled."""
        await keep_doing(self._beat, log)

    async def _beat(self) -> None:
        await asyncio.sleep(self._pause())
        for room in tuple(self._rooms.values()):
            try:
                room.crowd.beat()
                room.following.beat()
            except Exception as error:  # what is wrong with one room is nothing to the others
                room.log_ids.error("a room did not repeat who is in it", error=repr(error), exc_info=error)

    async def compare(self) -> None:
        """Compare with SQL, until cancelled."""
        while True:
            keys = None
            try:
                async with asyncio.timeout(self._pause()):
                    await self._to_compare.wait()
                    self._to_compare.clear()
                    keys, self._tuned = self._tuned, set()
            except TimeoutError:
                await self.look_at_the_wall()
            try:
                await self._compare(keys)
            except Exception as error:  # locked, gone: the next round asks again
                log.warning("documents not compared", error=repr(error))

    async def look_at_the_wall(self) -> None:
        """Set the clock, if there is anybody else to agree with; it goes on as it was if that fails."""
        if self._fanout.alone:
            return
        try:
            await self._wall.set()
        except Exception as error:  # locked, gone: the next round looks again
            log.warning("clock not set", error=repr(error))

    async def catch_up(self, room: Room) -> None:
        """Have a room show what was stored up to now, by whichever worker: whoever wrote through another will read it.

        A database that is away, or too much to catch up with, delays nobody here.
        """
        if self._fanout.alone or room.key.kind == "run":
            return
        try:
            found = (await self._documents.positions([room.key])).get(room.key)
        except Exception as error:
            log.warning("document not compared", room=room.key.name, error=repr(error))
            return
        if found is not None:
            room.following.look(found)
            await room.following.until(found.seq, CATCH_UP_SECONDS)

    async def _compare(self, keys: set[DocumentKey] | None) -> None:
        """Compare these rooms, or all."""
        rooms = [
            room
            for room in tuple(self._rooms.values())
            if room.key.kind != "run"
            and (keys is None or room.key in keys)
            and not isinstance(room.state, Loading | Ended)
        ]
        if not rooms:
            return
        found = await self._documents.positions([room.key for room in rooms])
        for room in rooms:
            room.following.look(found.get(room.key))

    def _pause(self) -> float:
        return self._seconds * _CHANCE.uniform(1 - JITTER, 1 + JITTER)
