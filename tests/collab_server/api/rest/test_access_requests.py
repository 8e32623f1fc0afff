"""Asking for a higher role on a graph, over real HTTP: who may ask, who decides, and who hears of it when."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.collab_server.access_house import House, id_of, key_of, with_csrf


@pytest.fixture
def graph(house: House) -> str:
    return house.graph("Asked for")


def ask(client: httpx.Client, graph: str, role: str = "editor", reason: str = "to mend it") -> dict[str, Any]:
    answer = client.post(f"/api/graphs/{graph}/access/requests", json={"role": role, "reason": reason})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def told(client: httpx.Client, graph: str, *, unread: bool = False) -> list[tuple[str, str, str]]:
    """What someone was told of a graph, newest first."""
    items = client.get("/api/notifications", params={"limit": 200, "unread": unread}).json()["items"]
    return [(item["kind"], item["quote"], item["excerpt"]) for item in items if item["graph"] == graph]


def address(graph: str, request: dict[str, Any]) -> str:
    return f"/api/graphs/{graph}/access/requests/{request['id']}"


def test_who_may_less_asks_and_the_admins_are_told_and_decide(house: House, graph: str) -> None:
    """KIT-4, KIT-5: a grant is a role on that graph, in force with the answer."""
    viewer = house.bot("viewer")

    asked = ask(viewer, graph)

    assert (asked["state"], asked["role"], asked["reason"]) == ("open", "editor", "to mend it")
    assert asked["asker"]["name"] == "a viewer" and asked["decider"] is None
    assert told(house.admin, graph) == [("access.asked", "editor", "to mend it")]
    assert viewer.patch(f"/api/graphs/{graph}", json={"title": "Mine"}).status_code == 403
    done = house.admin.patch(address(graph, asked), json={"state": "granted", "note": "welcome"}).json()
    assert (done["state"], done["given"], done["note"]) == ("granted", "editor", "welcome")
    assert done["decider"]["id"] == id_of(house.admin) and done["decidedAt"] >= done["at"]
    assert viewer.patch(f"/api/graphs/{graph}", json={"title": "Mine"}).status_code == 200
    assert told(viewer, graph) == [("access.granted", "editor", "welcome")]


def test_a_graphs_own_admins_are_told_and_others_are_not(house: House) -> None:
    """KIT-4: its owner, and whoever was made its admin."""
    owner, chosen, other = (house.person(f"{name}.asked@example.org") for name in ("owner", "chosen", "other"))
    graph = house.graph(by=owner)
    house.give(graph, chosen, "admin")

    ask(other, graph, "admin")

    assert told(owner, graph) == told(chosen, graph) == [("access.asked", "admin", "to mend it")]
    assert told(other, graph) == []


def test_who_was_an_admin_by_a_link_that_has_ended_is_told_no_more(house: House) -> None:
    """KIT-4, KIT-6: what somebody asks for, and why, is for those who are its admins now."""
    graph, was = house.graph("Once administered"), house.person("was.asked@example.org", "viewer")
    link = house.link(graph, "admin")
    was.post(f"/api/links/by-token/{link['key']}/open").raise_for_status()
    assert house.admin.delete(f"/api/graphs/{graph}/links/{link['id']}").status_code == 204

    ask(house.bot("viewer"), graph)

    assert told(was, graph) == [] and told(house.admin, graph) != []


def test_what_one_admin_decided_is_read_by_all_of_them(house: House) -> None:
    """KIT-5: and nothing else that they were told is."""
    owner, chosen, other = (house.person(f"{name}.settled@example.org") for name in ("owner", "chosen", "other"))
    graph = house.graph(by=owner)
    house.give(graph, chosen, "admin")
    asked = ask(other, graph, "admin")
    ask(house.bot("viewer"), graph, "runner")
    assert len(told(owner, graph, unread=True)) == len(told(chosen, graph, unread=True)) == 2

    chosen.patch(address(graph, asked), json={"state": "declined"}).raise_for_status()

    still = [("access.asked", "runner", "to mend it")]
    assert told(owner, graph, unread=True) == told(chosen, graph, unread=True) == still


def test_who_came_with_an_admins_token_by_browser_is_told(house: House, graph: str) -> None:
    """KIT-4: a browser that signs in with a token is a person of its own."""
    browser = house.browser()
    token = house.admin.post("/api/tokens", json={"name": "Root", "role": "admin", "kind": "person"}).json()["token"]
    assert browser.post("/api/session", json={"token": token}).status_code == 200

    ask(house.bot("viewer"), graph)

    assert told(browser, graph) == [("access.asked", "editor", "to mend it")]


def test_a_guest_of_a_link_may_ask_and_who_sees_nothing_may_not(house: House, graph: str) -> None:
    """KIT-4: whoever may not see a graph is told that there is none."""
    guest, hidden = house.guest(graph, "viewer"), house.graph("Hidden from askers", private=True)

    assert ask(guest, graph)["asker"]["id"] == id_of(guest)
    answer = guest.post(f"/api/graphs/{hidden}/access/requests", json={"role": "editor"})
    assert answer.status_code == 404 and "no graph" in answer.text


@pytest.mark.parametrize("role", ["viewer", "runner"])
def test_what_one_may_already_is_not_asked_for(house: House, graph: str, role: str) -> None:
    answer = house.bot("runner").post(f"/api/graphs/{graph}/access/requests", json={"role": role})
    assert answer.status_code == 409 and answer.json()["received"] == role


def test_asking_again_changes_the_one_request_and_tells_nobody_anew(house: House, graph: str) -> None:
    """KIT-4."""
    viewer = house.bot("viewer")
    first = ask(viewer, graph, "commenter")

    again = ask(viewer, graph, "runner", "to try it")

    assert again["id"] == first["id"] and (again["role"], again["reason"]) == ("runner", "to try it")
    assert len(told(house.admin, graph)) == 1


def test_an_admin_gives_another_role_or_declines(house: House, graph: str) -> None:
    """KIT-5: what is declined changes nothing; what is decided is decided once."""
    one, other = house.bot("viewer"), house.bot("viewer")
    asked, declined = ask(one, graph, "admin"), ask(other, graph)

    house.admin.patch(address(graph, asked), json={"state": "granted", "role": "commenter"})
    house.admin.patch(address(graph, declined), json={"state": "declined", "note": "not now"})

    assert one.get(f"/api/graphs/{graph}/access").json()["mine"] == "commenter"
    assert other.get(f"/api/graphs/{graph}/access").json()["mine"] == "viewer"
    assert told(other, graph) == [("access.declined", "editor", "not now")]
    again = house.admin.patch(address(graph, asked), json={"state": "declined"})
    assert again.status_code == 409
    wrong = house.admin.patch(address(graph, asked), json={"state": "declined", "role": "admin"})
    assert wrong.status_code == 422


def test_a_grant_takes_nothing_away(house: House, graph: str) -> None:
    """KIT-5: who was made an editor meanwhile stays one."""
    viewer = house.bot("viewer")
    asked = ask(viewer, graph, "commenter")
    house.give(graph, viewer, "editor")

    house.admin.patch(address(graph, asked), json={"state": "granted"})

    assert viewer.get(f"/api/graphs/{graph}/access").json()["mine"] == "editor"


def test_a_role_that_is_given_unasked_answers_the_request_for_it_or_for_less(house: House, graph: str) -> None:
    """KIT-5: nobody waits for what they have; one who asked for more than that goes on waiting."""
    viewer, other = (
        house.person("given.unasked@example.org", "viewer"),
        house.person("wants.more@example.org", "viewer"),
    )
    asked, more = ask(viewer, graph, "runner"), ask(other, graph, "admin")

    house.give(graph, viewer, "editor")
    house.give(graph, other, "editor")

    found = viewer.get(address(graph, asked)).json()
    assert (found["state"], found["given"], found["decider"]["id"]) == ("granted", "editor", id_of(house.admin))
    assert other.get(address(graph, more)).json()["state"] == "open"
    assert told(viewer, graph)[0][:2] == ("access.granted", "editor")
    rows = house.admin.get(f"/api/graphs/{graph}/activity", params={"kind": "grant.changed"}).json()["items"]
    name = viewer.get("/api/me").json()["name"]
    assert f"changed who may do what: {name} editor" in [row["text"] for row in rows]


def by_link(house: House, graph: str, who: httpx.Client) -> str:
    """Someone opens a link to a graph; whose it is."""
    who.post(f"/api/links/by-token/{house.link(graph, 'editor')['key']}/open").raise_for_status()
    return id_of(house.admin)


def by_invitation(house: House, graph: str, who: httpx.Client) -> str:
    """Someone accepts an invitation to a graph; whose it is."""
    made = house.admin.post("/api/invitations", json={"role": "editor", "graph": graph}).json()
    who.post(f"/api/invitations/by-token/{key_of(made['url'])}/accept", json={}).raise_for_status()
    return id_of(house.admin)


def by_the_workspace(house: House, graph: str, who: httpx.Client) -> str:
    """Someone gets a higher role in the workspace."""
    house.admin.patch(f"/api/members/{id_of(who)}", json={"role": "editor"}).raise_for_status()
    return id_of(house.admin)


def by_publishing(house: House, graph: str, who: httpx.Client) -> str:
    """A private graph becomes everybody's, and an editor of the workspace one of it."""
    house.make(graph, "private")
    house.give(graph, who, "viewer")
    house.admin.patch(f"/api/members/{id_of(who)}", json={"role": "editor"}).raise_for_status()
    assert len(house.admin.get(f"/api/graphs/{graph}/access/requests", params={"state": "open"}).json()["items"]) == 1
    house.make(graph, "workspace")
    return id_of(house.admin)


@pytest.mark.parametrize(
    ("gain", "kept"),
    [
        (by_link, [("editor", "link")]),
        (by_invitation, [("editor", "person")]),
        (by_the_workspace, []),
        (by_publishing, [("viewer", "person")]),
    ],
)
def test_a_role_that_comes_otherwise_answers_the_request_too(
    house: House, graph: str, gain: Callable[[House, str, httpx.Client], str], kept: list[tuple[str, str]]
) -> None:
    """KIT-5: and makes nobody keep in person what they have by a link or in the workspace."""
    viewer = house.person(f"{gain.__name__}@example.org", "viewer")
    asked = ask(viewer, graph, "runner")

    giver = gain(house, graph, viewer)

    found = viewer.get(address(graph, asked)).json()
    assert (found["state"], found["given"], found["decider"]["id"]) == ("granted", "editor", giver)
    assert told(house.admin, graph, unread=True) == []
    people = house.admin.get(f"/api/graphs/{graph}/access").json()["people"]
    theirs = [(one["role"], one["via"]) for one in people if one["id"] == id_of(viewer)]
    assert theirs == kept


def test_what_a_token_asked_for_and_got_its_browsers_have_at_once(house: House, graph: str) -> None:
    """ACCESS-6, KIT-5: whoever signed in with a token is given what it is given."""
    made = house.admin.post("/api/tokens", json={"name": "Ops", "role": "viewer", "kind": "person"}).json()
    browser, bot = house.browser(), house.client(made["token"])
    browser.post("/api/session", json={"token": made["token"]}).raise_for_status()
    asked = ask(bot, graph)

    house.admin.patch(address(graph, asked), json={"state": "granted"}).raise_for_status()

    assert [one.get(f"/api/graphs/{graph}/access").json()["mine"] for one in (bot, browser)] == ["editor", "editor"]
    assert with_csrf(browser).patch(f"/api/graphs/{graph}", json={"title": "Ours"}).status_code == 200


def test_only_an_admin_decides_and_only_the_asker_withdraws(house: House, graph: str) -> None:
    """KIT-5, KIT-6: others don't even learn that somebody asked."""
    viewer, editor = house.bot("viewer"), house.bot("editor")
    asked = ask(viewer, graph)

    for client in (viewer, editor):
        assert client.patch(address(graph, asked), json={"state": "granted"}).status_code == 403
    assert editor.get(address(graph, asked)).status_code == 404
    assert editor.get(f"/api/graphs/{graph}/access/requests").json()["items"] == []
    assert editor.delete(address(graph, asked)).status_code == 404
    assert house.admin.delete(address(graph, asked)).status_code == 404
    assert viewer.get(f"/api/graphs/{graph}/access/requests").json()["items"] == [asked]
    assert viewer.delete(address(graph, asked)).status_code == 204
    assert told(house.admin, graph) == []
    assert viewer.get(address(graph, asked)).status_code == 404


def test_what_was_decided_is_not_withdrawn(house: House, graph: str) -> None:
    viewer = house.bot("viewer")
    asked = ask(viewer, graph)
    house.admin.patch(address(graph, asked), json={"state": "declined"})

    assert viewer.delete(address(graph, asked)).status_code == 409


def test_requests_come_in_pages_by_state(house: House, graph: str) -> None:
    made = [ask(house.bot("viewer"), graph) for _ in range(3)]
    house.admin.patch(address(graph, made[0]), json={"state": "declined"})
    path = f"/api/graphs/{graph}/access/requests"

    first = house.admin.get(path, params={"limit": 2}).json()
    rest = house.admin.get(path, params={"limit": 2, "before": first["next"]}).json()
    still_open = house.admin.get(path, params={"state": "open"}).json()

    assert [item["id"] for item in first["items"] + rest["items"]] == [request["id"] for request in reversed(made)]
    assert rest["next"] is None
    assert [item["id"] for item in still_open["items"]] == [made[2]["id"], made[1]["id"]]


def test_who_waits_hears_at_once(house: House, graph: str) -> None:
    """KIT-5: the answer comes with the decision, and without one when the time is up."""
    viewer = house.bot("viewer")
    asked = ask(viewer, graph)
    with ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        waiting = pool.submit(viewer.get, address(graph, asked), params={"wait": 25})
        house.admin.patch(address(graph, asked), json={"state": "granted"})
        assert waiting.result(25).json()["given"] == "editor"
        assert time.monotonic() - started < 25
    another = ask(house.bot("viewer"), graph)
    assert house.admin.get(address(graph, another), params={"wait": 0.01}).json()["state"] == "open"


def test_a_flood_of_requests_is_slowed_down(house: House, graph: str) -> None:
    viewer = house.bot("viewer")
    answers = [viewer.post(f"/api/graphs/{graph}/access/requests", json={"role": "editor"}) for _ in range(21)]
    assert answers[0].status_code == 201 and answers[-1].status_code == 429 and "retry-after" in answers[-1].headers


def test_what_a_removed_member_asked_for_is_forgotten(house: House, graph: str) -> None:
    gone = house.person("gone.asked@example.org", "viewer")
    ask(gone, graph)

    assert house.admin.delete(f"/api/members/{id_of(gone)}").status_code == 204

    assert house.admin.get(f"/api/graphs/{graph}/access/requests").json()["items"] == []
    assert told(house.admin, graph) == [], "there is nothing left to decide"
