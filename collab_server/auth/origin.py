"""Whether a request comes from a page of ours: the Host, Origin and Sec-Fetch-Site headers, closed by default.

Host is checked against DNS rebinding: a page of another site whose name was made to point here still says that
name. Origin and Sec-Fetch-Site are what a browser adds by itself and a page can't change. Programs send neither, and
need none: they carry a token, which no foreign page has.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from collab_server.errors import ForeignHost, ForeignOrigin
from collab_server.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})


def allowed(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether this request or socket may go on at all; `check` says what is wrong with it."""
    try:
        check(connection, settings)
    except (ForeignHost, ForeignOrigin):
        return False
    return True


def check(connection: HTTPConnection, settings: Settings) -> None:
    """Raise ForeignHost or ForeignOrigin unless the request is for us and from us."""
    host = connection.headers.get("host", "")
    if not host_allowed(host, settings):
        raise ForeignHost(
            f"This server does not answer to the name {host!r}.",
            expected="a loopback address, or a name of the setting allowed_hosts",
            received=host,
            advice="Open it by an allowed name, or add this one to FLOWROOM_ALLOWED_HOSTS.",
        )
    origin = connection.headers.get("origin")
    if origin is not None:
        ours = _is_ours(origin, host, settings)
    else:
        ours = connection.headers.get("sec-fetch-site", "none") in ("same-origin", "none") or _is_visit(connection)
    if not ours:
        raise ForeignOrigin(
            "This request comes from a page of another site.",
            expected="a page of this server",
            received=origin or connection.headers.get("sec-fetch-site"),
            advice="If that page is yours, add its host to FLOWROOM_ALLOWED_HOSTS; a program should send no Origin.",
        )


def host_allowed(host: str, settings: Settings) -> bool:
    """Whether a Host header names this server.

    Loopback names and `settings.host` do; when it listens on every address, so do the machine's own name and any
    plain IP address, which no DNS answer can forge.
    """
    split = _split(f"//{host}")
    if split is None:
        return False
    name, _port = split
    if name in LOOPBACK or name == settings.host.lower() or _listed(name, host, settings):
        return True
    return settings.host in ANY_ADDRESS and (_is_address(name) or name == socket.gethostname().lower())


def _is_ours(origin: str, host: str, settings: Settings) -> bool:
    split = _split(origin)
    if split is None or not origin.startswith(("http://", "https://")):
        return False
    authority = origin.split("//", 1)[1].lower()
    return authority == host.lower() or _listed(split[0], authority, settings)


def _listed(name: str, authority: str, settings: Settings) -> bool:
    """Whether `allowed_hosts` has the name (any port) or the name with this very port."""
    return any(entry.lower() in (name, authority.lower()) for entry in settings.allowed_hosts)


def _is_visit(connection: HTTPConnection) -> bool:
    """A person following a link to here: shown to them alone, so that the other site learns nothing."""
    headers = connection.headers
    return (
        connection.scope["type"] == "http"
        and connection.scope["method"] in ("GET", "HEAD")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _split(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        return (parts.hostname, parts.port) if parts.hostname and not parts.username else None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
