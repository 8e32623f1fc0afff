"""What was done before a graph was restored is told, too, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, select, update

from collab_server.stores import telling
from collab_server.stores.activity import activity_told
from collab_server.stores.documents import DocumentKey, Entry, Summary
from collab_server.stores.states import state_part
from collab_server.stores.tables import document_log, document_snapshot
from collab_server.stores.versions import Versions
from tests.collab_server.activity.conftest import Database
from tests.collab_server.activity.test_teller import KEY, Graph, teller_of, told


class Restorable(Graph):
    """A graph that is restored now and then, to what it was at the beginning of the test."""

    epoch = 1

    async def add(self, *ids: str) -> None:
        for id in ids:
            self.document.add_node("LLM", id=id)
        entries = [Entry(change, "peer", "sign-in", 1000.0) for change in self._updates]
        self._updates.clear()
        self.seq = await self.documents.append(KEY, self.epoch, entries)

    async def snapshot(self) -> None:
        await self.documents.snapshot(KEY, self.epoch, self.seq, self.document.doc.get_update())

    async def restore(self) -> None:
        state = self.document.doc.get_update()
        versions = Versions(self.database.engine, self.database.writer)
        self.epoch = await versions.begin_epoch(KEY, epoch=self.epoch, seq=None, state=state, summary=Summary())

    def ids(self) -> list[str]:
        return [row.nodes[0].id for row in self.rows()]

    def epochs(self) -> set[int]:
        """Those of which there is anything left."""
        both = select(document_log.c.epoch).union(select(document_snapshot.c.epoch))
        return set(self.database.read(lambda c: c.scalars(both).all()))


@pytest.fixture
async def graph(database: Database) -> AsyncIterator[Restorable]:
    graph = Restorable(database)
    await graph.documents.create(KEY)
    yield graph
    graph.document.close()


@pytest.mark.parametrize("first", [True, False])
async def test_edits_just_before_a_restore_are_told_after_it(
    graph: Restorable, database: Database, first: bool
) -> None:
    """ACT-2: by whoever told before, and by a server that starts then; also if nothing was ever told of the graph."""
    teller = teller_of(database)
    await graph.add("a")
    if first:
        await told(teller)
    await graph.add("b", "c")
    await graph.restore()
    assert database.read(telling.untold) == ["g"]
    await graph.add("d")
    await told(teller if first else teller_of(database))
    assert graph.ids() == ["a", "b", "c", "d"]
    assert database.read(telling.untold) == []


async def test_each_graph_has_epochs_of_its_own(graph: Restorable, database: Database) -> None:
    """ACT-2: what was told of one says nothing of another."""
    await graph.add("a")
    await graph.restore()
    await told(teller_of(database))
    other = DocumentKey("graph", "h")
    await graph.documents.create(other)
    await graph.documents.append(other, 1, [Entry(graph.document.doc.get_update(), "peer", "sign-in", 1000.0)])
    assert database.read(telling.untold) == ["h"]
    assert await teller_of(database).tell("h") == 0
    assert database.read(telling.untold) == []


async def test_edits_between_restores_are_told_and_their_logs_go_then(graph: Restorable, database: Database) -> None:
    """ACT-2, ACT-4"""
    await graph.add("a", "b")
    await graph.snapshot()
    await graph.restore()
    await graph.add("c")
    await graph.restore()
    await graph.add("d")
    await graph.restore()
    assert graph.epochs() == {1, 2, 3, 4}, "nothing was told yet"
    await graph.add("e")
    await told(teller_of(database))
    assert graph.ids() == ["a", "b", "c", "d", "e"]
    assert graph.epochs() == {3, 4}, "the last one stays, as ever"


async def test_logs_that_were_told_go_with_the_next_restore(graph: Restorable, database: Database) -> None:
    """ACT-4"""
    for n in range(4):
        await graph.add(f"n{n}")
        await told(teller_of(database))
        await graph.restore()
    await told(teller_of(database))
    assert graph.epochs() == {4, 5}
    assert set(database.read(lambda c: c.scalars(select(activity_told.c.epoch)).all())) == {4, 5}
    assert database.read(telling.untold) == []
    assert graph.ids() == ["n0", "n1", "n2", "n3"]


async def test_what_follows_a_base_is_told_after_a_restore(graph: Restorable, database: Database) -> None:
    """ACT-2, ACT-4: the rows before it are gone."""
    await graph.add("a")
    await told(teller_of(database))
    await graph.snapshot()
    await told(teller_of(database))
    assert graph.log_rows() == []
    await graph.add("b")
    await graph.restore()
    await graph.restore()
    await told(teller_of(database))
    assert graph.ids() == ["a", "b"]


async def test_a_look_at_the_log_sees_one_moment(
    graph: Restorable, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-2: though another server tells all there is, and its rows go, between two questions of the look."""
    one, other = teller_of(database), teller_of(database)
    for name in "abc":
        await graph.add(name)
    await told(one)
    for name in "def":
        await graph.add(name)
        await graph.restore()
    loop, end = asyncio.get_running_loop(), telling._end

    def overtaken(connection: Connection, graph: str, epoch: int) -> int:
        monkeypatch.setattr(telling, "_end", end)
        asyncio.run_coroutine_threadsafe(told(other), loop).result()
        return end(connection, graph, epoch)

    monkeypatch.setattr(telling, "_end", overtaken)
    await told(one)
    assert telling._end is end
    assert graph.ids() == list("abcdef")
    assert database.read(telling.untold) == []


async def test_each_row_is_told_once_though_restores_come_between(graph: Restorable, database: Database) -> None:
    """ACT-2: several tell at once, as several workers do."""
    everyone = [teller_of(database) for _ in range(3)]
    for n in range(20):
        await graph.add(f"n{n:02}")
        if n % 3 == 0:
            await graph.restore()
        if n % 4 == 0:
            await graph.snapshot()
        if n % 5 == 0:
            await asyncio.gather(*(teller.tell("g") for teller in everyone))
    for teller in everyone:
        await told(teller)
        teller.close()
    assert graph.ids() == [f"n{n:02}" for n in range(20)]


async def test_a_damaged_epoch_that_is_over_does_not_hold_up_the_next(graph: Restorable, database: Database) -> None:
    """ACT-3: a damaged graph is what one restores."""
    await graph.add("a")
    await told(teller_of(database))
    await graph.snapshot()
    await told(teller_of(database))
    await graph.add("lost")
    database.write(lambda c: c.execute(update(state_part).values(bytes=b"\xff\xff")).close())
    await graph.restore()
    await graph.add("b")
    await told(teller_of(database))
    assert graph.ids() == ["a", "b"]
