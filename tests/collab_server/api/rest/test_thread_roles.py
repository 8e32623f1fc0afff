"""Who may read threads and who may write them, over real HTTP."""

from collections.abc import Callable

import httpx
import pytest

from flowroom.protocol import Role
from tests.collab_server.api.rest.conftest import MakeClient
from tests.collab_server.api.rest.talking import GRAPH, NODE, Person, done

Join = Callable[[Role], Person]


@pytest.fixture
def graph(admin: httpx.Client) -> str:
    """A graph of its own for each test."""
    id: str = done(admin.post("/api/graphs", json={"graph": GRAPH}), 201)["id"]
    return id


@pytest.fixture
def join(as_role: MakeClient, graph: str) -> Join:
    """Makes people of a role."""
    return lambda role: Person(as_role(role), graph)


@pytest.mark.parametrize("role", ["viewer", "commenter", "runner", "editor", "admin"])
def test_a_viewer_reads_and_everyone_else_writes(join: Join, role: Role) -> None:
    """TALK-4."""
    ada = join("commenter")
    thread = ada.begin()
    (message,) = thread["messages"]
    someone = join(role)
    assert someone.threads() == [thread] and someone.unread() == {thread["id"]: 1}
    someone.read()
    assert someone.unread() == {}
    attempts = [
        someone.http.post(someone.url, json={"anchor": NODE, "body": "x"}),
        someone.http.post(f"{someone.url}/{thread['id']}/messages", json={"body": "x"}),
        someone.http.put(someone.reaction(thread, message)),
        someone.http.delete(someone.reaction(thread, message)),
        someone.http.patch(f"{someone.url}/{thread['id']}", json={"state": "resolved"}),
    ]
    wanted = [403] * 5 if role == "viewer" else [201, 201, 200, 200, 200]
    assert [attempt.status_code for attempt in attempts] == wanted


def test_a_stranger_is_told_nothing(anyone: httpx.Client, join: Join) -> None:
    """TALK-4."""
    ada = join("commenter")
    ada.begin()
    for method, path in [("GET", ""), ("POST", ""), ("GET", "/unread"), ("PUT", "/read")]:
        assert anyone.request(method, ada.url + path, json={}).status_code == 401


def test_a_browser_writes_only_with_its_csrf_header(browser: httpx.Client, graph: str) -> None:
    """TALK-4."""
    person = Person(browser, graph)
    person.begin()
    del browser.headers["x-csrf-token"]
    assert browser.post(person.url, json={"anchor": NODE, "body": "x"}).status_code == 403


def test_a_run_of_a_hidden_graph_is_not_there_for_a_comment(admin: httpx.Client, join: Join) -> None:
    """ACCESS-8: it is answered in the words for one that never was."""
    ada = join("commenter")
    hidden = done(admin.post("/api/graphs", json={"graph": {"nodes": {"a": {"type": "Log"}}}}), 201)["id"]
    done(admin.patch(f"/api/graphs/{hidden}/access", json={"visibility": "private"}))
    run = done(admin.post(f"/api/graphs/{hidden}/runs", json={}), 201)["id"]

    def asked(run: str) -> str:
        anchor = {"type": "runEvent", "run": run, "seq": 1}
        refused = ada.http.post(ada.url, json={"anchor": anchor, "body": "x"})
        assert refused.status_code == 404
        return str(refused.json()["detail"]).replace(run, "…")

    assert asked(run) == asked("r-that-never-was")
