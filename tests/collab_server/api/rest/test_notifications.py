"""What people are told of a discussion, over real HTTP: as a list, and as it comes."""

from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.api.rest import notifications
from collab_server.cli.remote import started
from collab_server.settings import Settings
from tests.collab_server.api.rest.conftest import MakeClient, client_of
from tests.collab_server.api.rest.listener import DEADLINE, listening
from tests.collab_server.api.rest.talking import GRAPH, Person, done


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    return Settings(data=data, port=0, examples=False, max_comments_per_minute=600)


@pytest.fixture
def graph(admin: httpx.Client) -> str:
    id: str = done(admin.post("/api/graphs", json={"title": "Talked about", "graph": GRAPH}), 201)["id"]
    return id


@pytest.fixture
def ada(as_role: MakeClient, graph: str) -> Person:
    return Person(as_role("commenter"), graph)


@pytest.fixture
def bo(as_role: MakeClient, graph: str) -> Person:
    return Person(as_role("commenter"), graph)


def told(person: Person, **query: Any) -> list[str]:
    """The kinds of what someone was told, the newest first."""
    return [item["kind"] for item in done(person.http.get("/api/notifications", params=query))["items"]]


# The list


def test_a_conversation_tells_those_it_concerns(ada: Person, bo: Person, graph: str) -> None:
    """TALK-9, TALK-11."""
    thread = ada.begin(f"Look, @[Bo]({bo.id})")
    (mention,) = done(bo.http.get("/api/notifications"))["items"]
    assert mention | {"id": 0, "at": 0} == {
        "id": 0, "kind": "mention", "graph": graph, "graphTitle": "Talked about", "thread": thread["id"],
        "message": thread["messages"][0]["id"], "by": thread["messages"][0]["author"], "at": 0, "readAt": None,
        "quote": "Summarise", "excerpt": "Look, @Bo", "emoji": "",
    }  # fmt: skip
    reply = bo.reply(thread)
    done(ada.http.put(ada.reaction(thread, reply)))
    done(bo.http.put(bo.reaction(thread, thread["messages"][0], "🎉")))
    bo.settle(thread)
    ada.settle(thread, "open")
    assert told(ada) == ["resolved", "reaction", "reply"]
    assert told(bo) == ["reopened", "reaction", "mention"]


def test_what_is_taken_back_is_not_told(ada: Person, bo: Person) -> None:
    """TALK-11."""
    thread = ada.begin(f"@[Bo]({bo.id})")
    message = thread["messages"][0]
    done(bo.http.put(bo.reaction(thread, message)))
    done(bo.http.delete(bo.reaction(thread, message)))
    assert told(ada) == []
    reply = bo.reply(thread)
    assert told(ada) == ["reply"]
    assert bo.http.delete(bo.message(thread, reply)).status_code == 204
    assert told(ada) == []
    assert ada.http.delete(f"{ada.url}/{thread['id']}").status_code == 204
    assert told(bo) == []


def test_an_edit_that_mentions_someone_tells_them(ada: Person, bo: Person) -> None:
    """TALK-11."""
    thread = ada.begin("Look")
    edited = {"body": "Look!", "mentions": [bo.id]}
    done(ada.http.patch(ada.message(thread, thread["messages"][0]), json=edited))
    done(ada.http.patch(ada.message(thread, thread["messages"][0]), json={**edited, "body": "Look here!"}))
    (item,) = done(bo.http.get("/api/notifications"))["items"]
    assert (item["kind"], item["excerpt"]) == ("mention", "Look here!")


def test_what_was_read_in_the_thread_is_read_in_the_list(ada: Person, bo: Person) -> None:
    """TALK-10."""
    thread = ada.begin()
    replies = [bo.reply(thread), bo.reply(thread)]
    ada.read({thread["id"]: replies[0]["id"]})
    page = done(ada.http.get("/api/notifications"))
    assert [item["readAt"] is None for item in page["items"]] == [True, False] and page["unread"] == 1
    assert told(ada, unread=True) == ["reply"]


@pytest.mark.parametrize("whole", [False, True])
def test_what_was_done_with_what_was_seen_is_read_with_it(ada: Person, bo: Person, whole: bool) -> None:
    """TALK-10: a reaction, a settling and a mention come later than the message that they are about."""
    thread = ada.begin()
    first = thread["messages"][0]
    answer = bo.reply(thread)
    done(bo.http.put(bo.reaction(thread, first)))
    bo.settle(thread)
    done(bo.http.patch(bo.message(thread, answer), json={"body": "Because.", "mentions": [ada.id]}))
    assert told(ada, unread=True) == ["mention", "resolved", "reaction", "reply"]

    ada.read({thread["id"]: first["id"]})
    assert told(ada, unread=True) == ["mention", "resolved", "reply"], "the rest was not seen"
    ada.read(None if whole else {thread["id"]: answer["id"]})

    assert told(ada, unread=True) == []


def test_some_or_all_can_be_called_read(ada: Person, bo: Person) -> None:
    thread = ada.begin()
    for _ in range(3):
        bo.reply(thread)
    newest = done(ada.http.get("/api/notifications", params={"limit": 1}))
    assert newest["unread"] == 3 and newest["next"] == newest["items"][0]["id"]
    assert len(told(ada, before=newest["next"])) == 2
    assert done(ada.http.post("/api/notifications/read", json={"ids": [newest["next"]]})) == {"unread": 2}
    assert done(ada.http.post("/api/notifications/read", json={})) == {"unread": 0}
    assert bo.http.post("/api/notifications/read", json={"ids": ["x"]}).status_code == 422


def test_a_deleted_graph_is_not_told_of(ada: Person, bo: Person, admin: httpx.Client, graph: str) -> None:
    """TALK-12."""
    bo.reply(ada.begin())
    assert told(ada) == ["reply"]
    assert admin.delete(f"/api/graphs/{graph}").status_code == 204
    assert done(ada.http.get("/api/notifications")) == {"items": [], "next": None, "unread": 0}


def test_a_stranger_is_told_nothing(anyone: httpx.Client) -> None:
    """TALK-12."""
    for path in ("/api/notifications", "/api/notifications/stream"):
        assert anyone.get(path).status_code == 401
    assert anyone.post("/api/notifications/read", json={}).status_code == 401


# The stream


def test_a_stream_tells_as_it_comes(ada: Person, bo: Person) -> None:
    """TALK-13."""
    thread = ada.begin()
    bo.reply(thread, "before")
    with listening(ada.http) as listener:
        assert listener.headers["content-type"].startswith("text/event-stream")
        newest = done(ada.http.get("/api/notifications"))["items"][0]["id"]
        assert listener.events == [("unread", {"unread": 1}, str(newest))]
        bo.reply(thread, "after")
        (item,) = listener.heard("unread", "notification", "unread")
        assert item["excerpt"] == "after" and listener.events[1][2] == str(item["id"])
        assert listener.events[2] == ("unread", {"unread": 2}, str(item["id"]))
        done(ada.http.post("/api/notifications/read", json={}))
        listener.heard("unread", "notification", "unread", "unread")


def test_whoever_comes_back_is_told_what_was_missed(ada: Person, bo: Person) -> None:
    """TALK-13."""
    thread = ada.begin()
    for word in ("seen", "missed", "missed, too"):
        bo.reply(thread, word)
    newest = done(ada.http.get("/api/notifications"))["items"]
    with listening(ada.http, last=str(newest[2]["id"])) as listener:
        missed = listener.heard("notification", "notification", "unread")
        assert [item["excerpt"] for item in missed] == ["missed", "missed, too"]


def test_whoever_was_told_nothing_yet_misses_nothing_either(ada: Person, bo: Person) -> None:
    """TALK-13: the first event of a stream says where it begins."""
    thread = ada.begin()
    with listening(ada.http) as listener:
        first = listener.events[0]
    assert first == ("unread", {"unread": 0}, "0")
    bo.reply(thread, "meanwhile")
    with listening(ada.http, last=first[2]) as listener:
        assert [item["excerpt"] for item in listener.heard("notification", "unread")] == ["meanwhile"]


def test_a_stream_ends_with_its_token(ada: Person, bo: Person, admin: httpx.Client) -> None:
    """TALK-13: nothing that is said afterwards is told."""
    thread = ada.begin()
    with listening(ada.http) as listener:
        assert admin.delete(f"/api/tokens/{ada.id}").status_code == 204
        bo.reply(thread)
        listener.until_ended()
        listener.heard("unread")


def test_streams_end_at_once_when_the_server_does(tmp_path: Path) -> None:
    """TALK-13: they don't hold up the end of a server, which else waits for open requests."""
    settings = Settings(data=tmp_path, port=0, examples=False, shutdown_seconds=30)
    with started(settings) as server:
        http = client_of(server, server.token)
        with listening(http) as listener:
            pass
    with closing(http):
        listener.until_ended()


def test_a_quiet_stream_says_that_it_is_still_there(ada: Person, bo: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """TALK-13: and goes on telling."""
    monkeypatch.setattr(notifications, "HEARTBEAT_SECONDS", 0.01)
    thread = ada.begin()
    with ada.http.stream("GET", "/api/notifications/stream", timeout=DEADLINE) as answer:
        lines = answer.iter_lines()
        assert any(line == ": still here" for line in lines)
        bo.reply(thread)
        assert any(line == "event: notification" for line in lines)
