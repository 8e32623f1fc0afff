"""Only pages of this server may ask it for something, by a name that is its own."""

import pytest

from collab_server.auth.origin import allowed
from collab_server.settings import Settings
from tests.collab_server.auth.requests import a_request

LOCAL = Settings()
OPEN = Settings(host="0.0.0.0")
PROXIED = Settings(allowed_hosts=("flow.example.org", "other.example.org:8443"))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_loopback_names_are_ours(host: str) -> None:
    assert allowed(a_request(host=host), LOCAL)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "192.168.0.7:8000", "a@127.0.0.1", "[::1"],
)
def test_a_foreign_host_name_is_refused(host: str) -> None:
    """DNS rebinding: the page's own name, made to point here, is still not ours."""
    assert not allowed(a_request(host=host), LOCAL)


def test_a_server_on_every_address_answers_to_addresses_but_not_to_names() -> None:
    assert allowed(a_request(host="192.168.0.7:8000"), OPEN)
    assert not allowed(a_request(host="evil.example:8000"), OPEN)


def test_an_allowed_host_is_ours_and_its_port_counts_when_it_has_one() -> None:
    assert allowed(a_request(host="flow.example.org:1234"), PROXIED)
    assert allowed(a_request(host="other.example.org:8443"), PROXIED)
    assert not allowed(a_request(host="other.example.org:1234"), PROXIED)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:3000",
        "http://localhost:8000",
        "file://",
        "http://127.0.0.1",
    ],
)
def test_a_foreign_origin_is_refused(origin: str) -> None:
    """Another port of the same machine is another site, too."""
    assert not allowed(a_request("POST", host="127.0.0.1:8000", origin=origin), LOCAL)


def test_our_own_origin_is_allowed() -> None:
    assert allowed(a_request("POST", host="127.0.0.1:8000", origin="http://127.0.0.1:8000"), LOCAL)


def test_an_allowed_host_is_an_allowed_origin_behind_a_proxy_that_rewrites_host() -> None:
    assert allowed(a_request("POST", host="127.0.0.1:8000", origin="https://flow.example.org"), PROXIED)
    assert not allowed(a_request("POST", host="127.0.0.1:8000", origin="https://evil.example"), PROXIED)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_the_page_is_foreign_is_believed(site: str) -> None:
    assert not allowed(a_request(host="localhost", sec_fetch_site=site), LOCAL)


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_page_and_the_address_bar_are_allowed(site: str) -> None:
    assert allowed(a_request(host="localhost", sec_fetch_site=site), LOCAL)


def test_following_a_link_to_here_is_allowed_but_framing_or_posting_is_not() -> None:
    visit = {"host": "localhost", "sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert allowed(a_request(**visit, sec_fetch_dest="document"), LOCAL)
    assert not allowed(a_request(**visit, sec_fetch_dest="iframe"), LOCAL)
    assert not allowed(a_request("POST", **visit, sec_fetch_dest="document"), LOCAL)


def test_a_program_sends_neither_header_and_is_allowed() -> None:
    assert allowed(a_request("POST", host="127.0.0.1:8000"), LOCAL)


def test_the_name_a_server_listens_on_is_ours_however_it_is_spelled() -> None:
    """Browsers send host names in lower case, whatever the setting says."""
    server = Settings(host="MyBox.Local")

    assert allowed(a_request(host="mybox.local:8000"), server)
    assert allowed(a_request(host="MyBox.Local:8000"), server)
