"""HTTP for nodes: a client that can't be talked into reaching this machine or its private network.

A graph may come from someone else, and its addresses from a language model. So every request, and every redirect,
is resolved here, checked, and sent to exactly the address that was checked; a name that resolves differently a
moment later changes nothing. What the settings allow by name (Ollama on this machine, a service in the local
network) and Flowroom's own address are let through.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Self

import httpcore
import httpx

from engine.nodes.errors import Refused, Unreachable
from flowroom.addresses import Address, AddressPolicy

DEFAULT_ALLOWED = ("localhost:11434", "127.0.0.1:11434")
"""Where Ollama listens by default: the LLM node's business, so nobody has to allow it first."""
CONNECT_SECONDS = 10.0
USER_AGENT = "Flowroom"


class GuardedBackend(httpcore.AnyIOBackend):
    """Opens connections to checked addresses only: resolves a host, asks the policy, and connects to that address.

    It works below the connection pool, so that connections are kept by name and TLS checks the name.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that answers. Raises Refused or Unreachable."""
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._checked(host, port):
            try:
                return await super().connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or Unreachable(f"There is no address for {host!r}: check the name.", host=host)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: nodes speak to hosts."""
        raise Refused("Nodes may not use local sockets.")

    async def _checked(self, host: str, port: int) -> list[Address]:
        addresses = await _addresses(host, port)
        for address in addresses:
            if not self._policy.allows(host, port, address):
                raise Refused(
                    f"{host}:{port} is not on the public internet ({address}), so this request was not sent. "
                    "An admin can allow it in the settings (FLOWROOM_HTTP_ALLOW).",
                    host=host,
                    port=port,
                )
        return addresses


class NodeClient(httpx.AsyncClient):
    """The client nodes use. A URL that begins with `/` goes to Flowroom's own address."""

    @classmethod
    def guarded(cls, *, own_url: str | None = None, allowed: Iterable[str] = (), limit: int = 64) -> Self:
        """A client for one engine; `own_url` is where this Flowroom is served, `allowed` are more private hosts."""
        own = httpx.URL(own_url) if own_url else None
        names = [
            *DEFAULT_ALLOWED,
            *allowed,
            *([f"{own.host}:{own.port or (443 if own.scheme == 'https' else 80)}"] if own else []),
        ]
        return cls(
            transport=_transport(AddressPolicy(names), limit),
            base_url=own_url or "",
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(60.0, connect=CONNECT_SECONDS),
            trust_env=False,
        )


def _transport(policy: AddressPolicy, limit: int) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport()
    # httpx has no parameter for the network backend; its transport is a thin face of this pool.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=httpx.create_ssl_context(),
        max_connections=limit,
        max_keepalive_connections=limit,
        keepalive_expiry=5.0,
        network_backend=GuardedBackend(policy),
    )
    return transport


async def _addresses(host: str, port: int) -> list[Address]:
    """What a host resolves to, in the order to try; never empty."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"There is no address for {host!r}: check the name.", host=host) from error
    except TimeoutError as error:
        raise Unreachable(f"Looking up {host!r} took more than {CONNECT_SECONDS:g} s.", host=host) from error
    return list(dict.fromkeys(ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found))
