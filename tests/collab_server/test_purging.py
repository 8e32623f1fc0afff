"""What deleted graphs leave is forgotten, in time and wholly."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from collab_server import purging as purging_module
from collab_server.files.attachments import GraphFiles
from collab_server.purging import DAY_SECONDS, Purging
from collab_server.runs import GraphRuns
from collab_server.settings import Settings
from collab_server.stores import migrations
from collab_server.stores.documents import DocumentKey, Entry
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.graphs import GraphRows
from collab_server.stores.states import States
from collab_server.stores.tables import document, document_log, document_quarantine
from engine import Runs
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer
from tests.collab_server.rooms.conftest import eventually
from tests.engine.graphs import graph, node


async def test_a_deleted_graph_is_forgotten_after_a_while_and_no_other(tmp_path: Path, database: str) -> None:
    """OPS-11, FILE-19."""
    engine = create_engine(database)
    migrations.upgrade(engine)
    started, runs = Runs(database), GraphRuns(Settings(runs_url=database))
    files = GraphFiles(tmp_path)
    with Writer(engine) as writer:
        documents, rows = SqlDocuments(engine, writer), GraphRows(engine, writer)
        ids = {}
        for id in ("gone", "kept"):
            await documents.create(DocumentKey("graph", id))
            await documents.create(DocumentKey("discussion", id))
            await documents.append(DocumentKey("graph", id), 1, [Entry(b"a", "peer", "ada")])
            await documents.quarantine(DocumentKey("graph", id), Entry(b"b", "peer", "eve"), "engine")
            ids[id] = (await started.start(id, graph([node("a", "Log")]), by="ada")).id
            files.write(id, {"notes.txt": b"x"})
        assert await rows.delete("gone")
        purging = Purging(rows, runs, files, States(engine, writer), days=2)
        assert await purging.look(time.time() + DAY_SECONDS) == []
        assert await started.get(ids["gone"]) is not None
        assert await purging.look(time.time() + 3 * DAY_SECONDS) == ["gone"]
        assert await purging.look(time.time() + 3 * DAY_SECONDS) == []
    assert await started.get(ids["gone"]) is None
    assert await started.get(ids["kept"]) is not None
    assert files.read("gone") == {} and files.read("kept") == {"notes.txt": b"x"}
    assert os.listdir(tmp_path / "attachments") == ["kept"]
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(document)) == 2
        for table in (document_log, document_quarantine):
            assert list(connection.scalars(select(table.c.document))) == ["kept"]
    engine.dispose()
    await started.close()
    await runs.close()


class SomeCantGo(GraphFiles):
    """Files of which those of some graphs can't be deleted."""

    def forget(self, graph: str) -> None:
        if graph.startswith("stuck"):
            raise PermissionError(13, "Permission denied", graph)


class CountedSweeps(States):
    """States, and how often those that nothing refers to were looked for."""

    sweeps = 0

    async def sweep(self, now: float) -> list[int]:
        self.sweeps += 1
        return await super().sweep(now)


async def test_graphs_that_can_not_be_forgotten_keep_nothing_else(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-11: however many are due, and however many of those deleted first fail each time."""
    monkeypatch.setattr(purging_module, "AT_ONCE", 2)
    engine = create_engine(database)
    migrations.upgrade(engine)
    runs, files = GraphRuns(Settings(runs_url=database)), SomeCantGo(tmp_path)
    with Writer(engine) as writer:
        documents, rows, states = SqlDocuments(engine, writer), GraphRows(engine, writer), CountedSweeps(engine, writer)
        for id in ("stuck 1", "a", "stuck 2", "stuck 3", "b", "c"):
            await documents.create(DocumentKey("graph", id))
            assert await rows.delete(id)
        purging = Purging(rows, runs, files, states, days=0)

        assert await purging.look(time.time() + 1) == ["a", "b", "c"]
        assert sorted(await rows.deleted_before(time.time() + 1, 9)) == ["stuck 1", "stuck 2", "stuck 3"]

        monkeypatch.setattr(purging_module, "LOOK_SECONDS", 0.01)
        monkeypatch.setattr(rows, "deleted_before", None)  # looking fails as a whole
        watching = asyncio.create_task(purging.watch())
        await eventually(lambda: states.sweeps > 1)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    await runs.close()
    dispose(engine)
