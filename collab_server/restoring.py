"""Taking a graph back to a good state: the last one that its log leads to, an earlier one of it, or a kept version.

A restore begins a new *epoch*: whoever has the document of the old one is closed with 4409, keeps their own copy, and
may upload it as a version before they join again. What the document was is kept as a version too, if it can be read.
The restored state is a new history: nothing of the old one can be merged into it by accident.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from pycrdt import Doc

from collab_server.auth.identity import Identity
from collab_server.errors import Conflict, InvalidRequest, NotFound, NotReady
from collab_server.happenings import Happening, Happenings
from collab_server.logging import logger
from collab_server.rooms.budget import require_room
from collab_server.rooms.crdt import EngineFailed, engine_calls
from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.gate_places import Misplaced
from collab_server.rooms.registry import Rooms
from collab_server.rooms.replay import admit_what_can_be
from collab_server.rooms.summary import summarise
from collab_server.rooms.walker import Malformed
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.rooms.yielding import Stretch
from collab_server.said import TICK_SECONDS
from collab_server.settings import Settings
from collab_server.stores.database import Also
from collab_server.stores.documents import DocumentKey, Documents, Stored, Summary
from collab_server.stores.versions import Aside, Moved, Version, Versions
from flowroom.errors import NewerSchema
from flowroom.model import Graph
from flowroom.ydoc import GraphDocument, graph_of, new_id

log = logger("restoring")
TRIES = 5
"""How often a restore to the newest state is begun again because someone edited meanwhile."""


@dataclass(frozen=True, slots=True)
class Good:
    """A state that can be read, walked and edited. `seq` is the last log entry in it, `left_out` those that are not, or
    not with everything.
    """

    state: bytes
    seq: int
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    epoch: int
    seq: int | None
    left_out: tuple[int, ...]
    kept_as: str | None
    """The version that holds what the graph was before; None when that could not be read."""


async def good_state(stored: Stored, pool: WalkerPool, *, to: int | None = None) -> Good:
    """The state after the log entries up to `to`, without those that can't be taken. Raises Malformed for a snapshot
    that is damaged itself, EngineFailed.
    """
    doc: Doc[Any] = Doc()
    base = stored.snapshot or EMPTY_UPDATE
    await pool.check(base)
    with engine_calls():
        doc.apply_update(base)
    gate = await pool.open_gate(base, doc.get_state())
    seq, left_out, stretch = stored.snapshot_seq, [], Stretch()
    for place, entry in enumerate(stored.tail, start=stored.snapshot_seq + 1):
        if to is not None and place > to:
            break
        try:
            try:
                admitted = await pool.admit(gate, entry.update, doc.get_update)
            except Misplaced:  # what of it can be is in the graph, too
                left_out.append(place)
                admitted = await admit_what_can_be(gate, entry.update)
            if admitted.update is not None:
                with engine_calls():
                    doc.apply_update(admitted.update)
            gate.applied(admitted)
        except Malformed:
            left_out.append(place)
        seq = place
        await stretch.pause()
    with engine_calls():
        state = doc.get_update()
    await pool.check(state)
    return Good(state, seq, tuple(left_out))


def content(state: bytes) -> Graph:
    """The graph of a state that was walked. Blocking. Raises EngineFailed, NewerSchema."""
    with engine_calls():
        document = GraphDocument(Doc())
        document.doc.apply_update(state)
        texts = document.texts()
    return graph_of(texts)


class Restores:
    """Versions of graphs, and the way back to them."""

    def __init__(
        self, documents: Documents, versions: Versions, rooms: Rooms, happenings: Happenings, settings: Settings
    ) -> None:
        self._happenings = happenings
        self._documents = documents
        self.versions = versions
        self._rooms = rooms
        self._settings = settings

    async def keep_copy(self, id: str, state: bytes, *, label: str, epoch: int, by: Identity) -> Version:
        """Keep a client's own copy as a version: the same twice is one. Raises NotFound, and
        InvalidRequest for what no document is.
        """
        try:
            await self._rooms.pool.check(state)
            graph = await asyncio.to_thread(content, state)
        except (Malformed, EngineFailed, NewerSchema) as error:
            raise InvalidRequest(
                f"The copy can't be kept: {error}",
                expected="a whole graph document as one Yjs v1 update",
                received=f"{len(state)} bytes",
                advice="Send what Y.encodeStateAsUpdate(doc) gives.",
            ) from error
        return await self._keep_once(id, state, graph, label=label, epoch=epoch, by=by, reason="copy")

    async def keep(self, id: str, *, label: str, by: Identity) -> Version:
        """Keep the graph as it is stored now as a version: the same twice is one.

        Raises Conflict when it can't be read.
        """
        stored = await self._documents.load(DocumentKey("graph", id))
        now = await self._good(stored, None)
        try:
            graph = await asyncio.to_thread(content, now.state)
        except (EngineFailed, NewerSchema) as error:
            raise Conflict(f"The graph can't be kept as it is: {error}") from error
        epoch = stored.epoch
        return await self._keep_once(id, now.state, graph, label=label, epoch=epoch, by=by, reason="kept")

    async def version(self, id: str, version: str) -> tuple[Version, bytes]:
        """A version and its state. Raises NotFound."""
        found = await self.versions.get(DocumentKey("graph", id), version)
        if found is None:
            raise NotFound(f"There is no version {version!r} of this graph; it may have made place for newer ones.")
        return found

    async def restore(self, id: str, *, to: int | str | None, by: Identity) -> Restored:
        """Let a graph be what it was: after a log entry, as a version has it, or the newest state there is that is
        good. Raises NotFound, Conflict when there is no such state, TooLarge.
        """
        key = DocumentKey("graph", id)
        for left in reversed(range(TRIES)):
            with suppress(Moved):
                restored = await self._restore(key, to, by, is_last=left == 0)
                self._rooms.restored(key, restored.epoch)
                log.warning("graph restored", graph=id, to=to, epoch=restored.epoch, by=by.name)
                return restored
        raise NotReady("The graph is being edited faster than it can be restored; try again in a moment.")

    async def _restore(self, key: DocumentKey, to: int | str | None, by: Identity, *, is_last: bool) -> Restored:
        stored = await self._documents.load(key)
        if isinstance(to, str):
            version, state = await self.version(key.id, to)
            good = Good(state, version.seq)
        else:
            good = await self._good(stored, to)
        self._require_room(good, stored)
        summary = await _summary(await asyncio.to_thread(content, good.state))
        aside = await self._aside(key, stored, good, by.name)
        # What is put aside should have all that was acknowledged; where edits never pause, the last try goes without.
        seq = None if is_last and to is not None else stored.seq
        also = self._noting("graph.restored", key.id, by, epoch=stored.epoch + 1, to=to)
        epoch = await self.versions.begin_epoch(
            key, epoch=stored.epoch, seq=seq, state=good.state, summary=summary, aside=aside, also=also
        )
        kept_as = None if aside is None else aside.version.id
        return Restored(epoch, None if isinstance(to, str) else good.seq, good.left_out, kept_as)

    async def _good(self, stored: Stored, to: int | None) -> Good:
        if to is not None and not stored.snapshot_seq <= to <= stored.seq:
            raise Conflict(
                f"The log can't be followed to entry {to}: it begins after {stored.snapshot_seq}.",
                expected=f"a number from {stored.snapshot_seq} to {stored.seq}",
                received=to,
                advice="Choose one of them, or a version.",
            )
        try:
            return await good_state(stored, self._rooms.pool, to=to)
        except (Malformed, EngineFailed) as error:
            raise Conflict(
                f"The stored snapshot of this graph is damaged itself: {error}",
                advice="Restore a version (`flowroom restore GRAPH --list` shows them), or a backup of the database.",
            ) from error

    def _require_room(self, good: Good, stored: Stored) -> None:
        """Raise TooLarge for a state over the limit; one that is no larger than what is there makes nothing worse."""
        there = len(stored.snapshot or b"") + sum(len(entry.update) for entry in stored.tail)
        if len(good.state) > there:
            require_room("graph", 0, len(good.state), self._settings.max_document_bytes)

    async def _aside(self, key: DocumentKey, stored: Stored, good: Good, by: str) -> Aside | None:
        """What the graph is now, to be kept, unless it is what it will be, or nobody can read it."""
        try:
            now = await good_state(stored, self._rooms.pool)
            if now.state == good.state:
                return None
            summary = await _summary(await asyncio.to_thread(content, now.state))
        except (Malformed, EngineFailed, NewerSchema):
            return None
        version = await self._version(
            key, now.state, summary, label="Before the restore", epoch=stored.epoch, by=by, reason="restore"
        )
        return Aside(version, now.state, self._settings.max_versions)

    async def _version(
        self, key: DocumentKey, state: bytes, summary: Summary, *, label: str, epoch: int, by: str, reason: str
    ) -> Version:
        now = await self._later(key)
        shown = {**asdict(summary)}
        del shown["preview"]
        return Version(
            id=f"{int(now * 1000):012x}{new_id()}",  # begins with its time, so ids sort by age
            label=label, author=by, at=now, epoch=epoch, seq=0, size=len(state), reason=reason, summary=shown,
        )  # fmt: skip

    async def _keep_once(
        self, id: str, state: bytes, graph: Graph, *, label: str, epoch: int, by: Identity, reason: str
    ) -> Version:
        """Keep a state unless the newest version is the very same, for whoever got no answer asks again."""
        asked = (label, epoch, by.name, reason, len(state))
        key = DocumentKey("graph", id)
        for newest in await self.versions.page(key, before=None, limit=1):
            if (newest.label, newest.epoch, newest.author, newest.reason, newest.size) == asked:
                _, there = await self.version(id, newest.id)
                if there == state:
                    return newest
        summary = await _summary(graph)
        version = await self._version(key, state, summary, label=label, epoch=epoch, by=by.name, reason=reason)
        also = self._noting("version.kept", id, by, version=version.id, label=label, reason=reason)
        await self.versions.add(key, version, state, keep=self._settings.max_versions, also=also)
        return version

    async def forget(self, id: str, version: str, *, by: Identity) -> None:
        """Forget a version. Raises NotFound."""
        also = self._noting("version.deleted", id, by, version=version)
        if not await self.versions.delete(DocumentKey("graph", id), version, also=also):
            raise NotFound(f"There is no version {version!r} of this graph.")

    def _noting(self, kind: str, graph: str, by: Identity, **facts: object) -> Also:
        return lambda connection: self._happenings.note(connection, Happening(kind, by=by, graph=graph, facts=facts))

    async def _later(self, key: DocumentKey) -> float:
        """Now, but after the newest version: were the clock set back, the next would be the oldest, and go at once."""
        newest = await self.versions.page(key, before=None, limit=1)
        return max([time.time(), *(version.at + TICK_SECONDS for version in newest)])


async def _summary(graph: Graph) -> Summary:
    return await asyncio.to_thread(summarise, graph)
