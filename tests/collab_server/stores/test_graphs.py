"""The list of graphs, on every kind of database."""

from collections.abc import Iterator

import pytest

from collab_server.auth.identity import SIGN_IN
from collab_server.errors import InvalidRequest
from collab_server.stores import migrations
from collab_server.stores.cursors import cursor_of
from collab_server.stores.documents import DocumentKey, Entry, Summary
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.graphs import GraphRows
from flowroom.sql import create_engine
from flowroom.writer import Writer


class Shelf:
    """Graphs with titles, edited one after the other."""

    def __init__(self, rows: GraphRows, documents: SqlDocuments) -> None:
        self.rows, self.documents = rows, documents

    async def put(self, id: str, title: str, *, at: float, description: str = "") -> None:
        key = DocumentKey("graph", id)
        await self.documents.create(key, summary=Summary(title, description))
        await self.documents.append(key, 1, [Entry(b"a", "peer", "ada", at)])

    async def ids(self, words: str = "", cursor: str | None = None, limit: int = 10) -> tuple[list[str], str | None]:
        page = await self.rows.page(words, cursor, limit, seen_by=SIGN_IN)
        return [row.id for row in page.rows], page.next


@pytest.fixture
def shelf(database: str) -> Iterator[Shelf]:
    engine = create_engine(database)
    migrations.upgrade(engine)
    with Writer(engine) as writer:
        yield Shelf(GraphRows(engine, writer), SqlDocuments(engine, writer))
    engine.dispose()


async def test_pages_go_from_the_newest_edit_to_the_oldest(shelf: Shelf) -> None:
    """OPS-2: the same on every kind of database, also among edits of one moment."""
    for id, at in (("b", 2.5), ("a", 2.5), ("c", 1.0), ("d", 9.0), ("E", 2.5)):
        await shelf.put(id, f"Graph {id}", at=at)
    first, cursor = await shelf.ids(limit=2)
    assert first[0] == "d"
    second, cursor = await shelf.ids(cursor=cursor, limit=2)
    third, cursor = await shelf.ids(cursor=cursor, limit=2)
    assert third == ["c"]
    assert sorted([*first, *second, *third]) == ["E", "a", "b", "c", "d"]
    assert cursor is None


async def test_words_are_found_in_title_and_description(shelf: Shelf) -> None:
    await shelf.put("a", "Mail to the moon", at=1.0)
    await shelf.put("b", "Other", at=2.0, description="100%_sure of the MOON")
    assert (await shelf.ids("moon"))[0] == ["b", "a"]
    assert (await shelf.ids("the Mail"))[0] == ["a"]
    assert (await shelf.ids("0%_s"))[0] == ["b"]
    assert (await shelf.ids("0%s"))[0] == []


async def test_a_deleted_graph_is_in_no_list(shelf: Shelf) -> None:
    await shelf.put("a", "One", at=1.0)
    assert not await shelf.rows.is_empty()
    assert await shelf.rows.delete("a")
    assert not await shelf.rows.delete("a")
    assert (await shelf.ids())[0] == []
    assert await shelf.rows.get("a") is None


async def test_a_cursor_of_another_list_is_refused(shelf: Shelf) -> None:
    with pytest.raises(InvalidRequest):
        await shelf.ids(cursor="???")


async def test_a_cursor_with_what_no_database_holds_is_none(shelf: Shelf) -> None:
    """OPS-2: nobody was given it, and PostgreSQL has no place for NUL."""
    for id in ("a\0b", "\0"):
        with pytest.raises(InvalidRequest, match="no page"):
            await shelf.ids(cursor=cursor_of(1.0, id))
    with pytest.raises(InvalidRequest, match="no page"):
        await shelf.ids(cursor=cursor_of(float("nan"), "a"))
