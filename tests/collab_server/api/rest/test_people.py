"""Signing in and out, being someone, and the tokens of programs, over real HTTP."""

import httpx
import pytest

from collab_server.auth.names import COLOURS
from collab_server.folder import RunningServer
from tests.collab_server.api.rest.conftest import MakeClient, client_of


def test_a_page_of_another_site_signs_nobody_over_to_somebody_else(
    server: RunningServer, admin: httpx.Client, anyone: httpx.Client
) -> None:
    """ACCESS-14: it may lead here with a token of its own."""
    token = admin.post("/api/tokens", json={"name": "Mallory", "role": "viewer"}).json()["token"]
    led = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    anyone.get(f"/?token={token}", headers=led)
    assert anyone.get("/api/me").json()["name"] == "Mallory", "nobody was signed in before"
    anyone.get(f"/?token={server.token}")
    mine = anyone.get("/api/me").json()
    anyone.get(f"/?token={token}", headers=led)
    assert anyone.get("/api/me").json() == mine


def test_the_printed_address_signs_a_browser_in_and_drops_the_token(
    anyone: httpx.Client, server: RunningServer
) -> None:
    answer = anyone.get(f"/graphs/abc?token={server.token}&x=1")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/graphs/abc?x=1"
    session, csrf = (cookie.lower() for cookie in answer.headers.get_list("set-cookie"))
    assert "httponly" in session and "samesite=lax" in session and "secure" not in session
    assert "httponly" not in csrf and "samesite=lax" in csrf
    me = anyone.get("/api/me").json()
    assert (me["role"], me["kind"]) == ("admin", "person")
    assert me["colour"] in COLOURS


def test_behind_tls_cookies_are_secure(anyone: httpx.Client, server: RunningServer) -> None:
    answer = anyone.get(f"/?token={server.token}", headers={"x-forwarded-proto": "https"})

    assert all("secure" in cookie.lower() for cookie in answer.headers.get_list("set-cookie"))


def test_the_redirect_never_leads_to_another_site(anyone: httpx.Client, server: RunningServer) -> None:
    for path in ("//evil.example/", "/\\evil.example/", "///evil.example"):
        answer = anyone.get(f"{server.url}{path}?token={server.token}")
        target = answer.headers.get("location", "/")
        assert target.startswith("/") and not target.startswith(("//", "/\\"))


def test_opening_the_address_again_stays_the_same_person(browser: httpx.Client, server: RunningServer) -> None:
    before = browser.patch("/api/me", json={"name": "Ada"}).json()

    browser.get(f"/?token={server.token}")

    assert browser.get("/api/me").json() == before


def test_a_wrong_token_in_the_address_gets_a_page_that_says_what_to_do(anyone: httpx.Client) -> None:
    answer = anyone.get("/?token=wrong")

    assert answer.status_code == 401
    assert "flowroom token" in answer.text and '<a class="on" href="/">Sign in</a>' in answer.text
    assert "set-cookie" not in answer.headers


def test_two_browsers_are_two_people(server: RunningServer) -> None:
    people = []
    for _ in range(2):
        with client_of(server, None) as client:
            people.append(client.post("/api/session", json={"token": server.token}).json())

    assert people[0]["id"] != people[1]["id"]


def test_a_person_changes_name_and_colour(browser: httpx.Client) -> None:
    answer = browser.patch("/api/me", json={"name": "  Zoë 🚀 ", "colour": "#123abc"})

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["colour"]) == ("Zoë 🚀", "#123abc")
    assert browser.get("/api/me").json() == answer.json()


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": " \u200b\n"},
        {"name": "\u3164\u2800"},
        {"name": "x" * 61},
        {"colour": "red"},
        {"colour": "#12345"},
        {"role": "admin"},
    ],
)
def test_a_name_or_colour_that_cannot_be_shown_is_refused(browser: httpx.Client, change: dict[str, str]) -> None:
    answer = browser.patch("/api/me", json=change)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_signing_out_ends_the_session_for_good(browser: httpx.Client, server: RunningServer) -> None:
    cookie = browser.cookies["flowroom_session"]

    assert browser.delete("/api/session").status_code == 204

    with client_of(server, None) as thief:
        thief.cookies.set("flowroom_session", cookie)
        assert thief.get("/api/me").status_code == 401


def test_signing_out_with_a_token_ends_nothing(admin: httpx.Client) -> None:
    """ACCESS-6: there is no session to end, and others use the same token."""
    assert admin.delete("/api/session").status_code == 204
    assert admin.get("/api/me").status_code == 200


def test_a_write_by_cookie_without_the_header_is_refused(browser: httpx.Client) -> None:
    del browser.headers["x-csrf-token"]

    answer = browser.post("/api/graphs", json={"title": "by a foreign page"})

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/missing-csrf"


def test_an_api_token_acts_in_its_own_name_until_it_is_revoked(admin: httpx.Client, server: RunningServer) -> None:
    made = admin.post("/api/tokens", json={"name": "Nightly", "role": "viewer", "kind": "agent"})
    assert made.status_code == 201

    with client_of(server, made.json()["token"]) as bot:
        me = bot.get("/api/me").json()
        assert (me["name"], me["role"], me["kind"]) == ("Nightly", "viewer", "agent")
        listed = admin.get("/api/tokens").json()["items"]
        assert [token["name"] for token in listed if token["id"] == me["id"]] == ["Nightly"]
        assert all("token" not in token for token in listed)

        assert admin.delete(f"/api/tokens/{me['id']}").status_code == 204
        assert bot.get("/api/me").status_code == 401
        assert admin.delete(f"/api/tokens/{me['id']}").status_code == 404


def test_nobody_but_an_admin_makes_lists_or_revokes_tokens(as_role: MakeClient) -> None:
    editor = as_role("editor")

    assert editor.get("/api/tokens").status_code == 403
    assert editor.post("/api/tokens", json={"name": "x", "role": "admin"}).status_code == 403
    assert editor.delete("/api/tokens/t-1").status_code == 403


def test_nobody_can_make_themselves_an_engine(admin: httpx.Client) -> None:
    assert admin.post("/api/tokens", json={"name": "x", "kind": "engine"}).status_code == 422


def test_guessing_tokens_is_slowed_down(anyone: httpx.Client) -> None:
    answers = [anyone.post("/api/session", json={"token": f"guess {n}"}) for n in range(30)]

    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
