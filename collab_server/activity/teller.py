"""Reads the logs of graphs behind those who edit, and tells what each row did, once.

It works after the commit and in a thread, one graph at a time and a small share of the time, so an edit never waits
for it. How far it has come is stored with what it told (stores/telling.py): a killed server goes on from there, and of
several workers that tell of one graph one succeeds for each row.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from anyio import to_thread
from sqlalchemy import Connection, Engine

from collab_server.activity.bursts import Done, Gathered, Person, Row, Secret, gather, keys_of
from collab_server.activity.edits import Told
from collab_server.activity.shadow import Shadow
from collab_server.logging import logger
from collab_server.rooms.crdt import EngineFailed
from collab_server.stores import activity as store
from collab_server.stores import telling
from collab_server.stores.documents import DocumentKey
from collab_server.stores.documents_sql import shorten_log
from collab_server.stores.names import people
from collab_server.stores.states import States
from collab_server.stores.telling import LogRow, Place
from flowroom.sql import at_one_moment, is_unstorable
from flowroom.writer import Writer

log = logger("activity")

TELL_SECONDS = 1.0
"""How long edits gather before they are told."""
LOOK_SECONDS = 30.0
"""How often it looks for edits that nobody told it of: a worker's that was killed, or this one's before it started."""
LONGEST_REST_SECONDS = 3.0
"""On a busy machine a part may take long, and little of it on its own account."""
MAX_SHADOWS, MAX_SHADOW_BYTES = 64, 4 * 2**20
"""The documents that are kept in memory for the next edit: how many, and how large all together, encoded."""
BASE_ROWS = 1_000
"""How many rows are told before those go that can, where snapshots are made faster than what is in them is told."""
MAX_IDLE_SECONDS = 120.0
"""How long one is kept that nobody edits."""
SMALL_THINGS = 20
"""How many things done are stored where edits wait meanwhile: 25 µs for each that is a new row, half of that for each
that lets one grow.
"""
BY_HAND = "peer"
"""The origin of what people and programs edit. A first row of any other is the making of the graph, told as such."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How a process tells of a graph that has at least `behind` untold rows: the share of its time that it spends on
    this, and how many rows it tells in one transaction, for which edits that are stored meanwhile wait.
    """

    behind: int
    share: float
    rows: int

    def rest(self, worked: float, *, quiet: bool) -> float:
        """Seconds to rest after having worked so many, while nobody edits or somebody does."""
        share = max(self.share, QUIET_SHARE) if quiet else self.share
        return min(worked * (1 / share - 1), LONGEST_REST_SECONDS)


EFFORTS = (Effort(0, 0.03, 100), Effort(2_000, 0.25, 250), Effort(10_000, 0.5, 500), Effort(50_000, 1.0, 500))
"""Rows are kept until they are told, so a log would grow for as long as edits come faster than they are told. A burst
is told when it is over: a process that gives telling all of its time passes on a fifth less meanwhile.
"""
QUIET_SECONDS = 1.0
QUIET_SHARE = 0.5
"""The share when nobody has edited anything here for so long: then telling keeps nobody waiting but those who read."""

Send = Callable[[Connection, Sequence[Row], Sequence[Row]], None]
"""Takes the rows that are new and those that have grown, in the transaction that stores them."""


@dataclass(slots=True)
class Pass:
    """What one look at a graph's log found: things done, by row, how far it goes, and a base to store if one is due."""

    place: Place
    done: dict[int, Done]
    seq: int
    secret: Secret
    base: bytes | None = None

    @property
    def is_news(self) -> bool:
        """Whether there is anything to store: also that there was nothing in an epoch, for the next one to be told."""
        is_done_with = self.place.is_over and not self.place.begun
        return self.seq > self.place.seq or self.base is not None or is_done_with

    @property
    def is_small(self) -> bool:
        """Whether it is stored in less time than it takes to hand it to another thread and to hear from it."""
        return sum(len(one.told) for one in self.done.values()) <= SMALL_THINGS

    def by_rows(self) -> "Iterator[Pass]":
        """The same in parts, each of which tells one row of the log at most."""
        where = self.place
        for seq, one in self.done.items():
            yield Pass(where, {seq: one}, seq, self.secret)
            where = replace(where, seq=seq, begun=True)
        if self.seq > where.seq:
            yield Pass(where, {}, self.seq, self.secret)


class Teller:
    """Tells the edits of all graphs. Runs by `run`; `edited` says where there is something to tell."""

    def __init__(self, engine: Engine, writer: Writer, *, send: Send, secret: Callable[[], Secret]) -> None:
        self._engine, self._writer = engine, writer
        self._states = States(engine, writer)
        self._send, self._secret = send, secret
        self._edited: dict[str, None] = {}
        self._last_edit = -QUIET_SECONDS
        self._wake = asyncio.Event()
        self._shadows: OrderedDict[tuple[str, int], Shadow] = OrderedDict()
        self._turn = asyncio.Lock()

    def edited(self, key: DocumentKey) -> None:
        """There is something new in this document's log."""
        if key.kind == "graph":
            self._edited[key.id] = None
            self._last_edit = time.monotonic()
            self._wake.set()

    async def run(self) -> None:
        """Tell whatever is to be told, until cancelled."""
        await to_thread.run_sync(self._secret)  # every node type is imported for it, once
        async with asyncio.TaskGroup() as work:
            work.create_task(self._tell_edited())
            work.create_task(self._look())

    async def tell(self, graph: str) -> int:
        """Tell the next rows of a graph's log; how many there are after them."""
        async with self._turn:
            found = await to_thread.run_sync(self._read, graph)
            if found is None:
                return 0
            where = found.place
            if not found.is_news:
                return self._behind(where)
            moved = await self._stored(found)
            if moved and found.base is not None:
                await self._rebase(where, found.seq, found.base)
        return self._behind(where) if moved else where.next_seq - where.seq

    async def _stored(self, found: Pass) -> bool:
        """Store what was told, in one go if that can be; False when another worker has told it."""
        try:
            return await self._write(found)
        except Exception as error:
            if not is_unstorable(error):
                raise
        for part in found.by_rows():
            if not await self._stored_or_left_out(part):
                return False
        return True

    async def _stored_or_left_out(self, part: Pass) -> bool:
        """Store what one row did. If no database takes it, the list goes on without: it would stand still for ever."""
        try:
            return await self._write(part)
        except Exception as error:
            if not is_unstorable(error):
                raise
            log.error(
                "what a row of a log did can't be stored", graph=part.place.graph, seq=part.seq, error=repr(error)
            )
        return await self._write(replace(part, done={}))

    async def _write(self, found: Pass) -> bool:
        return await self._writer.write(
            lambda connection: self._store(connection, found), small=found.is_small, alone=True
        )

    async def _rebase(self, where: Place, seq: int, base: bytes) -> None:
        async with self._states.laid_down(base) as new:
            gone = await self._writer.write(
                lambda connection: telling.rebase(connection, where, seq, new), locks=_row(where)
            )
        await self._states.forget(gone)
        await shorten_log(self._writer, DocumentKey("graph", where.graph), where.epoch, min(seq, where.snapshot_seq))

    def close(self) -> None:
        """Let go of every document."""
        for shadow in self._shadows.values():
            shadow.close()
        self._shadows.clear()

    async def _look(self) -> None:
        while True:
            try:
                found = await to_thread.run_sync(self._untold)
            except Exception as error:  # storage that refuses: there is another look
                log.warning("untold edits can't be looked for", error=repr(error))
                found = []
            for graph in found:
                self._edited[graph] = None
                self._wake.set()
            async with self._turn:
                self._let_go_of_idle(time.monotonic())
            await asyncio.sleep(LOOK_SECONDS)

    async def _tell_edited(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(TELL_SECONDS)
            self._wake.clear()
            for graph in list(self._edited):
                del self._edited[graph]
                await self._tell_with_rests(graph)

    async def _tell_with_rests(self, graph: str) -> None:
        """Tell of one graph until there is nothing more, with a rest after each part."""
        more = 1
        while more:
            started = time.perf_counter()
            try:
                more = await self.tell(graph)
            except Exception as error:  # storage that refuses, or a defect: the rows stay, and are looked at again
                log.warning("edits not told yet", graph=graph, error=repr(error))
                return
            quiet = time.monotonic() - self._last_edit >= QUIET_SECONDS
            await asyncio.sleep(_effort(more).rest(time.perf_counter() - started, quiet=quiet))

    # In a thread, or for the writer

    def _untold(self) -> list[str]:
        with self._engine.connect() as connection:
            return telling.untold(connection)

    def _read(self, graph: str) -> Pass | None:
        """What the next rows of a graph's log did; None if there is no such graph."""
        with ExitStack() as unkept:
            with self._engine.connect() as connection, at_one_moment(connection).begin():
                where = telling.place(connection, graph)
                if where is None:
                    return None
                try:
                    shadow, rows = self._next(connection, where, unkept)
                except EngineFailed as error:
                    if not where.is_over:
                        raise
                    log.error("what was done before a restore can't be told", graph=graph, error=str(error))
                    return Pass(where, {}, max(where.seq, where.next_seq - 1), frozenset())
                known = people(connection, {row.entry.user for row in rows})
            found = self._passed(where, shadow, rows, known)
            unkept.pop_all()
        self._keep(where, shadow)
        return found

    def _next(self, connection: Connection, where: Place, unkept: ExitStack) -> tuple[Shadow, list[LogRow]]:
        """The document and the rows that come after it; `unkept` closes it if anything fails."""
        shadow = unkept.enter_context(closing(self._shadow(connection, where)))
        limit = _effort(where.next_seq - shadow.seq).rows
        return shadow, telling.rows(connection, where, after=shadow.seq, limit=limit)

    def _passed(self, where: Place, shadow: Shadow, rows: list[LogRow], known: dict[str, Person]) -> Pass:
        """What the rows did."""
        done = {row.seq: self._done(shadow, row, known, where) for row in rows}
        told = {seq: one for seq, one in done.items() if one is not None}
        found = Pass(where, told, max(where.seq, shadow.seq), self._secret())
        if is_base_due(where, shadow.seq):
            found.base = shadow.state()
        return found

    def _done(self, shadow: Shadow, row: LogRow, known: dict[str, Person], where: Place) -> Done | None:
        """What a row did; None for one that was told already, or that did nothing worth telling."""
        try:
            told: list[Told] = shadow.step(row.seq, row.entry.update)
        except EngineFailed as error:  # the room met it, too, and goes on without it
            log.error("row of a log can't be applied", graph=where.graph, seq=row.seq, error=str(error))
            return None
        except Exception:  # a defect, which would be met again for ever
            log.exception("what a row of a log did can't be told", graph=where.graph, seq=row.seq)
            return None
        if row.seq <= where.seq or not told or (row.seq == 1 and row.entry.origin != BY_HAND):
            return None
        return Done(known[row.entry.user], row.entry.at, told, where.graph, shadow.graph.meta.title)

    def _store(self, connection: Connection, found: Pass) -> bool:
        """Store what was told, and that it was; False when another worker has told it."""
        where = found.place
        if not telling.advance(connection, where, found.seq):
            return False
        if found.done:
            done = list(found.done.values())
            open_rows = store.growing(connection, where.graph, keys_of(done), min(one.at for one in done))
            self._add(connection, gather(open_rows, done, found.secret))
        return True

    def _add(self, connection: Connection, gathered: Gathered) -> None:
        grown = list(gathered.grown.values())
        store.grow(connection, grown)
        new = store.add(connection, gathered.new)
        self._send(connection, new, grown)

    # Documents in memory

    def _behind(self, where: Place) -> int:
        """How many rows there were after those that have been read; at least one if another epoch comes after them."""
        kept = self._shadows.get((where.graph, where.epoch))
        return (0 if kept is None else max(0, where.next_seq - 1 - kept.seq)) + where.is_over

    def _shadow(self, connection: Connection, where: Place) -> Shadow:
        """The document as it was at, or before, the place that telling has come to."""
        kept = self._shadows.pop((where.graph, where.epoch), None)
        if kept is not None and where.base_seq <= kept.seq <= where.seq:
            return kept
        if kept is not None:
            kept.close()
        return Shadow(telling.base(connection, where), where.base_seq)

    def _keep(self, where: Place, shadow: Shadow) -> None:
        """Keep a document for the next edit, and let go of those that were not used for longest."""
        shadow.used = time.monotonic()
        self._shadows[where.graph, where.epoch] = shadow
        while len(self._shadows) > MAX_SHADOWS or (
            len(self._shadows) > 1 and sum(one.size for one in self._shadows.values()) > MAX_SHADOW_BYTES
        ):
            self._shadows.popitem(last=False)[1].close()

    def _let_go_of_idle(self, now: float) -> None:
        for key, shadow in list(self._shadows.items()):
            if now - shadow.used > MAX_IDLE_SECONDS:
                self._shadows.pop(key).close()


def _row(where: Place) -> str:
    return DocumentKey("graph", where.graph).row


def _effort(behind: int) -> Effort:
    """The effort for so many untold rows."""
    return next(effort for effort in reversed(EFFORTS) if behind >= effort.behind)


def is_base_due(where: Place, told: int) -> bool:
    """Whether log rows can go that are told and in a snapshot: at the snapshot, or so many of them on the way to it."""
    return where.base_seq < where.snapshot_seq and (told >= where.snapshot_seq or told - where.base_seq >= BASE_ROWS)
