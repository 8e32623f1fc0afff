"""What deleted graphs leave is forgotten, in time and wholly."""

import os
import time
from pathlib import Path

from sqlalchemy import func, select

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
from flowroom.sql import create_engine
from flowroom.writer import Writer
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
