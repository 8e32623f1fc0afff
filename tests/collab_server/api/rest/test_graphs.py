"""Graphs as people list them, over real HTTP."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from collab_server import workspace
from collab_server.api.rest.graphs import NewGraph, put_graph
from collab_server.auth.identity import Identity
from collab_server.errors import Conflict
from collab_server.settings import Settings
from tests.collab_server.api.rest.conftest import MakeClient

CHAIN: dict[str, Any] = {
    "meta": {"title": "Chain", "description": "Two nodes"},
    "nodes": {
        "a": {"id": "a", "type": "Chat", "pos": [0, 0]},
        "b": {"id": "b", "type": "Log", "pos": [360, 0]},
    },
    "edges": {"e": {"id": "e", "source": "a", "sourcePort": "message", "target": "b"}},
}


def created(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/graphs", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_new_graph_is_listed_first_with_its_picture(admin: httpx.Client) -> None:
    made = created(admin, graph=CHAIN)

    first = admin.get("/api/graphs").json()["items"][0]

    assert first == made | {"role": "admin"}
    assert (first["title"], first["nodes"], first["edges"]) == ("Chain", 2, 1)
    assert [node[4] for node in first["preview"]["nodes"]] == ["Chat", "Log"]
    assert first["preview"]["edges"] == [[0, 1]]
    assert first["createdAt"] <= first["updatedAt"]


def test_an_empty_graph_gets_a_title(admin: httpx.Client) -> None:
    assert created(admin)["title"] == "Untitled"
    assert created(admin, title="Mine")["title"] == "Mine"


def test_one_graph_says_what_the_caller_may_do(admin: httpx.Client, as_role: MakeClient) -> None:
    made = created(admin)

    assert as_role("viewer").get(f"/api/graphs/{made['id']}").json() == made | {"role": "viewer"}


def test_pages_show_every_graph_once(admin: httpx.Client) -> None:
    made = {created(admin, title=f"page {n}")["id"] for n in range(7)}

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = admin.get("/api/graphs", params={"query": "page", "limit": 3, "cursor": cursor}).json()
        assert len(page["items"]) <= 3
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen))
    assert set(seen) == made


def test_a_page_is_capped_by_the_setting(admin: httpx.Client) -> None:
    assert admin.get("/api/graphs", params={"limit": 10_000}).status_code == 200


@pytest.mark.parametrize("cursor", ["nonsense", "!!!", "YWJj", "é" * 10, "MS4wIGEAYg"])
def test_a_cursor_of_nobody_is_refused(admin: httpx.Client, cursor: str) -> None:
    answer = admin.get("/api/graphs", params={"cursor": cursor})

    assert answer.status_code == 422
    assert "next" in answer.json()["expected"]


def test_search_finds_words_in_title_and_description_literally(admin: httpx.Client) -> None:
    made = created(admin, graph={"meta": {"title": "Über 100% sure", "description": "quarterly Report"}})

    def found(words: str) -> bool:
        return made["id"] in [item["id"] for item in admin.get("/api/graphs", params={"query": words}).json()["items"]]

    assert found("100% SURE") and found("report sure") and found("über") and found("ÜBER")
    assert not found("100_") and not found("report missing") and not found("100% sure'--")


def test_renaming_shows_at_once_and_keeps_the_rest(admin: httpx.Client) -> None:
    made = created(admin, graph=CHAIN)

    answer = admin.patch(f"/api/graphs/{made['id']}", json={"title": "New", "description": "Told"})

    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["description"], answer.json()["nodes"]) == ("New", "Told", 2)
    assert admin.get(f"/api/graphs/{made['id']}").json()["title"] == "New"


def test_a_copy_has_the_content_and_another_id(admin: httpx.Client) -> None:
    made = created(admin, graph=CHAIN)

    copy = admin.post(f"/api/graphs/{made['id']}/duplicate")

    assert copy.status_code == 201
    assert copy.headers["location"] == f"/api/graphs/{copy.json()['id']}"
    assert copy.json()["id"] != made["id"]
    assert copy.json()["title"] == "Chain (copy)"
    graph = admin.get(f"/api/graphs/{copy.json()['id']}/export").json()
    assert graph["nodes"].keys() == {"a", "b"}
    assert graph["meta"]["createdFrom"] == made["id"]


def test_copies_of_copies_are_counted(admin: httpx.Client) -> None:
    made = created(admin, title="Counted 100% (by hand)")
    ids, titles = [made["id"]], []
    for _ in range(3):
        copy = admin.post(f"/api/graphs/{ids[-1]}/duplicate").json()
        ids.append(copy["id"])
        titles.append(copy["title"])

    assert titles == [f"Counted 100% (by hand) (copy{number})" for number in ("", " 2", " 3")]


def test_a_deleted_graph_is_gone_from_everywhere(admin: httpx.Client) -> None:
    made = created(admin, graph=CHAIN)
    path = f"/api/graphs/{made['id']}"

    assert admin.delete(path).status_code == 204

    for answer in (
        admin.get(path),
        admin.delete(path),
        admin.patch(path, json={"title": "x"}),
        admin.get(f"{path}/export"),
        admin.post(f"{path}/duplicate"),
        admin.get(f"{path}/runs"),
        admin.post(f"{path}/runs", json={}),
    ):
        assert answer.status_code == 404, answer.request.url
        assert answer.json()["type"] == "/problems/not-found"
    assert made["id"] not in [item["id"] for item in admin.get("/api/graphs").json()["items"]]


def test_put_creates_once_and_fills_only_what_is_empty(admin: httpx.Client) -> None:
    assert admin.put("/api/graphs/my-graph", json={"title": "First"}).status_code == 201

    again = admin.put("/api/graphs/my-graph", json={"title": "Second", "graph": CHAIN})
    assert again.status_code == 200
    assert (again.json()["title"], again.json()["nodes"], again.json()["edges"]) == ("Second", 2, 1)

    over = admin.put("/api/graphs/my-graph", json={"graph": CHAIN})
    assert over.status_code == 409
    assert admin.put("/api/graphs/my-graph", json={"title": "Third"}).json()["title"] == "Third"


@pytest.mark.parametrize("id", [".hidden", "a b", "x" * 65, "a;b", "%2e%2e"])
def test_an_id_that_would_be_trouble_is_refused(admin: httpx.Client, id: str) -> None:
    assert admin.put(f"/api/graphs/{id}", json={}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"graph": {"nodes": {"a": {"id": "a"}}}},
        {"graph": {"nodes": []}},
        {"graph": 7},
        {"title": 7},
        {"titel": "x"},
        {"graph": {"meta": {"schemaVersion": 99}}},
        {"graph": {"nodes": {"a/b": {"id": "a/b", "type": "Log"}}}},
        {"graph": {"nodes": {"a": {"id": "b", "type": "Log"}}}},
        {"graph": {"nodes": {"\ud800": {"type": "Log"}}}},
        {"graph": {"edges": {"\udfff": {"source": "a", "target": "b"}}}},
    ],
)
def test_a_graph_that_is_none_is_refused_and_nothing_is_left(admin: httpx.Client, body: dict[str, Any]) -> None:
    before = admin.get("/api/graphs", params={"limit": 200}).json()["items"]

    answer = admin.post("/api/graphs", content=json.dumps(body), headers={"content-type": "application/json"})

    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert admin.get("/api/graphs", params={"limit": 200}).json()["items"] == before


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, b"NaN"])
def test_a_body_that_is_no_json_is_refused(admin: httpx.Client, content: bytes) -> None:
    answer = admin.post("/api/graphs", content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_each_role_may_do_what_the_roles_before_it_may(admin: httpx.Client, as_role: MakeClient) -> None:
    made = created(admin, graph=CHAIN)
    path = f"/api/graphs/{made['id']}"
    for role, reads, runs, edits in (
        ("viewer", 200, 403, 403),
        ("commenter", 200, 403, 403),
        ("runner", 200, 204, 403),
        ("editor", 200, 204, 200),
        ("admin", 200, 204, 200),
    ):
        client = as_role(role)  # type: ignore[arg-type]
        assert client.get(path).status_code == reads, role
        assert client.get("/api/graphs").status_code == reads, role
        assert client.get("/api/node-types").status_code == reads, role
        assert client.delete(f"{path}/nodes/a/history").status_code == runs, role
        assert client.patch(path, json={"title": role}).status_code == edits, role
    viewer = as_role("viewer")
    for answer in (
        viewer.post("/api/graphs", json={}),
        viewer.put(f"{path}-2", json={}),
        viewer.delete(path),
        viewer.post(f"{path}/duplicate"),
        viewer.post("/api/import", files={"file": b"{}"}),
        viewer.post(f"{path}/runs", json={}),
        viewer.patch("/api/settings", json={}),
    ):
        assert answer.status_code == 403, answer.request.url
        assert answer.json()["received"] == "viewer"
    assert admin.get(path).status_code == 200


async def test_what_somebody_made_private_under_an_id_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """ACCESS-8: whoever was let in to make a graph finds that there is one by now, which is not theirs to see."""
    bo, ada = (Identity(name, name.title(), "#112233", "editor") for name in ("bo", "ada"))
    async with workspace.opened(Settings(data=tmp_path)) as here:
        await here.graphs.create(None, title="Ada's own", by=ada, id="plan", visibility="private")

        with pytest.raises(Conflict):
            await put_graph("plan", NewGraph(title="Bo's now"), bo, bo, here, Response())

        assert (await here.graphs.get("plan")).title == "Ada's own"
        made = await put_graph("plan", NewGraph(title="Ada's still"), ada, ada, here, Response())
        assert made.title == "Ada's still"
