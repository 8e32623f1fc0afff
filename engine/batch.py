"""What one transaction writes for one run: its events, and whatever else became so with them.

A batch is written whole or not at all, and only under the epoch that the run has. What runs share, large values and
what nodes remember, another engine may write at the same moment: so an INSERT says what to do when it did.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import Fenced
from engine.tables import BLOB, EFFECT, ENDS_OF_NODES, NODE_ENTRY, NODE_STATE, RUN, RUN_BLOB
from flowroom.model import Json

MAX_INLINE_BYTES = 2048
"""A larger value is a blob, named by its content; its event holds a reference and a preview."""

Row = tuple[int, float, str, str | None, int, int, orjson.Fragment | None]
"""An event as it is written: seq, at, type, node, iteration, attempt, payload."""


class Blob(NamedTuple):
    """A large value by its content."""

    hash: str
    type: str
    content: bytes


@dataclass(slots=True)
class Batch:
    """What one transaction writes for one run."""

    rows: list[Row] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    entries: list[tuple[str, bytes]] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    effects: list[tuple[str, str, int, float]] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)


def append(connection: Connection, run: str, graph: str, epoch: int, batch: Batch) -> None:
    """Write a batch; raises Fenced, and writes nothing, when the run has a higher epoch by now."""
    changes = dict(batch.run)
    if batch.rows:
        changes["last_seq"] = batch.rows[-1][0]
        if any(kind in ENDS_OF_NODES for _, _, kind, *_ in batch.rows):
            changes["lost"] = None  # the run gets on
    owned = update(RUN).where(RUN.c.id == run, RUN.c.epoch == epoch).values(changes or {"epoch": epoch})
    if connection.execute(owned).rowcount != 1:
        raise Fenced(run, epoch)
    if batch.rows:
        insert_events(connection, run, batch.rows)
    for blob in batch.blobs:
        _put_blob(connection, run, blob)
    if batch.entries:
        connection.execute(
            insert(NODE_ENTRY),
            [{"graph": graph, "node": node, "run": run, "entry": entry.decode()} for node, entry in batch.entries],
        )
    for node, state in batch.states.items():
        _put_state(connection, graph, node, state.decode())
    for key, node, iteration, begun in batch.effects:
        effect = {"key": key, "run": run, "node": node, "iteration": iteration, "begun": begun}
        connection.execute(insert_into(connection, EFFECT).values(effect).on_conflict_do_nothing())


def is_written(connection: Connection, run: str, epoch: int, seq: int) -> bool:
    """Whether this event was written under this epoch; a COMMIT that may still be under way is waited for."""
    last = select(RUN.c.last_seq).where(RUN.c.id == run, RUN.c.epoch == epoch).with_for_update()
    return (connection.scalar(last) or 0) >= seq


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can be told what to do about a row that is there."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


_FROM_JSON = (
    "INSERT INTO run_event (run, seq, at, type, node, iteration, attempt, payload) "
    "SELECT ?, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, nullif(value->6, 'null') "
    "FROM json_each(?)"
)
_FROM_ARRAYS = (
    "INSERT INTO run_event (run, seq, at, type, node, iteration, attempt, payload) SELECT %s, * FROM "
    "unnest(%s::int[], %s::float8[], %s::text[], %s::text[], %s::int[], %s::int[], %s::text[])"
)
"""Not from JSON: PostgreSQL takes the escape for NUL as text, as in a payload, but looks into no JSON that has it."""


def insert_events(connection: Connection, run: str, rows: list[Row]) -> None:
    """One statement for all: the database unpacks the rows, without holding Python's lock for each of them."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_FROM_JSON, (run, orjson.dumps(rows).decode()))
        return
    *columns, payloads = (list(column) for column in zip(*rows, strict=True))
    texts = [None if payload is None else orjson.dumps(payload).decode() for payload in payloads]
    connection.exec_driver_sql(_FROM_ARRAYS, (run, *columns, texts))


def _put_blob(connection: Connection, run: str, blob: Blob) -> None:
    """Store a large value unless it is there: it stays for as long as this transaction goes on, which links to it."""
    there = select(BLOB.c.hash).where(BLOB.c.hash == blob.hash).with_for_update(read=True, key_share=True)
    if connection.scalar(there) is None:  # the content needn't be sent otherwise
        new = insert_into(connection, BLOB).values(
            hash=blob.hash, size=len(blob.content), type=blob.type, bytes=blob.content
        )
        connection.execute(new.on_conflict_do_update(index_elements=["hash"], set_={"hash": new.excluded.hash}))
    connection.execute(insert_into(connection, RUN_BLOB).values(run=run, blob=blob.hash).on_conflict_do_nothing())


def _put_state(connection: Connection, graph: str, node: str, state: str) -> None:
    new = insert_into(connection, NODE_STATE).values(graph=graph, node=node, state=state)
    connection.execute(new.on_conflict_do_update(index_elements=["graph", "node"], set_={"state": new.excluded.state}))


def blob_of(value: Json, raw: bytes) -> Blob:
    """A large value as a blob: text as text, anything else as the JSON it is."""
    content, type = (
        (value.encode(), "text/plain; charset=utf-8") if isinstance(value, str) else (raw, "application/json")
    )
    return Blob(hashlib.sha256(content).hexdigest(), type, content)


def value_of(blob: Blob) -> Json:
    """The value a blob was made of."""
    return blob.content.decode() if blob.type.startswith("text/plain") else orjson.loads(blob.content)
