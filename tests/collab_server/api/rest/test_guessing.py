"""Guessing is slow, by address and by account; in a house of its own, since those who guess are shut out of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from collab_server.settings import Settings
from tests.collab_server.access_house import PASSWORD, House, a_house


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[House]:
    """A server that takes five wrong passwords for an account, and many from an address."""
    settings = Settings(data=tmp_path, port=0, examples=False, account_attempts=5, sign_in_attempts=200)
    with a_house(settings) as found:
        yield found


def a_guess(house: House, email: str, password: str) -> httpx.Response:
    return house.browser().post("/api/session", json={"email": email, "password": password})


def test_an_account_takes_so_many_wrong_passwords_even_all_at_once(strict: House) -> None:
    """ACCESS-4"""
    strict.person("ada@example.org")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: a_guess(strict, "ADA@example.org", f"guess number {n:04}"), range(20)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    refused = a_guess(strict, "ada@example.org", PASSWORD)
    assert refused.status_code == 429, "the right one is among those that a guesser might try"
    assert int(refused.headers["retry-after"]) > 0


def test_an_account_is_the_same_however_its_address_is_spelt(strict: House) -> None:
    """ACCESS-4: letters that are taken for each other when someone signs in are so when tries are counted."""
    strict.person("vic@example.org")
    names = ["vic", "\uff56ic", "v\uff49c", "vi\uff43", " VIC", "\uff56\uff49\uff43"]  # full-width letters

    answers = [a_guess(strict, f"{name}@example.org", "a wrong password").status_code for name in names]

    assert answers == [401] * 5 + [429]


def test_an_address_takes_so_many_wrong_passwords_even_all_at_once(tmp_path: Path) -> None:
    """ACCESS-4: of different accounts, too; those who are right only wait for others."""
    with a_house(Settings(data=tmp_path, port=0, examples=False, sign_in_attempts=5)) as house:
        house.person("ada@example.org")
        with ThreadPoolExecutor(20) as pool:
            right = list(pool.map(lambda _: a_guess(house, "ada@example.org", PASSWORD), range(12)))
            wrong = list(pool.map(lambda n: a_guess(house, f"n{n}@example.org", "a wrong password"), range(20)))

    assert {answer.status_code for answer in right} == {200}
    assert sorted(answer.status_code for answer in wrong) == [401] * 5 + [429] * 15


def test_an_unknown_account_is_counted_like_a_known_one(strict: House) -> None:
    """ACCESS-4"""
    answers = [a_guess(strict, "nobody@example.org", f"guess number {n:04}").status_code for n in range(7)]

    assert answers == [401] * 5 + [429] * 2


def test_signing_in_rightly_is_never_counted(strict: House) -> None:
    """ACCESS-4"""
    strict.person("ada@example.org")

    assert {a_guess(strict, "ada@example.org", PASSWORD).status_code for _ in range(8)} == {200}


def test_keys_are_guessed_no_faster_than_tokens(tmp_path: Path) -> None:
    """ACCESS-4"""
    with a_house(Settings(data=tmp_path, port=0, examples=False, sign_in_attempts=3)) as house:
        stranger = house.browser()
        for path in ("invitations", "links", "invitations"):
            assert stranger.get(f"/api/{path}/by-token/guess").status_code == 404
        assert stranger.get("/api/links/by-token/guess").status_code == 429
        assert stranger.post("/api/session", json={"token": "guess"}).status_code == 429


def test_whatever_counts_as_a_wrong_try_is_in_the_list(tmp_path: Path) -> None:
    """ACT-16: with its method and whoever tried, if they were in already; and what came too often is not."""
    with a_house(Settings(data=tmp_path, port=0, examples=False, sign_in_attempts=7)) as house:
        ada, stranger = house.person("ada@example.org"), house.browser()
        tries = {"current": "a wrong password", "new": "another password"}
        assert ada.put("/api/me/password", json=tries).status_code == 403
        assert ada.post("/api/links/by-token/guess/open").status_code == 404
        assert a_guess(house, "ada@example.org", "a wrong password").status_code == 401
        assert stranger.post("/api/session", json={"token": "guess"}).status_code == 401
        for key in ("links/by-token/guess", "invitations/by-token/guess"):
            assert stranger.get(f"/api/{key}").status_code == 404
        accepted = stranger.post("/api/invitations/by-token/guess/accept", json={"password": PASSWORD})
        assert accepted.status_code == 404
        assert stranger.get("/api/links/by-token/guess").status_code == 429

        rows = house.admin.get("/api/activity", params={"kind": "session.refused"}).json()["items"]
        assert [(row["facts"]["method"], row["by"]["name"]) for row in reversed(rows)] == [
            ("password change", "Ada"),
            ("link", "Ada"),
            ("password", ""),
            ("token", ""),
            ("link", ""),
            ("invitation", ""),
            ("invitation", ""),
        ]
        assert "guess" not in str(rows) and "wrong password" not in str(rows)


def test_one_address_makes_only_so_many_guests_in_a_minute(tmp_path: Path) -> None:
    """ACCESS-12"""
    with a_house(Settings(data=tmp_path, port=0, examples=False, max_guests_per_minute=3)) as house:
        link = f"/api/links/by-token/{house.link(house.graph(), 'viewer')['key']}/open"
        known = house.person("ada@example.org")

        assert [house.browser().post(link).status_code for _ in range(5)] == [200] * 3 + [429] * 2
        assert known.post(link).status_code == 200, "whoever is someone already makes nobody new"
