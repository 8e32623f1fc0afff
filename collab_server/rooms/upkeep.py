"""What a room does for itself after edits, when nobody waits for it: summaries, snapshots, and dangling edges.

Each is a pass over the whole document, so they are made some time after the last edit that asked for them, and the
larger the document the rarer.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from collab_server.errors import NotReady
from collab_server.rooms import guard
from collab_server.rooms.crdt import EngineFailed, engine_calls
from collab_server.rooms.ledger import Mark
from collab_server.rooms.summary import summarise
from collab_server.stores.documents import Entry, Summary
from flowroom.checks import visible
from flowroom.errors import NewerSchema
from flowroom.model import EdgeId, Graph

if TYPE_CHECKING:
    from collab_server.rooms.room import Room

SUMMARY_SECONDS = 0.5
"""How long after an edit the lists show it."""
MAX_SHARE, MAX_SHARE_OF_ALL = 0.02, 0.1
"""The most of its time that a room, and all rooms of a process together, may spend on looking over graphs."""
JANITOR = "janitor"


class Pace:
    """Lets rooms look over their graphs one after the other, with rests between: edits of others wait meanwhile."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._rest_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn; what is done in it without waiting counts."""
        async with self._turn:
            await asyncio.sleep(self._rest_until - time.perf_counter())
            started = time.perf_counter()
            yield
            now = time.perf_counter()
            self._rest_until = now + (now - started) / MAX_SHARE_OF_ALL


class Upkeep:
    """The chores of one room."""

    def __init__(self, room: "Room", pace: Pace) -> None:
        self._room = room
        self._pace = pace
        self._touched = asyncio.Event()
        self._summarised = True
        self._told: Summary | None = None
        self._snapshotting = asyncio.Lock()
        self._dangling: dict[EdgeId, float] = {}

    def touch(self) -> None:
        """Something was stored."""
        self._summarised = False
        self._touched.set()

    def told(self, summary: Summary) -> None:
        """Lists show this now."""
        self._told = summary

    async def run(self) -> None:
        """Do the chores whenever something was stored, until cancelled."""
        while True:
            await self._touched.wait()
            self._touched.clear()
            await self._snapshot_if_due()
            await asyncio.sleep(SUMMARY_SECONDS)
            async with self._pace.turn():
                started = time.perf_counter()
                seen = self._look()
                spent = time.perf_counter() - started
            await self._tell(seen)
            await asyncio.sleep(spent / MAX_SHARE)

    async def finish(self) -> None:
        """Leave everything in order before the room goes: an up-to-date summary, and no log to replay."""
        if not self._summarised:
            await self._tell(self._look())
        if self._room.ledger.unsaved:
            await self.snapshot()

    async def snapshot(self) -> None:
        """Store the whole document, so that the log before it can go; a malformed one is quarantined instead.

        It may hold edits that are not in the log yet; they are durable with it.
        """
        async with self._snapshotting:
            await self._snapshot()

    async def _snapshot(self) -> None:
        room = self._room
        mark = room.ledger.mark()  # before the state is taken: what is stored meanwhile stays in the log
        try:
            with engine_calls():
                state = room.ydoc.get_update()
            await room.pool.check(state)
        except guard.Malformed as error:
            room.log_ids.error("malformed state", what=error.what, size=len(state))
            await room.repair.quarantine(Entry(state, "snapshot"), "malformed state")
            await room.repair.rebuild()
        except EngineFailed as error:
            room.log_ids.error("engine failed at a snapshot", error=str(error))
            await room.repair.rebuild()
        else:
            await self._store(state, mark)

    async def _store(self, state: bytes, mark: Mark) -> None:
        try:
            await self._room.ledger.snapshot(state, mark)
        except Exception as error:  # the log still has everything; the next edit tries again
            self._room.log_ids.warning("snapshot not stored", error=repr(error))

    async def _snapshot_if_due(self) -> None:
        settings = self._room.settings
        if self._room.ledger.due(settings.snapshot_rows, settings.snapshot_bytes):
            await self.snapshot()

    def _look(self) -> tuple[Graph, Summary] | None:
        """The graph of the document, if it has one that can be read."""
        room = self._room
        if room.key.kind != "graph":
            return None
        self._summarised = True
        try:
            with engine_calls():
                graph = room.graph()
        except (EngineFailed, NewerSchema) as error:
            room.log_ids.warning("graph not readable", error=str(error))
            return None
        return graph, summarise(graph)

    async def _tell(self, seen: tuple[Graph, Summary] | None) -> None:
        if seen is None:
            return
        graph, summary = seen
        if summary != self._told:
            try:
                await self._room.ledger.append((), summary)
                self._told = summary
            except Exception as error:  # the list stays behind until the next edit
                self._room.log_ids.warning("summary not stored", error=repr(error))
                self._summarised = False
        await self._tidy(graph)

    async def _tidy(self, graph: Graph) -> None:
        """Remove edges that have dangled for a while: an undo may still bring their node back before."""
        lost = graph.edges.keys() - visible(graph).edges.keys()
        now = time.monotonic()
        self._dangling = {edge: self._dangling.get(edge, now) for edge in lost}
        wait = self._room.settings.janitor_seconds
        old = [edge for edge, since in self._dangling.items() if now - since >= wait]
        if old:
            with suppress(NotReady):  # not stored, or not yet: the next edit looks again
                await self._room.edit(lambda document: document.delete(old), by=None, origin=JANITOR)
        elif lost:
            asyncio.get_running_loop().call_later(wait, self._touched.set)
