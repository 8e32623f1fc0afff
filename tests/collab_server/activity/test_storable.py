"""Whatever people put into a document, what they do to it is told, on SQLite and PostgreSQL."""

import random
import string
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pycrdt import Map
from sqlalchemy import Connection, Table, insert, text
from sqlalchemy.exc import DBAPIError

from collab_server.activity.bursts import Row
from collab_server.activity.storable import MAX_INDEXED_BYTES, as_json, indexable, plain
from collab_server.stores import activity as store
from collab_server.stores.activity import Wanted, activity_node
from collab_server.stores.documents import Entry
from flowroom.sql import is_unstorable
from flowroom.ydoc import GraphDocument
from tests.collab_server.activity.conftest import Database
from tests.collab_server.activity.test_teller import KEY, Graph, teller_of, told
from tests.collab_server.activity.test_teller import graph as graph

LONG = "".join(random.Random(1).choices(string.ascii_letters, k=6_000))
"""An index can't have it any smaller."""


def root(document: GraphDocument, name: str) -> Any:
    """A map as any peer may write into it."""
    return document.doc.get(name, type=Map)


def title(document: GraphDocument) -> None:
    root(document, "meta")["title"] = "a\0b"


def node_id(document: GraphDocument) -> None:
    root(document, "nodes")["x\0y"] = Map({"type": "LLM", "name": "odd"})


def node_name(document: GraphDocument) -> None:
    root(document, "nodes")["a"]["name"] = "n\0m"


def param(document: GraphDocument) -> None:
    root(document, "nodes")["a"]["params"]["p\0q"] = 1


def long_id(document: GraphDocument) -> None:
    root(document, "nodes")[LONG] = Map({"type": "LLM", "name": "odd"})


def long_param(document: GraphDocument) -> None:
    root(document, "nodes")["a"]["params"][LONG] = 1


def no_number(document: GraphDocument) -> None:
    root(document, "nodes")["a"]["params"]["n"] = [float("nan"), float("-inf")]


ODD = [title, node_id, node_name, param, long_id, long_param, no_number]


@pytest.mark.parametrize("odd", ODD)
async def test_what_is_odd_is_told_like_everything_else(
    graph: Graph, database: Database, odd: Callable[[GraphDocument], None]
) -> None:
    """ACT-2, ACT-3: twice, so that what can grow does."""
    graph.document.add_node("LLM", id="a", name="first")
    await graph.log()
    for _ in range(2):
        with graph.document.doc.transaction():
            odd(graph.document)
        await graph.log()
        await told(teller_of(database))
    graph.document.add_node("LLM", id="b", name="after")
    await graph.log()
    await told(teller_of(database))

    kinds = [row.kind for row in graph.rows()]
    assert len(kinds) >= 3 and kinds[-1] == "node.added" and graph.rows()[-1].nodes[0].name == "after"


async def test_a_node_with_a_long_id_is_found_by_it(graph: Graph, database: Database) -> None:
    """ACT-2"""
    for end in ("1", "2"):
        root(graph.document, "nodes")[LONG + end] = Map({"type": "LLM", "name": f"odd {end}"})
        await graph.log()
    await told(teller_of(database))
    [row] = database.read(lambda c: store.page(c, Wanted(node=LONG + "2"), before=None, limit=9))
    assert row.nodes[0].name == "odd 2"


async def test_an_edit_that_changes_more_than_one_question_may_ask_for_is_told(database: Database) -> None:
    """ACT-2: in one row of the log, or in one look at it."""
    keys = [f"node.changed n{n} params.x" for n in range(70_000)]
    rows = [Row("node.changed", 1.0, graph="g", until=1.0, key=key) for key in (keys[-1], keys[0])]
    database.write(lambda c: store.add(c, rows))
    found = database.read(lambda c: store.growing(c, "g", keys, 2.0))
    assert [row.key for row in found] == [keys[-1], keys[0]], "the oldest first"


async def test_what_no_database_takes_costs_only_itself(graph: Graph, database: Database) -> None:
    """ACT-2, ACT-3: else all that was done afterwards would never be told."""

    def send(_connection: Connection, new: Sequence[Row], _grown: Sequence[Row]) -> None:
        if any(node.id == "bad" for row in new for node in row.nodes):
            raise ValueError("not to be stored")

    for id in ("a", "b", "bad", "c"):
        graph.document.add_node("LLM", id=id)
    await graph.log()
    await graph.documents.append(KEY, 1, [Entry(b"\xff\xff", "peer", "sign-in", 1000.0)])
    teller = teller_of(database, send)
    await told(teller)
    assert [row.nodes[0].id for row in graph.rows()] == ["a", "b", "c"]
    graph.document.add_node("LLM", id="d")
    await graph.log()
    await told(teller)
    assert [row.nodes[0].id for row in graph.rows()] == ["a", "b", "c", "d"]


def test_a_database_that_is_away_is_no_fault_of_what_is_stored(database: Database) -> None:
    """ACT-2: what could be stored later is not left out."""

    def refused(work: Callable[[Connection], object]) -> bool:
        with pytest.raises(DBAPIError) as found:
            database.write(work)
        return is_unstorable(found.value)

    def put(table: Table, **values: object) -> Callable[[Connection], object]:
        return lambda connection: connection.execute(insert(table).values(values)).close()

    assert refused(put(activity_node, node=None, activity=1))
    if database.engine.dialect.name == "postgresql":
        assert refused(put(activity_node, node="a\0b", activity=1))
        assert refused(put(activity_node, node=LONG, activity=1))
    assert not refused(lambda connection: connection.execute(text("SELECT * FROM nowhere")))
    assert not is_unstorable(OSError("disk full"))


def test_what_is_short_and_plain_stays_as_it_is() -> None:
    for short in ("", "node.changed a params.x", "ü" * (MAX_INDEXED_BYTES // 2)):
        assert indexable(short) == plain(short) == short
    longs = {indexable("ü" * 10_000 + end) for end in ("a", "b")}
    assert len(longs) == 2 and all(len(one.encode()) <= MAX_INDEXED_BYTES for one in longs)
    assert as_json({"after": float("inf"), "before": {"x": [1, "é\0"]}}) == {"after": None, "before": {"x": [1, "é\0"]}}
