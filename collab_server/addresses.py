"""What one network address may have of this server at once: connections, sockets, and attempts to join in a second.

The limits are per process and generous: many people share the address of an office. They are there so that one
machine that goes mad, or an attacker with a handful of addresses, leaves room for everyone else. An IPv6 address counts
with its /64, which one customer has as a whole.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from collab_server import metrics
from collab_server.logging import logger
from collab_server.settings import Settings
from flowroom import tracing
from flowroom.protocol import CLOSE_REASONS, CloseCode

log = logger("addresses")

MAX_ADDRESSES = 10_000
"""Addresses remembered. One that holds nothing makes place first; its attempts are forgotten with it."""


class TooMany(Exception):
    """An address has used up what it may have of something."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This address has too many {what} here just now.")
        self.what = what


@dataclass(slots=True)
class _Use:
    """What one address has."""

    held: dict[str, int] = field(default_factory=dict)
    attempts: float = 0.0
    """How many joins it may still attempt."""
    filled: float = 0.0


class Addresses:
    """All addresses that have something, or had not long ago."""

    def __init__(self, *, connections: int, sockets: int, joins_per_second: float, burst_seconds: float) -> None:
        self._limits = {"connections": connections, "sockets": sockets}
        self._rate, self._burst = joins_per_second, max(1.0, joins_per_second * burst_seconds)
        self._uses: OrderedDict[str, _Use] = OrderedDict()

    def take(self, what: str, address: str) -> None:
        """Count one more connection or socket; `give_back` it. Raises TooMany."""
        use = self._use(address)
        held = use.held.get(what, 0)
        if held >= self._limits[what]:
            metrics.REFUSED_ADDRESSES.labels(what).inc()
            raise TooMany(what)
        use.held[what] = held + 1

    def give_back(self, what: str, address: str) -> None:
        """Count one less."""
        use = self._uses.get(network_of(address))
        if use is not None:
            use.held[what] = max(0, use.held.get(what, 0) - 1)

    @contextmanager
    def joined(self, address: str, *, now: float | None = None) -> Iterator[None]:
        """Hold a socket while the block runs. Raises TooMany, for attempts that come too fast as well."""
        self._attempt(address, time.monotonic() if now is None else now)
        self.take("sockets", address)
        try:
            yield
        finally:
            self.give_back("sockets", address)

    def _attempt(self, address: str, now: float) -> None:
        use = self._use(address)
        passed = now - use.filled if use.filled else self._burst / self._rate
        use.attempts, use.filled = min(use.attempts + passed * self._rate, self._burst), now
        if use.attempts < 1:
            metrics.REFUSED_ADDRESSES.labels("joins").inc()
            raise TooMany("attempts to join")
        use.attempts -= 1

    def _use(self, address: str) -> _Use:
        network = network_of(address)
        use = self._uses.get(network)
        if use is None:
            self._make_place()
            use = self._uses[network] = _Use()
        self._uses.move_to_end(network)
        return use

    def _make_place(self) -> None:
        if len(self._uses) >= MAX_ADDRESSES:
            for network, use in self._uses.items():
                if not any(use.held.values()):
                    del self._uses[network]
                    return


class LimitedSockets:
    """The way of every socket: those of addresses that have too many, or come too fast, are told to come back later.

    A socket is a span of its trace, from its handshake to its end; its frames are parts of it.
    """

    def __init__(self, doors: ASGIApp, settings: Settings) -> None:
        self._doors = doors
        self._addresses = addresses_of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = (scope.get("client") or ("",))[0]
        trace = tracing.begun(HTTPConnection(scope).headers.get("traceparent"))
        known = tracing.current.set(trace)
        try:
            with self._addresses.joined(address):
                await self._doors(scope, receive, send)
        except TooMany as error:
            log.info("socket refused", address=address, what=error.what)
            await receive()
            await send({"type": "websocket.accept"})  # a browser is told the close code of a socket only
            code = CloseCode.TRY_LATER
            await send({"type": "websocket.close", "code": int(code), "reason": CLOSE_REASONS[code]})
        finally:
            tracing.current.reset(known)
            tracing.ended("socket", trace, {"url.path": scope["path"]}, kind="server")


def addresses_of(settings: Settings) -> Addresses:
    """What addresses may have here."""
    return Addresses(
        connections=settings.max_connections_per_address,
        sockets=settings.max_sockets_per_address,
        joins_per_second=settings.max_joins_per_second,
        burst_seconds=settings.rate_burst_seconds,
    )


@lru_cache(MAX_ADDRESSES)
def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 network of /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
