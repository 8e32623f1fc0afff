"""Graphs that are made with files: both are there, or neither."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from collab_server.auth.identity import Identity
from collab_server.files.attachments import GraphFiles
from collab_server.graphs import Graphs
from collab_server.happenings import Happenings
from collab_server.rooms.registry import Rooms
from collab_server.settings import Settings
from collab_server.stores import migrations
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.graphs import GraphRows
from flowroom.files.phase1 import ImportedGraph
from flowroom.model import Graph, Node, NodeId
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.collab_server.rooms.conftest import no_run

ADA = Identity("ada", "Ada", "#112233", "admin")
FULL = Graph(nodes={NodeId("n"): Node(id=NodeId("n"), type="Template")})
FILES = {"data/orders.csv": b"1", "notes.txt": b"2"}


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Graphs, Engine]]:
    """The graphs of an empty workspace."""
    engine = create_engine(f"sqlite:///{folder}/test.db")
    migrations.upgrade(engine)
    settings = Settings(data=folder)
    with Writer(engine) as writer:
        documents = SqlDocuments(engine, writer)
        async with Rooms(documents, settings, fill=no_run) as rooms:
            yield (
                Graphs(GraphRows(engine, writer), documents, rooms, GraphFiles(folder), Happenings(), settings),
                engine,
            )
    engine.dispose()


def folders(folder: Path) -> set[str]:
    """The graphs that have files."""
    return {path.name for path in (folder / "attachments").glob("*")}


async def titles(graphs: Graphs) -> list[str]:
    found, _ = await graphs.page("", None, 10, seen_by=ADA)
    return [one.title for one in found]


async def test_files_of_a_graph_that_could_not_be_made_are_not_left(tmp_path: Path) -> None:
    """FILE-19: nobody would ever forget them."""
    async with opened(tmp_path) as (graphs, engine):
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE document RENAME TO somewhere_else"))
        with pytest.raises(DBAPIError):
            await graphs.take(ImportedGraph("G", Graph(), FILES), by=ADA)
    assert folders(tmp_path) == set()


async def test_files_that_could_not_all_be_written_are_not_left(tmp_path: Path) -> None:
    """FILE-19."""
    async with opened(tmp_path) as (graphs, _):
        with pytest.raises(OSError, match="name too long"):
            await graphs.take(ImportedGraph("G", Graph(), {**FILES, "x" * 300: b"3"}), by=ADA)
        assert await titles(graphs) == []
    assert folders(tmp_path) == set()


async def test_a_copy_has_all_files_or_there_is_none(tmp_path: Path) -> None:
    """FILE-19: as when the disk is full, or somebody tidies the folder meanwhile."""
    async with opened(tmp_path) as (graphs, _):
        made = await graphs.take(ImportedGraph("G", Graph(), FILES), by=ADA)
        (tmp_path / "attachments" / made.id / "gone").symlink_to(tmp_path / "nowhere")
        with pytest.raises(OSError, match="gone"):
            await graphs.duplicate(made.id, by=ADA)
        assert await titles(graphs) == ["G"]
    assert folders(tmp_path) == {made.id}


async def test_a_graph_is_made_with_what_is_in_it_or_not_at_all(tmp_path: Path) -> None:
    """FILE-21: a list never shows an empty graph that somebody has just filled."""
    async with opened(tmp_path) as (graphs, engine):
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE document_log RENAME TO somewhere_else"))
        with pytest.raises(DBAPIError):
            await graphs.create(FULL, title=None, by=ADA)
        assert await titles(graphs) == []


async def test_a_graph_is_listed_as_it_is_from_the_first_moment_on(tmp_path: Path) -> None:
    """FILE-21: with its counts and its picture, and without anybody having opened it."""
    async with opened(tmp_path) as (graphs, _engine):
        made = await graphs.create(FULL, title="Letters", by=ADA, visibility="private")
        listed, _ = await graphs.page("", None, 10, seen_by=ADA)
        assert listed == [made]
        assert (made.title, made.nodes, len(made.preview["nodes"]), made.visibility) == ("Letters", 1, 1, "private")
        assert (await graphs.content(made.id)).nodes == FULL.nodes
