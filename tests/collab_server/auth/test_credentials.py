"""What a connection shows, and what a write by cookie needs besides."""

import pytest

from collab_server.auth.credentials import Credentials, check_csrf, credentials
from collab_server.auth.tokens import csrf_token
from collab_server.errors import MissingCsrf
from tests.collab_server.auth.requests import a_request

SESSION = "flowroom_session=s3cret"


def test_a_token_that_is_shown_wins_over_the_cookie() -> None:
    assert credentials(a_request(authorization="Bearer abc", cookie=SESSION)) == Credentials("token", "abc")
    assert credentials(a_request(query="token=abc", cookie=SESSION)) == Credentials("token", "abc")
    assert credentials(a_request(cookie=SESSION)) == Credentials("cookie", "s3cret")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc"])
def test_what_is_no_bearer_token_shows_nothing(header: str) -> None:
    assert credentials(a_request(authorization=header)) is None


def test_credentials_keep_their_secret_out_of_their_repr() -> None:
    assert "abc" not in repr(Credentials("token", "abc"))


def test_reading_by_cookie_needs_no_csrf_token() -> None:
    check_csrf(a_request("GET", cookie=SESSION))


def test_a_write_with_a_token_needs_none_either() -> None:
    check_csrf(a_request("DELETE", authorization="Bearer abc", cookie=SESSION))


def test_a_write_by_cookie_needs_the_header_that_equals_the_csrf_cookie() -> None:
    good = csrf_token("s3cret")
    check_csrf(a_request("POST", cookie=f"{SESSION}; flowroom_csrf={good}", x_csrf_token=good))


@pytest.mark.parametrize(
    ("header", "cookie"),
    [
        ("", csrf_token("s3cret")),
        (csrf_token("s3cret"), ""),
        ("", ""),
        ("planted", "planted"),
        (csrf_token("another"), csrf_token("another")),
    ],
)
def test_any_other_pair_is_refused(header: str, cookie: str) -> None:
    """A cookie that a neighbouring host planted equals its header, but is not derived from the session."""
    with pytest.raises(MissingCsrf):
        check_csrf(a_request("POST", cookie=f"{SESSION}; flowroom_csrf={cookie}", x_csrf_token=header))
