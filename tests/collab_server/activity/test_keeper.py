"""What happens is kept before whoever told it goes on; runs from the run log; what is old goes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from collab_server.activity.bursts import Row
from collab_server.activity.keeper import Activity
from collab_server.auth.identity import Identity
from collab_server.happenings import Happening, Happenings
from collab_server.runs import GraphRuns
from collab_server.settings import Settings
from collab_server.stores import activity as store
from collab_server.stores.activity import Wanted, activity_node, activity_run
from collab_server.stores.documents import DocumentKey, Summary
from collab_server.stores.documents_sql import SqlDocuments
from engine import RunRecord, Runs
from engine.settings import EngineSettings
from engine.worker import Worker
from flowroom.model import Graph, Node, NodeId
from tests.collab_server.activity.conftest import Database
from tests.collab_server.rooms.conftest import eventually
from tests.collab_server.webhooks.receiver import until
from tests.engine.kinds import KINDS

ADA = Identity("p-ada", "Ada", "#112233", "editor")
DAY = 86_400.0
SUMS = Graph(nodes={NodeId("a"): Node(id=NodeId("a"), type="Total", params={"add": 1})})


def nothing(_connection: Connection, _new: Sequence[Row], _grown: Sequence[Row]) -> None:
    """Nobody wants to be told."""


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[GraphRuns]:
    runs = GraphRuns(Settings(data=tmp_path))
    yield runs
    await runs.close()


@pytest.fixture
def kept(database: Database, runs: GraphRuns) -> Activity:
    return Activity(database.engine, database.writer, runs, days=365, send=nothing)


def rows(database: Database, **wanted: Any) -> list[Row]:
    """What is in the list, the oldest first."""
    return database.read(lambda c: store.page(c, Wanted(**wanted), before=None, limit=99))[::-1]


async def started(database: Database, tmp_path: Path) -> RunRecord:
    log = Runs(f"sqlite:///{tmp_path}/runs.db")
    run = await log.start("g", SUMS, by="Ada")
    await log.close()
    return run


async def all_finished(log: Runs) -> bool:
    runs = await log.since(0)
    return all(run.finished is not None for run in runs)


async def execute(tmp_path: Path) -> None:
    """Let an engine do what is to be done."""
    settings = EngineSettings(data=tmp_path, poll_seconds=0.01)
    async with Worker(settings, catalogue=KINDS) as worker:
        serving = asyncio.create_task(worker.serve())
        log = Runs(f"sqlite:///{tmp_path}/runs.db")
        await until(lambda: all_finished(log))
        worker.stop()
        await serving
        await log.close()


async def test_what_is_told_is_kept_with_the_names_of_then(database: Database, kept: Activity) -> None:
    """ACT-7, ACT-8"""
    documents = SqlDocuments(database.engine, database.writer)
    await documents.create(DocumentKey("graph", "g"), summary=Summary(title="Letters"))
    happenings = Happenings()
    happenings.listen(kept.keep)
    facts = {"node": "a", "nodeName": "Ask", "text": "x" * 500, "password": None, "headers": {"Cookie": "c"}}
    await happenings.tell(Happening("comment.created", by=ADA, graph="g", facts=facts))
    await happenings.tell(Happening("graph.renamed", by=ADA, graph="g"))
    await documents.append(DocumentKey("graph", "g"), 1, (), Summary(title="Renamed"))
    await happenings.tell(Happening("session.refused", facts={"reason": "wrong password"}))

    comment, refused = rows(database)
    assert (comment.title, comment.by.name, comment.nodes[0].name) == ("Letters", "Ada", "Ask")
    assert len(comment.facts["text"]) == 200 and "password" not in comment.facts
    assert comment.facts["headers"] == {"Cookie": "••••••"}
    assert (refused.by.kind, refused.graph, refused.title) == ("server", None, "")
    assert rows(database, node="a") == [comment]


def said(
    kind: str, message: str = "", thread: str = "t", text: str = "hunter2", edited: float | None = None
) -> Happening:
    """Something that is told of a thread."""
    facts: dict[str, object] = {"message": message, "excerpt": text} if message else {}
    facts |= {"editedAt": edited} if edited else {}
    return Happening(kind, by=ADA, graph="g", facts={"thread": thread, "quote": "Ask", **facts})


def texts(database: Database) -> list[tuple[str, str]]:
    """What was said by whom is in the list, by message."""
    return [(row.facts["message"], row.facts["excerpt"]) for row in rows(database) if row.facts.get("message")]


async def test_what_was_said_is_in_no_list_once_it_is_deleted(database: Database, kept: Activity) -> None:
    """TALK-5, ACT-10: of that message only, whenever it is told, and whoever has the list open is told."""
    for kind, message in (("created", "a"), ("edited", "a"), ("reacted", "a"), ("created", "b")):
        await kept.keep(said(f"comment.{kind}", message))
    before = database.read(store.turn)
    await kept.keep(said("comment.deleted", "a", text=""))
    await kept.keep(said("comment.reacted", "a"))  # was under way meanwhile

    assert texts(database) == [("a", ""), ("a", ""), ("a", ""), ("b", "hunter2"), ("a", ""), ("a", "")]
    told = database.read(lambda c: store.news(c, Wanted(graph="g"), after=before, limit=99))
    assert {row.facts["message"] for row in told} == {"a"} and len(told) == 5
    assert {row.facts["quote"] for row in rows(database)} == {"Ask"}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 3, 1)])
async def test_what_an_edit_replaced_is_in_no_list_any_more(
    database: Database, kept: Activity, order: tuple[int, ...]
) -> None:
    """TALK-5: only what stands now, in whatever order the edits are told."""
    told = [
        said("comment.created", "a", text="hunter2"),
        said("comment.edited", "a", text="hunter3", edited=1.0),
        said("comment.edited", "a", text="a secret", edited=2.0),
        said("comment.reacted", "a", text="a secret", edited=2.0),
    ]
    await kept.keep(said("comment.created", "b"))
    for number in order:
        await kept.keep(told[number])

    shown = dict(zip(("b", *order), (text for _, text in texts(database)), strict=True))
    assert shown == {"b": "hunter2", 0: "", 1: "", 2: "a secret", 3: "a secret"}


async def test_nothing_that_was_said_in_a_thread_is_in_a_list_once_it_is_deleted(
    database: Database, kept: Activity
) -> None:
    """TALK-5: and nothing else goes with it."""
    await kept.keep(said("comment.created", "a"))
    await kept.keep(said("comment.created", "c", thread="other"))
    await kept.keep(said("thread.deleted"))
    await kept.keep(said("comment.created", "b"))

    assert texts(database) == [("a", ""), ("c", "hunter2"), ("b", "")]


async def test_a_run_is_told_to_start_and_to_end_once(
    database: Database, kept: Activity, tmp_path: Path, runs: GraphRuns
) -> None:
    """ACT-9"""
    run = await started(database, tmp_path)
    told = Happening("run.started", by=ADA, graph="g", facts={"run": run.id})
    await kept.keep(told)
    await kept.keep(told)
    await kept._ends.look()
    assert [row.kind for row in rows(database)] == ["run.started"]
    await execute(tmp_path)
    await asyncio.gather(kept._ends.look(), kept._ends.look())
    started_row, finished = rows(database)
    assert (finished.kind, finished.by.name, finished.facts["state"]) == ("run.finished", "Ada", "succeeded")
    assert finished.facts["run"] == run.id == started_row.facts["run"] and finished.facts["seconds"] >= 0


async def test_a_run_that_nobody_told_of_is_found_in_the_run_log(
    database: Database, kept: Activity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-9: as when the server is killed between starting a run and telling it."""
    monkeypatch.setattr("collab_server.activity.run_ends.GRACE_SECONDS", 0.0)
    await started(database, tmp_path)
    await execute(tmp_path)
    await kept._ends.sweep()
    await kept._ends.look()
    await kept._ends.sweep()
    await kept._ends.look()
    assert [(row.kind, row.by.name) for row in rows(database)] == [("run.started", "Ada"), ("run.finished", "Ada")]


@pytest.mark.parametrize("told", ["before", "after", "never"])
async def test_who_cancelled_a_run_is_told_once_whoever_tells_it(
    database: Database, kept: Activity, tmp_path: Path, runs: GraphRuns, told: str
) -> None:
    """ACT-18: before the end is told, after another server has told both, or by nobody who was killed before that."""
    run = await started(database, tmp_path)
    await kept.keep(Happening("run.started", by=ADA, graph="g", facts={"run": run.id}))
    bob = Identity("p-bob", "Bob", "#332211", "runner")
    await runs.cancel(run.id, by=bob)
    by_request = Happening("run.cancelled", by=bob, graph="g", facts={"run": run.id})
    if told == "before":
        await kept.keep(by_request)
    await asyncio.gather(kept._ends.look(), kept._ends.look())
    if told == "after":
        await kept.keep(by_request)

    _, cancelled, ended = rows(database)
    assert (cancelled.kind, cancelled.by.id, cancelled.by.name) == ("run.cancelled", "p-bob", "Bob")
    assert (ended.kind, ended.facts["state"], cancelled.facts["run"]) == ("run.finished", "cancelled", run.id)


async def test_a_run_that_was_deleted_is_waited_for_no_more(database: Database, kept: Activity) -> None:
    await kept.keep(Happening("run.started", by=ADA, graph="g", facts={"run": "gone"}))
    await kept._ends.look()
    assert database.read(lambda c: c.scalars(select(activity_run.c.open)).all()) == [False]
    assert [row.kind for row in rows(database)] == ["run.started"]


async def test_runs_that_hang_keep_no_other_from_being_told(
    database: Database, kept: Activity, tmp_path: Path, runs: GraphRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-9: however many they are, also if the last of them fills a look."""
    monkeypatch.setattr("collab_server.activity.run_ends.MAX_OPEN", 2)
    ended = await started(database, tmp_path)
    await execute(tmp_path)
    hanging = [await started(database, tmp_path) for _ in range(5)]
    for run in (*hanging, ended):
        await kept.keep(Happening("run.started", by=ADA, graph="g", facts={"run": run.id}))
    for _ in range(3):
        await kept._ends.look()
    assert [row.facts["run"] for row in rows(database) if row.kind == "run.finished"] == [ended.id]

    await execute(tmp_path)
    for _ in range(4):
        await kept._ends.look()
    assert len([row for row in rows(database) if row.kind == "run.finished"]) == 6


async def test_what_is_old_goes_a_little_at_a_time(
    database: Database, kept: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-13"""
    monkeypatch.setattr("collab_server.activity.keeper.FORGET_AT_ONCE", 2)
    now = time.time()
    for days in (400, 380, 366, 364, 0):
        facts = {"node": f"n{days}", "run": f"r{days}"}
        await kept.keep(Happening("run.started", by=ADA, graph="g", facts=facts, at=now - days * DAY))
    assert await kept.forget(now) == 3
    assert [row.nodes[0].id for row in rows(database)] == ["n364", "n0"]
    assert len(database.read(lambda c: c.scalars(select(activity_node.c.node)).all())) == 2
    for_ever = Activity(database.engine, database.writer, kept._ends._runs, days=0, send=nothing)
    assert await for_ever.forget(now + 9999 * DAY) == 0


async def test_a_run_that_starts_while_it_looks_is_looked_at_next(
    database: Database, kept: Activity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-9: the end of one that is started just as none was found is told at once, and not at the next sweep."""
    run = await started(database, tmp_path)
    await execute(tmp_path)
    loop, ask = asyncio.get_running_loop(), kept._ends._waiting
    happening = Happening("run.started", by=ADA, graph="g", facts={"run": run.id})

    def ask_just_before() -> list[str]:
        monkeypatch.undo()
        found = ask()
        asyncio.run_coroutine_threadsafe(kept.keep(happening), loop).result(30)
        return found

    monkeypatch.setattr(kept._ends, "_waiting", ask_just_before)
    kept._ends.started()
    await kept._ends.look()
    async with asyncio.timeout(30):
        await kept._ends.look()
    assert [row.kind for row in rows(database)] == ["run.started", "run.finished"]


async def test_it_does_all_of_it_by_itself(database: Database, kept: Activity, tmp_path: Path) -> None:
    """ACT-9, ACT-13"""
    old = Happening("token.created", by=ADA, at=time.time() - 400 * DAY)
    await kept.keep(old)
    async with kept:
        await eventually(lambda: rows(database) == [])
        run = await started(database, tmp_path)
        await kept.keep(Happening("run.started", by=ADA, graph="g", facts={"run": run.id}))
        await execute(tmp_path)
        await eventually(lambda: [row.kind for row in rows(database)] == ["run.started", "run.finished"])
