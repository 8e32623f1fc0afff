"""What changes for someone who is in when their rights do, and how sessions end."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collab_server.auth.tokens import digest
from collab_server.settings import Settings
from collab_server.stores.accounts import find_session
from flowroom.protocol import CloseCode
from flowroom.sql import create_engine
from tests.collab_server.access_house import House, a_house, id_of
from tests.collab_server.api.places import SECOND, Place, closed_soon, joined, names_of, presence, written
from tests.collab_server.rooms.conftest import eventually


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
