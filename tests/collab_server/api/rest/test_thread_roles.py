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
