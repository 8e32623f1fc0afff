"""What browsers may that are signed in with an API token, over real HTTP: what the token may, and nothing else."""

import pytest

from tests.collab_server.access_house import House, with_csrf


@pytest.mark.parametrize("narrow", [True, False])
def test_who_is_signed_in_with_an_api_token_opens_no_link_either(house: House, narrow: bool) -> None:
    """ACCESS-6 and ACCESS-12: they may what the token may; signed out, they come as a guest."""
    private = house.graph("Hidden plan", private=True)
    more = {"graphs": [house.graph("The token's own")]} if narrow else {}
    made = house.admin.post("/api/tokens", json={"name": "Desk", "role": "viewer", "kind": "person", **more}).json()
    browser = house.browser()
    browser.post("/api/session", json={"token": made["token"]}).raise_for_status()
    opening = f"/api/links/by-token/{house.link(private, 'editor')['key']}/open"

    refused = with_csrf(browser).post(opening)

    assert refused.status_code == 403 and "Sign out" in refused.json()["advice"]
    assert browser.get(f"/api/graphs/{private}").status_code == 404
    assert browser.delete("/api/session").status_code == 204
    assert browser.post(opening).json()["role"] == "editor"
