"""What becomes of the share links that somebody made who goes: ACCESS-16, over real HTTP."""

import httpx
import pytest

from tests.collab_server.access_house import House, id_of
from tests.collab_server.api.rest.test_left_tokens import WAYS, an_admin, let_go, token_of


def link_of(maker: httpx.Client) -> tuple[str, str]:
    """A link to a private graph that somebody just made: its id, and the key that is in its address."""
    graph = maker.post("/api/graphs", json={"title": "Plans"}).json()["id"]
    answer = maker.post(f"/api/graphs/{graph}/links", json={"role": "editor"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["url"].rsplit("/", 1)[-1]


def opens(house: House, key: str) -> bool:
    return house.client().get(f"/api/links/by-token/{key}").status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_let_go_before_it_is_said_what_becomes_of_their_links(house: House, way: str) -> None:
    """ACCESS-16: whoever kept the address of one would be back as a guest."""
    boss = an_admin(house)
    link, key = link_of(boss)
    link_of(house.admin)

    refused = let_go(house, id_of(boss), way)

    assert refused.status_code == 409 and "`links`" in refused.json()["expected"]
    assert [(one["id"], one["title"], one["role"]) for one in refused.json()["links"]] == [(link, "Plans", "editor")]
    assert boss.get("/api/me").json()["role"] == "admin" and opens(house, key)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("links", ["keep", "revoke"])
def test_their_links_go_with_them_or_stay_as_it_was_said(house: House, way: str, links: str) -> None:
    """ACCESS-16: with a revoked one, what it gave; and it is told."""
    boss = an_admin(house)
    link, key = link_of(boss)
    guest = house.browser()
    opened = guest.post(f"/api/links/by-token/{key}/open")
    graph = opened.json()["graph"]

    assert let_go(house, id_of(boss), way, links=links).status_code in (200, 204)

    kept = links == "keep"
    assert opens(house, key) is kept and (guest.get(f"/api/graphs/{graph}").status_code == 200) is kept
    rows = house.admin.get("/api/activity", params={"kind": "link.revoked", "limit": 200}).json()["items"]
    assert ((graph, link) in [(row["graph"], row["facts"]["link"]) for row in rows]) is not kept


def test_what_their_tokens_shared_counts_as_theirs(house: House) -> None:
    """ACCESS-16: also of a token that is revoked, which is asked of by itself, too."""
    boss = an_admin(house)
    token = token_of(boss, "Sharing", "admin")
    link, key = link_of(house.client(token["token"]))

    refused = house.admin.delete(f"/api/tokens/{token['id']}")
    assert refused.status_code == 409 and [one["id"] for one in refused.json()["links"]] == [link]
    assert house.admin.delete(f"/api/tokens/{token['id']}", params={"links": "keep"}).status_code == 204
    assert opens(house, key)

    refused = let_go(house, id_of(boss), "remove")
    assert refused.status_code == 409 and [one["id"] for one in refused.json()["links"]] == [link]
    assert let_go(house, id_of(boss), "remove", links="revoke").status_code == 204
    assert not opens(house, key)


def test_of_tokens_and_links_that_are_left_it_is_said_of_each(house: House) -> None:
    """ACCESS-16: programs may go on where addresses are to end. Who said nothing yet is asked of both at once."""
    boss = an_admin(house)
    token = token_of(boss, "Nightly")
    link, key = link_of(boss)

    asked = let_go(house, id_of(boss), "lower").json()
    assert [one["id"] for one in asked["tokens"]] == [token["id"]] and [one["id"] for one in asked["links"]] == [link]
    assert asked["expected"] == "`tokens` and `links`: `revoke` or `keep`"
    assert "links" in let_go(house, id_of(boss), "lower", tokens="keep").json()
    assert let_go(house, id_of(boss), "lower", tokens="keep", links="revoke").status_code == 200
    assert not opens(house, key)
