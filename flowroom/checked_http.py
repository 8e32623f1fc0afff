"""HTTP to addresses that others wrote down, which can't be talked into reaching this machine or its private network.

An address may come from a graph of someone else, from a language model, or from an admin's hand years ago; and its name
may lead elsewhere a moment later. So each name is resolved here, each address is checked (addresses.py), and the
connection goes to exactly one that was. It works below the connection pool: connections are kept by name, and TLS
checks the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable

import httpcore
import httpx

from flowroom.addresses import Address, AddressPolicy
from flowroom.tls import trusted

LOOKUP_SECONDS = 10.0
KEEP_SECONDS = 5.0
"""How long a connection is kept that nobody uses."""

Refusal = Callable[[str, int, Address], Exception]
"""What is raised for a host, a port and an address that may not be reached."""


def checked_transport(policy: AddressPolicy, refusal: Refusal, *, connections: int) -> httpx.AsyncHTTPTransport:
    """The transport of a client that reaches only what the policy allows, with at most so many connections."""
    transport = httpx.AsyncHTTPTransport(verify=trusted())
    # httpx has no parameter for the network backend; its transport is a thin face of this pool.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=trusted(),
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEEP_SECONDS,
        network_backend=CheckedBackend(policy, refusal),
    )
    return transport


def port_of(url: httpx.URL) -> int:
    """The port that a URL leads to, also when it does not say one."""
    return url.port or (443 if url.scheme == "https" else 80)


class CheckedBackend(httpcore.AnyIOBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, policy: AddressPolicy, refusal: Refusal) -> None:
        self._policy = policy
        self._refusal = refusal

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers. Raises the refusal if any of them may not be reached."""
        addresses = await _addresses(host, port)
        for address in addresses:
            if not self._policy.allows(host, port, address):
                raise self._refusal(host, port, address)
        failure: Exception = httpcore.ConnectError(f"There is no address for {host!r}: check the name.")
        for address in addresses:
            try:
                return await super().connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: an address leads to a host."""
        raise httpcore.ConnectError("Only hosts can be reached, not local sockets.")


async def _addresses(host: str, port: int) -> list[Address]:
    """What a host resolves to, in the order to try."""
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"There is no address for {host!r}: check the name.") from error
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(f"Looking up {host!r} took more than {LOOKUP_SECONDS:g} s.") from error
    return list(dict.fromkeys(ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found))
