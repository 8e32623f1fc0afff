"""The server's side of runs, where its database fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from collab_server.auth.identity import Identity
from collab_server.errors import Conflict, RateLimited
from collab_server.rooms.registry import Rooms
from collab_server.rooms.room import Room
from collab_server.runs import GraphRuns, Start
from collab_server.settings import Settings
from tests.collab_server.rooms.conftest import GRAPH, eventually, no_run
from tests.collab_server.rooms.storage import FailingDocuments

ADA = Identity("ada", "Ada", "#112233", "admin")


async def test_a_run_that_its_graph_can_not_show_yet_is_answered_all_the_same(tmp_path: Path) -> None:
    """OPS-13: it is in the log and goes on, though storage fails just when the room would note it."""
    documents = FailingDocuments()
    await documents.create(GRAPH)
    runs = GraphRuns(Settings(data=tmp_path))
    async with Rooms(documents, Settings(data=tmp_path), fill=no_run) as rooms, rooms.opened(GRAPH) as room:
        await room.edit(lambda document: document.add_node("Template", id="a"), by=ADA, origin="rest")
        documents.failing = True
        started, _ = await runs.start(room, Start(), by=ADA)
        documents.failing = False
        await eventually(lambda: room.is_live and room.committer.is_settled)
        assert (await room.graph()).meta.last_run == started.id
    assert [run.id for run in await runs.of_graph("g", before=None, limit=5)] == [started.id]
    await runs.close()


async def test_a_run_log_that_can_not_be_opened_ends_nothing_and_is_tried_again(tmp_path: Path) -> None:
    """ROOM-14"""
    place = tmp_path / "runs.db"
    place.mkdir()
    runs = GraphRuns(Settings(data=tmp_path))
    await runs.warm()
    with pytest.raises(OperationalError):
        await runs.of_graph("g", before=None, limit=1)
    place.rmdir()

    assert await runs.of_graph("g", before=None, limit=1) == []

    await runs.close()


@asynccontextmanager
async def a_room(settings: Settings) -> AsyncIterator[tuple[GraphRuns, Room]]:
    """Runs under limits, and the room of a graph that can be run."""
    documents = FailingDocuments()
    await documents.create(GRAPH)
    runs = GraphRuns(settings)
    async with Rooms(documents, settings, fill=no_run) as rooms, rooms.opened(GRAPH) as room:
        await room.edit(lambda document: document.add_node("Template", id="a"), by=ADA, origin="rest")
        yield runs, room
    await runs.close()


async def test_one_run_too_many_is_refused_and_one_asked_for_again_is_not(tmp_path: Path) -> None:
    """RUN-20, RUN-27: who is refused is told how many there are, how many there may be, and what to do."""
    async with a_room(Settings(data=tmp_path, max_waiting_runs=2)) as (runs, room):
        first, _ = await runs.start(room, Start(key="k"), by=ADA)
        await runs.start(room, Start(), by=ADA)
        with pytest.raises(Conflict) as refused:
            await runs.start(room, Start(), by=ADA)
        assert refused.value.facts["expected"] == "fewer than 2 runs that wait or go on"
        assert refused.value.facts["received"] == 2
        assert "cancel" in str(refused.value.facts["advice"])
        assert await runs.start(room, Start(key="k"), by=ADA) == (first, False)

        await runs.cancel(first.id, by=ADA)
        assert (await runs.start(room, Start(), by=ADA))[1]


async def test_who_starts_runs_too_fast_has_to_wait_and_nobody_else(tmp_path: Path) -> None:
    """RUN-27"""
    async with a_room(Settings(data=tmp_path, max_runs_per_minute=2)) as (runs, room):
        for _ in range(5):
            await runs.start(room, Start(key="k"), by=ADA)
        await runs.start(room, Start(), by=ADA)
        with pytest.raises(RateLimited, match="More than 2 runs in a minute"):
            await runs.start(room, Start(), by=ADA)
        assert (await runs.start(room, Start(), by=Identity("bob", "Bob", "#112233", "runner")))[1]
