"""Restoring a graph as people see it: over REST, at the command line, and on open sockets."""

import asyncio
import json
import time
from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import websockets
from pycrdt import Doc

from collab_server import restoring
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from flowroom.client import connect
from flowroom.errors import ConnectionRefused
from flowroom.ydoc import GraphDocument
from tests.collab_server.api.rest.conftest import MakeClient
from tests.collab_server.cli.test_cli import flowroom
from tests.collab_server.rooms.conftest import Client, eventually


@pytest.fixture
def graph(admin: httpx.Client) -> str:
    content = {"nodes": {"a": {"type": "Log"}}}
    id: str = admin.post("/api/graphs", json={"title": "Precious", "graph": content}).json()["id"]
    return id


def names(admin: httpx.Client, graph: str) -> list[str]:
    """The ids of its nodes, once the room that was restored has gone."""
    answer = admin.get(f"/api/graphs/{graph}/export")
    while answer.status_code == 503:
        answer = admin.get(f"/api/graphs/{graph}/export")
    return sorted(answer.json()["nodes"])


def a_copy() -> bytes:
    document = GraphDocument(Doc())
    document.add_node("Log", id="mine")
    return document.doc.get_update()


def seqs(admin: httpx.Client, graph: str) -> list[int]:
    return [point["seq"] for point in admin.get(f"/api/graphs/{graph}/quarantine").json()["points"]]


async def join(server: RunningServer, graph: str, **query: object) -> Client:
    words = "".join(f"&{name}={value}" for name, value in query.items())
    url = f"{server.url.replace('http', 'ws')}/sync/graphs/{graph}?token={server.token}{words}"
    return Client(await websockets.connect(url, max_size=None))


async def test_whoever_has_a_restored_graph_open_is_told_and_may_keep_their_copy(
    server: RunningServer, admin: httpx.Client, graph: str
) -> None:
    """OPS-3 and OPS-4: 4409, an upload, and a new start at the new epoch."""
    one = await (await join(server, graph)).sync()
    await eventually(lambda: b"\x02\x01\x011" in one.received, "the epoch was not said")
    at = (await asyncio.to_thread(seqs, admin, graph))[0]
    await one.saved(await one.edit("k", "lost by the restore"))

    done = await asyncio.to_thread(admin.post, f"/api/graphs/{graph}/restore", json={"seq": at})
    assert done.json()["epoch"] == 2
    assert await one.closed() == 4409

    stale = await join(server, graph, epoch=1)
    assert await stale.closed() == 4409
    kept = await asyncio.to_thread(
        admin.post,
        f"/api/graphs/{graph}/versions",
        params={"label": "Copy of Ada", "epoch": 1},
        content=one.doc.get_update(),
    )
    assert kept.status_code == 201, kept.text
    fresh = await (await join(server, graph, epoch=2)).sync()
    assert "k" not in fresh.map
    assert (await asyncio.to_thread(admin.get, f"/api/graphs/{graph}")).json()["epoch"] == 2
    for client in (one, stale, fresh):
        await client.close()


async def test_a_bot_that_comes_back_with_an_old_copy_is_told(
    server: RunningServer, admin: httpx.Client, graph: str
) -> None:
    """OPS-3: the Python client remembers which epoch its document is of."""
    with pytest.raises(ConnectionRefused) as refused:
        async with connect(server.url, token=server.token) as workspace, workspace.open(graph) as shared:
            await asyncio.to_thread(admin.post, f"/api/graphs/{graph}/restore", json={})
            await asyncio.wait_for(_refused(shared), 10)
    assert refused.value.code == 4409


async def _refused(shared: Any) -> None:
    while True:
        shared.add_node("Log")
        await shared.saved()


def test_versions_are_listed_downloaded_and_deleted(admin: httpx.Client, graph: str) -> None:
    """OPS-4."""
    made = [
        admin.post(f"/api/graphs/{graph}/versions", params={"label": f"Copy {n}"}, content=a_copy()).json()
        for n in range(3)
    ]
    first = admin.get(f"/api/graphs/{graph}/versions", params={"limit": 2}).json()
    assert [one["id"] for one in first["items"]] == [made[2]["id"], made[1]["id"]]
    rest = admin.get(f"/api/graphs/{graph}/versions", params={"before": first["next"]}).json()
    assert [one["label"] for one in rest["items"]] == ["Copy 0"]
    assert rest["items"][0]["nodes"] == 1
    url = f"/api/graphs/{graph}/versions/{made[0]['id']}"
    assert list(admin.get(url).json()["nodes"]) == ["mine"]
    assert admin.get(url, params={"format": "yjs"}).content == a_copy_is_read(admin.get(url, params={"format": "yjs"}))
    assert admin.delete(url).status_code == 204
    assert admin.delete(url).status_code == 404
    assert admin.get(url).status_code == 404


async def test_a_graph_is_kept_as_it_is_stored(server: RunningServer, admin: httpx.Client, graph: str) -> None:
    """OPS-4: without a body it is the graph itself; the list of what was done says so."""

    def asked(method: str, path: str, **more: Any) -> Awaitable[httpx.Response]:
        return asyncio.to_thread(admin.request, method, path, **more)

    kept = (await asked("POST", f"/api/graphs/{graph}/versions", params={"label": "Before lunch"})).json()
    assert (kept["label"], kept["reason"], kept["nodes"], kept["epoch"]) == ("Before lunch", "kept", 1, 1)
    async with connect(server.url, token=server.token) as workspace, workspace.open(graph) as shared:
        shared.delete(["a"])
        shared.add_node("Log", id="b")
    assert await asyncio.to_thread(names, admin, graph) == ["b"]
    url = f"/api/graphs/{graph}/versions/{kept['id']}"
    assert list((await asked("GET", url)).json()["nodes"]) == ["a"]
    assert (await asked("POST", f"/api/graphs/{graph}/restore", json={"version": kept["id"]})).status_code == 200
    assert await asyncio.to_thread(names, admin, graph) == ["a"]

    await asked("DELETE", url)
    told = (await asked("GET", f"/api/graphs/{graph}/activity", params={"kind": "version.*"})).json()["items"]
    said = [row["text"] for row in told]
    assert said == ["deleted a version of the graph", "kept the graph as version “Before lunch”"]


def a_copy_is_read(answer: httpx.Response) -> bytes:
    document = GraphDocument(Doc())
    document.doc.apply_update(answer.content)
    assert list(document.graph().nodes) == ["mine"]
    return answer.content


def test_only_who_may_gets_at_them(as_role: MakeClient, admin: httpx.Client, graph: str) -> None:
    """OPS-3: restoring and the quarantine are an admin's, copies an editor's, reading everyone's."""
    viewer, editor = as_role("viewer"), as_role("editor")
    url = f"/api/graphs/{graph}"
    assert viewer.get(f"{url}/versions").status_code == 200
    assert viewer.post(f"{url}/versions", params={"label": "x"}, content=a_copy()).status_code == 403
    assert editor.post(f"{url}/versions", params={"label": "x"}, content=a_copy()).status_code == 201
    for client in (viewer, editor):
        assert client.get(f"{url}/quarantine").status_code == 403
        assert client.post(f"{url}/restore", json={}).status_code == 403
    assert admin.post(f"{url}/restore", json={"seq": 1, "version": "x"}).status_code == 422
    assert admin.post(f"{url}/versions", params={"label": "x"}, content=b"\x00\x01").status_code == 422


def test_a_clock_that_is_set_back_costs_no_version(
    admin: httpx.Client, graph: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-4: the next one is newer than all there are, and so is not the oldest, which makes place."""
    url = f"/api/graphs/{graph}/versions"
    most = settings.max_versions
    with monkeypatch.context() as ahead:
        ahead.setattr(restoring, "time", SimpleNamespace(time=lambda: time.time() + 3600))
        for n in range(most):
            admin.post(url, params={"label": f"Ahead {n}"}).raise_for_status()
    kept = admin.post(url, params={"label": "Right again"}).raise_for_status().json()
    listed = admin.get(url).json()["items"]
    assert [one["label"] for one in listed[:2]] == ["Right again", f"Ahead {most - 1}"]
    assert admin.get(f"{url}/{kept['id']}").status_code == 200


def test_a_command_keeps_a_version(server: RunningServer, admin: httpx.Client, graph: str) -> None:
    """OPS-4."""
    reach = ("--url", server.url, "--token", server.token)
    told = flowroom("keep", graph, "Nightly [x]", *reach).stdout
    kept = admin.get(f"/api/graphs/{graph}/versions").json()["items"][0]
    assert kept["label"] == "Nightly [x]"
    assert (kept["nodes"], kept["edges"]) == (1, 0)
    assert told == f"Kept as version {kept['id']}: 1 node, 0 edges.\n"
    assert json.loads(flowroom("keep", graph, "Again", "--json", *reach).stdout)["label"] == "Again"
    refused = flowroom("keep", graph, "", *reach, check=False)
    assert refused.returncode == 1
    assert "label" in refused.stderr


def test_the_command_restores_in_one_go(server: RunningServer, admin: httpx.Client, graph: str) -> None:
    """OPS-3."""
    reach = ("--url", server.url, "--token", server.token)
    admin.patch(f"/api/graphs/{graph}", json={"description": "changed"})
    listed = flowroom("restore", graph, "--list", *reach).stdout
    assert "Refused and kept aside: none." in listed
    assert "Log entries to go back to" in listed
    first = min(seqs(admin, graph))
    told = flowroom("restore", graph, "--to", str(first), *reach).stdout
    assert "this is epoch 2" in told and "kept as version" in told
    assert names(admin, graph) == ["a"]
    kept = admin.get(f"/api/graphs/{graph}/versions").json()["items"][0]["id"]
    done = json.loads(flowroom("restore", graph, "--to", kept, "--json", *reach).stdout)
    assert done["epoch"] == 3
    assert flowroom("restore", graph, "--to", "nonsense", *reach, check=False).returncode == 1


@pytest.mark.parametrize("of", ["graph", "copy"])
def test_what_is_kept_again_as_it_was_is_kept_once(admin: httpx.Client, graph: str, of: str) -> None:
    """OPS-4: the answer was lost, so it is sent again."""
    state = a_copy() if of == "copy" else b""

    def keep(label: str) -> dict[str, Any]:
        kept = admin.post(f"/api/graphs/{graph}/versions", params={"label": label}, content=state)
        assert kept.status_code == 201, kept.text
        made: dict[str, Any] = kept.json()
        return made

    first = keep("Before going back")
    assert [keep("Before going back") for _ in range(2)] == [first, first]
    other = keep("Of another name")
    last = keep("Before going back")

    listed = admin.get(f"/api/graphs/{graph}/versions").json()["items"]
    assert [one["id"] for one in listed] == [last["id"], other["id"], first["id"]]
    told = admin.get(f"/api/graphs/{graph}/activity", params={"kind": "version.kept"}).json()["items"]
    assert [row["facts"]["version"] for row in told] == [one["id"] for one in listed]


def test_a_graph_that_has_changed_is_kept_again_under_the_same_name(admin: httpx.Client, graph: str) -> None:
    """OPS-4."""
    path = f"/api/graphs/{graph}/versions"
    first = admin.post(path, params={"label": "Good"}).json()
    admin.patch(f"/api/graphs/{graph}", json={"title": "Changed"}).raise_for_status()
    assert admin.post(path, params={"label": "Good"}).json()["id"] != first["id"]


def test_a_restore_that_is_asked_for_again_puts_nothing_aside_twice(admin: httpx.Client, graph: str) -> None:
    """OPS-3: the answer was lost, so it is sent again."""
    version = admin.post(f"/api/graphs/{graph}/versions", params={"label": "Good"}).json()["id"]
    admin.patch(f"/api/graphs/{graph}", json={"title": "Changed"}).raise_for_status()
    for _ in range(3):
        admin.post(f"/api/graphs/{graph}/restore", json={"version": version}).raise_for_status()
    listed = admin.get(f"/api/graphs/{graph}/versions").json()["items"]
    assert [one["reason"] for one in listed] == ["restore", "kept"]
