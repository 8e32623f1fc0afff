"""What a room does for itself after edits, when nobody waits for it: summaries, snapshots, and dangling edges.

Each is a pass over the whole document, so they are made some time after the last edit that asked for them, and the
larger the document the rarer.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from collab_server.errors import NotReady
from collab_server.rooms import frames, guard
from collab_server.rooms.crdt import EngineFailed
from collab_server.rooms.ledger import Mark
from collab_server.rooms.summary import shown_size, summarise
from collab_server.rooms.tasks import keep_doing
from collab_server.rooms.walker_pool import Undecided
from collab_server.stores.documents import Entry, Summary
from flowroom.checks import visible
from flowroom.errors import NewerSchema
from flowroom.model import EdgeId, Graph

if TYPE_CHECKING:
    from collab_server.rooms.live_document import LiveDocument
    from collab_server.rooms.room import Room

SUMMARY_SECONDS = 0.5
"""How long after an edit the lists show it, and the least time from then to the next look."""
MAX_SHARE, MAX_SHARE_OF_ALL = 0.02, 0.02
"""The most of its time that a room, and all rooms of a process together, may spend on looking over graphs."""
PAUSE_SECONDS = 2.0
"""How long nobody may have edited before a log that is slow to load becomes a snapshot, due or not."""
PAUSE_BYTES, PAUSE_SHARE = 32 * 1024, 1 / 16
"""What a slow log is: in bytes, which the gate takes a millisecond or two each thousand for, and of the document."""
SNAPSHOT_PAUSES = (30.0, 3600.0)
"""The first and the longest pause, in seconds, after a snapshot that was not to be had: each try walks the document."""
BYTES_FOR_A_ROW = 1024
"""How large a document is for each row that its log may have before the next snapshot, which edits wait for: 15 ms for
each MB."""
INLINE_RECORDS = 500
"""The largest graph, in nodes and edges, that is summarised where edits are waiting meanwhile."""
JANITOR = "janitor"


class Seen(NamedTuple):
    """A graph as it was after so many edits."""

    edits: int
    summary: Summary
    lost: set[EdgeId]


class Turns:
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

    def __init__(self, room: "Room", turns: Turns) -> None:
        self._room = room
        self._turns = turns
        self._touched = asyncio.Event()
        self._edited = asyncio.Event()
        self._edits = 0
        self._shown = 0
        """The edits that there were, and those of them that lists show."""
        self._told: Summary | None = None
        self._snapshotting = asyncio.Lock()
        self._pause = self._no_snapshot_until = 0.0
        self._dangling: dict[EdgeId, float] = {}

    def touch(self) -> None:
        """Something was stored."""
        self._edits += 1
        self._touched.set()
        self._edited.set()
        self.weigh()

    async def run(self) -> None:
        """Do the chores whenever something was stored, until cancelled."""
        async with asyncio.TaskGroup() as chores:
            chores.create_task(keep_doing(self._look_over, self._room.log_ids))
            chores.create_task(keep_doing(self._wait_for_a_pause, self._room.log_ids))

    async def _look_over(self) -> None:
        await self._touched.wait()
        self._touched.clear()
        await self._snapshot_if_due()
        await asyncio.sleep(SUMMARY_SECONDS)
        async with self._turns.turn():
            started = time.perf_counter()
            seen = await self._look()
            spent = time.perf_counter() - started
        await self._tell(seen)
        await asyncio.sleep(max(spent / MAX_SHARE, SUMMARY_SECONDS))

    async def _wait_for_a_pause(self) -> None:
        """Whoever opens the document next waits for a snapshot to be read, but for a log to be looked through again."""
        await self._edited.wait()
        self._edited.clear()
        await asyncio.sleep(PAUSE_SECONDS)
        ledger = self._room.ledger
        is_slow_to_load = ledger.due(sys.maxsize, max(PAUSE_BYTES, int(ledger.size * PAUSE_SHARE)))
        if is_slow_to_load and not self._edited.is_set():
            await self.snapshot()

    async def finish(self) -> None:
        """Leave everything in order before the room goes: an up-to-date summary, and no log to replay."""
        await self.show()
        if self._room.ledger.unsaved:
            await self.snapshot()

    async def show(self) -> None:
        """Have lists show the graph as it is now."""
        if self._shown < self._edits:
            await self._tell(await self._look())

    async def snapshot(self) -> None:
        """Store the whole document, so that the log before it can go; a malformed one is quarantined instead. Does
        nothing in the pause after one that was not to be had.

        It is stored when everything in it is in the log too: else another worker could open it, and have its log depend
        on an edit that only a snapshot has.
        """
        async with self._snapshotting:
            await self._snapshot()

    async def _snapshot(self) -> None:
        room, live = self._room, self._room.live
        if live is None or not room.is_live:
            return  # the document may be half of what it was, or hold what can't be stored
        if time.monotonic() < self._no_snapshot_until:
            return
        mark = room.ledger.mark()  # before the state is taken: what is stored meanwhile stays in the log
        try:
            state = live.whole()
            await room.pool.check(state)
        except guard.Malformed as error:
            pause = self._put_off()
            room.log_ids.error("malformed state", what=error.what, size=len(state), again_in=pause)
            room.repair.begin()
            await room.repair.quarantine(Entry(state, "snapshot"), "malformed state")
        except Undecided as error:
            pause = self._put_off()
            room.log_ids.warning("snapshot not checked", error=str(error), size=len(state), again_in=pause)
        except EngineFailed as error:
            room.log_ids.error("engine failed at a snapshot", error=str(error))
            room.repair.begin()
        else:
            await self._store(state, mark, live)

    async def _store(self, state: bytes, mark: Mark, live: "LiveDocument") -> None:
        """Store what was the state of a document, unless that has failed since."""
        room = self._room
        try:
            await room.committer.settled()
            if not room.is_live or room.live is not live:
                return
            await room.ledger.snapshot(state, mark)
            self._pause = 0.0
            self.weigh()
            room.following.snapshotted()
        except Exception as error:  # the log still has everything; the next edit tries again
            room.log_ids.warning("snapshot not stored", error=repr(error))

    def _put_off(self) -> float:
        """Take no snapshot for so many seconds, more each time in a row; then look by oneself whether one is due."""
        first, longest = SNAPSHOT_PAUSES
        self._pause = min(max(first, 2 * self._pause), longest)
        self._no_snapshot_until = time.monotonic() + self._pause
        asyncio.get_running_loop().call_later(self._pause, self._touched.set)
        return self._pause

    def weigh(self) -> None:
        """The document's size has changed: tell everyone if that matters, and ask for what waited for room."""
        room = self._room
        budget = room.budget
        news, has_grown = budget.news(), budget.has_grown()
        if news is not None:
            room.crowd.tell(frames.notice(news))
        if news is not None or has_grown:
            for peer in room.clients:
                peer.push(budget.numbers(peer))
        if news is not None and room.is_live and budget.level != "full":
            room.revive()

    async def _snapshot_if_due(self) -> None:
        ledger, size = self._room.ledger, self._room.settings.snapshot_bytes
        rows = max(self._room.settings.snapshot_rows, ledger.size // BYTES_FOR_A_ROW)
        frees = self._room.budget.level == "full" and ledger.unsaved > 0
        if frees or ledger.due(rows, size):
            await self.snapshot()
        async with self._snapshotting:
            if self._room.is_live:  # a document that is being loaded is made of the very entries
                await ledger.fold(2 * rows, 2 * size)

    async def _look(self) -> Seen | None:
        """The graph of the document, if it has one that can be read."""
        room = self._room
        if room.key.kind != "graph":
            return None
        edits = self._edits
        try:
            graph = await room.graph()
        except (EngineFailed, NewerSchema, NotReady) as error:
            room.log_ids.warning("graph not readable", error=repr(error))
            return None
        small = len(graph.nodes) + len(graph.edges) < INLINE_RECORDS
        return Seen(edits, *(_looked_at(graph) if small else await asyncio.to_thread(_looked_at, graph)))

    async def _tell(self, seen: Seen | None) -> None:
        if seen is None or seen.edits < self._shown:
            return
        summary = replace(seen.summary, size=shown_size(self._room.ledger.size))
        if summary != self._told:
            try:
                await self._room.ledger.append((), summary)
            except Exception as error:  # the list stays behind until the next edit
                self._room.log_ids.warning("summary not stored", error=repr(error))
                return
            self._told = summary
        self._shown = max(self._shown, seen.edits)
        await self._tidy(seen.lost)

    async def _tidy(self, lost: set[EdgeId]) -> None:
        """Remove edges that have dangled for a while: an undo may still bring their node back before."""
        now = time.monotonic()
        self._dangling = {edge: self._dangling.get(edge, now) for edge in lost}
        wait = self._room.settings.janitor_seconds
        old = [edge for edge, since in self._dangling.items() if now - since >= wait]
        if old:
            with suppress(NotReady):  # not stored, or not yet: the next edit looks again
                await self._room.edit(
                    lambda document: document.delete(old), by=None, origin=JANITOR, adds=0, listed=False
                )
        elif lost:
            asyncio.get_running_loop().call_later(wait, self._touched.set)


def _looked_at(graph: Graph) -> tuple[Summary, set[EdgeId]]:
    """What lists show, and the edges that lead nowhere."""
    return summarise(graph), graph.edges.keys() - visible(graph).edges.keys()
