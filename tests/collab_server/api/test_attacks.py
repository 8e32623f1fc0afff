"""What becomes of each attack: one table, over real sockets and real HTTP, against a whole server."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx
import pytest

from flowroom.protocol import CloseCode
from tests.collab_server.access_house import PASSWORD, House, id_of, with_csrf
from tests.collab_server.api.places import SECOND, Place, closed_soon, joined, names_of, presence, written
from tests.collab_server.rooms.conftest import Client, eventually


@dataclass
class Scene:
    """A house, a place in it, and everyone there."""

    house: House
    place: Place
    everyone: dict[str, httpx.Client]

    def at(self, who: str, kind: str = "graph", **more: str) -> AbstractAsyncContextManager[Client]:
        """Someone's socket at a document."""
        return joined(self.house, self.everyone[who], self.place.path(kind), **more)


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
