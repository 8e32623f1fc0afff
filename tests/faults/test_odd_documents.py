"""Odd documents, read by everything that reads documents: what can be shown is shown, and the rest is said clearly."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pycrdt import Doc

from collab_server.rooms.gate import Gate
from collab_server.rooms.summary import summarise
from engine import Runs, node_types
from flowroom.checks import check, visible
from flowroom.errors import InvalidFile, InvalidGraph, NewerSchema
from flowroom.files import native
from flowroom.files.phase1 import write_workspace
from flowroom.model import Graph
from flowroom.ydoc import Change, GraphDocument
from tests.collab_server.rooms.conftest import eventually
from tests.convergence.server import TOKEN, flowroom_serve
from tests.faults.attack import joined
from tests.faults.odd_documents import documents, metas

DOCUMENTS = dict(documents())
TYPES = {type.type: type for type in node_types()}
MAX_SUMMARY_BYTES = 100_000


def opened(update: bytes) -> GraphDocument:
    """A document that a hostile client wrote, as a room has it; whoever watches it is told."""
    admitted = Gate().admit(update)
    assert admitted.update is not None and not admitted.trimmed
    document = GraphDocument(Doc())
    seen: list[Change] = []
    document.changes(seen.extend)
    document.doc.apply_update(admitted.update)
    document.close()
    return document


async def read_by_everyone(graph: Graph, folder: Path) -> None:
    """Whatever raises here raises in a server."""
    summary = summarise(graph)
    assert len(orjson.dumps(summary.preview)) + len(summary.title) + len(summary.description) < MAX_SUMMARY_BYTES
    json.dumps(summary.preview, allow_nan=False)
    check(graph, TYPES)
    write_workspace(graph, folder / "workspace")
    try:
        assert native.dump(native.load(native.dump(graph))) == native.dump(graph)
    except InvalidFile as error:
        assert "deep" in str(error) or "an id is not empty" in str(error)
    runs = Runs(f"sqlite:///{folder}/runs.db")
    try:
        record = await runs.start("g", visible(graph), by="ada")
        assert (await runs.snapshot(record.id)).nodes.keys() == visible(graph).nodes.keys()
    except InvalidGraph as error:
        assert str(error)
    finally:
        await runs.close()


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_every_reader_survives(name: str, tmp_path: Path) -> None:
    """DOC-6: readers are lenient, whatever was written."""
    document = opened(DOCUMENTS[name]())
    graph = document.graph()

    await read_by_everyone(graph, tmp_path)

    records = [id for id in graph.nodes if graph.nodes[id].type]
    document.move(dict.fromkeys(graph.nodes, (1, 2)))
    document.set_meta(last_run="r1")
    document.delete([*records[::2], *list(graph.edges)[::2]])
    document.graph()


def test_an_odd_meta_stops_nobody(tmp_path: Path) -> None:
    """DOC-6 and DOC-11: only a newer schema is refused, and says so."""
    refused = set()
    for name, update in metas():
        document = opened(update)
        try:
            graph = document.graph()
        except NewerSchema:
            refused.add(name)
            continue
        assert list(visible(graph).nodes) == ["usual"], name
        native.dump(graph)
        summarise(graph)
        document.set_meta(title="mine", last_run="r1")
        assert document.meta.title == "mine", name
    assert refused == {"meta.schemaVersion is 99"}


@pytest.mark.timeout(120)
async def test_a_server_shows_and_refuses_odd_documents_without_a_mistake(tmp_path: Path, database: str) -> None:
    """DOC-6 and RUN-1: never 500; a run that can't start is a problem document."""
    made: dict[str, bytes] = {f"odd-{at}": make() for at, make in enumerate(DOCUMENTS.values())}
    both = {"FLOWROOM_DATABASE_URL": database, "FLOWROOM_RUNS_URL": database}
    made["newer"] = dict(metas())["meta.schemaVersion is 99"]
    async with flowroom_serve(tmp_path / "data", FLOWROOM_JANITOR_SECONDS="0.1", **both) as server:
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=f"{server.http}/api", headers=headers, timeout=30) as api:
            await asyncio.gather(*(_written(server, id, update) for id, update in made.items()))
            answers = dict(zip(made, await asyncio.gather(*(_asked(api, id) for id in made)), strict=True))
            listed = await api.get("/graphs", params={"limit": 200})
            assert {row["id"] for row in listed.json()["items"]} >= made.keys()
            for id in made:  # the janitor has looked at all of them by now
                async with joined(server, id) as fresh:
                    assert fresh.doc.get_state() != b"\0", id
    wrong = {id: codes for id, codes in answers.items() if max(codes.values()) >= 500}
    assert not wrong
    assert answers["newer"] | {"get": 200} == {"get": 200, "flowroom": 422, "phase1": 422, "run": 422, "duplicate": 422}


async def _written(server: Any, id: str, update: bytes) -> None:
    async with joined(server, id) as client:
        client.doc.apply_update(update)
        await client.flush()
        await eventually(lambda: client.echoes, f"{id} was not taken")


async def _asked(api: httpx.AsyncClient, id: str) -> dict[str, int]:
    """Everything the interface tells of a graph; the status of each answer."""
    asked: dict[str, Callable[[], Any]] = {
        "get": lambda: api.get(f"/graphs/{id}"),
        "flowroom": lambda: api.get(f"/graphs/{id}/export"),
        "phase1": lambda: api.get(f"/graphs/{id}/export?format=phase1"),
        "run": lambda: api.post(f"/graphs/{id}/runs", json={}),
        "duplicate": lambda: api.post(f"/graphs/{id}/duplicate"),
    }
    codes = {}
    for name, ask in asked.items():
        answer = await ask()
        codes[name] = answer.status_code
        if answer.is_error:
            assert answer.headers["content-type"] == "application/problem+json", (id, name)
            assert answer.json()["detail"]
    return codes
