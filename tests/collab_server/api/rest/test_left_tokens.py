"""What becomes of the API tokens that somebody made who may make none any more: ACCESS-16, over real HTTP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.collab_server.access_house import House, id_of, with_csrf

WAYS = ["lower", "shut out", "remove"]


def an_admin(house: House) -> httpx.Client:
    return house.person(f"{uuid4().hex}@example.org", "admin")


def token_of(maker: httpx.Client, name: str, role: str = "editor") -> dict[str, Any]:
    answer = maker.post("/api/tokens", json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def let_go(house: House, person: str, way: str, tokens: str | None = None, links: str | None = None) -> httpx.Response:
    """Take what somebody may away from them, and perhaps say what is to become of their tokens and links."""
    said = {what: how for what, how in (("tokens", tokens), ("links", links)) if how is not None}
    if way == "remove":
        return house.admin.delete(f"/api/members/{person}", params=said)
    change = {"role": "editor"} if way == "lower" else {"disabled": True}
    return house.admin.patch(f"/api/members/{person}", json=change | said)


def works(house: House, token: str) -> bool:
    return house.client(token).get("/api/me").status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_let_go_before_it_is_said_what_becomes_of_their_tokens(house: House, way: str) -> None:
    """ACCESS-16: neither is a key left behind unseen, nor does a bot stop unasked."""
    boss = an_admin(house)
    made = token_of(boss, "Nightly")
    token_of(house.admin, "Another's")

    refused = let_go(house, id_of(boss), way)

    assert refused.status_code == 409
    assert [(one["id"], one["name"], one["role"]) for one in refused.json()["tokens"]] == [
        (made["id"], "Nightly", "editor")
    ]
    assert boss.get("/api/me").json()["role"] == "admin" and works(house, made["token"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tokens", ["keep", "revoke"])
def test_their_tokens_go_with_them_or_stay_as_it_was_said(house: House, way: str, tokens: str) -> None:
    """ACCESS-16: with a revoked one, the browsers that signed in with it; and it is told."""
    boss = an_admin(house)
    person, made = id_of(boss), token_of(boss, "Nightly")
    browser = house.browser()
    browser.post("/api/session", json={"token": made["token"]}).raise_for_status()

    assert let_go(house, person, way, tokens).status_code in (200, 204)

    kept = tokens == "keep"
    assert works(house, made["token"]) is kept and (browser.get("/api/me").status_code == 200) is kept
    rows = house.admin.get("/api/activity", params={"kind": "token.revoked", "limit": 200}).json()["items"]
    assert (made["id"] in [row["facts"]["token"] for row in rows]) is not kept


@pytest.mark.parametrize("by_browser", [True, False])
def test_what_their_tokens_made_counts_as_theirs(house: House, by_browser: bool) -> None:
    """ACCESS-16: also when the token in between is gone."""
    boss = an_admin(house)
    first = token_of(boss, "Ops", "admin")
    maker = house.client(first["token"])
    if by_browser:
        maker = house.browser()
        maker.post("/api/session", json={"token": first["token"]}).raise_for_status()
    second = token_of(with_csrf(maker) if by_browser else maker, "Of the token")
    house.admin.delete(f"/api/tokens/{first['id']}", params={"tokens": "keep"}).raise_for_status()
    assert works(house, second["token"])

    refused = let_go(house, id_of(boss), "remove")

    assert [one["id"] for one in refused.json()["tokens"]] == [second["id"]]
    assert let_go(house, id_of(boss), "remove", "revoke").status_code == 204
    assert not works(house, second["token"])


def test_who_made_no_token_or_stays_an_admin_goes_without_a_question(house: House) -> None:
    """ACCESS-16: so does one whose tokens are revoked, and one who was asked about before."""
    boss, other, plain = an_admin(house), an_admin(house), house.person("plain.left@example.org", "editor")
    made, over = token_of(boss, "Nightly"), token_of(other, "Over")
    house.admin.delete(f"/api/tokens/{over['id']}").raise_for_status()

    assert house.admin.patch(f"/api/members/{id_of(boss)}", json={"role": "admin"}).status_code == 200
    assert let_go(house, id_of(other), "lower").status_code == 200
    assert let_go(house, id_of(plain), "remove").status_code == 204
    assert let_go(house, id_of(boss), "lower", "keep").status_code == 200
    assert house.admin.patch(f"/api/members/{id_of(boss)}", json={"role": "viewer"}).status_code == 200
    assert works(house, made["token"])


def test_no_token_is_revoked_before_it_is_said_what_becomes_of_those_it_made(house: House) -> None:
    """ACCESS-16: whoever revokes a key that was stolen learns of the copies."""
    first = token_of(house.admin, "Ops", "admin")
    second = token_of(house.client(first["token"]), "Copy", "admin")
    third = token_of(house.client(second["token"]), "Copy of the copy")

    refused = house.admin.delete(f"/api/tokens/{first['id']}")

    assert refused.status_code == 409 and "`revoke` or `keep`" in refused.json()["expected"]
    assert {one["name"] for one in refused.json()["tokens"]} == {"Copy", "Copy of the copy"}
    assert works(house, first["token"])
    assert house.admin.delete(f"/api/tokens/{second['id']}", params={"tokens": "keep"}).status_code == 204
    assert works(house, third["token"]) and not works(house, second["token"])
    assert house.admin.delete(f"/api/tokens/{first['id']}", params={"tokens": "revoke"}).status_code == 204
    assert not works(house, third["token"])
    rows = house.admin.get("/api/activity", params={"kind": "token.revoked", "limit": 3}).json()["items"]
    assert [row["facts"]["name"] for row in rows] == ["Copy of the copy", "Ops", "Copy"]
