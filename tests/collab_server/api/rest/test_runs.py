"""Runs over real HTTP, executed by a real engine beside the server."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.cli.remote import started
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from tests.collab_server.api.rest.conftest import MakeClient

GRAPH: dict[str, Any] = {
    "meta": {"title": "Greeting"},
    "nodes": {
        "chat": {"type": "Chat", "name": "Ask"},
        "reply": {"type": "Template", "name": "Reply", "params": {"template": "Hello {{ input.input.who }}!"}},
        "log": {"type": "Log", "name": "Keep"},
    },
    "edges": {
        "a": {"source": "chat", "sourcePort": "message", "target": "reply", "varName": "who"},
        "b": {"source": "reply", "target": "log"},
    },
}
SLOW: dict[str, Any] = {
    "nodes": {
        "wait": {
            "type": "HTTPRequest",
            "params": {"url": "/"},
            "retry": {"attempts": 50, "delay": 30, "jitter": False},
        }
    }
}
"""Asks this server for its page, which it does not have: 503, tried again in half a minute."""
DEADLINE = 30.0


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    """A server without a web app."""
    return Settings(data=data, port=0, examples=False, web_dir=data / "nowhere")


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[RunningServer]:
    """The server, with an engine."""
    with started(settings, with_engine=True) as found:
        yield found


@pytest.fixture(scope="module")
def graph(admin: httpx.Client) -> str:
    """A graph that greets."""
    id: str = admin.post("/api/graphs", json={"graph": GRAPH}).json()["id"]
    return id


def until(ask: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE
    while not (found := ask()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found


def finished(client: httpx.Client, run: str) -> dict[str, Any]:
    def ask() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/api/runs/{run}").json()
        return found if found["finished"] else None

    found: dict[str, Any] = until(ask)
    return found


def statuses(client: httpx.Client, run: str) -> list[str]:
    return [node["status"] for node in client.get(f"/api/runs/{run}").json()["view"]["nodes"].values()]


def run_of(client: httpx.Client, graph: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/graphs/{graph}/runs", json=body)
    assert answer.status_code == 201, answer.text
    return finished(client, answer.json()["id"])


def test_a_message_runs_the_graph_from_its_chat(admin: httpx.Client, graph: str) -> None:
    run = run_of(admin, graph, message="Ada")

    assert (run["state"], run["graph"], run["by"]) == ("succeeded", graph, "Workspace token")
    assert run["view"]["nodes"]["reply"]["preview"] == "Hello Ada!"
    assert run["view"]["counters"] == {"succeeded": 3}


def test_a_run_that_is_started_again_under_its_key_is_the_same(admin: httpx.Client, as_role: MakeClient) -> None:
    """RUN-20: the answer was lost, so it is sent again."""
    graph = admin.post("/api/graphs", json={"graph": GRAPH}).json()["id"]
    wanted = {"start": "chat", "message": "Ada", "key": "made-up-by-ada"}
    run = run_of(admin, graph, **wanted)
    assert run_of(admin, graph, **wanted) == run, "as it stands by now"
    assert run_of(admin, graph, **{**wanted, "start": "gone"}) == run, "and whatever the graph is by now"
    ran = admin.get(f"/api/graphs/{graph}/runs").json()["items"]
    assert [one["id"] for one in ran] == [run["id"]]
    told = admin.get(f"/api/graphs/{graph}/activity", params={"kind": "run.started"}).json()["items"]
    assert len(told) == 1

    other = admin.post("/api/graphs", json={"graph": GRAPH}).json()["id"]
    others = [run_of(as_role("runner"), graph, **wanted), run_of(admin, other, **wanted)]
    assert len({run["id"], *(one["id"] for one in others)}) == 3, "other people and other graphs have keys of their own"


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a/b/c/d/e/f"])
def test_a_key_that_none_should_have_is_refused(admin: httpx.Client, graph: str, key: str) -> None:
    """RUN-20"""
    assert admin.post(f"/api/graphs/{graph}/runs", json={"message": "Ada", "key": key}).status_code == 422


def test_the_newest_run_is_known_in_the_graph_but_not_in_its_files(admin: httpx.Client, graph: str) -> None:
    run_of(admin, graph, start="chat", inputs={"chat": "Bob"})

    assert "lastRun" not in admin.get(f"/api/graphs/{graph}/export").json()["meta"]


def test_the_newest_runs_of_several_graphs_are_listed_for_who_may_see_them(
    admin: httpx.Client, as_role: MakeClient
) -> None:
    """ACCESS-8"""
    ran, hidden, idle = (admin.post("/api/graphs", json={"graph": GRAPH}).json()["id"] for _ in range(3))
    run_of(admin, ran, message="1")
    newest = [run_of(admin, graph, message="2")["id"] for graph in (ran, hidden)]
    admin.patch(f"/api/graphs/{hidden}/access", json={"visibility": "private"})
    asked = {"graph": [ran, hidden, idle, "none"]}

    assert {one["id"] for one in admin.get("/api/newest-runs", params=asked).json()["items"]} == set(newest)
    shown = as_role("viewer").get("/api/newest-runs", params=asked).json()["items"]
    assert [(one["id"], one["state"]) for one in shown] == [(newest[0], "succeeded")]
    assert admin.get("/api/newest-runs", params={"graph": []}).status_code == 422


def test_runs_are_listed_newest_first_in_pages(admin: httpx.Client, graph: str) -> None:
    made = [run_of(admin, graph, message=str(n))["id"] for n in range(3)]

    first = admin.get(f"/api/graphs/{graph}/runs", params={"limit": 2}).json()
    second = admin.get(f"/api/graphs/{graph}/runs", params={"limit": 2, "before": first["next"]}).json()

    listed = [run["id"] for run in first["items"] + second["items"]]
    assert listed[:3] == made[::-1]
    assert len(listed) == len(set(listed))


def test_events_come_in_order_and_in_pages(admin: httpx.Client, graph: str) -> None:
    run = run_of(admin, graph, message="Ada")

    events: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = admin.get(f"/api/runs/{run['id']}/events", params={"after": after, "limit": 2}).json()
        events += page["items"]
        after = page["next"]

    assert [event["seq"] for event in events] == sorted({event["seq"] for event in events})
    assert (events[0]["type"], events[-1]["type"]) == ("run.started", "run.finished")


def test_a_run_keeps_the_graph_it_was_started_with(admin: httpx.Client, graph: str) -> None:
    run = run_of(admin, graph, message="Ada")
    admin.patch(f"/api/graphs/{graph}", json={"title": "Renamed since"})

    assert admin.get(f"/api/runs/{run['id']}/snapshot").json()["meta"]["title"] != "Renamed since"


def test_a_log_keeps_what_reached_it_until_it_is_cleared(admin: httpx.Client, graph: str) -> None:
    run_of(admin, graph, message="Zoe")
    path = f"/api/graphs/{graph}/nodes/log/history"

    assert admin.get(path, params={"limit": 1}).json()["items"][-1]["preview"] == "Hello Zoe!"
    assert admin.delete(path).status_code == 204
    assert admin.get(path).json()["items"] == []


def test_who_cleared_a_history_is_in_the_list_of_what_was_done(admin: httpx.Client) -> None:
    """ACT-9: once, and where there was anything to clear."""
    graph = admin.post("/api/graphs", json={"graph": GRAPH}).json()["id"]
    run_of(admin, graph, message="Zoe")
    for _ in range(2):
        admin.delete(f"/api/graphs/{graph}/nodes/log/history").raise_for_status()
    admin.delete(f"/api/graphs/{graph}/nodes/nowhere/history").raise_for_status()

    rows = admin.get(f"/api/graphs/{graph}/activity", params={"kind": "history.*"}).json()["items"]
    me = admin.get("/api/me").json()
    assert [(row["kind"], row["text"], row["by"]["name"]) for row in rows] == [
        ("history.cleared", "cleared the history of Keep", me["name"])
    ]


def test_cancelling_ends_a_run_and_only_once(admin: httpx.Client) -> None:
    """ACT-18: who asks for it again while it ends is not told again."""
    graph = admin.post("/api/graphs", json={"graph": SLOW}).json()["id"]
    run = admin.post(f"/api/graphs/{graph}/runs", json={}).json()["id"]
    until(lambda: statuses(admin, run) == ["retry_wait"])

    assert admin.post(f"/api/runs/{run}/cancel").status_code == 200
    admin.post(f"/api/runs/{run}/cancel")
    told = admin.get(f"/api/graphs/{graph}/activity", params={"kind": "run.cancelled"}).json()["items"]
    assert [(row["text"], row["by"]["id"]) for row in told] == [
        ("asked a run to end", admin.get("/api/me").json()["id"])
    ]

    assert finished(admin, run)["state"] == "cancelled"
    assert admin.post(f"/api/runs/{run}/cancel").status_code == 409


def test_the_graph_of_a_running_run_may_be_deleted(admin: httpx.Client) -> None:
    graph = admin.post("/api/graphs", json={"graph": SLOW}).json()["id"]
    run = admin.post(f"/api/graphs/{graph}/runs", json={}).json()["id"]

    assert admin.delete(f"/api/graphs/{graph}").status_code == 204

    assert admin.get(f"/api/runs/{run}").status_code == 200
    admin.post(f"/api/runs/{run}/cancel")


AS_JSON = {"content-type": "application/json"}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"start": "nowhere"}, 404),
        ({"inputs": {"nowhere": 1}}, 404),
        ({"inputs": [1]}, 422),
        ({"inputs": {"chat": "\ud800"}}, 422),
        ({"inputs": {"chat": 10**4000}}, 422),
        ({"inputs": {"chat": nested(900)}}, 422),
        ({"message": "\ud800"}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_a_start_that_makes_no_sense_is_refused(
    admin: httpx.Client, graph: str, body: dict[str, Any], status: int
) -> None:
    answer = admin.post(f"/api/graphs/{graph}/runs", content=json.dumps(body), headers=AS_JSON)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_message_without_a_chat_says_what_is_missing(admin: httpx.Client) -> None:
    graph = admin.post("/api/graphs", json={"graph": SLOW}).json()["id"]

    answer = admin.post(f"/api/graphs/{graph}/runs", json={"message": "hi"})

    assert answer.status_code == 422
    assert "Chat" in answer.json()["expected"]


def test_a_graph_that_cannot_run_is_refused_with_the_reason(admin: httpx.Client) -> None:
    circle = {
        "nodes": {"a": {"type": "Merge"}, "b": {"type": "Merge"}},
        "edges": {"x": {"source": "a", "target": "b"}, "y": {"source": "b", "target": "a"}},
    }
    graph = admin.post("/api/graphs", json={"graph": circle}).json()["id"]

    answer = admin.post(f"/api/graphs/{graph}/runs", json={})

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-graph"


def test_unknown_runs_and_values_are_not_found(admin: httpx.Client) -> None:
    for path in ("", "/events", "/snapshot"):
        assert admin.get(f"/api/runs/nope{path}").status_code == 404
    assert admin.post("/api/runs/nope/cancel").status_code == 404
    assert admin.get(f"/api/blobs/{'0' * 64}").status_code == 404
    assert admin.get("/api/blobs/..%2f..%2fetc").status_code in (404, 422)


def test_a_viewer_watches_runs_but_starts_and_ends_none(admin: httpx.Client, graph: str, as_role: MakeClient) -> None:
    run = run_of(admin, graph, message="Ada")["id"]
    viewer = as_role("viewer")

    assert viewer.get(f"/api/runs/{run}").status_code == 200
    assert viewer.get(f"/api/runs/{run}/events").status_code == 200
    assert viewer.post(f"/api/graphs/{graph}/runs", json={}).status_code == 403
    assert viewer.post(f"/api/runs/{run}/cancel").status_code == 403
    assert as_role("runner").post(f"/api/graphs/{graph}/runs", json={"message": "x"}).status_code == 201
