"""Invitations over real HTTP: what they give, to whom, and how often."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.collab_server.access_house import PASSWORD, House, id_of, key_of, with_csrf


def invited(house: House, **wanted: Any) -> str:
    """The address under the REST interface of a new invitation."""
    answer = house.admin.post("/api/invitations", json=wanted)
    assert answer.status_code == 201, answer.text
    return f"/api/invitations/by-token/{key_of(answer.json()['url'])}"


def test_whoever_has_an_invitation_sees_what_it_offers_and_becomes_a_member(house: House) -> None:
    """ACCESS-11"""
    address = invited(house, role="runner")
    browser = house.browser()
    offer = browser.get(address).json()
    assert (offer["purpose"], offer["role"], offer["graph"]) == ("join", "runner", None)

    answer = browser.post(f"{address}/accept", json={"name": "Grace", "email": "grace@x.org", "password": PASSWORD})

    assert answer.json()["me"] | {"id": "", "colour": ""} == {
        "id": "", "name": "Grace", "colour": "", "role": "runner", "kind": "person", "email": "grace@x.org",
    }  # fmt: skip
    assert browser.get("/api/me").json() == answer.json()["me"]


def test_an_invitation_opens_once_even_to_many_at_the_same_moment(house: House) -> None:
    """ACCESS-11"""
    address = invited(house, role="viewer")

    def accept(n: int) -> int:
        body = {"name": "Racer", "email": f"racer{n}@x.org", "password": PASSWORD}
        return house.browser().post(f"{address}/accept", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(accept, range(4)))

    assert answers == [200, 404, 404, 404]


def test_an_invitation_for_one_address_makes_no_account_of_another(house: House) -> None:
    """ACCESS-11"""
    address = invited(house, role="admin", email="only@x.org")
    mallory = house.person("mallory.invited@x.org", "viewer")

    assert mallory.post(f"{address}/accept", json={}).status_code == 403
    stranger = house.browser()
    body = {"name": "M", "email": "mallory2@x.org", "password": PASSWORD}
    assert stranger.post(f"{address}/accept", json=body).json()["me"]["email"] == "only@x.org"


def test_a_member_accepts_with_the_account_they_have_and_never_loses_a_role(house: House) -> None:
    """ACCESS-11"""
    viewer, admin = house.person("rise@x.org", "viewer"), house.person("stay@x.org", "admin")

    assert viewer.post(f"{invited(house, role='editor')}/accept", json={}).json()["me"]["role"] == "editor"
    assert admin.post(f"{invited(house, role='viewer')}/accept", json={}).json()["me"]["role"] == "admin"


def test_an_invitation_to_a_graph_is_over_when_the_graph_is_deleted(house: House) -> None:
    """ACCESS-11, WEB-28: it makes no account that has nothing."""
    graph = house.graph("Deleted soon")
    address = invited(house, role="viewer", graph=graph)
    assert house.admin.delete(f"/api/graphs/{graph}").status_code == 204
    browser = house.browser()

    looked = browser.get(address)
    accepted = browser.post(f"{address}/accept", json={"email": "late@x.org", "password": PASSWORD})

    assert looked.status_code == accepted.status_code == 404
    assert looked.json()["ended"] == accepted.json()["ended"] == "revoked"
    assert graph not in [one["graph"] for one in house.admin.get("/api/invitations").json()["items"]]


def test_an_invitation_to_a_graph_makes_a_guest_of_the_workspace_who_has_that_graph(house: House) -> None:
    """ACCESS-11"""
    graph, other = house.graph("Shared", private=True), house.graph("Not shared")
    address = invited(house, role="commenter", graph=graph)
    browser = house.browser()
    assert browser.get(address).json()["title"] == "Shared"

    joined = browser.post(f"{address}/accept", json={"name": "G", "email": "guest@x.org", "password": PASSWORD}).json()

    assert (joined["me"]["role"], joined["graph"]) == (None, graph)
    with_csrf(browser)
    assert browser.get(f"/api/graphs/{graph}").json()["role"] == "commenter"
    assert browser.get(f"/api/graphs/{other}").status_code == 404
    assert [item["id"] for item in browser.get("/api/graphs").json()["items"]] == [graph]


def test_an_ended_invitation_opens_nothing(house: House) -> None:
    """ACCESS-11"""
    made = house.admin.post("/api/invitations", json={"role": "viewer"}).json()
    assert made["id"] in [one["id"] for one in house.admin.get("/api/invitations").json()["items"]]

    assert house.admin.delete(f"/api/invitations/{made['id']}").status_code == 204

    assert house.browser().get(f"/api/invitations/by-token/{key_of(made['url'])}").status_code == 404
    assert house.admin.delete(f"/api/invitations/{made['id']}").status_code == 404
    assert made["id"] not in [one["id"] for one in house.admin.get("/api/invitations").json()["items"]]


def test_an_expired_invitation_opens_nothing(house: House) -> None:
    """ACCESS-11"""
    address = invited(house, role="admin", expiresInDays=1e-9)

    assert house.browser().get(address).status_code == 404
    body = {"name": "L", "email": "late@x.org", "password": PASSWORD}
    assert house.browser().post(f"{address}/accept", json=body).status_code == 404


def test_whoever_has_the_key_of_an_invitation_that_is_over_is_told_by_what(house: House) -> None:
    """ACCESS-11: and of a key that never was one, nothing is told but that."""
    used, expired = invited(house, role="viewer"), invited(house, role="viewer", expiresInDays=1e-9)
    house.browser().post(f"{used}/accept", json={"name": "U", "email": "used@x.org", "password": PASSWORD})
    made = house.admin.post("/api/invitations", json={"role": "viewer"}).json()
    house.admin.delete(f"/api/invitations/{made['id']}")
    revoked, never = (f"/api/invitations/by-token/{key}" for key in (key_of(made["url"]), "never-was-one"))

    told = [house.browser().get(address).json() for address in (used, expired, revoked, never)]

    assert [one.get("ended") for one in told] == ["accepted", "expired", "revoked", None]
    assert all(one["detail"] and one["advice"] for one in told)
    again = house.browser().post(f"{used}/accept", json={"name": "V", "email": "v@x.org", "password": PASSWORD})
    assert (again.status_code, again.json()["ended"]) == (404, "accepted")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "A", "email": "new@x.org", "password": "short"}, 422),
        ({"name": "A", "password": PASSWORD}, 422),
        ({"name": "A", "email": "no address", "password": PASSWORD}, 422),
        ({"name": "A", "email": "\N{LATIN SMALL LIGATURE FFI}" * 150 + "@x.org", "password": PASSWORD}, 422),
        ({"name": "A", "email": "taken@x.org", "password": PASSWORD}, 409),
        ({"name": "A", "email": "new@x.org", "password": PASSWORD, "role": "admin"}, 422),
        ({}, 422),
    ],
)
def test_what_makes_no_account_leaves_the_invitation_open(house: House, body: dict[str, str], status: int) -> None:
    """ACCESS-11"""
    if house.browser().post("/api/session", json={"email": "taken@x.org", "password": PASSWORD}).status_code != 200:
        house.person("taken@x.org")
    address = invited(house, role="viewer")

    assert house.browser().post(f"{address}/accept", json=body).status_code == status
    assert house.browser().get(address).status_code == 200


def test_who_is_signed_in_without_an_account_needs_one_to_accept(house: House) -> None:
    """ACCESS-11"""
    guest: httpx.Client = house.guest(house.graph(), "viewer")

    assert guest.post(f"{invited(house, role='editor')}/accept", json={}).status_code == 401


def test_nobody_but_an_admin_invites(house: House) -> None:
    editor = house.person("inviter@x.org", "editor")

    assert editor.post("/api/invitations", json={"role": "viewer"}).status_code == 403
    assert editor.get("/api/invitations").status_code == 403
    assert house.admin.post("/api/invitations", json={"graph": "nowhere"}).status_code == 404
    assert id_of(editor)
