"""The list of graphs: pages of the table `document`, found by words, and what changes a row without its contents.

Contents are in documents.py. A page is ordered by the newest edit; its cursor names the last row seen, so that
edits made meanwhile neither repeat a graph nor lose one that was not edited.
"""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, or_, select, tuple_, update

from collab_server.auth.identity import Identity
from collab_server.stores import remains
from collab_server.stores.access import visible_to
from collab_server.stores.cursors import cursor_of, read_cursor
from collab_server.stores.database import Also, Database, nothing
from collab_server.stores.documents import DocumentKey
from collab_server.stores.tables import PURGED, document
from flowroom.writer import Writer


class GraphRow(NamedTuple):
    """What a list shows of a graph. Times are seconds since 1970."""

    id: str
    title: str
    description: str
    nodes: int
    edges: int
    preview: dict[str, Any]
    created_at: float
    updated_at: float
    size: int
    epoch: int
    visibility: str


class Page(NamedTuple):
    """Some rows, and the cursor of the page after them."""

    rows: list[GraphRow]
    next: str | None


_COLUMNS = [document.c[field] for field in GraphRow._fields]
_LISTED = (document.c.kind == "graph", document.c.deleted_at.is_(None))


class GraphRows:
    """Rows of graphs that are not deleted."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._database = Database(engine, writer)

    async def page(self, words: str, cursor: str | None, limit: int, *, seen_by: Identity) -> Page:
        """Graphs that the caller may see and that have every word in title or description.

        Raises InvalidRequest for a cursor not of ours.
        """
        after = None if cursor is None else read_cursor(cursor, "cursor")
        wanted = [visible_to(seen_by, now=time.time()), *map(_has, words.split())]
        return await self._database.read(lambda connection: _page(connection, wanted, after, limit))

    async def get(self, id: str) -> GraphRow | None:
        """One row, or None when there is no such graph."""
        query = select(*_COLUMNS).where(*_LISTED, document.c.id == id)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else GraphRow(*row)

    async def has(self, id: str) -> bool:
        """Whether there is such a graph, deleted or not."""
        query = select(document.c.id).where(document.c.kind == "graph", document.c.id == id)
        return await self._database.read(lambda connection: connection.execute(query).first()) is not None

    async def titles(self, beginning: str, *, seen_by: Identity) -> set[str]:
        """The titles that begin like this, of graphs that the caller may see."""
        which = document.c.title.startswith(beginning, autoescape=True)
        query = select(document.c.title).where(*_LISTED, visible_to(seen_by, now=time.time()), which)
        return set(await self._database.read(lambda connection: connection.execute(query).scalars().all()))

    async def is_empty(self) -> bool:
        """Whether there was never any graph, deleted ones included."""
        found = await self._database.read(lambda connection: connection.execute(select(document.c.id).limit(1)).first())
        return found is None

    async def delete(self, id: str, *, also: Also = nothing) -> bool:
        """Mark a graph and its discussion as deleted, and do `also` that; False when there is no such graph."""
        change = (
            update(document)
            .where(document.c.id == id, document.c.kind.in_(("graph", "discussion")), document.c.deleted_at.is_(None))
            .values(deleted_at=time.time())
        )

        def work(connection: Connection) -> bool:
            was_there = connection.execute(change).rowcount > 0
            if was_there:
                also(connection)
            return was_there

        return await self._database.write(work, alone=True)

    async def deleted_before(self, moment: float, limit: int, *, skip: int = 0) -> list[str]:
        """Ids of graphs that were deleted before a moment, those that were first, but for the first `skip`."""
        query = (
            select(document.c.id)
            .where(document.c.kind == "graph", document.c.deleted_at < moment)
            .order_by(document.c.deleted_at, document.c.id)
            .offset(skip)
            .limit(limit)
        )
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def purge(self, id: str) -> None:
        """Forget a deleted graph with its discussion, and all that other tables have of it. Its id stays taken."""
        now = time.time()
        row = DocumentKey("discussion", id).row
        await self._database.write(lambda connection: _purge(connection, id, now), locks=row)


def _purge(connection: Connection, id: str, now: float) -> None:
    """What knows the graph by its id only, such as a copy in a browser or the list of what was done, would take a new
    one of that id for the same: so there is never another.
    """
    graph = delete(document).where(document.c.kind == "graph", document.c.id == id, document.c.deleted_at.is_not(None))
    if not connection.execute(graph).rowcount:
        return  # another server was faster
    connection.execute(delete(document).where(document.c.kind == "discussion", document.c.id == id))
    remains.forget(connection, id)
    connection.execute(insert(document).values(kind=PURGED, id=id, created_at=now, updated_at=now))


def _page(
    connection: Connection, wanted: Sequence[ColumnElement[bool]], after: tuple[float, str] | None, limit: int
) -> Page:
    query = select(*_COLUMNS).where(*_LISTED, *wanted)
    if after is not None:
        query = query.where(tuple_(document.c.updated_at, document.c.id) < after)
    query = query.order_by(document.c.updated_at.desc(), document.c.id.desc()).limit(limit + 1)
    rows = [GraphRow(*row) for row in connection.execute(query)]
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, cursor_of(rows[-1].updated_at, rows[-1].id) if more else None)


def _has(word: str) -> ColumnElement[bool]:
    return or_(*(func.lower(column).contains(word.lower(), autoescape=True) for column in _SEARCHED))


_SEARCHED = (document.c.title, document.c.description)
