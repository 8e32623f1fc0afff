"""What deleted graphs leave is forgotten, in time and wholly."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from collab_server import purging as purging_module
from collab_server import workspace
from collab_server.auth.identity import SIGN_IN
from collab_server.files.attachments import GraphFiles
from collab_server.purging import DAY_SECONDS, Purging
from collab_server.runs import GraphRuns
from collab_server.settings import Settings
from collab_server.stores import migrations, remains
from collab_server.stores.documents import DocumentExists, DocumentKey, Entry
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.graphs import GraphRows
from collab_server.stores.invitations import InvitationRow, add_invitation, ended_by
from collab_server.stores.states import States
from collab_server.stores.tables import document, document_log, document_quarantine, metadata
from engine import Runs
from flowroom.files.phase1 import ImportedGraph
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
        found = {tuple(row) for row in connection.execute(select(document.c.kind, document.c.id))}
        assert found == {("graph", "kept"), ("discussion", "kept"), ("purged", "gone")}
        for table in (document_log, document_quarantine):
            assert list(connection.scalars(select(table.c.document))) == ["kept"]
    engine.dispose()
    await started.close()
    await runs.close()


async def test_files_of_a_graph_that_was_never_made_are_forgotten_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FILE-22: a server is killed between the files and the graph, or before it has noted that the graph is there."""
    with_files = ImportedGraph("G", graph([node("a", "Log")]), files={"notes.txt": b"x"})

    def folders() -> set[str]:
        return {path.name for path in (tmp_path / "attachments").iterdir()}

    async with workspace.opened(Settings(data=tmp_path)) as here:
        done = await here.graphs.take(with_files, by=SIGN_IN)
        for owner, name in ((SqlDocuments, "create"), (GraphFiles, "finish")):
            with monkeypatch.context() as patch, pytest.raises(Killed):
                patch.setattr(owner, name, killed)
                await here.graphs.take(with_files, by=SIGN_IN)
        left = folders()
        assert len(left) == 3
    async with workspace.opened(Settings(data=tmp_path)) as here:
        listed, _ = await here.graphs.page("", None, 10, seen_by=SIGN_IN)
        made = {one.id for one in listed}
        assert done.id in made and len(made) == 2
        with Writer(here.engine) as writer:
            rows, states = GraphRows(here.engine, writer), States(here.engine, writer)
            purging = Purging(rows, here.runs, GraphFiles(tmp_path), states, days=30)
            await purging.sweep(time.time())
            assert folders() == left, "it may be under way, in another server"
            await purging.sweep(time.time() + 2 * DAY_SECONDS)
        assert folders() == made
        assert list((tmp_path / "unfinished").iterdir()) == []


class Killed(BaseException):
    """Nothing is done after this, as in a server that is killed."""


def killed(*_: object, **__: object) -> None:
    raise Killed


AT = {"by": "p-ada", "at": 1.0}
REMAINS: dict[str, dict[str, object]] = {
    "graph_grant": {"person": "p-eve", "link": "", "role": "editor", **AT},
    "share_link": {"hash": "h", "role": "viewer", "created_by": "p-ada", "created_at": 1.0, "opened": 0},
    "access_request": {
        "person": "p",
        "asker": {},
        "role": "admin",
        "reason": "",
        "at": 1.0,
        "state": "open",
        "note": "",
    },
    "notification": {
        **{"person": "p-eve", "kind": "mention", "thread": "t", "author": {}, "quote": "", "excerpt": "x", "emoji": ""},
        **AT,
    },
    "read_mark": {"person": "p-eve", "thread": "", "at": 1.0},
    "untold": {
        **{"thread": "t", "message": "m", "kind": "comment.edited", "emoji": "", "author": {}, "was": {}},
        **{"change": "", "at": 1.0},
    },
    "activity_told": {"epoch": 1, "seq": 7, "base_seq": 7, "state": 1},
}
"""A row of each table that something of a graph is left in; the graph, and an id of their own where that is a text."""
STAYING = {"activity", "activity_run", "invitation"}
"""Tables that may name a graph that is forgotten: the audit log, what it knows of runs, and whom one was asked by."""


def test_of_each_table_that_names_a_graph_it_is_known_what_becomes_of_it() -> None:
    """OPS-11."""
    named = {table.name for table in metadata.tables.values() if "graph" in table.c}
    assert named == {*REMAINS, *STAYING}
    assert {column.table.name for column in remains.FORGOTTEN} == {*REMAINS, "document_quarantine"}


async def test_nothing_that_a_forgotten_graph_left_is_another_one_s(database: str) -> None:
    """OPS-11, ACCESS-8, ACCESS-11, ACCESS-12: rights on it end, what was told of it goes, its id stays taken."""
    engine = create_engine(database)
    migrations.upgrade(engine)

    def leave(connection: Connection) -> None:
        for of in ("gone", "kept"):
            for name, values in REMAINS.items():
                table = metadata.tables[name]
                own = {"id": f"{name}-{of}"} if name in ("share_link", "access_request", "untold") else {}
                unlike = {"hash": of} if name == "share_link" else {}
                connection.execute(insert(table).values({"graph": of, **own, **values, **unlike}))
            invited = InvitationRow(f"i-{of}", None, "viewer", of, None, "p-ada", 1.0, 1e12)
            add_invitation(connection, invited, of)

    with Writer(engine) as writer:
        documents, rows = SqlDocuments(engine, writer), GraphRows(engine, writer)
        for id in ("gone", "kept"):
            await documents.create(DocumentKey("graph", id), owner="p-ada")
        await writer.write(leave)
        await rows.purge("kept")  # is not deleted
        assert await rows.delete("gone")
        await rows.purge("gone")
        await rows.purge("gone")

        for kind in ("graph", "discussion"):
            with pytest.raises(DocumentExists):
                await documents.create(DocumentKey(kind, "gone"), owner="p-eve")
        assert await rows.get("gone") is None and await rows.deleted_before(1e12, 9) == []
    with engine.connect() as connection:
        for name in REMAINS:
            assert list(connection.scalars(select(metadata.tables[name].c.graph))) == ["kept"], name
        assert [ended_by(connection, of, now=2.0) for of in ("gone", "kept")] == ["revoked", None]
    dispose(engine)


async def test_a_workspace_whose_graphs_are_all_forgotten_is_not_new(database: str) -> None:
    """OPS-11: it is given no examples again."""
    engine = create_engine(database)
    migrations.upgrade(engine)
    with Writer(engine) as writer:
        rows = GraphRows(engine, writer)
        await SqlDocuments(engine, writer).create(DocumentKey("graph", "gone"))
        await rows.delete("gone")
        await rows.purge("gone")
        assert not await rows.is_empty()
    dispose(engine)


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
