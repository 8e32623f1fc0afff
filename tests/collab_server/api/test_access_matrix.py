"""Who may join and write which kind of document, and what becomes of each attack: one table each, over real sockets.

The server is a whole one, with accounts, links and tokens made through its REST interface; sockets show what browsers
and programs show.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import pytest
import websockets

from collab_server.auth.tokens import digest
from collab_server.rooms.awareness import read_entries
from collab_server.rooms.guard import AwarenessUpdate, read_frame
from collab_server.rooms.walker import write_varint
from collab_server.settings import Settings
from collab_server.stores.accounts import find_session
from flowroom.protocol import CloseCode, MessageType
from flowroom.sql import create_engine
from tests.collab_server.access_house import PASSWORD, House, a_house, id_of, socket_headers, with_csrf
from tests.collab_server.rooms.conftest import Client, eventually

KINDS = ("graph", "discussion", "run")
SECOND = 1.0


# Who is who


@dataclass
class Place:
    """A private graph with a run, and what its three kinds of document are called."""

    graph: str
    run: str

    def path(self, kind: str) -> str:
        """The door of one of its documents."""
        match kind:
            case "graph":
                return f"/sync/graphs/{self.graph}"
            case "discussion":
                return f"/sync/graphs/{self.graph}/discussion"
            case _:
                return f"/sync/runs/{self.run}"


@pytest.fixture(scope="module")
def place(house: House) -> Place:
    """The place that all of a house's people want to get into."""
    graph = house.graph(private=True)
    house.admin.put(f"/api/graphs/{graph}", json={"graph": {"nodes": {"log": {"type": "Log"}}}})
    return Place(graph, house.admin.post(f"/api/graphs/{graph}/runs", json={}).json()["id"])


@pytest.fixture(scope="module")
def everyone(house: House, place: Place) -> dict[str, httpx.Client]:
    """Someone with each role, by each of the ways to it; and those who have none."""
    found = {role: house.guest(place.graph, role) for role in ("viewer", "commenter", "runner", "editor", "admin")}
    member = house.person("matrix.member@example.org", "editor")
    granted = house.person("matrix.granted@example.org", None)
    house.give(place.graph, granted, "editor")
    return found | {
        "nobody": house.browser(),
        "guest of another graph": house.guest(house.graph(), "admin"),
        "editor of the workspace": member,
        "guest who was given it": granted,
        "admin of the workspace": house.person("matrix.admin@example.org", "admin"),
        "bot for it": house.bot("editor", graphs=[place.graph]),
        "bot for the workspace": house.bot("editor"),
        "engine": house.client((house.settings.data / "service-token").read_text().strip()),
    }


@asynccontextmanager
async def joined(
    house: House, who: httpx.Client, path: str, *, named: str = "127.0.0.1", **more: str
) -> AsyncIterator[Client]:
    """A socket of someone, whether they are let in or not; `named` is what it takes the server's name to be."""
    port = int(house.server.url.rpartition(":")[2])
    headers = socket_headers(who) | more
    client = Client(
        await websockets.connect(
            f"ws://{named}:{port}{path}",
            host="127.0.0.1",
            port=port,
            additional_headers=headers,
            max_size=None,
            proxy=None,
        )
    )
    try:
        yield client
    finally:
        await client.close()


async def closed_soon(client: Client, within: float) -> int | None:
    """What the server closes a socket with, in so many seconds at most."""
    await asyncio.wait_for(client.socket.wait_closed(), within)
    return client.socket.close_code


async def written(client: Client) -> int | None:
    """Write into a document: None when it is taken, or what the server closes the socket with."""
    await client.sync()
    update = await client.edit("x", 1)
    await eventually(lambda: update in client.echoes or client.socket.close_code is not None, "neither echo nor close")
    return client.socket.close_code


# The table of roles


NO, READ, WRITE = CloseCode.NO_SUCH_DOCUMENT, CloseCode.NOT_ALLOWED, None
"""What comes of joining and writing: not let in, let in but closed for writing, taken."""
ROLES: dict[str, tuple[CloseCode | None, CloseCode | None, CloseCode | None]] = {
    "nobody": (CloseCode.NOT_SIGNED_IN, CloseCode.NOT_SIGNED_IN, CloseCode.NOT_SIGNED_IN),
    "guest of another graph": (NO, NO, NO),
    "editor of the workspace": (NO, NO, NO),
    "bot for the workspace": (NO, NO, NO),
    "viewer": (READ, READ, READ),
    "commenter": (READ, READ, READ),
    "runner": (READ, READ, READ),
    "editor": (WRITE, READ, READ),
    "guest who was given it": (WRITE, READ, READ),
    "bot for it": (WRITE, READ, READ),
    "admin": (WRITE, READ, READ),
    "admin of the workspace": (WRITE, READ, READ),
    "engine": (WRITE, READ, WRITE),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ROLES)
async def test_each_role_joins_and_writes_what_it_may(
    house: House, place: Place, everyone: dict[str, httpx.Client], who: str, kind: str
) -> None:
    """ACCESS-8 and ACCESS-9, ROOM-10: of a private graph, its discussion, and a run of it."""
    expected = ROLES[who][KINDS.index(kind)]

    async with joined(house, everyone[who], place.path(kind)) as client:
        if expected in (CloseCode.NOT_SIGNED_IN, CloseCode.NO_SUCH_DOCUMENT):
            assert await client.closed() == expected
            assert client.received == [], "nothing is told to who is not let in"
        else:
            assert await written(client) == expected


# The table of attacks


@dataclass
class Scene:
    """A house, a place in it, and everyone there."""

    house: House
    place: Place
    everyone: dict[str, httpx.Client]

    def at(self, who: str, kind: str = "graph", **more: str) -> AbstractAsyncContextManager[Client]:
        """Someone's socket at a document."""
        return joined(self.house, self.everyone[who], self.place.path(kind), **more)


def presence(client: int, clock: int, state: object) -> bytes:
    """An awareness frame of one state."""
    text = json.dumps(state).encode()
    entry = write_varint(client) + write_varint(clock) + write_varint(len(text)) + text
    payload = write_varint(1) + entry
    return write_varint(MessageType.AWARENESS) + write_varint(len(payload)) + payload


def names_of(client: Client, id: int) -> list[str]:
    """The names that were told for a client id, in order; an empty one when it left."""
    messages = [message for frame in client.presence if isinstance(message := read_frame(frame), AwarenessUpdate)]
    states = [entry.state for message in messages for entry in read_entries(message.payload) if entry.client == id]
    return [(orjson.loads(state) or {}).get("user", {}).get("name", "") for state in states]


async def a_page_of_another_site_joins(scene: Scene) -> object:
    async with scene.at("admin", origin="https://evil.example") as page:
        return await page.closed()


async def a_page_under_another_name_of_this_machine_joins(scene: Scene) -> object:
    async with scene.at("admin", named="evil.example") as page:
        return await page.closed()


async def a_stranger_joins_with_a_made_up_token(scene: Scene) -> object:
    async with joined(scene.house, scene.house.client("made-up"), scene.place.path("graph")) as stranger:
        return await stranger.closed()


async def someone_wears_anothers_name(scene: Scene) -> object:
    async with scene.at("viewer") as viewer, scene.at("editor") as editor:
        admin = {"id": id_of(scene.everyone["admin"]), "name": "Admin", "colour": "#000000", "kind": "person"}
        await viewer.socket.send(presence(4711, 1, {"user": admin, "cursor": [1, 2]}))
        await eventually(lambda: names_of(editor, 4711))
        return set(names_of(editor, 4711)) == {scene.everyone["viewer"].get("/api/me").json()["name"]}


async def someone_speaks_for_anothers_client(scene: Scene) -> object:
    async with scene.at("editor") as editor, scene.at("viewer") as thief, scene.at("admin") as witness:
        await editor.socket.send(presence(4712, 1, {"cursor": [1, 2]}))
        await eventually(lambda: names_of(thief, 4712))
        await thief.socket.send(presence(4712, 50, None))
        await thief.socket.send(presence(4713, 1, {}))  # what comes after it says that it was read
        await eventually(lambda: names_of(witness, 4713))
        return set(names_of(witness, 4712)) == {scene.everyone["editor"].get("/api/me").json()["name"]}


async def a_viewer_writes(scene: Scene) -> object:
    async with scene.at("viewer") as viewer:
        return await written(viewer)


async def a_commenter_edits(scene: Scene) -> object:
    async with scene.at("commenter") as commenter:
        return await written(commenter)


async def an_admin_forges_a_comment(scene: Scene) -> object:
    async with scene.at("admin", "discussion") as admin:
        return await written(admin)


async def an_admin_forges_a_result(scene: Scene) -> object:
    async with scene.at("admin", "run") as admin:
        return await written(admin)


async def a_bot_goes_on_with_a_revoked_token(scene: Scene) -> object:
    bot = scene.house.bot("editor", graphs=[scene.place.graph])
    id = id_of(bot)
    async with joined(scene.house, bot, scene.place.path("graph")) as socket:
        await socket.sync()
        scene.house.admin.delete(f"/api/tokens/{id}")
        return await closed_soon(socket, SECOND)


async def a_thief_keeps_a_session_whose_owner_changes_the_password(scene: Scene) -> object:
    email = f"matrix.{time.monotonic_ns()}@example.org"
    scene.house.person(email, "admin")
    thief, owner = scene.house.browser(), scene.house.browser()
    for browser in (thief, owner):
        browser.post("/api/session", json={"email": email, "password": PASSWORD})
    async with joined(scene.house, thief, scene.place.path("graph")) as socket:
        await socket.sync()
        with_csrf(owner).put("/api/me/password", json={"current": PASSWORD, "new": "another mild evening"})
        return await closed_soon(socket, SECOND)


async def a_removed_person_stays(scene: Scene) -> object:
    person = scene.house.person(f"matrix.{time.monotonic_ns()}@example.org", None)
    scene.house.give(scene.place.graph, person, "editor")
    async with joined(scene.house, person, scene.place.path("run")) as socket:
        await socket.sync()
        scene.house.admin.delete(f"/api/graphs/{scene.place.graph}/access/people/{id_of(person)}")
        return await closed_soon(socket, SECOND)


async def a_demoted_editor_goes_on_writing(scene: Scene) -> object:
    person = scene.house.person(f"matrix.{time.monotonic_ns()}@example.org", None)
    scene.house.give(scene.place.graph, person, "editor")
    async with joined(scene.house, person, scene.place.path("graph")) as socket:
        await socket.sync()
        scene.house.give(scene.place.graph, person, "viewer")
        fell = await closed_soon(socket, SECOND)
    async with joined(scene.house, person, scene.place.path("graph")) as again:
        return fell, await written(again)


async def a_link_that_was_ended_still_opens(scene: Scene) -> object:
    link, browser = scene.house.link(scene.place.graph, "editor"), scene.house.browser()
    browser.post(f"/api/links/by-token/{link['key']}/open")
    async with joined(scene.house, browser, scene.place.path("discussion")) as socket:
        await socket.sync()
        scene.house.admin.delete(f"/api/graphs/{scene.place.graph}/links/{link['id']}")
        return await closed_soon(socket, SECOND)


async def a_foreign_page_writes_with_someones_cookies(scene: Scene) -> object:
    browser = scene.everyone["admin of the workspace"]
    forged = browser.post("/api/graphs", json={"title": "x"}, headers={"x-csrf-token": "forged"})
    foreign = browser.post("/api/graphs", json={"title": "x"}, headers={"origin": "https://evil.example"})
    return forged.status_code, forged.json()["type"], foreign.status_code, foreign.json()["type"]


Attack = Callable[[Scene], Awaitable[object]]
ATTACKS: list[tuple[Attack, object]] = [
    (a_page_of_another_site_joins, CloseCode.NOT_ALLOWED),
    (a_page_under_another_name_of_this_machine_joins, CloseCode.NOT_ALLOWED),
    (a_stranger_joins_with_a_made_up_token, CloseCode.NOT_SIGNED_IN),
    (someone_wears_anothers_name, True),
    (someone_speaks_for_anothers_client, True),
    (a_viewer_writes, CloseCode.NOT_ALLOWED),
    (a_commenter_edits, CloseCode.NOT_ALLOWED),
    (an_admin_forges_a_comment, CloseCode.NOT_ALLOWED),
    (an_admin_forges_a_result, CloseCode.NOT_ALLOWED),
    (a_bot_goes_on_with_a_revoked_token, CloseCode.NOT_SIGNED_IN),
    (a_thief_keeps_a_session_whose_owner_changes_the_password, CloseCode.NOT_SIGNED_IN),
    (a_removed_person_stays, CloseCode.NOT_ALLOWED),
    (a_demoted_editor_goes_on_writing, (CloseCode.NOT_ALLOWED, CloseCode.NOT_ALLOWED)),
    (a_link_that_was_ended_still_opens, CloseCode.NOT_ALLOWED),
    (a_foreign_page_writes_with_someones_cookies, (403, "/problems/missing-csrf", 403, "/problems/foreign-origin")),
]


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
async def test_each_attack_fails(
    house: House, place: Place, everyone: dict[str, httpx.Client], attack: Attack, outcome: object
) -> None:
    """ACCESS-10 and ACCESS-14, ROOM-23, GUARD-21 and GUARD-22; what is taken away is gone within a second."""
    assert await attack(Scene(house, place, everyone)) == outcome


# What changes while someone is in


async def test_whoever_gains_a_role_may_write_without_connecting_again(house: House, place: Place) -> None:
    """ACCESS-10"""
    person = house.person(f"matrix.{time.monotonic_ns()}@example.org", None)
    house.give(place.graph, person, "viewer")
    async with joined(house, person, place.path("graph")) as socket:
        await socket.sync()
        house.give(place.graph, person, "editor")
        assert await written(socket) is None


async def test_making_a_graph_private_closes_those_who_had_it_by_the_workspace_only(house: House) -> None:
    """ACCESS-10"""
    graph, member = house.graph(), house.person(f"matrix.{time.monotonic_ns()}@example.org", "editor")
    async with (
        joined(house, member, f"/sync/graphs/{graph}") as out,
        joined(house, house.admin, f"/sync/graphs/{graph}") as stays,
    ):
        await asyncio.gather(out.sync(), stays.sync())
        house.make(graph, "private")
        assert await closed_soon(out, SECOND) == CloseCode.NOT_ALLOWED
        assert await written(stays) is None


async def test_a_member_who_becomes_a_viewer_is_closed_and_comes_back_as_one(house: House) -> None:
    """ACCESS-10"""
    graph, member = house.graph(), house.person(f"matrix.{time.monotonic_ns()}@example.org", "editor")
    async with joined(house, member, f"/sync/graphs/{graph}") as socket:
        await socket.sync()
        house.admin.patch(f"/api/members/{id_of(member)}", json={"role": "viewer"})
        assert await closed_soon(socket, SECOND) == CloseCode.NOT_ALLOWED
    async with joined(house, member, f"/sync/graphs/{graph}") as again:
        await again.sync()


async def test_a_new_name_is_on_what_one_does_next(house: House, place: Place) -> None:
    """ACCESS-10"""
    person = house.guest(place.graph, "viewer")
    async with joined(house, person, place.path("graph")) as socket:
        await socket.sync()
        person.patch("/api/me", json={"name": "Renamed"})
        await socket.socket.send(presence(4714, 1, {"cursor": [0, 0]}))
        await eventually(lambda: "Renamed" in names_of(socket, 4714))


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[House]:
    """A house where sessions last a few seconds."""
    seconds = 3 / 86_400
    settings = Settings(data=tmp_path, port=0, examples=False, session_days=seconds, recheck_seconds=0.2)
    with a_house(settings) as found:
        yield found


async def test_a_session_that_expires_closes_its_sockets(hasty: House) -> None:
    """ACCESS-2"""
    graph, browser = hasty.graph(), hasty.browser()
    browser.post("/api/session", json={"token": hasty.server.token})
    async with joined(hasty, browser, f"/sync/graphs/{graph}") as socket:
        await socket.sync()
        assert await socket.closed() == CloseCode.NOT_SIGNED_IN
    assert browser.get("/api/me").status_code == 401


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[House]:
    """A house where a session may not go unused for more than two seconds."""
    settings = Settings(data=tmp_path, port=0, examples=False, session_idle_days=2 / 86_400, recheck_seconds=0.1)
    with a_house(settings) as found:
        yield found


async def test_a_session_that_is_not_used_expires_and_one_that_is_does_not(forgetful: House) -> None:
    """ACCESS-2: who is in a graph uses their session."""
    graph = forgetful.graph()
    idle, busy = forgetful.browser(), forgetful.browser()
    for browser in (idle, busy):
        browser.post("/api/session", json={"token": forgetful.server.token})
    async with joined(forgetful, busy, f"/sync/graphs/{graph}") as socket:
        await socket.sync()
        end = time.monotonic() + 10
        while idle_is_good(forgetful, idle):
            assert time.monotonic() < end, "the idle session never expired"
            await asyncio.sleep(0.05)
        assert await written(socket) is None
        assert busy.get("/api/me").status_code == 200


def idle_is_good(house: House, idle: httpx.Client) -> bool:
    """Whether a session is still listed, which doesn't use it."""
    engine = create_engine(house.settings.documents_url)
    try:
        with engine.connect() as connection:
            idle_for = house.settings.session_idle_days * 86_400
            hash = digest(idle.cookies["flowroom_session"])
            return find_session(connection, hash, now=time.time(), idle=idle_for) is not None
    finally:
        engine.dispose()
