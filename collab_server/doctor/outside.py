"""Checks of a server as people reach it: through whatever proxy, TLS and network lie before it."""

import asyncio
import ipaddress
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import websockets

from collab_server.doctor.finding import Verdict, failed, ok, skipped, warning
from flowroom import __version__
from flowroom.protocol import CloseCode, graph_path

SECONDS = 10.0
SKEW_SECONDS = 2.0
TLS_DAYS = 14
FORGED = "203.0.113.7"
"""An address of documentation (RFC 5737), which a proxy must not pass on as a client's own word."""
NOBODY = "no-such-graph-0"


@dataclass(frozen=True, slots=True)
class Outside:
    """A server's address and a token for it."""

    url: str
    token: str

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine reaches it so."""
        return urlsplit(self.url).hostname in ("127.0.0.1", "::1", "localhost")

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET. Raises httpx.HTTPError."""
        shown = {"authorization": f"Bearer {self.token}", **headers}
        return httpx.get(f"{self.url}{path}", headers=shown, timeout=SECONDS, trust_env=not self.is_local)


def reach(site: Outside) -> Verdict:
    """Whether it answers at all, to this name and token."""
    try:
        answer = site.get("/api/settings")
    except httpx.HTTPError as error:
        return failed(f"{site.url} does not answer: {error}", "Start the server, or mend the address or the proxy.")
    match answer.status_code:
        case 200:
            version = answer.json()["version"]
            if version != __version__:
                return warning(f"version {version}, and this is {__version__}", "Let both be of one version.")
            return ok(f"version {version} answers")
        case 421:
            host = urlsplit(site.url).netloc
            return failed(f"the server does not answer to the name {host}", "Add it to FLOWROOM_ALLOWED_HOSTS.")
        case 401:
            return failed("the token is not known there", "`flowroom token` shows it where the server runs.")
        case status:
            return failed(f"answer {status} for /api/settings", "Look whether the proxy leads to a Flowroom server.")


def ready(site: Outside) -> Verdict:
    """Whether it says that it can do its work."""
    try:
        answer = site.get("/readyz")
        checks: dict[str, str] = answer.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return failed(f"/readyz does not tell: {error!r}", "Let the proxy pass /readyz on, or ask the server directly.")
    wrong = [f"{name}: {found}" for name, found in checks.items() if found != "ok"]
    if wrong:
        return failed("; ".join(wrong), "Mend what is named; the server's log has more.")
    return ok(", ".join(checks))


def proxy(site: Outside) -> Verdict:
    """Whether the server knows who people are and that they come by TLS, and believes nobody but its proxy."""
    try:
        seen: dict[str, Any] = site.get("/api/server/seen", **{"x-forwarded-for": FORGED}).raise_for_status().json()
    except httpx.HTTPError as error:
        return skipped(f"the server does not tell how it sees this call: {error}")
    ours = urlsplit(site.url)
    passed_on_by = seen["forwardedFor"].rpartition(",")[2].strip()
    if seen["address"] == FORGED and not site.is_local and not _is_loopback(passed_on_by):
        return failed(
            "anyone can pass for any address: a forged X-Forwarded-For was believed",
            "Let the proxy overwrite the header (nginx: proxy_set_header X-Forwarded-For $remote_addr), and name only "
            "the proxy in FLOWROOM_FORWARDED_ALLOW_IPS.",
        )
    if seen["scheme"] != ours.scheme:
        return failed(
            f"people come by {ours.scheme}, and the server takes it for {seen['scheme']}",
            "Let the proxy set X-Forwarded-Proto, and name it in FLOWROOM_FORWARDED_ALLOW_IPS.",
        )
    if seen["host"] != ours.netloc:
        return warning(
            f"the proxy says Host {seen['host']} instead of {ours.netloc}",
            "Let it pass on the name (nginx: proxy_set_header Host $http_host), or pages of it count as foreign.",
        )
    if not site.is_local and _is_loopback(seen["address"]) and not seen["forwardedFor"]:
        return warning(
            f"the server takes everyone for {seen['address']}: limits per address count all people as one",
            "Let the proxy set X-Forwarded-For, and name it in FLOWROOM_FORWARDED_ALLOW_IPS.",
        )
    return ok(f"sees {seen['address']} by {seen['scheme']}")


def tls(site: Outside) -> Verdict:
    """Whether what people send is encrypted, and for how long the certificate is good."""
    parts = urlsplit(site.url)
    if parts.scheme != "https":
        if site.is_local:
            return skipped("nobody else reaches a loopback address")
        return failed("tokens and edits travel in the clear", "Put a proxy with TLS before the server.")
    try:
        days = asyncio.run(_days_left(str(parts.hostname), parts.port or 443))
    except (OSError, ssl.SSLError, TimeoutError) as error:
        return failed(f"TLS fails: {error}", "Mend the certificate: browsers refuse it, too.")
    if days < TLS_DAYS:
        return warning(f"the certificate is good for {days:.0f} days", "Renew it.")
    return ok(f"the certificate is good for {days:.0f} days")


def sockets(site: Outside) -> Verdict:
    """Whether WebSockets get through."""
    try:
        code = asyncio.run(_close_code(site))
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        return failed(
            f"a WebSocket does not get through: {error}",
            "Let the proxy pass on upgrades (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
            'proxy_set_header Connection "upgrade").',
        )
    if code == CloseCode.NO_SUCH_DOCUMENT:
        return ok("a socket opens and is answered")
    return warning(
        f"a socket opens and is closed with {code}, not {int(CloseCode.NO_SUCH_DOCUMENT)}", "See the server's log."
    )


def clock(site: Outside) -> Verdict:
    """Whether the server's clock is this machine's."""
    try:
        before = time.time()
        answer = site.get("/livez")
        theirs = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5  # it says whole seconds
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return skipped(f"the server does not tell its time: {error!r}")
    skew = theirs - (before + time.time()) / 2
    if abs(skew) > SKEW_SECONDS:
        return warning(f"the server's clock is {skew:+.0f} s from this machine's", "Let both be set by NTP.")
    return ok(f"within {abs(skew):.1f} s of this machine's")


async def _days_left(host: str, port: int) -> float:
    async with asyncio.timeout(SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context(), server_hostname=host)
        certificate: dict[str, Any] = writer.get_extra_info("peercert")
        writer.close()
        return (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86400


async def _close_code(site: Outside) -> int | None:
    url = site.url.replace("http", "ws", 1) + graph_path(NOBODY)
    headers = {"Authorization": f"Bearer {site.token}"}
    proxied: Literal[True] | None = None if site.is_local else True
    async with asyncio.timeout(SECONDS):
        async with websockets.connect(url, additional_headers=headers, proxy=proxied) as socket:
            await socket.wait_closed()
            return socket.close_code


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
