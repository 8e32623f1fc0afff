"""Who has a graph, over real HTTP: what is shown to whom, and what a graph's admins change."""

import hashlib
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from engine.tables import BLOB, RUN_BLOB
from flowroom.protocol import Role
from flowroom.sql import create_engine
from tests.collab_server.access_house import House, id_of, with_csrf


@pytest.fixture(scope="module")
def stranger(house: House) -> httpx.Client:
    """A guest of the workspace who has one graph, and none of the others."""
    return house.guest(house.graph("The guest's"), "admin")


@pytest.fixture(scope="module")
def member(house: House) -> httpx.Client:
    """An editor of the workspace."""
    return house.person("member.access@example.org", "editor")


@pytest.fixture
def private(house: House) -> str:
    """A private graph with a finished run's worth of addresses below it."""
    return house.graph("Hidden plan", private=True)


def mine(client: httpx.Client) -> set[str]:
    """The graphs that someone's list has."""
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = client.get("/api/graphs", params={"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
        found |= {item["id"] for item in page["items"]}
        cursor = page["next"]
        if cursor is None:
            return found


# What is not theirs


def requests_about(client: httpx.Client, graph: str) -> list[tuple[str, str]]:
    """Every method and path of the REST interface that names a graph, from its own description."""
    paths: dict[str, Any] = client.get("/api/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"\{\w+\}", "x", path.replace("{id}", graph)))
        for path, methods in paths.items()
        if path.startswith("/graphs/{id}")
        for method in methods
    ]


def test_who_may_not_see_a_graph_is_told_everywhere_that_there_is_none(
    house: House, stranger: httpx.Client, member: httpx.Client, private: str
) -> None:
    """ACCESS-8: the answers are those for a graph that never was, to the letter."""
    asked = requests_about(house.admin, private)
    assert len(asked) > 15
    for who in (stranger, member):
        for method, path in asked:
            creates = method == "PUT" and path.endswith(private)
            body = {"title": "x"} if creates else {"role": "admin", "visibility": "x"}
            hidden = who.request(method, f"/api{path}", json=body)
            assert hidden.status_code == 404, (method, path, hidden.text)
            if not creates:
                missing = who.request(method, f"/api{path.replace(private, 'never-was')}", json=body)
                assert told(hidden) == told(missing).replace("never-was", private), (method, path)
    assert house.admin.get(f"/api/graphs/{private}").json()["title"] == "Hidden plan"


def told(answer: httpx.Response) -> str:
    return str({key: value for key, value in answer.json().items() if key != "requestId"})


def test_lists_and_search_leave_out_what_is_not_theirs(
    house: House, stranger: httpx.Client, member: httpx.Client, private: str
) -> None:
    """ACCESS-8"""
    shared = house.graph("Shared plan")

    assert {private, shared} <= mine(house.admin)
    assert mine(member) & {private, shared} == {shared}
    assert mine(stranger) & {private, shared} == set()
    assert member.get("/api/graphs", params={"query": "Hidden plan"}).json()["items"] == []


def test_runs_follow_their_graph(house: House, member: httpx.Client, stranger: httpx.Client) -> None:
    """ACCESS-9"""
    graph = house.graph(private=True)
    house.admin.put(f"/api/graphs/{graph}", json={"graph": {"nodes": {"log": {"type": "Log"}}}})
    run = house.admin.post(f"/api/graphs/{graph}/runs", json={}).json()["id"]

    for who in (stranger, member):
        for method, path in (("GET", ""), ("GET", "/events"), ("GET", "/snapshot"), ("POST", "/cancel")):
            hidden = who.request(method, f"/api/runs/{run}{path}")
            missing = who.request(method, f"/api/runs/never-was{path}")
            assert (hidden.status_code, told(hidden)) == (404, told(missing).replace("never-was", run))
    house.give(graph, member, "viewer")
    assert member.get(f"/api/runs/{run}").status_code == 200
    assert member.post(f"/api/runs/{run}/cancel").status_code == 403
    house.give(graph, member, "runner")
    assert member.post(f"/api/runs/{run}/cancel").status_code in (200, 409)


def test_a_stored_value_is_for_those_who_may_see_a_run_that_gave_it(
    house: House, member: httpx.Client, stranger: httpx.Client, private: str
) -> None:
    """ACCESS-8: its hash is no key."""
    run = house.admin.post(f"/api/graphs/{private}/runs", json={}).json()["id"]
    content = b"a large value " * 500
    hash = hashlib.sha256(content).hexdigest()
    log = create_engine(house.settings.run_log_url)
    with log.begin() as connection:  # as the engine stores it
        value = {"hash": hash, "size": len(content), "type": "text/plain; charset=utf-8", "bytes": content}
        connection.execute(insert(BLOB).values(**value))
        connection.execute(insert(RUN_BLOB).values(run=run, blob=hash))
    log.dispose()

    assert house.admin.get(f"/api/blobs/{hash}").content == content
    for who in (member, stranger):
        hidden, missing = who.get(f"/api/blobs/{hash}"), who.get(f"/api/blobs/{'0' * 64}")
        assert (hidden.status_code, told(hidden)) == (404, told(missing).replace("0" * 64, hash))
    house.give(private, member, "viewer")
    assert member.get(f"/api/blobs/{hash}").content == content


# Roles


ROUTES: list[tuple[Role, str, str, dict[str, Any] | None]] = [
    ("viewer", "GET", "", None),
    ("viewer", "GET", "/export", None),
    ("viewer", "GET", "/runs", None),
    ("viewer", "GET", "/nodes/x/history", None),
    ("viewer", "GET", "/access", None),
    ("runner", "POST", "/runs", {"start": "nowhere"}),
    ("runner", "DELETE", "/nodes/x/history", None),
    ("editor", "PATCH", "", {"description": "x"}),
    ("editor", "PUT", "", {"title": "Plan"}),
    ("admin", "PATCH", "/access", {"visibility": "private"}),
    ("admin", "PUT", "/access/people/nobody", {"role": "viewer"}),
    ("admin", "DELETE", "/access/people/nobody", None),
    ("admin", "POST", "/links", {"role": "viewer"}),
    ("admin", "DELETE", "/links/nowhere", None),
]


@pytest.mark.parametrize("role", ["viewer", "commenter", "runner", "editor", "admin"])
def test_a_role_on_one_graph_allows_there_what_it_allows_and_nothing_elsewhere(house: House, role: Role) -> None:
    """ACCESS-9"""
    graph, other = house.graph(private=True), house.graph()
    guest = house.guest(graph, role)
    order = ("viewer", "commenter", "runner", "editor", "admin")

    assert guest.get(f"/api/graphs/{graph}").json()["role"] == role
    assert guest.get(f"/api/graphs/{graph}/access").json()["mine"] == role
    for needed, method, path, body in ROUTES:
        answer = guest.request(method, f"/api/graphs/{graph}{path}", json=body)
        enough = order.index(role) >= order.index(needed)
        assert (answer.status_code != 403) == enough, (method, path, answer.text)
        assert guest.request(method, f"/api/graphs/{other}{path}", json=body).status_code in (404, 422)
    assert guest.post("/api/graphs", json={"title": "of a guest"}).status_code == 403
    assert guest.post(f"/api/graphs/{graph}/duplicate").status_code == 403


def test_the_highest_role_counts(house: House) -> None:
    """ACCESS-7"""
    graph, viewer = house.graph(), house.person("highest@example.org", "viewer")

    assert viewer.get(f"/api/graphs/{graph}").json()["role"] == "viewer"
    house.give(graph, viewer, "editor")
    assert viewer.get(f"/api/graphs/{graph}").json()["role"] == "editor"
    viewer.post(f"/api/links/by-token/{house.link(graph, 'runner')['key']}/open")
    assert viewer.get(f"/api/graphs/{graph}").json()["role"] == "editor"
    house.give(graph, viewer, "viewer")
    assert viewer.get(f"/api/graphs/{graph}").json()["role"] == "runner", "by the link"


def test_whoever_makes_a_graph_is_its_admin_but_a_program_is_not(house: House, member: httpx.Client) -> None:
    """ACCESS-7"""
    bot = house.bot("editor")

    assert member.get(f"/api/graphs/{house.graph(by=member)}").json()["role"] == "admin"
    assert bot.get(f"/api/graphs/{house.graph(by=bot)}").json()["role"] == "editor"


def test_a_graph_is_deleted_by_its_admins_and_by_editors_of_the_workspace(house: House, member: httpx.Client) -> None:
    """ACCESS-7"""
    graph = house.graph()

    assert house.guest(graph, "editor").delete(f"/api/graphs/{graph}").status_code == 403
    assert member.delete(f"/api/graphs/{graph}").status_code == 204
    other = house.graph()
    assert house.guest(other, "admin").delete(f"/api/graphs/{other}").status_code == 204


def test_a_copy_of_a_private_graph_is_private_and_its_makers(house: House, member: httpx.Client, private: str) -> None:
    """ACCESS-7"""
    house.give(private, member, "viewer")
    other = house.person("other.copies@example.org", "editor")

    copy = member.post(f"/api/graphs/{private}/duplicate").json()

    assert copy["visibility"] == "private"
    assert member.get(f"/api/graphs/{copy['id']}").json()["role"] == "admin"
    assert other.get(f"/api/graphs/{copy['id']}").status_code == 404


def test_an_id_that_is_taken_by_a_hidden_graph_is_not_overwritten(house: House, member: httpx.Client) -> None:
    """ACCESS-8"""
    graph = house.graph("Mine", private=True)

    assert member.put(f"/api/graphs/{graph}", json={"title": "Yours"}).status_code == 404
    assert house.admin.get(f"/api/graphs/{graph}").json()["title"] == "Mine"


# Sharing


def test_who_has_a_graph_is_shown_and_changed(house: House, member: httpx.Client, private: str) -> None:
    """ACCESS-7"""
    id = id_of(member)
    house.give(private, member, "runner")

    shown = member.get(f"/api/graphs/{private}/access").json()
    assert (shown["visibility"], shown["mine"], shown["links"]) == ("private", "runner", [])
    (me,) = (person for person in shown["people"] if person["id"] == id)
    assert (me["role"], me["via"], me["email"]) == ("runner", "person", None)
    (me,) = (p for p in house.admin.get(f"/api/graphs/{private}/access").json()["people"] if p["id"] == id)
    assert me["email"] == "member.access@example.org"

    assert house.admin.delete(f"/api/graphs/{private}/access/people/{id}").status_code == 204
    assert member.get(f"/api/graphs/{private}").status_code == 404
    assert house.admin.delete(f"/api/graphs/{private}/access/people/{id}").status_code == 404
    assert house.admin.put(f"/api/graphs/{private}/access/people/nobody", json={"role": "viewer"}).status_code == 404


def test_a_stranger_with_a_link_is_a_guest_of_that_graph_alone(house: House, private: str) -> None:
    """ACCESS-12"""
    link, browser = house.link(private, "commenter"), house.browser()
    offer = browser.get(f"/api/links/by-token/{link['key']}").json()
    assert offer == {"graph": private, "title": "Hidden plan", "role": "commenter", "expiresAt": None}

    opened = browser.post(f"/api/links/by-token/{link['key']}/open").json()

    assert (opened["graph"], opened["role"], opened["me"]["role"]) == (private, "commenter", None)
    assert mine(browser) == {private}
    assert browser.get("/api/node-types").status_code == 200
    assert (browser.get("/api/tokens").status_code, browser.get("/api/members").status_code) == (403, 403)


def test_opening_a_link_says_the_same_of_a_member_as_asking(house: House, private: str) -> None:
    """ACCESS-12: a member stays who they are, with the address of their account."""
    member, link = house.person("opens.a.link@x.org"), house.link(private, "viewer")

    opened = member.post(f"/api/links/by-token/{link['key']}/open").json()

    assert opened["me"]["email"] == "opens.a.link@x.org"
    assert member.get("/api/me").json() == opened["me"]


def test_opening_a_link_again_makes_no_second_guest(house: House, private: str) -> None:
    """ACCESS-12"""
    link, browser = house.link(private, "viewer"), house.browser()

    first = browser.post(f"/api/links/by-token/{link['key']}/open").json()["me"]
    with_csrf(browser)
    again = browser.post(f"/api/links/by-token/{link['key']}/open").json()["me"]

    assert first == again
    (shown,) = house.admin.get(f"/api/graphs/{private}/access").json()["links"]
    assert (shown["opened"], "url" in shown, "key" in shown) == (1, False, False)


def test_a_guest_learns_nobodys_email_address_even_as_an_admin(
    house: House, member: httpx.Client, private: str
) -> None:
    """ACCESS-12"""
    guest = house.guest(private, "admin")

    answer = guest.put(f"/api/graphs/{private}/access/people/{id_of(member)}", json={"role": "viewer"})

    assert {person["email"] for person in answer.json()["people"]} == {None}
    known = house.admin.get(f"/api/graphs/{private}/access").json()["people"]
    assert member.get("/api/me").json()["email"] in {person["email"] for person in known}


def test_nor_does_the_list_of_what_was_done_tell_a_guest_one(house: House, private: str) -> None:
    """ACCESS-12"""
    guest = house.guest(private, "admin")
    invited = {"role": "viewer", "email": "someone.else@example.org", "graph": private}
    assert house.admin.post("/api/invitations", json=invited).status_code == 201

    for path in ("activity", "activity/export"):
        told = guest.get(f"/api/graphs/{private}/{path}").text
        assert "invited" not in told and "someone.else" not in told
        assert "someone.else@example.org" in house.admin.get(f"/api/graphs/{private}/{path}").text
    assert "link.created" in guest.get(f"/api/graphs/{private}/activity").text, "the rest is for its admins"


def test_what_a_link_gave_ends_with_it(house: House, member: httpx.Client, private: str) -> None:
    """ACCESS-12"""
    link = house.link(private, "editor")
    member.post(f"/api/links/by-token/{link['key']}/open")
    assert member.get(f"/api/graphs/{private}").json()["role"] == "editor"

    assert house.admin.delete(f"/api/graphs/{private}/links/{link['id']}").status_code == 204

    assert member.get(f"/api/graphs/{private}").status_code == 404
    assert house.browser().post(f"/api/links/by-token/{link['key']}/open").status_code == 404
    assert house.admin.delete(f"/api/graphs/{private}/links/{link['id']}").status_code == 404


def test_an_expired_link_and_one_of_a_deleted_graph_open_nothing(house: House) -> None:
    """ACCESS-12"""
    graph = house.graph()
    expired, good = house.link(graph, "admin", expiresInDays=1e-9), house.link(graph, "viewer")

    assert house.browser().post(f"/api/links/by-token/{expired['key']}/open").status_code == 404
    assert house.browser().get(f"/api/links/by-token/{good['key']}").status_code == 200
    house.admin.delete(f"/api/graphs/{graph}")
    assert house.browser().get(f"/api/links/by-token/{good['key']}").status_code == 404


def test_a_page_of_another_site_opens_no_link_with_someones_cookies(house: House, member: httpx.Client) -> None:
    """ACCESS-14"""
    link = house.link(house.graph(), "viewer")
    headers = {"x-csrf-token": "guessed"}

    answer = member.post(f"/api/links/by-token/{link['key']}/open", headers=headers)

    assert answer.json()["type"] == "/problems/missing-csrf"


# Tokens of programs


def test_a_token_for_one_graph_sees_nothing_else(house: House, private: str) -> None:
    """ACCESS-6"""
    other = house.graph()
    bot = house.bot("runner", graphs=[private])

    assert bot.get("/api/me").json()["role"] is None
    assert bot.get(f"/api/graphs/{private}").json()["role"] == "runner"
    assert bot.get(f"/api/graphs/{other}").status_code == 404
    assert mine(bot) == {private}
    listed = {token["id"]: token for token in house.admin.get("/api/tokens").json()["items"]}
    assert (listed[id_of(bot)]["role"], listed[id_of(bot)]["graphs"]) == ("runner", [private])


def test_a_browser_signed_in_with_such_a_token_sees_nothing_else_either(house: House, private: str) -> None:
    """ACCESS-6"""
    made = house.admin.post("/api/tokens", json={"name": "x", "role": "editor", "graphs": [private]}).json()
    browser = house.browser()
    browser.post("/api/session", json={"token": made["token"]})

    assert mine(browser) == {private}
    assert house.admin.delete(f"/api/tokens/{made['id']}").status_code == 204
    assert browser.get("/api/me").status_code == 401


def test_what_a_token_is_given_and_loses_holds_for_browsers_signed_in_with_it(house: House, private: str) -> None:
    """ACCESS-6"""
    made = house.admin.post("/api/tokens", json={"name": "x", "role": "editor", "graphs": [private]}).json()
    browser, other = house.browser(), house.graph(private=True)
    browser.post("/api/session", json={"token": made["token"]})
    theirs = "/api/graphs/{}/access/people/" + made["id"]

    assert house.admin.put(theirs.format(other), json={"role": "viewer"}).status_code == 200
    assert mine(browser) == {private, other}
    assert house.admin.delete(theirs.format(private)).status_code == 204
    assert mine(browser) == {other}
    assert with_csrf(browser).patch(f"/api/graphs/{private}", json={"title": "Still mine?"}).status_code == 404


def test_a_token_opens_no_links_and_is_admin_of_nothing_it_makes(house: House, private: str) -> None:
    """ACCESS-6: whatever kind it says it is of."""
    bot = house.bot("editor", kind="person")

    refused = bot.post(f"/api/links/by-token/{house.link(private, 'admin')['key']}/open")
    assert (refused.status_code, mine(bot) & {private}) == (403, set())
    assert bot.get(f"/api/graphs/{house.graph(by=bot)}").json()["role"] == "editor"


def test_an_expired_token_is_nobodys(house: House) -> None:
    """ACCESS-6"""
    bot = house.bot("admin", expiresInDays=1e-9)

    assert bot.get("/api/me").status_code == 401
    assert house.admin.post("/api/tokens", json={"name": "x", "graphs": ["nowhere"]}).status_code == 404
