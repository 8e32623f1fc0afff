"""What an open stream of notifications tells when rights, graphs and comments change meanwhile, over real HTTP."""

import time
from typing import Any

import httpx
import pytest

from tests.collab_server.access_house import House, id_of
from tests.collab_server.api.rest.listener import listening
from tests.collab_server.api.rest.talking import GRAPH, Person, done


@pytest.fixture
def bo(house: House) -> Person:
    """An admin who talks in a private graph."""
    graph = done(house.admin.post("/api/graphs", json={"title": "Talked about", "graph": GRAPH}), 201)["id"]
    house.make(graph, "private")
    return Person(house.bot("admin"), graph)


def graph_of(person: Person) -> str:
    return person.url.split("/")[3]


def someone(house: House, role: Any = "admin") -> httpx.Client:
    return house.person(f"told.{time.monotonic_ns()}@example.org", role)


def call(bo: Person, person: httpx.Client, word: str = "Look") -> dict[str, Any]:
    thread: dict[str, Any] = bo.begin(word, mentions=[id_of(person)])
    return thread


def test_who_may_read_a_graph_no_longer_is_told_no_more_of_it(house: House, bo: Person) -> None:
    """TALK-12: on a stream that was opened before, too."""
    ada = someone(house)
    with listening(ada) as listener:
        call(bo, ada)
        (item,) = listener.heard("unread", "notification", "unread")
        assert item["excerpt"] == "Look"

        done(house.admin.patch(f"/api/members/{id_of(ada)}", json={"role": None}))
        call(bo, ada, "A secret")

        assert listener.unread(0)
        assert listener.heard("unread", "notification", "unread", "unread") == [item]


def test_who_may_read_a_graph_again_is_told_what_they_were_told_of_it(house: House, bo: Person) -> None:
    """TALK-12, TALK-13: at once, and on the stream that is open."""
    ada = someone(house, None)
    with listening(ada) as listener:
        call(bo, ada)
        house.give(graph_of(bo), ada, "commenter")
        assert listener.unread(1)
        taken = house.admin.delete(f"/api/graphs/{graph_of(bo)}/access/people/{id_of(ada)}")
        assert taken.status_code == 204
        assert listener.unread(0)
        house.make(graph_of(bo), "workspace")
        done(house.admin.patch(f"/api/members/{id_of(ada)}", json={"role": "viewer"}))
        assert listener.unread(1)
        house.make(graph_of(bo), "private")
        assert listener.unread(0)


def test_what_is_deleted_is_unread_no_longer(house: House, bo: Person) -> None:
    """TALK-11, TALK-13: a comment, and a whole graph; also when much was told since."""
    ada = someone(house)
    with listening(ada) as listener:
        thread = call(bo, ada)
        call(bo, ada, "Look again")
        assert listener.unread(2)
        for _ in range(3):
            bo.begin("Look, all of you", mentions=[f"somebody-{n}" for n in range(50)])
        assert bo.http.delete(bo.message(thread, thread["messages"][0])).status_code == 204
        assert listener.unread(1)
        assert bo.http.delete(f"/api/graphs/{graph_of(bo)}").status_code == 204
        assert listener.unread(0)
