"""HTTP for nodes: a client that can't be talked into reaching this machine or its private network.

Every request, and every redirect, goes to an address that was checked (flowroom/checked_http.py). What the settings
allow by name (a service in the local network, say) and Flowroom's own address are let through.
What comes back is unpacked and bounded (nodes/answers.py).
"""

from collections.abc import Awaitable, Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from engine.nodes.answers import BoundedAnswers
from engine.nodes.errors import Refused
from engine.nodes.headers import is_of_proxies
from flowroom import tracing
from flowroom.addresses import Address, AddressPolicy, address_of
from flowroom.checked_http import checked_transport, port_of

OLLAMA = ("localhost:11434", "127.0.0.1:11434")
"""Where Ollama listens by default: the business of nodes that ask models, so nobody has to allow it first."""
CONNECT_SECONDS = 10.0
USER_AGENT = "Flowroom"

Hook = Callable[[httpx.Request], Awaitable[None]]


class NodeClient(httpx.AsyncClient):
    """The client nodes use. A URL that begins with `/` goes to Flowroom's own address."""

    @classmethod
    def guarded(cls, *, own_url: str | None = None, allowed: Iterable[str] = (), limit: int = 64) -> Self:
        """A client for one engine; `own_url` is where this Flowroom is served, `allowed` are more private hosts."""
        own = httpx.URL(own_url) if own_url else None
        names = [*allowed, *([f"{own.host}:{port_of(own)}"] if own else [])]
        return cls(
            transport=BoundedAnswers(checked_transport(AddressPolicy(names), _refusal, connections=limit)),
            base_url=own_url or "",
            headers={"User-Agent": USER_AGENT},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # one graph's session is no other graph's
            event_hooks={"request": [_name_trace, *([_speaking_for_nobody(own)] if own else [])]},
            timeout=httpx.Timeout(60.0, connect=CONNECT_SECONDS),
            trust_env=False,
        )


async def _name_trace(request: httpx.Request) -> None:
    """Tell whoever is asked which run it is for, as W3C Trace Context; a graph may name another trace itself."""
    if (trace := tracing.current.get()) is not None:
        request.headers.setdefault("traceparent", trace.header)


def _speaking_for_nobody(own: httpx.URL) -> Hook:
    """Takes what only a proxy may say out of requests to Flowroom itself, which believes proxies on this machine."""

    async def take_out(request: httpx.Request) -> None:
        if port_of(request.url) == port_of(own) and (
            request.url.host == own.host or _is_this_machine(request.url.host)
        ):
            for name in list(request.headers):
                if is_of_proxies(name):
                    del request.headers[name]

    return take_out


def _is_this_machine(host: str) -> bool:
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback or address.is_unspecified


def _refusal(host: str, port: int, address: Address) -> Refused:
    return Refused(
        f"{host}:{port} is not on the public internet ({address}), so this request was not sent. "
        "An admin can allow it in the settings (FLOWROOM_HTTP_ALLOW).",
        host=host,
        port=port,
    )
