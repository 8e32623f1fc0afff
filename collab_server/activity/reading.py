"""Reading the list of what was done: pages, what is new since a turn, and all of it as a file, a page at a time."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import orjson
from anyio import to_thread
from sqlalchemy import Connection, Engine

from collab_server.activity.bursts import Person, Row
from collab_server.activity.sentences import sentence
from collab_server.stores import activity as store
from collab_server.stores.activity import Wanted
from flowroom import sql

T = TypeVar("T")
Format = Literal["csv", "jsonl"]

EXPORT_ROWS = 500
FORMULA = frozenset("=+-@\t\r＝＋－＠")
"""A cell that begins with one of these is a formula to a spreadsheet, with the wide ones to some; ours are texts, some
written by strangers.
"""
COLUMNS = ("id", "at", "until", "count", "kind", "graph", "title", "person", "name", "nodes", "field", "text", "facts")


class ActivityList:
    """The rows of one workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def page(self, wanted: Wanted, *, before: int | None, limit: int) -> list[Row]:
        """Rows, the newest first; `before` is the id of the last one already seen."""
        return await self._read(lambda connection: store.page(connection, wanted, before=before, limit=limit))

    async def news(self, wanted: Wanted, *, after: int, limit: int) -> list[Row]:
        """Rows that are new, or have grown, since a turn, in that order."""
        return await self._read(lambda connection: store.news(connection, wanted, after=after, limit=limit))

    async def people(self, wanted: Wanted) -> list[Person]:
        """Everyone who did something of that, as they were called last."""
        return await self._read(lambda connection: store.people(connection, wanted))

    async def turn(self) -> int:
        """The newest turn: whoever has read up to it has missed nothing."""
        return await self._read(store.turn)

    async def export(self, wanted: Wanted, format: Format) -> AsyncIterator[bytes]:
        """All rows as a file, the newest first, a part at a time."""
        write = _csv if format == "csv" else _lines
        if format == "csv":
            yield _csv_line(COLUMNS)
        before: int | None = None
        while rows := await self.page(wanted, before=before, limit=EXPORT_ROWS):
            yield await to_thread.run_sync(write, rows)
            before = rows[-1].id

    async def _read(self, ask: Callable[[Connection], T]) -> T:
        return await sql.ask(self._engine, ask)


def as_json(row: Row) -> dict[str, Any]:
    """A row as REST and files have it. Times are seconds since 1970."""
    return {
        "id": row.id,
        "turn": row.turn,
        "kind": row.kind,
        "text": sentence(row),
        "by": {"id": row.by.id, "name": row.by.name, "colour": row.by.colour, "kind": row.by.kind},
        "graph": row.graph,
        "title": row.title,
        "nodes": [{"id": node.id, "name": node.name} for node in row.nodes],
        "field": row.field,
        "facts": dict(row.facts),
        "at": row.at,
        "until": row.until,
        "count": row.count,
    }


def _lines(rows: list[Row]) -> bytes:
    return b"".join(orjson.dumps(as_json(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _csv(rows: list[Row]) -> bytes:
    return b"".join(_csv_line(_cells(row)) for row in rows)


def _cells(row: Row) -> tuple[object, ...]:
    nodes = ", ".join(node.name for node in row.nodes)
    facts = orjson.dumps(dict(row.facts)).decode()
    at, until = (_moment(seconds) for seconds in (row.at, row.until))
    return (
        *(row.id, at, until, row.count, row.kind, row.graph or "", row.title),
        *(row.by.id, row.by.name, nodes, row.field, sentence(row), facts),
    )


def _csv_line(cells: tuple[object, ...]) -> bytes:
    """One record as RFC 4180 has it; a text that a spreadsheet would compute gets an apostrophe before it."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA else cell for cell in cells])
    return line.getvalue().encode()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
