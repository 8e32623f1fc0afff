"""Accounts over real HTTP: signing in with a password, changing it, one's sessions; and what guessers learn."""

from typing import Any

import httpx
import pytest

from tests.collab_server.access_house import PASSWORD, House, id_of, key_of, with_csrf

NEW = "seven green bottles on the wall"


@pytest.fixture
def ada(house: House, request: pytest.FixtureRequest) -> tuple[httpx.Client, str]:
    """Someone with an account of her own, and its email address."""
    email = f"Ada.{abs(hash(request.node.name))}@Example.org"
    return house.person(email), email


def signed_in(house: House, email: str, password: str = PASSWORD) -> httpx.Client:
    browser = house.browser()
    answer = browser.post("/api/session", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return with_csrf(browser)


def test_an_account_is_signed_in_to_from_any_browser_whatever_case_the_address_is_in(
    house: House, ada: tuple[httpx.Client, str]
) -> None:
    """ACCESS-1"""
    first, email = ada

    other = signed_in(house, email.upper())

    me = other.get("/api/me").json()
    assert me == first.get("/api/me").json()
    assert (me["role"], me["kind"], me["email"]) == ("editor", "person", email)


def test_signing_in_says_the_same_of_one_as_asking_afterwards(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-1: the page keeps the first answer, and without an address it would offer no password to change."""
    browser = house.browser()

    answer = browser.post("/api/session", json={"email": ada[1], "password": PASSWORD})

    assert answer.json()["email"] == ada[1]
    assert browser.get("/api/me").json() == answer.json()


def test_a_name_is_the_persons_in_all_of_their_sessions(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-1"""
    first, email = ada
    other = signed_in(house, email)

    first.patch("/api/me", json={"name": "Countess"})

    assert other.get("/api/me").json()["name"] == "Countess"


def test_signing_in_gives_a_new_secret_and_ends_the_session_that_the_browser_had(
    house: House, ada: tuple[httpx.Client, str]
) -> None:
    """ACCESS-1: a secret that somebody planted or saw before is worth nothing afterwards."""
    browser, email = ada
    before = browser.cookies["flowroom_session"]

    browser.post("/api/session", json={"email": email, "password": PASSWORD})

    assert browser.cookies["flowroom_session"] != before
    with_old = house.client()
    with_old.cookies.set("flowroom_session", before)
    assert with_old.get("/api/me").status_code == 401


@pytest.mark.parametrize("body", [{"email": "nobody@example.org"}, {"password": "another one entirely"}])
def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(
    house: House, ada: tuple[httpx.Client, str], body: dict[str, str]
) -> None:
    """ACCESS-4"""
    answer = house.browser().post("/api/session", json={"email": ada[1], "password": PASSWORD} | body)

    problem = answer.json()
    problem.pop("requestId")
    assert answer.status_code == 401
    assert problem == {
        "type": "/problems/not-signed-in",
        "title": "Not signed in",
        "status": 401,
        "detail": "That address and password don't belong together.",
        "expected": "the email address of an account here, and its password",
        "received": "another pair",
        "advice": "Try again, or ask an admin of the workspace for a link to set a new password.",
    }


def test_both_a_token_and_a_password_are_none_of_the_ways_in(house: House) -> None:
    both = {"token": "x", "email": "a@b.c", "password": "y"}

    answer = house.browser().post("/api/session", json=both)

    assert answer.status_code == 422
    assert "y" not in answer.json().get("received", "")


def test_the_ways_to_sign_in_are_told_to_anyone(house: House) -> None:
    assert house.browser().get("/api/session/methods").json() == {"token": True, "password": True, "oidc": None}


def test_a_password_is_changed_with_the_current_one_and_ends_the_other_sessions(
    house: House, ada: tuple[httpx.Client, str]
) -> None:
    """ACCESS-5"""
    browser, email = ada
    elsewhere = signed_in(house, email)

    answer = browser.put("/api/me/password", json={"current": PASSWORD, "new": NEW})

    assert answer.status_code == 204
    assert browser.get("/api/me").status_code == 200
    assert elsewhere.get("/api/me").status_code == 401
    assert house.browser().post("/api/session", json={"email": email, "password": PASSWORD}).status_code == 401
    signed_in(house, email, NEW)


def test_without_the_current_password_none_is_changed(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-5"""
    answer = ada[0].put("/api/me/password", json={"current": "not the right one", "new": NEW})

    assert answer.status_code == 403
    signed_in(house, ada[1])


@pytest.mark.parametrize("new", ["too short", "x" * 129, "password1234"])
def test_a_new_password_that_will_not_do_is_refused_without_repeating_it(
    ada: tuple[httpx.Client, str], new: str
) -> None:
    """ACCESS-3"""
    answer = ada[0].put("/api/me/password", json={"current": PASSWORD, "new": new})

    assert answer.status_code == 422
    assert new not in answer.text


def test_who_came_by_a_token_has_no_password_to_change(house: House) -> None:
    answer = house.admin.put("/api/me/password", json={"current": PASSWORD, "new": NEW})

    assert answer.status_code == 409


def test_ones_sessions_are_listed_and_each_can_be_ended(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-2"""
    browser, email = ada
    elsewhere = signed_in(house, email)

    listed = browser.get("/api/me/sessions").json()["items"]

    assert [one["method"] for one in listed if one["current"]] == ["invitation"]
    (other,) = (one for one in listed if not one["current"])
    assert (other["method"], other["agent"]) == ("password", elsewhere.headers["user-agent"])
    assert browser.delete(f"/api/me/sessions/{other['id']}").status_code == 204
    assert elsewhere.get("/api/me").status_code == 401
    assert browser.delete(f"/api/me/sessions/{other['id']}").status_code == 404


def test_nobody_ends_the_session_of_another(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-2"""
    (mine,) = ada[0].get("/api/me/sessions").json()["items"]
    stranger = house.person("mallory.sessions@example.org", "admin")

    assert stranger.delete(f"/api/me/sessions/{mine['id']}").status_code == 404
    assert ada[0].get("/api/me").status_code == 200


def test_a_disabled_account_is_out_at_once_and_can_not_sign_in(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-10"""
    browser, email = ada
    id = id_of(browser)

    assert house.admin.patch(f"/api/members/{id}", json={"disabled": True}).json()["disabled"] is True
    assert browser.get("/api/me").status_code == 401
    assert house.browser().post("/api/session", json={"email": email, "password": PASSWORD}).status_code == 401

    house.admin.patch(f"/api/members/{id}", json={"disabled": False})
    signed_in(house, email)


def test_members_are_listed_page_by_page_and_changed_by_admins_only(house: House) -> None:
    people = [house.person(f"page{n}@example.org", "viewer") for n in range(3)]
    viewer = people[0]

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = viewer.get("/api/members", params={"limit": 2, "before": cursor}).json()
        found += [member["id"] for member in page["items"]]
        cursor = page["next"]

    assert set(map(id_of, people)) <= set(found)
    assert len(found) == len(set(found))
    assert viewer.patch(f"/api/members/{id_of(viewer)}", json={"role": "admin"}).status_code == 403
    assert viewer.delete(f"/api/members/{id_of(people[1])}").status_code == 403
    assert house.admin.get("/api/members", params={"before": "nonsense!"}).status_code == 422


def test_a_guest_does_not_see_who_the_members_are(house: House) -> None:
    """ACCESS-8"""
    guest = house.guest(house.graph(), "admin")

    assert guest.get("/api/members").status_code == 403


@pytest.mark.parametrize(
    ("name", "change"), [("one", {"role": "editor"}), ("two", {"disabled": True}), ("three", None)]
)
def test_what_a_former_admin_has_invited_comes_in_no_more(
    house: House, name: str, change: dict[str, Any] | None
) -> None:
    """ACCESS-11"""
    boss = house.person(f"boss-{name}@example.org", "admin")
    made = boss.post("/api/invitations", json={"role": "admin"}).json()
    kept = house.admin.post("/api/invitations", json={"role": "viewer"}).json()
    member = f"/api/members/{id_of(boss)}"
    assert (house.admin.delete(member) if change is None else house.admin.patch(member, json=change)).is_success

    answers = [house.browser().get(f"/api/invitations/by-token/{key_of(one['url'])}") for one in (made, kept)]

    assert [answer.status_code for answer in answers] == [404, 200]


def test_a_removed_member_is_gone_with_all_that_was_shared(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-10"""
    browser, email = ada
    id, graph = id_of(browser), house.graph(private=True)
    house.give(graph, browser, "editor")

    assert house.admin.delete(f"/api/members/{id}").status_code == 204

    assert browser.get("/api/me").status_code == 401
    people = house.admin.get(f"/api/graphs/{graph}/access").json()["people"]
    assert id not in [person["id"] for person in people]
    assert house.admin.delete(f"/api/members/{id}").status_code == 404
    house.person(email)  # the address is free again


def test_a_one_time_link_sets_a_new_password_and_ends_all_sessions(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-11"""
    browser, email = ada
    made = house.admin.post(f"/api/members/{id_of(browser)}/password-link").json()
    address = f"/api/invitations/by-token/{key_of(made['url'])}"
    offer = house.browser().get(address).json()
    assert (offer["purpose"], offer["email"], offer["role"]) == ("password", email, None)

    visitor = house.browser()
    assert visitor.post(f"{address}/accept", json={"password": NEW}).json()["me"]["email"] == email

    assert browser.get("/api/me").status_code == 401
    signed_in(house, email, NEW)
    assert house.browser().post(f"{address}/accept", json={"password": PASSWORD}).status_code == 404


def test_a_newer_link_for_a_password_ends_the_one_before(house: House, ada: tuple[httpx.Client, str]) -> None:
    """ACCESS-11"""
    address = f"/api/members/{id_of(ada[0])}/password-link"
    first, _second = (key_of(house.admin.post(address).json()["url"]) for _ in range(2))

    assert house.browser().get(f"/api/invitations/by-token/{first}").status_code == 404
