"""Signing in by another service, against a real OpenID provider over HTTP."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from collab_server.auth.oidc import Ticket, derived
from collab_server.settings import Settings
from tests.collab_server.access_house import PASSWORD, House, a_house, id_of, key_of, with_csrf
from tests.services.oidc import OidcProvider, oidc_provider

CALLBACK = "/api/session/oidc/callback"


def challenge_of(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class Street:
    """A house, and the provider that people of it may come by."""

    house: House
    provider: OidcProvider

    def begun(self, browser: httpx.Client, **query: str) -> str:
        """The provider's page that a browser is sent to."""
        answer = browser.get("/api/session/oidc", params=query)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def came_back(self, browser: httpx.Client, subject: str, **query: str) -> httpx.Response:
        """The answer to a browser that comes back from there, signed in as someone."""
        return browser.get(CALLBACK, params=self.provider.lets_in(self.begun(browser, **query), subject))


@pytest.fixture(scope="module")
def street(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with oidc_provider(tmp_path_factory.mktemp("oidc")) as provider:
        settings = Settings(
            data=tmp_path_factory.mktemp("house"),
            port=0,
            examples=False,
            database_url=database_url,
            oidc_issuer=provider.issuer,
            oidc_client_id="flowroom",
            oidc_client_secret="between the two of us",
            oidc_name="The Provider",
            oidc_domains=("example.org",),
            oidc_role="commenter",
            sign_in_attempts=1000,
        )
        with a_house(settings) as house:
            yield Street(house, provider)


def test_the_sign_in_page_can_offer_it(street: Street) -> None:
    assert street.house.browser().get("/api/session/methods").json()["oidc"] == {"name": "The Provider"}


def test_who_comes_by_the_provider_gets_an_account_and_is_the_same_person_next_time(street: Street) -> None:
    """ACCESS-13"""
    subject = street.provider.knows("sub-ada", email="ada@example.org", email_verified=True, name="Ada Lovelace")
    browser = street.house.browser()

    answer = street.came_back(browser, subject, next="/graphs/abc?x=1")

    assert (answer.status_code, answer.headers["location"]) == (303, "/graphs/abc?x=1")
    me = browser.get("/api/me").json()
    assert (me["name"], me["email"], me["role"]) == ("Ada Lovelace", "ada@example.org", "commenter")
    street.provider.knows("sub-ada", email="ada.king@example.org", email_verified=True, name="Ada King")
    other = street.house.browser()
    street.came_back(other, subject)
    assert other.get("/api/me").json() == me, "known by issuer and subject, whatever the address is now"


def test_the_request_is_bound_to_the_browser_by_state_nonce_and_proof_key(street: Street) -> None:
    """ACCESS-13: each is derived from the cookie, which only this browser has."""
    browser = street.house.browser()
    asked = dict(parse_qsl(urlsplit(street.begun(browser)).query))

    ticket = Ticket.of(browser.cookies["flowroom_oidc"].partition(".")[0])

    assert (asked["state"], asked["nonce"]) == (ticket.state, ticket.nonce)
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge_of(ticket.verifier), "S256")
    assert asked["redirect_uri"] == f"{street.house.server.url}{CALLBACK}"
    assert asked["scope"] == "openid email profile"


def test_an_answer_that_another_browser_began_signs_nobody_in(street: Street) -> None:
    """ACCESS-13"""
    street.provider.knows("sub-eve", email="eve@example.org", email_verified=True)
    eve, victim = street.house.browser(), street.house.browser()
    answer = street.provider.lets_in(street.begun(eve), "sub-eve")
    street.begun(victim)

    for browser in (victim, street.house.browser()):
        refused = browser.get(CALLBACK, params=answer)
        assert (refused.status_code, "flowroom_session" in browser.cookies) == (401, False)
        assert "not signed in" in refused.text


def test_an_answer_for_a_browser_that_began_nothing_signs_nobody_in(street: Street) -> None:
    """ACCESS-13: whoever leads it there may know what would be derived from no cookie at all."""
    street.provider.knows("sub-eve", email="eve@example.org", email_verified=True)
    state, nonce, verifier = (derived("", purpose) for purpose in ("state", "nonce", "verifier"))
    page = urlsplit(street.begun(street.house.browser()))
    asked = dict(parse_qsl(page.query)) | {"state": state, "nonce": nonce, "code_challenge": challenge_of(verifier)}
    answer = street.provider.lets_in(page._replace(query=urlencode(asked)).geturl(), "sub-eve")
    victim = street.house.browser()

    refused = victim.get(CALLBACK, params=answer)

    assert (refused.status_code, "flowroom_session" in victim.cookies) == (401, False)


def test_a_code_is_worth_nothing_the_second_time(street: Street) -> None:
    """ACCESS-13"""
    street.provider.knows("sub-twice", email="twice@example.org", email_verified=True)
    browser = street.house.browser()
    answer = street.provider.lets_in(street.begun(browser), "sub-twice")
    cookie = browser.cookies["flowroom_oidc"]
    assert browser.get(CALLBACK, params=answer).status_code == 303

    thief = street.house.browser()
    thief.cookies.set("flowroom_oidc", cookie)
    assert thief.get(CALLBACK, params=answer).status_code == 401


def test_who_changes_their_mind_there_is_told_that_they_are_not_signed_in(street: Street) -> None:
    """ACCESS-13"""
    browser = street.house.browser()
    answer = street.provider.turns_away(street.begun(browser))

    refused = browser.get(CALLBACK, params=answer | {"state": Ticket.of(_secret(browser)).state})

    assert refused.status_code == 401
    assert "did not let you in" in refused.text


def _secret(browser: httpx.Client) -> str:
    return browser.cookies["flowroom_oidc"].partition(".")[0]


@pytest.mark.parametrize(
    ("subject", "claims"),
    [
        ("sub-unverified", {"email": "someone@example.org", "email_verified": False}),
        ("sub-silent", {"email": "someone@example.org"}),
        ("sub-nameless", {}),
        ("sub-foreign", {"email": "someone@elsewhere.org", "email_verified": True}),
        ("sub-lookalike", {"email": "someone@notexample.org", "email_verified": True}),
    ],
)
def test_only_a_verified_address_of_an_allowed_domain_counts(
    street: Street, subject: str, claims: dict[str, object]
) -> None:
    """ACCESS-13"""
    street.provider.knows(subject, **claims)
    browser = street.house.browser()

    refused = street.came_back(browser, subject)

    assert refused.status_code == 403
    assert browser.get("/api/me").status_code == 401


def test_an_account_with_a_password_is_linked_only_from_inside_of_it(street: Street) -> None:
    """ACCESS-13: whoever made it with that address need not be the one whose address it is."""
    owner = street.house.person("both@example.org", "editor")
    street.provider.knows("sub-both", email="Both@example.org", email_verified=True)

    assert street.came_back(street.house.browser(), "sub-both").status_code == 409

    assert street.came_back(owner, "sub-both").status_code == 303
    browser = street.house.browser()
    assert street.came_back(browser, "sub-both").status_code == 303
    assert id_of(browser) == id_of(owner)
    assert browser.get("/api/me").json()["role"] == "editor"


def test_whoever_is_given_the_address_of_somebody_else_at_the_provider_does_not_get_their_account(
    street: Street,
) -> None:
    """ACCESS-13: the account is whose login opened it first; they alone let another in, from inside of it."""
    for subject in ("sub-first", "sub-second"):
        street.provider.knows(subject, email="passed.on@example.org", email_verified=True)
    first, second = street.house.browser(), street.house.browser()
    assert street.came_back(first, "sub-first").status_code == 303

    refused = street.came_back(second, "sub-second")

    assert (refused.status_code, second.get("/api/me").status_code) == (409, 401)
    assert "ask an admin" in refused.text
    assert street.came_back(first, "sub-second").status_code == 303
    assert street.came_back(second, "sub-second").status_code == 303
    assert id_of(second) == id_of(first)


def test_who_lost_their_login_at_the_provider_comes_back_with_a_password_from_an_admin(street: Street) -> None:
    """ACCESS-13"""
    for subject in ("sub-lost", "sub-anew"):
        street.provider.knows(subject, email="anew@example.org", email_verified=True)
    before, browser = street.house.browser(), street.house.browser()
    street.came_back(before, "sub-lost")
    link = street.house.admin.post(f"/api/members/{id_of(before)}/password-link").json()

    browser.post(f"/api/invitations/by-token/{key_of(link['url'])}/accept", json={"password": PASSWORD})

    assert street.came_back(browser, "sub-anew").status_code == 303
    again = street.house.browser()
    street.came_back(again, "sub-anew")
    assert id_of(again) == id_of(browser)


def test_a_disabled_account_stays_shut(street: Street) -> None:
    """ACCESS-10"""
    street.provider.knows("sub-off", email="off@example.org", email_verified=True)
    browser = street.house.browser()
    street.came_back(browser, "sub-off")
    street.house.admin.patch(f"/api/members/{id_of(browser)}", json={"disabled": True})

    assert street.came_back(street.house.browser(), "sub-off").status_code == 403


@pytest.mark.parametrize("page", ["//evil.example/", "https://evil.example/", "/\\evil.example", "\t//evil.example"])
def test_coming_back_never_leads_to_another_site(street: Street, page: str) -> None:
    """ACCESS-13"""
    street.provider.knows("sub-way", email="way@example.org", email_verified=True)

    target = street.came_back(street.house.browser(), "sub-way", next=page).headers["location"]

    assert target.startswith("/") and not target.startswith(("//", "/\\"))


def test_a_provider_that_does_not_answer_is_told_and_others_sign_in_as_ever(tmp_path: Path, street: Street) -> None:
    """ACCESS-13"""
    settings = Settings(data=tmp_path, port=0, examples=False, oidc_issuer="http://127.0.0.1:9", oidc_client_id="x")
    with a_house(settings) as house:
        assert house.browser().get("/api/session/oidc").status_code == 503
        person = house.person("as.ever@example.org")
        assert with_csrf(person).get("/api/me").status_code == 200
        again = house.browser().post("/api/session", json={"email": "as.ever@example.org", "password": PASSWORD})
        assert again.status_code == 200


def test_a_provider_under_another_name_is_not_believed(tmp_path: Path, street: Street) -> None:
    """ACCESS-13"""
    other_name = street.provider.issuer.replace("127.0.0.1", "localhost") + "/"
    settings = Settings(data=tmp_path, port=0, examples=False, oidc_issuer=other_name, oidc_client_id="x")
    with a_house(settings) as house:
        answer = house.browser().get("/api/session/oidc")

    assert answer.status_code == 503
    assert answer.json()["expected"] == other_name
