"""The list of what was done, over real HTTP: who sees what, pages, following, files."""

import csv
import io
import json
import time
from functools import partial
from typing import Any

import httpx
import pytest
from pycrdt import Doc, Map

from flowroom.client import connect
from tests.collab_server.api.rest.conftest import MakeClient
from tests.collab_server.api.rest.talking import Person
from tests.collab_server.webhooks.receiver import wait_until

Item = dict[str, Any]


@pytest.fixture
def graph(admin: httpx.Client) -> str:
    made = admin.post("/api/graphs", json={"title": "Letters"})
    return str(made.json()["id"])


def listed(client: httpx.Client, path: str, **query: Any) -> list[Item]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    items: list[Item] = answer.json()["items"]
    return items


def post(client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def edit(address: str, graph: str) -> None:
    """Two transactions, as a person makes them: a node, then its model."""
    async with connect(address) as workspace:
        async with workspace.open(graph) as document:
            node = document.add_node("LLM", id="a", name="Summarise", params={"model": "gpt-4"})
            await document.saved()
            document.set_param(node, "model", "local")


async def test_edits_and_what_was_done_otherwise_are_one_list(admin: httpx.Client, graph: str, server: Any) -> None:
    """ACT-1, ACT-8"""
    assert listed(admin, f"/api/graphs/{graph}/activity")[0]["text"] == "created the graph Letters"
    await edit(server.address, graph)
    wait_until(lambda: len(listed(admin, f"/api/graphs/{graph}/activity")) == 3)
    changed, added, _ = listed(admin, f"/api/graphs/{graph}/activity")
    assert added["kind"] == "node.added" and added["nodes"] == [{"id": "a", "name": "Summarise"}]
    assert changed["text"] == "model of Summarise changed from “gpt-4” to “local”"
    assert (changed["field"], changed["facts"]["before"], changed["facts"]["after"]) == (
        "params.model",
        "gpt-4",
        "local",
    )
    assert changed["by"]["name"] == "Workspace token" and changed["title"] == "Letters"


def test_the_text_of_what_was_deleted_is_nowhere_to_be_read(as_role: MakeClient, graph: str) -> None:
    """TALK-5: not in the list of what was done, nor in a file of it."""
    ada, bo = (Person(as_role(role), graph) for role in ("commenter", "viewer"))
    place = {"type": "canvas", "at": [0, 0]}
    answered = ada.begin("my password is hunter2", anchor=place)
    ada.reply(answered, "I should not have said that.")
    assert ada.http.delete(ada.message(answered, answered["messages"][0])).status_code == 204
    alone = ada.begin("it was hunter2", anchor=place)
    assert ada.http.delete(f"{ada.url}/{alone['id']}").status_code == 204

    for text in (bo.http.get(f"/api/graphs/{graph}/activity{path}").text for path in ("", "/export?format=csv")):
        assert "hunter2" not in text and "I should not have" in text


async def test_it_is_filtered_by_node_person_kind_and_time(admin: httpx.Client, graph: str, server: Any) -> None:
    await edit(server.address, graph)
    path = f"/api/graphs/{graph}/activity"
    wait_until(lambda: len(listed(admin, path)) == 3)

    def kinds(**query: Any) -> list[str]:
        return [item["kind"] for item in listed(admin, path, **query)]

    assert kinds(node="a") == ["node.changed", "node.added"]
    assert kinds(person="sign-in", kind="node.*") == ["node.changed", "node.added"]
    assert kinds(person="nobody") == []
    assert kinds(kind=["graph.created", "node.added"]) == ["node.added", "graph.created"]
    assert kinds(kind="graph.edited") == ["node.changed", "node.added"]
    assert kinds(since=time.time() + 60) == [] and kinds(until=1.0) == []
    assert kinds(since=1.0, until=time.time() + 60) == ["node.changed", "node.added", "graph.created"]
    assert [item["kind"] for item in listed(admin, "/api/activity", graph=graph, node="a")] == kinds(node="a")


def test_pages_stay_the_same_while_rows_are_added(admin: httpx.Client, graph: str) -> None:
    """ACT-10"""
    for _ in range(6):
        admin.get(f"/api/graphs/{graph}/export")
    path, seen, before = f"/api/graphs/{graph}/activity", list[int](), None
    while True:
        page = admin.get(path, params={"limit": 3} | ({"before": before} if before else {})).json()
        seen += [item["id"] for item in page["items"]]
        admin.get(f"/api/graphs/{graph}/export")
        before = page["next"]
        if before is None:
            break
    assert len(seen) == 7 and seen == sorted(seen, reverse=True)


class Follower:
    """Someone who has a graph's list open."""

    def __init__(self, client: httpx.Client, graph: str) -> None:
        self._client, self._path = client, f"/api/graphs/{graph}/activity"
        self.turn: int = client.get(self._path).json()["turn"]
        self.known: dict[int, Item] = {}

    def look(self) -> int:
        """Ask for what is new, one row at a time; the status of the answer."""
        tag = {"if-none-match": f'W/"{self.turn}"'}
        answer = self._client.get(self._path, params={"after": self.turn, "limit": 1}, headers=tag)
        if answer.status_code == 200:
            self.known.update({item["id"]: item for item in answer.json()["items"]})
            self.turn = answer.json()["turn"]
        return answer.status_code

    def hears(self, value: int) -> bool:
        """Whether a row by now ends with this value."""
        self.look()
        return any(item["facts"].get("after") == value for item in self.known.values())


async def test_who_follows_is_told_of_what_is_new_and_of_what_grows(
    admin: httpx.Client, graph: str, server: Any
) -> None:
    """ACT-5, ACT-10"""
    follower = Follower(admin, graph)
    assert follower.look() == 304
    async with connect(server.address) as workspace:
        async with workspace.open(graph) as document:
            document.add_node("LLM", id="a", params={"n": 0})
            await document.saved()
            for n in range(1, 4):
                document.set_param("a", "n", n)
                await document.saved()
                wait_until(partial(follower.hears, n))
    assert [item["kind"] for item in follower.known.values()] == ["node.added", "node.changed"]
    assert list(follower.known.values())[-1]["count"] == 3


def test_whoever_did_something_can_be_chosen_also_who_is_on_no_first_page(
    admin: httpx.Client, as_role: MakeClient, graph: str
) -> None:
    """ACT-10, ACT-11: who did only what somebody is not shown is not named to them."""
    bo, cleo, viewer = (as_role(role) for role in ("commenter", "admin", "viewer"))
    Person(bo, graph).begin(anchor={"type": "canvas", "at": [0, 0]})
    post(cleo, f"/api/graphs/{graph}/links", {"role": "viewer"})
    path = f"/api/graphs/{graph}/activity"
    first = viewer.get(path, params={"limit": 1, "kind": "graph.*"}).json()["items"]

    assert [row["by"]["name"] for row in first] == ["Workspace token"]
    assert [one["name"] for one in viewer.get(f"{path}/people").json()] == ["a commenter", "Workspace token"]
    assert admin.get(f"{path}/people").json()[0]["name"] == "a admin"


def test_a_graphs_list_is_for_viewers_and_the_workspaces_for_admins(
    admin: httpx.Client, as_role: MakeClient, graph: str, anyone: httpx.Client
) -> None:
    """ACT-11"""
    viewer = as_role("viewer")
    assert [item["kind"] for item in listed(viewer, f"/api/graphs/{graph}/activity")] == ["graph.created"]
    for path in ("/api/activity", "/api/activity/export"):
        assert viewer.get(path).status_code == 403 and as_role("editor").get(path).status_code == 403
        assert anyone.get(path).status_code == 401
    assert admin.get("/api/activity").status_code == 200
    assert viewer.get("/api/graphs/none/activity").status_code == 404
    assert viewer.get("/api/graphs/none/activity/people").status_code == 404
    assert viewer.get("/api/graphs/none/activity/export").status_code == 404


@pytest.mark.parametrize("query", [{"before": -1}, {"limit": 0}, {"after": "x"}, {"before": 2**63}, {"format": "xml"}])
def test_what_makes_no_sense_is_refused(admin: httpx.Client, graph: str, query: dict[str, Any]) -> None:
    path = "export" if "format" in query else ""
    assert admin.get(f"/api/graphs/{graph}/activity/{path}".rstrip("/"), params=query).status_code == 422


@pytest.mark.parametrize("sign", "=＝")
def test_a_file_of_it_holds_all_and_no_formula(admin: httpx.Client, sign: str) -> None:
    """ACT-12: the wide sign begins one in spreadsheets of East Asia."""
    title = f'{sign}HYPERLINK("http://evil","click"),\n+1'
    graph = admin.post("/api/graphs", json={"title": title}).json()["id"]
    for _ in range(3):
        admin.get(f"/api/graphs/{graph}/export")

    answer = admin.get(f"/api/graphs/{graph}/activity/export", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["kind"] for row in rows] == ["activity.exported", *["graph.exported"] * 3, "graph.created"]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r＝")]
    assert rows[0]["title"].startswith(f"'{sign}HYPERLINK")
    assert "attachment" in answer.headers["content-disposition"]

    lines = admin.get("/api/activity/export", params={"format": "jsonl", "graph": graph}).text.splitlines()
    assert [json.loads(line)["kind"] for line in lines][:2] == ["activity.exported", "activity.exported"]
    assert json.loads(lines[-1])["title"] == title


def test_what_is_done_over_rest_is_in_the_list_when_it_is_answered(admin: httpx.Client, graph: str) -> None:
    """ACT-8"""
    copy = admin.post(f"/api/graphs/{graph}/duplicate").json()["id"]
    exported = admin.get(f"/api/graphs/{graph}/export").content
    file = {"file": ("letters.json", exported)}
    imported = admin.post("/api/import", files=file).json()["graphs"][0]["id"]
    put = admin.put("/api/graphs/put-there", json={"title": "Put"}).json()["id"]
    admin.put("/api/graphs/put-there", json={"title": "Put"})
    admin.delete(f"/api/graphs/{graph}")

    def kinds(id: str) -> list[str]:
        return [item["kind"] for item in listed(admin, "/api/activity", graph=id)]

    assert kinds(graph) == ["graph.deleted", "graph.exported", "graph.created"]
    assert kinds(copy) == ["graph.duplicated"] and kinds(imported) == ["graph.imported"]
    assert kinds(put) == ["graph.created"]
    said = [item["text"] for item in listed(admin, "/api/activity", graph=graph)]
    assert said == [
        "deleted the graph Letters",
        "exported the graph as flowroom",
        "created the graph Letters",
    ]


async def test_a_stranger_s_document_is_told_as_far_as_it_is_understood(
    admin: httpx.Client, graph: str, server: Any
) -> None:
    """ACT-1: what stock clients write need not be a graph."""
    async with connect(server.address) as workspace:
        async with workspace.open(graph) as document:
            other = Doc[Any]()
            for root in ("nodes", "edges", "meta", "breakpoints", "templates"):
                other.get(root, type=Map)[root] = 5
            document.doc.apply_update(other.get_update())
            await document.saved()
            document.set_meta(title="After it")
    path = f"/api/graphs/{graph}/activity"
    wait_until(lambda: "graph.renamed" in [item["kind"] for item in listed(admin, path)])


def test_a_new_comment_is_one_row(admin: httpx.Client, graph: str) -> None:
    """ACT-14: in the list, for who follows it and in an export; that a thread was begun is for who asks for that."""
    path = f"/api/graphs/{graph}/activity"
    turn = admin.get(path).json()["turn"]
    post(admin, f"/api/graphs/{graph}/threads", {"anchor": {"type": "canvas", "at": [1, 2]}, "body": "Hello"})

    for listing in ({}, {"kind": ["thread.*", "comment.*"]}, {"after": turn}):
        rows = [row for row in admin.get(path, params=listing).json()["items"] if row["kind"] != "graph.created"]
        assert [row["text"] for row in rows] == ["wrote “Hello”"]
    assert "thread.created" not in admin.get(f"{path}/export").text
    assert [row["text"] for row in listed(admin, path, kind="thread.created")] == ["began a discussion"]


def test_what_was_taken_out_of_a_comment_is_not_in_the_list(admin: httpx.Client, graph: str) -> None:
    """TALK-5."""
    threads = f"/api/graphs/{graph}/threads"
    thread = post(admin, threads, {"anchor": {"type": "canvas", "at": [1, 2]}, "body": "The key is hunter2."})
    message = f"{threads}/{thread['id']}/messages/{thread['messages'][0]['id']}"
    admin.patch(message, json={"body": "Ask me for the key."}).raise_for_status()
    page = admin.get(f"/api/graphs/{graph}/activity").text
    assert "hunter2" not in page and "Ask me for the key." in page


async def test_what_is_said_of_a_node_is_in_the_list_of_the_node(admin: httpx.Client, graph: str, server: Any) -> None:
    """ACT-8"""
    await edit(server.address, graph)
    said = {"anchor": {"type": "node", "node": "a"}, "body": "Is *local* good enough?"}
    post(admin, f"/api/graphs/{graph}/threads", said)
    found = listed(admin, f"/api/graphs/{graph}/activity", node="a", kind="comment.*")
    assert [item["text"] for item in found] == ["wrote “Is local good enough?” about Summarise"]
    assert found[0]["nodes"] == [{"id": "a", "name": "Summarise"}]
