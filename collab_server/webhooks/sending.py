"""One attempt to deliver a message, over HTTP: to a checked address, without redirects, within a time.

How addresses are checked is in flowroom/checked_http.py.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Self

import httpx

from collab_server.webhooks.retries import Outcome
from flowroom import __version__
from flowroom.addresses import Address, AddressPolicy
from flowroom.checked_http import checked_transport
from flowroom.retry_after import retry_after

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
        self._client = httpx.AsyncClient(
            transport=checked_transport(policy, _refusal, connections=MAX_CONNECTIONS),
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
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:  # the last: a host that is no name
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


def _refusal(host: str, port: int, _address: Address) -> Forbidden:
    return Forbidden(
        f"{host}:{port} is not on the public internet, so nothing was sent. FLOWROOM_WEBHOOK_ALLOW can allow it."
    )
