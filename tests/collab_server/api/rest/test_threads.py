"""Threads over real HTTP, on SQLite and on PostgreSQL."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.settings import Settings
from flowroom.protocol import Role
from tests.collab_server.api.rest.conftest import MakeClient
from tests.collab_server.api.rest.talking import GRAPH, NODE, Person, done
from tests.services.postgres import Postgres


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, data: Path) -> Settings:
    """Small limits, so that they can be reached."""
    url = ""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database()
    return Settings(
        data=data / request.param, port=0, examples=False, database_url=url,
        max_comment_chars=100, max_thread_messages=5, max_threads=6, max_comments_per_minute=600,
    )  # fmt: skip


@pytest.fixture
def graph(admin: httpx.Client) -> str:
    """A graph of its own for each test."""
    id: str = done(admin.post("/api/graphs", json={"graph": GRAPH}), 201)["id"]
    return id


Join = Callable[[Role], Person]


@pytest.fixture
def join(as_role: MakeClient, graph: str) -> Join:
    """Makes people of a role."""
    return lambda role: Person(as_role(role), graph)


@pytest.fixture
def ada(join: Join) -> Person:
    return join("commenter")


@pytest.fixture
def bo(join: Join) -> Person:
    return join("commenter")


# Writing


def test_a_thread_begins_with_a_message_stamped_by_the_server(ada: Person) -> None:
    """TALK-1, TALK-2."""
    thread = ada.begin("Is *this* right?")
    (message,) = thread["messages"]
    me = ada.http.get("/api/me").json()
    assert message["author"] == {key: me[key] for key in ("id", "name", "colour", "kind")}
    assert (message["body"], message["editedAt"], message["mentions"]) == ("Is *this* right?", None, [])
    assert (thread["anchor"], thread["quote"], thread["state"]) == (NODE, "Summarise", "open")
    assert ada.threads() == [thread] == [ada.thread(thread["id"])]


@pytest.mark.parametrize("forged", [{"author": {"id": "x"}}, {"at": 1}, {"id": "mine"}, {"editedAt": 5}])
def test_nobody_says_who_wrote_or_when(ada: Person, forged: dict[str, Any]) -> None:
    """TALK-2."""
    assert ada.http.post(ada.url, json={"anchor": NODE, "body": "x", **forged}).status_code == 422
    thread = ada.begin()
    assert ada.http.post(f"{ada.url}/{thread['id']}/messages", json={"body": "x", **forged}).status_code == 422


@pytest.mark.parametrize(
    ("anchor", "quote"),
    [
        ({"type": "node", "node": "m"}, "Log"),
        ({"type": "edge", "edge": "e"}, "Summarise → Log"),
        ({"type": "field", "node": "n", "param": "prompt"}, "Summarise · prompt"),
        ({"type": "canvas", "at": [10.4, -20.6]}, ""),
    ],
)
def test_a_thread_is_about_one_thing_and_quotes_it(ada: Person, anchor: dict[str, Any], quote: str) -> None:
    """TALK-1."""
    thread = ada.begin(anchor=anchor)
    rounded = {**anchor, "at": [10, -21]} if "at" in anchor else anchor
    assert (thread["anchor"], thread["quote"]) == (rounded, quote)


@pytest.mark.parametrize(
    ("anchor", "status"),
    [
        ({"type": "node", "node": "gone"}, 404),
        ({"type": "edge", "edge": "gone"}, 404),
        ({"type": "field", "node": "gone", "param": "p"}, 404),
        ({"type": "runEvent", "run": "gone", "seq": 1}, 404),
        ({"type": "unknown"}, 422),
        ({"type": "hologram"}, 422),
        ({"type": "node"}, 422),
        ({"type": "canvas", "at": [1]}, 422),
        ({"type": "canvas", "at": [1, 1e12]}, 422),
        ({"type": "runEvent", "run": "r", "seq": 0}, 422),
        ({"type": "runEvent", "run": "a\0b", "seq": 1}, 422),
        ({"type": "runEvent", "run": "é", "seq": 1}, 422),
        ({"type": "field", "node": "n", "param": "a\nb"}, 422),
        ({"type": "node", "node": "n", "smuggled": "x" * 1000}, 422),
        (None, 422),
    ],
)
def test_a_thread_about_nothing_is_refused(ada: Person, anchor: Any, status: int) -> None:
    """TALK-1, TALK-7."""
    assert ada.http.post(ada.url, json={"anchor": anchor, "body": "x"}).status_code == status
    assert ada.threads() == []


def test_a_thread_about_an_event_of_a_run(join: Join, admin: httpx.Client, graph: str) -> None:
    """TALK-1."""
    runner = join("runner")
    run = done(runner.http.post(f"/api/graphs/{graph}/runs", json={}), 201)["id"]
    done(runner.http.post(f"/api/runs/{run}/cancel"))
    events = done(runner.http.get(f"/api/runs/{run}/events"))["items"]
    anchor = {"type": "runEvent", "run": run, "seq": events[0]["seq"]}

    assert runner.begin(anchor=anchor)["quote"].endswith(events[0]["type"])
    missing = {**anchor, "seq": 10_000}
    assert runner.http.post(runner.url, json={"anchor": missing, "body": "x"}).status_code == 404
    other = Person(admin, done(admin.post("/api/graphs", json={}), 201)["id"])
    assert other.http.post(other.url, json={"anchor": anchor, "body": "x"}).status_code == 404


def test_a_thread_outlives_its_node_with_its_quote(ada: Person, admin: httpx.Client, graph: str) -> None:
    """TALK-1: the graph is emptied behind it; the thread is about what it was about."""
    thread = ada.begin()
    done(admin.patch(f"/api/graphs/{graph}", json={"title": "renamed"}))
    assert ada.thread(thread["id"])["quote"] == "Summarise"


def test_replies_come_in_the_order_they_were_said(ada: Person, bo: Person) -> None:
    thread = ada.begin()
    said = [bo.reply(thread, "one"), ada.reply(thread, "two"), bo.reply(thread, "three")]
    messages = ada.thread(thread["id"])["messages"]
    assert messages[1:] == said
    times = [message["at"] for message in messages]
    assert times == sorted(set(times))


def test_what_is_said_again_under_its_id_is_said_once(ada: Person, bo: Person, graph: str) -> None:
    """TALK-16: the answer was lost, so it is sent again."""
    thread = ada.begin("Why?", id="made-up-by-ada")
    assert thread["id"] == thread["messages"][0]["id"] == "made-up-by-ada"
    answer = bo.reply(thread, id="made-up-by-bo")
    assert ada.begin("Why?", id=thread["id"]) == ada.thread(thread["id"]), "as it stands by now"
    assert bo.reply(thread, "Because, again.", id=answer["id"]) == answer
    assert ada.threads() == [{**thread, "messages": [*thread["messages"], answer]}]
    assert [notice["message"] for notice in done(ada.http.get("/api/notifications"))["items"]] == [answer["id"]]
    wanted = {"kind": ["comment.created", "thread.created"]}
    kinds = [row["kind"] for row in done(ada.http.get(f"/api/graphs/{graph}/activity", params=wanted))["items"]]
    assert (kinds.count("comment.created"), kinds.count("thread.created")) == (2, 1)


def test_an_id_that_someone_else_has_used_is_refused(ada: Person, bo: Person) -> None:
    """TALK-16."""
    thread = ada.begin(id="made-up-by-ada")
    answer = ada.reply(thread, id="made-up-too")
    again = {"anchor": NODE, "body": "Mine?", "id": thread["id"]}
    assert bo.http.post(bo.url, json=again).status_code == 409
    refused = bo.http.post(f"{bo.url}/{thread['id']}/messages", json={"body": "Mine?", "id": answer["id"]})
    assert refused.status_code == 409 and "someone else" in refused.json()["detail"]
    assert ada.thread(thread["id"])["messages"] == [*thread["messages"], answer]


@pytest.mark.parametrize("id", ["", "short", "x" * 65, "__proto__", "a/b/c/d/e/f", "né-à-Genève"])
def test_an_id_that_none_should_have_is_refused(ada: Person, id: str) -> None:
    """TALK-16."""
    assert ada.http.post(ada.url, json={"anchor": NODE, "body": "x", "id": id}).status_code == 422
    assert ada.threads() == []


def test_one_edits_what_one_said_and_nothing_else(ada: Person, bo: Person, admin: httpx.Client, graph: str) -> None:
    """TALK-4."""
    thread = ada.begin()
    (message,) = thread["messages"]
    edited = done(ada.http.patch(ada.message(thread, message), json={"body": "Why not?"}))
    assert edited["body"] == "Why not?" and edited["editedAt"] > edited["at"] == message["at"]
    for other in (bo, Person(admin, graph)):
        refused = other.http.patch(other.message(thread, message), json={"body": "never said"})
        assert refused.status_code == 403
    assert ada.thread(thread["id"])["messages"] == [edited]


def test_saying_the_same_again_is_no_edit(ada: Person) -> None:
    """TALK-6."""
    thread = ada.begin()
    (message,) = thread["messages"]
    assert done(ada.http.patch(ada.message(thread, message), json={"body": message["body"]})) == message


def test_what_others_answered_leaves_a_mark(ada: Person, bo: Person) -> None:
    """TALK-5."""
    thread = ada.begin("secret")
    bo.reply(thread)
    assert ada.http.delete(ada.message(thread, thread["messages"][0])).status_code == 204
    mark = ada.thread(thread["id"])["messages"][0]
    assert (mark["body"], mark["author"]["id"]) == ("", ada.id) and mark["deletedAt"]
    assert ada.http.delete(ada.message(thread, mark)).status_code == 404
    assert ada.http.patch(ada.message(thread, mark), json={"body": "back"}).status_code == 404


def test_the_last_message_takes_its_thread_along(ada: Person) -> None:
    """TALK-5."""
    thread = ada.begin()
    reply = ada.reply(thread)
    assert ada.http.delete(ada.message(thread, reply)).status_code == 204
    assert ada.http.delete(ada.message(thread, thread["messages"][0])).status_code == 204
    assert ada.threads() == []
    assert ada.http.get(f"{ada.url}/{thread['id']}").status_code == 404


def test_only_an_admin_deletes_what_others_said(ada: Person, bo: Person, join: Join) -> None:
    """TALK-4."""
    thread = ada.begin()
    reply = bo.reply(thread)
    assert ada.http.delete(ada.message(thread, reply)).status_code == 403
    assert join("editor").http.delete(ada.message(thread, reply)).status_code == 403
    assert ada.http.delete(f"{ada.url}/{thread['id']}").status_code == 403
    admin = join("admin")
    assert admin.http.delete(ada.message(thread, reply)).status_code == 204
    assert ada.http.delete(f"{ada.url}/{thread['id']}").status_code == 204
    other = ada.begin()
    bo.reply(other)
    assert admin.http.delete(f"{ada.url}/{other['id']}").status_code == 204
    assert ada.threads() == []


def test_anyone_who_may_comment_settles_and_reopens(ada: Person, bo: Person) -> None:
    thread = ada.begin()
    settled = bo.settle(thread)
    assert settled["state"] == "resolved" and settled["resolved"]["by"]["id"] == bo.id
    assert ada.settle(thread) == settled
    reopened = ada.settle(thread, "open")
    assert (reopened["state"], reopened["resolved"]) == ("open", None)


def test_reactions(ada: Person, bo: Person) -> None:
    thread = ada.begin()
    (message,) = thread["messages"]
    for person in (bo, ada, bo):
        done(person.http.put(person.reaction(thread, message)))
    assert ada.thread(thread["id"])["messages"][0]["reactions"] == {"👍": [bo.id, ada.id]}
    for _ in range(2):
        done(bo.http.delete(bo.reaction(thread, message)))
    assert ada.thread(thread["id"])["messages"][0]["reactions"] == {"👍": [ada.id]}
    assert ada.http.put(ada.reaction(thread, message, "nice")).status_code == 422
    assert ada.http.put(ada.reaction(thread, {"id": "gone"})).status_code == 404


def test_a_graph_that_is_not_there_has_no_threads(ada: Person) -> None:
    """TALK-14."""
    for path in ("", "/unread", "/t"):
        assert ada.http.get(f"/api/graphs/gone/threads{path}").status_code == 404
    assert ada.http.post("/api/graphs/gone/threads", json={"anchor": NODE, "body": "x"}).status_code == 404
    assert ada.http.post(f"{ada.url}/gone/messages", json={"body": "x"}).status_code == 404


# Limits


@pytest.mark.parametrize("body", ["", " \n ", "x" * 101, "half \ud83d", 5, None])
def test_a_body_that_is_empty_too_long_or_no_text_is_refused(ada: Person, body: Any) -> None:
    """TALK-8."""
    raw = {"anchor": NODE, "body": body}
    written = json.dumps(raw).encode()  # with escapes: half a character can be written so
    answer = ada.http.post(ada.url, content=written, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert ada.threads() == []


def test_a_body_is_kept_to_the_letter(ada: Person) -> None:
    """TALK-8: a limit counts characters, not bytes."""
    body = " # <b>é😀</b>\r\n\t`x`  \0" + "😀" * 70
    assert ada.begin(body)["messages"][0]["body"] == body


def test_a_thread_takes_so_many_messages_and_a_graph_so_many_threads(ada: Person) -> None:
    """TALK-8."""
    thread = ada.begin()
    for _ in range(4):
        ada.reply(thread)
    refused = ada.http.post(f"{ada.url}/{thread['id']}/messages", json={"body": "x"})
    assert refused.status_code == 409 and "FLOWROOM_MAX_THREAD_MESSAGES" in refused.json()["advice"]
    for _ in range(5):
        ada.begin()
    refused = ada.http.post(ada.url, json={"anchor": NODE, "body": "x"})
    assert refused.status_code == 409 and "FLOWROOM_MAX_THREADS" in refused.json()["advice"]


def test_a_message_mentions_so_many_people(ada: Person) -> None:
    """TALK-8, TALK-9."""
    assert ada.http.post(ada.url, json={"anchor": NODE, "body": "x", "mentions": ["p"] * 51}).status_code == 422
    named = {"body": "@[x](a)", "mentions": [f"p{n}" for n in range(50)]}
    assert ada.http.post(ada.url, json={"anchor": NODE, **named}).status_code == 422


@pytest.mark.parametrize("person", ["", "a\0b", "é", "a b", "a(b", "x" * 65])
def test_a_mention_is_of_an_id(ada: Person, person: str) -> None:
    """TALK-9: what is none is refused beside the text, and just text within it."""
    assert ada.http.post(ada.url, json={"anchor": NODE, "body": "x", "mentions": [person]}).status_code == 422
    assert ada.begin(f"@[x]({person})")["messages"][0]["mentions"] == []


# Pages


def test_pages_show_every_thread_once_the_newest_first(ada: Person) -> None:
    made = [ada.begin(str(n))["id"] for n in range(5)]
    seen: list[str] = []
    before: str | None = None
    while True:
        page = done(ada.http.get(ada.url, params={"limit": 2} | ({"before": before} if before else {})))
        seen += [thread["id"] for thread in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == made[::-1]


def test_threads_are_found_by_state_and_node(ada: Person) -> None:
    one, other = ada.begin(), ada.begin(anchor={"type": "field", "node": "m", "param": "p"})
    ada.settle(one)
    assert [thread["id"] for thread in ada.threads(state="open")] == [other["id"]]
    assert [thread["id"] for thread in ada.threads(state="resolved")] == [one["id"]]
    assert [thread["id"] for thread in ada.threads(node="m")] == [other["id"]]
    assert ada.http.get(ada.url, params={"state": "asleep"}).status_code == 422


# Unread


def test_what_others_said_is_unread_until_it_was_seen(ada: Person, bo: Person) -> None:
    """TALK-10."""
    thread, other = ada.begin(), ada.begin()
    reply = bo.reply(thread)
    assert (ada.unread(), bo.unread()) == ({thread["id"]: 1}, {thread["id"]: 1, other["id"]: 1})
    bo.read({thread["id"]: thread["messages"][0]["id"], "gone": "gone", other["id"]: "gone"})
    ada.read({thread["id"]: reply["id"]})
    assert (ada.unread(), bo.unread()) == ({}, {other["id"]: 1})
    ada.reply(thread)
    assert bo.unread() == {thread["id"]: 1, other["id"]: 1}


def test_a_read_mark_never_goes_back(ada: Person, bo: Person) -> None:
    """TALK-10."""
    thread = ada.begin()
    second = ada.reply(thread)
    bo.read({thread["id"]: second["id"]})
    bo.read({thread["id"]: thread["messages"][0]["id"]})
    assert bo.unread() == {}


def test_everything_can_be_called_read(ada: Person, bo: Person) -> None:
    """TALK-10."""
    bo.read()
    ada.begin()
    ada.begin()
    bo.read()
    assert bo.unread() == {}
    later = ada.begin()
    assert bo.unread() == {later["id"]: 1}


# With the graph


def test_a_copy_of_a_graph_begins_without_comments(ada: Person, admin: httpx.Client, graph: str) -> None:
    """TALK-14."""
    ada.begin()
    copy = done(admin.post(f"/api/graphs/{graph}/duplicate"), 201)
    assert Person(admin, copy["id"]).threads() == []


def test_threads_go_with_their_graph(ada: Person, admin: httpx.Client, graph: str) -> None:
    """TALK-14."""
    ada.begin()
    assert admin.delete(f"/api/graphs/{graph}").status_code == 204
    assert ada.http.get(ada.url).status_code == 404
    assert ada.http.post(ada.url, json={"anchor": NODE, "body": "x"}).status_code == 404


def test_a_discussion_is_no_graph_in_lists(ada: Person, admin: httpx.Client, graph: str) -> None:
    """TALK-14: what is said changes neither a graph's counts nor its place in lists."""
    before = done(admin.get(f"/api/graphs/{graph}"))
    listed = [item["id"] for item in done(admin.get("/api/graphs"))["items"]]
    ada.begin()
    assert done(admin.get(f"/api/graphs/{graph}")) == before
    assert [item["id"] for item in done(admin.get("/api/graphs"))["items"]] == listed
