"""The server's side of runs, where its database fails."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from collab_server.auth.identity import Identity
from collab_server.rooms.registry import Rooms
from collab_server.runs import GraphRuns, Start
from collab_server.settings import Settings
from tests.collab_server.rooms.conftest import GRAPH, eventually, no_run
from tests.collab_server.rooms.storage import FailingDocuments

ADA = Identity("ada", "Ada", "#112233", "admin")


async def test_a_run_that_its_graph_can_not_show_yet_is_answered_all_the_same(tmp_path: Path) -> None:
    """OPS-13: it is in the log and goes on, though storage fails just when the room would note it."""
    documents = FailingDocuments()
    await documents.create(GRAPH)
    runs = GraphRuns(f"sqlite:///{tmp_path}/runs.db")
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
    runs = GraphRuns(f"sqlite:///{place}")
    await runs.warm()
    with pytest.raises(OperationalError):
        await runs.of_graph("g", before=None, limit=1)
    place.rmdir()

    assert await runs.of_graph("g", before=None, limit=1) == []

    await runs.close()
