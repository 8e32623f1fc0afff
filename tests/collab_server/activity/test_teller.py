"""The log of a graph is told row by row, each once, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import Connection, func, select, text, update

from collab_server.activity import shadow
from collab_server.activity.bursts import Row
from collab_server.activity.edits import Told, Touched, edits
from collab_server.activity.shadow import Shadow
from collab_server.activity.teller import BASE_ROWS, EFFORTS, Send, Teller, is_base_due
from collab_server.stores import activity as store
from collab_server.stores import telling
from collab_server.stores.activity import Wanted, activity_told
from collab_server.stores.documents import DocumentKey, Entry
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.tables import document, document_log
from collab_server.stores.telling import Place, may_go
from flowroom.model import Graph as Model
from flowroom.ydoc import GraphDocument
from tests.collab_server.activity.conftest import Database
from tests.collab_server.rooms.conftest import eventually

KEY = DocumentKey("graph", "g")


def nothing(_connection: Connection, _new: Sequence[Row], _grown: Sequence[Row]) -> None:
    """Nobody wants to be told."""


class Graph:
    """A graph whose edits are logged as a room does it, and may be snapshots, too."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.documents = SqlDocuments(database.engine, database.writer, may_go=may_go)
        self.document = GraphDocument()
        self.seq = 0
        self._updates: list[bytes] = []
        self.document.doc.observe(lambda event: self._updates.append(event.update))

    async def log(self, *, by: str = "sign-in", at: float = 1000.0, origin: str = "peer") -> None:
        """Store what was edited since, a row for each transaction."""
        entries = [Entry(update, origin, by, at) for update in self._updates]
        self._updates.clear()
        self.seq = await self.documents.append(KEY, 1, entries)

    async def snapshot(self) -> None:
        await self.documents.snapshot(KEY, 1, self.seq, self.document.doc.get_update())

    def rows(self) -> list[Row]:
        """What is told of it, the oldest first."""
        return self.database.read(lambda c: store.page(c, Wanted(graph="g"), before=None, limit=999))[::-1]

    def log_rows(self) -> list[int]:
        return self.database.read(lambda c: list(c.scalars(select(document_log.c.seq).order_by(document_log.c.seq))))


def teller_of(database: Database, send: Send = nothing) -> Teller:
    return Teller(database.engine, database.writer, send=send, secret=frozenset)


async def told(teller: Teller) -> None:
    """Tell all there is to tell."""
    while await teller.tell("g"):
        pass


@pytest.fixture
async def graph(database: Database) -> AsyncIterator[Graph]:
    graph = Graph(database)
    await graph.documents.create(KEY)
    yield graph
    graph.document.close()


async def test_what_people_edit_is_told_by_their_names(graph: Graph, database: Database) -> None:
    """ACT-1, ACT-7"""
    graph.document.add_node("LLM", id="a", name="Summarise", params={"model": "gpt-4"})
    graph.document.set_param("a", "model", "local")
    graph.document.update_node("a", name="Sum")
    await graph.log()
    graph.document.set_param("a", "model", "none")
    await graph.log(by="somebody-gone")
    await told(teller_of(database))

    assert [(row.kind, row.by.name, row.nodes[0].name, row.facts.get("after")) for row in graph.rows()] == [
        ("node.added", "Workspace token", "Summarise", None),
        ("node.changed", "Workspace token", "Summarise", "local"),
        ("node.renamed", "Workspace token", "Summarise", "Sum"),
        ("node.changed", "somebody-gone", "Sum", "none"),
    ]


async def test_a_burst_grows_from_one_telling_to_the_next(graph: Graph, database: Database) -> None:
    """ACT-5"""
    graph.document.add_node("LLM", id="a", params={"n": 0})
    await graph.log(at=1000)
    for n in range(1, 4):
        graph.document.set_param("a", "n", n)
        await graph.log(at=1000 + n)
        await told(teller_of(database))
    row = graph.rows()[-1]

    assert (row.facts["before"], row.facts["after"], row.count, row.at, row.until) == (0, 3, 3, 1001, 1003)
    assert row.turn > row.id


async def test_a_seeded_graph_is_not_told_node_by_node(graph: Graph, database: Database) -> None:
    graph.document.add_node("LLM", id="a")
    await graph.log(origin="import")
    await told(teller_of(database))
    assert graph.rows() == []


@pytest.mark.parametrize("tellers", [1, 3])
async def test_each_row_is_told_once_however_many_tell(graph: Graph, database: Database, tellers: int) -> None:
    """ACT-2: several tell at once, as several workers do, while edits and snapshots go on."""
    graph.document.add_node("LLM", id="a", params={"n": 0})
    everyone = [teller_of(database) for _ in range(tellers)]
    for n in range(1, 41):
        graph.document.add_node("Log", id=f"n{n}")
        await graph.log(at=1000.0 + n)
        if n % 7 == 0:
            await graph.snapshot()
        if n % 3 == 0:
            await asyncio.gather(*(teller.tell("g") for teller in everyone))
    for teller in everyone:
        await told(teller)
        teller.close()

    names = [row.nodes[0].id for row in graph.rows()]
    assert names == ["a", *(f"n{n}" for n in range(1, 41))]


async def test_a_snapshot_leaves_what_is_still_to_be_told(graph: Graph, database: Database) -> None:
    """ACT-4: a snapshot even holds an edit that is not in the log yet."""
    graph.document.add_node("LLM", id="a")
    graph.document.add_node("LLM", id="b")
    await graph.log()
    graph.document.add_node("LLM", id="c")
    await graph.snapshot()
    assert graph.log_rows() == [1, 2]
    await graph.log()
    stored = await graph.documents.load(KEY)
    assert (stored.snapshot_seq, len(stored.tail)) == (2, 1)

    await told(teller_of(database))

    assert [row.nodes[0].id for row in graph.rows()] == ["a", "b", "c"]
    assert graph.log_rows() == [3], "a base holds the others, and so does the snapshot"
    graph.document.add_node("LLM", id="d")
    await graph.log()
    await told(teller_of(database))
    assert graph.rows()[-1].nodes[0].id == "d"


async def test_what_was_logged_before_there_was_a_list_is_told_from_the_snapshot_on(
    graph: Graph, database: Database
) -> None:
    """ACT-4: as after an upgrade, when the rows before the snapshot are gone."""
    everything_goes = SqlDocuments(database.engine, database.writer)
    graph.document.add_node("LLM", id="old")
    await graph.log()
    await everything_goes.snapshot(KEY, 1, graph.seq, graph.document.doc.get_update())
    graph.document.add_node("LLM", id="new")
    await graph.log()
    await told(teller_of(database))
    assert [row.nodes[0].id for row in graph.rows()] == ["new"]


async def test_a_graph_that_was_put_away_keeps_no_rows(graph: Graph, database: Database) -> None:
    """ACT-4: the last snapshot comes after the last telling."""
    graph.document.add_node("LLM", id="a")
    await graph.log()
    teller = teller_of(database)
    await told(teller)
    assert database.read(telling.untold) == []
    await graph.snapshot()
    assert graph.log_rows() == [1] and database.read(telling.untold) == ["g"]
    await told(teller)
    assert graph.log_rows() == [] and database.read(telling.untold) == []
    teller._let_go_of_idle(now=1e12)
    assert not teller._shadows
    assert [row.kind for row in graph.rows()] == ["node.added"]


async def test_what_has_no_log_is_left_alone(graph: Graph, database: Database) -> None:
    """ACT-4: after an upgrade, a graph that nobody edits costs nothing."""
    everything_goes = SqlDocuments(database.engine, database.writer)
    graph.document.add_node("LLM", id="old")
    await graph.log()
    await everything_goes.snapshot(KEY, 1, graph.seq, graph.document.doc.get_update())
    assert database.read(telling.untold) == []


async def test_a_restored_document_is_told_from_its_new_history_on(graph: Graph, database: Database) -> None:
    """ACT-2: a backup raises the epoch, and numbers begin anew."""
    graph.document.add_node("LLM", id="a")
    await graph.log()
    await told(teller_of(database))
    database.write(lambda c: c.execute(update(document).values(epoch=2, next_seq=1, snapshot_seq=0)).close())
    graph.document.add_node("LLM", id="b")
    await graph.documents.append(KEY, 2, [Entry(graph._updates.pop(), "peer", "sign-in", 1000.0)])
    await told(teller_of(database))
    assert database.read(lambda c: c.scalars(select(activity_told.c.epoch)).all()) == [2]


async def test_what_could_not_be_stored_is_told_when_it_can_be(graph: Graph, database: Database) -> None:
    """ACT-2, ACT-3"""
    failing = [True]

    def send(_connection: Connection, _new: Sequence[Row], _grown: Sequence[Row]) -> None:
        if failing[0]:
            raise OSError("disk full")

    teller = teller_of(database, send)
    graph.document.add_node("LLM", id="a")
    await graph.log()
    with pytest.raises(OSError, match="disk full"):
        await teller.tell("g")
    assert graph.rows() == []
    failing[0] = False
    await told(teller)
    assert [row.kind for row in graph.rows()] == ["node.added"]


async def test_it_tells_by_itself_what_it_is_told_of_and_what_it_finds(graph: Graph, database: Database) -> None:
    """ACT-3"""
    graph.document.add_node("LLM", id="a")
    await graph.log()
    assert database.read(telling.untold) == ["g"]
    teller = teller_of(database)
    running = asyncio.create_task(teller.run())
    await eventually(lambda: len(graph.rows()) == 1)
    graph.document.add_node("LLM", id="b")
    await graph.log()
    teller.edited(KEY)
    await eventually(lambda: len(graph.rows()) == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert database.read(telling.untold) == []


async def test_a_row_that_can_not_be_applied_costs_only_itself(graph: Graph, database: Database) -> None:
    """ACT-2"""
    await graph.documents.append(KEY, 1, [Entry(b"\xff\xff", "peer", "sign-in", 1000.0)])
    graph.document.add_node("LLM", id="a")
    await graph.log()
    await told(teller_of(database))
    assert [row.nodes[0].id for row in graph.rows()] == ["a"]


async def test_a_defect_in_telling_a_row_costs_only_that_row(
    graph: Graph, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-2, ACT-3"""

    def failing_once(before: Model, after: Model, touched: Touched | None = None) -> list[Told]:
        monkeypatch.setattr(shadow, "edits", edits)
        raise AssertionError("a defect")

    monkeypatch.setattr(shadow, "edits", failing_once)
    for id in "ab":
        graph.document.add_node("LLM", id=id)
    await graph.log()
    await told(teller_of(database))
    assert [row.nodes[0].id for row in graph.rows()] == ["b"]


async def test_no_document_is_left_open_by_a_look_that_fails(
    graph: Graph, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-3: there may be many such looks while storage is away."""
    closed = list[Shadow]()

    def close(one: Shadow) -> None:
        closed.append(one)
        one._document.close()

    monkeypatch.setattr(Shadow, "close", close)
    teller = teller_of(database)
    graph.document.add_node("LLM", id="a")
    await graph.log()
    await told(teller)
    [kept] = teller._shadows.values()
    graph.document.add_node("LLM", id="b")
    await graph.log()

    with monkeypatch.context() as away:
        away.setattr("collab_server.activity.teller.people", failing)
        with pytest.raises(OSError, match="away"):
            await teller.tell("g")
    assert closed == [kept] and not teller._shadows
    await told(teller)
    assert [row.nodes[0].id for row in graph.rows()] == ["a", "b"]


def failing(*_: object) -> None:
    raise OSError("away")


async def test_many_documents_share_a_bounded_memory(database: Database) -> None:
    teller = teller_of(database)
    documents = SqlDocuments(database.engine, database.writer, may_go=may_go)
    for n in range(70):
        document = GraphDocument()
        document.add_node("LLM", id="a")
        await documents.create(DocumentKey("graph", f"g{n}"))
        entry = Entry(document.doc.get_update(), "peer", "sign-in", 1000.0)
        await documents.append(DocumentKey("graph", f"g{n}"), 1, [entry])
        await teller.tell(f"g{n}")
    assert len(teller._shadows) == 64
    assert database.read(lambda c: c.scalar(select(func.count()).select_from(store.activity))) == 70
    teller.close()


async def test_edits_go_on_while_the_list_can_not_be_written(graph: Graph, database: Database) -> None:
    """ACT-3"""
    database.write(lambda c: c.execute(text("ALTER TABLE activity RENAME TO elsewhere")).close())
    graph.document.add_node("LLM", id="a")
    await graph.log()
    await graph.snapshot()
    assert (await graph.documents.load(KEY)).seq == 1


def test_the_further_it_is_behind_the_less_it_rests_and_at_last_not_at_all() -> None:
    """OPS-7: rows wait until they are told, so a log is bounded only if telling keeps up."""
    rests = [effort.rest(worked=0.01, quiet=False) for effort in EFFORTS]
    assert rests == sorted(rests, reverse=True)
    assert rests[0] > 0.1 and rests[-1] == 0


def test_it_catches_up_while_nobody_edits() -> None:
    """ACT-3: what a burst left to be told, or a killed server, is in the list soon."""
    rests = [(effort.rest(worked=0.01, quiet=True), effort.rest(worked=0.01, quiet=False)) for effort in EFFORTS]
    assert all(quiet <= 0.01 and quiet <= busy for quiet, busy in rests)


@pytest.mark.parametrize(
    ("told", "base_seq", "snapshot_seq", "due"),
    [
        (7, 0, 0, False),
        (6, 0, 7, False),
        (7, 0, 7, True),
        (9, 7, 7, False),
        (BASE_ROWS - 1, 0, 9 * BASE_ROWS, False),
        (BASE_ROWS, 0, 9 * BASE_ROWS, True),
        (2 * BASE_ROWS - 1, BASE_ROWS, 9 * BASE_ROWS, False),
    ],
)
def test_rows_go_though_snapshots_are_always_ahead_of_what_is_told(
    told: int, base_seq: int, snapshot_seq: int, due: bool
) -> None:
    """OPS-7"""
    assert is_base_due(Place("g", 1, 0, base_seq, snapshot_seq + 1, snapshot_seq), told) is due
