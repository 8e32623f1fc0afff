"""Where a webhook may go, as far as its address says so; what its name leads to is checked at each attempt."""

from urllib.parse import SplitResult, urlsplit

import httpx

from collab_server.errors import InvalidRequest
from flowroom.addresses import AddressPolicy, address_of, is_public

MAX_URL_CHARS = 2000


def check_url(url: str, policy: AddressPolicy) -> str:
    """The address, if a webhook may have it. Raises InvalidRequest."""
    parts = _split(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.username is not None or parts.password is not None:
        raise _refusal("A webhook's address holds no name and password.", "https://host/path", host)
    if parts.scheme == "http" and not policy.names(host, port):
        raise _refusal("A webhook goes over TLS.", "https://…", url, _ALLOW)
    address = address_of(host)
    local = host == "localhost" or host.endswith(".localhost")
    if (local or (address is not None and not is_public(address))) and not policy.names(host, port):
        raise _refusal("That address is not on the public internet.", "a public host", host, _ALLOW)
    return url


_ALLOW = "Name the host in FLOWROOM_WEBHOOK_ALLOW to let webhooks go there, with or without TLS."


def host_of(url: str) -> str:
    """What is told of an address: paths and queries of webhooks hold secrets."""
    return urlsplit(url).hostname or ""


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _refusal("That is no web address.", "https://host/path", url) from error
    try:
        _ = httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError) as error:  # such as xn--a, which stands for no name
        raise _refusal("That is no web address.", "https://host/path", url) from error
    plain = url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or len(url) > MAX_URL_CHARS:
        raise _refusal("That is no web address.", "https://host/path", url)
    return parts


def _refusal(what: str, expected: str, received: str, advice: str = "") -> InvalidRequest:
    return InvalidRequest(what, expected=expected, received=received[:100], advice=advice)
