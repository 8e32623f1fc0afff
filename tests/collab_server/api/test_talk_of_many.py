"""Discussions with several servers, and with people who may see only some graphs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from collab_server.settings import Settings
from flowroom.protocol import CloseCode
from flowroom.ydiscussion import DiscussionDocument
from tests.collab_server.access_house import House, a_house, id_of
from tests.collab_server.api.places import joined
from tests.collab_server.api.rest.listener import listening
from tests.collab_server.api.rest.talking import done
from tests.collab_server.rooms.conftest import Client, eventually
from tests.services.postgres import Postgres
from tests.services.redis import Redis

TOKENS = {"token": SecretStr("the same everywhere"), "service_token": SecretStr("the same everywhere, too")}
HERE = {"type": "canvas", "at": [0, 0]}


@pytest.fixture
def workers(tmp_path: Path, postgres: Postgres, redis: Redis) -> Iterator[tuple[House, House]]:
    """Two servers with one database and one Redis."""
    chosen: dict[str, Any] = {
        "port": 0, "examples": False, "database_url": postgres.database(), "redis_url": redis.url, **TOKENS,
    }  # fmt: skip
    with (
        a_house(Settings(data=tmp_path / "one", **chosen)) as one,
        a_house(Settings(data=tmp_path / "other", **chosen)) as other,
    ):
        yield one, other


def say(who: httpx.Client, graph: str, body: str, thread: str | None = None) -> Any:
    """Begin a thread, or answer in one."""
    if thread is None:
        return done(who.post(f"/api/graphs/{graph}/threads", json={"anchor": HERE, "body": body}), 201)
    return done(who.post(f"/api/graphs/{graph}/threads/{thread}/messages", json={"body": body}), 201)


def heard(client: Client) -> list[list[str]]:
    """What a client has of a discussion: the texts of each thread."""
    threads = DiscussionDocument(client.doc).threads().values()
    return [[message.body for message in thread.messages] for thread in threads]


async def test_what_is_said_at_one_server_is_seen_and_told_at_the_other(workers: tuple[House, House]) -> None:
    """TALK-3, TALK-13."""
    one, other = workers
    graph = one.graph()
    ada = one.bot("commenter")
    there = other.client(ada.headers["authorization"].removeprefix("Bearer "))
    async with joined(other, other.admin, f"/sync/graphs/{graph}/discussion") as reader:
        await reader.sync()
        thread = say(ada, graph, "from one")["id"]
        await eventually(lambda: heard(reader) == [["from one"]], "not seen")
        with listening(there) as stream:
            say(one.admin, graph, "from one, too", thread)
            say(other.admin, graph, "from the other", thread)
            await eventually(lambda: heard(reader) == [["from one", "from one, too", "from the other"]], "not seen")
            await eventually(lambda: "from the other" in told(stream.events), "not told of what was said here")
            await eventually(lambda: "from one, too" in told(stream.events), "not told of what was said there")
    messages = done(ada.get(f"/api/graphs/{graph}/threads/{thread}"))["messages"]
    assert [message["body"] for message in messages] == ["from one", "from one, too", "from the other"]
    times = [message["at"] for message in messages]
    assert times == sorted(set(times))


def told(events: list[tuple[str, Any, str | None]]) -> list[str]:
    return [data["excerpt"] for kind, data, _ in events if kind == "notification"]


async def test_whoever_may_not_see_a_graph_sees_nothing_of_its_discussion(house: House) -> None:
    """TALK-4, TALK-12."""
    graph = house.graph(private=True)
    member, guest = house.person("m@talk.org", "editor"), house.guest(graph, "commenter")
    begun = say(house.admin, graph, f"@[M]({id_of(member)}) and @[G]({id_of(guest)})")
    path = f"/api/graphs/{graph}/threads"

    assert done(guest.get("/api/notifications"))["unread"] == 1
    assert done(member.get("/api/notifications")) == {"items": [], "next": None, "unread": 0}
    for method, more in [("GET", ""), ("GET", "/unread"), ("GET", f"/{begun['id']}"), ("POST", ""), ("PUT", "/read")]:
        assert member.request(method, path + more, json={"anchor": HERE, "body": "x"}).status_code in (404, 422)
    async with joined(house, member, f"/sync/graphs/{graph}/discussion") as stranger:
        assert await stranger.closed() in (CloseCode.NO_SUCH_DOCUMENT, CloseCode.NOT_ALLOWED)

    house.give(graph, member, "viewer")
    assert done(member.get("/api/notifications"))["unread"] == 1
    assert done(member.get(path))["items"] == [begun]
    assert member.post(path, json={"anchor": HERE, "body": "x"}).status_code == 403
    say(guest, graph, "a guest may", begun["id"])

    assert house.admin.delete(f"/api/graphs/{graph}/access/people/{id_of(guest)}").status_code == 204
    assert guest.get(path).status_code in (401, 403, 404)
    assert guest.get("/api/notifications").json().get("unread", 0) == 0


async def test_whoever_loses_a_graph_no_longer_hears_of_it(house: House) -> None:
    """TALK-12, TALK-13."""
    graph = house.graph(private=True)
    member = house.person("leaving@talk.org", "editor")
    house.give(graph, member, "commenter")
    thread = say(member, graph, "mine")["id"]
    with listening(member) as stream:
        say(house.admin, graph, "before", thread)
        await eventually(lambda: told(stream.events) == ["before"], "not told")
        assert house.admin.delete(f"/api/graphs/{graph}/access/people/{id_of(member)}").status_code == 204
        say(house.admin, graph, "after", thread)
        elsewhere = house.graph()
        say(house.admin, elsewhere, f"@[you]({id_of(member)}) see this")
        await eventually(lambda: told(stream.events) == ["before", "@you see this"], f"told {stream.events}")
