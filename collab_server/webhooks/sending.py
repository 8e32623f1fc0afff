"""One attempt to deliver a message, over HTTP: to a checked address, without redirects, within a time.

An address that an admin wrote down may lead anywhere, and its name elsewhere tomorrow. So it is resolved here, each
address is checked (flowroom/addresses.py), and the connection goes to exactly that one.
"""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Self

import httpcore
import httpx

from collab_server.webhooks.retries import Outcome, retry_after
from flowroom import __version__
from flowroom.addresses import Address, AddressPolicy

MAX_ANSWER_BYTES = 1000
"""What is kept of an answer, for whoever looks into a failure."""
MAX_CONNECTIONS = 32


class Forbidden(Exception):
    """An address that webhooks may not go to."""


class Sender:
    """Sends messages. Use it as `async with`: it owns its connections."""

    def __init__(self, policy: AddressPolicy, seconds: float) -> None:
        """`seconds` is how long an attempt may take in all."""
        self._seconds = seconds
        transport = httpx.AsyncHTTPTransport()
        # httpx has no parameter for the network backend; its transport is a thin face of this pool.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=MAX_CONNECTIONS,
            keepalive_expiry=5.0,
            network_backend=CheckedBackend(policy),
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            timeout=None,  # an attempt has one for all of it
            headers={"user-agent": f"Flowroom/{__version__}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post a body; never raises for what a receiver does."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._seconds):
                outcome = await self._post(url, headers, body)
        except TimeoutError:
            outcome = Outcome(None, error=f"No whole answer within {self._seconds:g} s.")
        except Forbidden as error:
            outcome = Outcome(None, error=str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            outcome = Outcome(None, error=f"{type(error).__name__}: {error}"[:300])
        seconds = time.perf_counter() - started
        return Outcome(outcome.status, outcome.answer, outcome.error, round(seconds, 3), outcome.retry_after)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        async with self._client.stream("POST", url, headers=dict(headers), content=body) as response:
            answer = b""
            async for part in response.aiter_raw(MAX_ANSWER_BYTES):
                answer += part
                if len(answer) >= MAX_ANSWER_BYTES:
                    break
        text = answer[:MAX_ANSWER_BYTES].decode(errors="replace").replace("\0", "")
        status = response.status_code
        error = "" if 200 <= status < 300 else f"The receiver answered {status}."
        return Outcome(status, text, error, retry_after=retry_after(response.headers.get("retry-after"), time.time()))


class CheckedBackend(httpcore.AnyIOBackend):
    """Opens connections to checked addresses only, below the pool, so that TLS still checks the name."""

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
        """A connection to the first address that answers. Raises Forbidden if any of them may not be reached."""
        addresses = await _addresses(host, port)
        for address in addresses:
            if not self._policy.allows(host, port, address):
                raise Forbidden(
                    f"{host}:{port} is not on the public internet, so nothing was sent. FLOWROOM_WEBHOOK_ALLOW can "
                    "allow it."
                )
        failure: Exception = httpcore.ConnectError(f"There is no address for {host!r}.")
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
        """Never: receivers are hosts."""
        raise Forbidden("Webhooks go to hosts, not to local sockets.")


async def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"There is no address for {host!r}.") from error
    return list(dict.fromkeys(ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found))
