"""Lets the OpenAI library speak through the engine's HTTP client.

The library brings an HTTP stack of its own, which knows nothing of the addresses that nodes may not reach. With this
transport every request of it goes out through the client of the node's context, and is checked there. The library keeps
to itself whether an answer ended as agreed or just broke off, so that is seen here, too.
"""

import re
from collections.abc import AsyncIterator

import httpx
import httpx2

DONE = re.compile(rb"(?:^|[\r\n])data: ?\[DONE\]\s*$")
TAIL_BYTES = 64


class ThroughClient(httpx2.AsyncBaseTransport):
    """Sends the library's requests with another client, which stays open when the library's is closed."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._body: _Body | None = None

    @property
    def said_done(self) -> bool:
        """Whether the last answer ended with `data: [DONE]`, once it was read."""
        return self._body is not None and DONE.search(self._body.tail) is not None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the response's body is read while it arrives."""
        sent = self._client.build_request(
            request.method,
            str(request.url),
            headers=request.headers.multi_items(),
            content=await request.aread(),
            extensions={key: value for key, value in request.extensions.items() if key == "timeout"},
        )
        response = await self._client.send(sent, stream=True)
        self._body = _Body(response)
        return httpx2.Response(
            response.status_code,
            headers=response.headers.multi_items(),
            stream=self._body,
            request=request,
        )


class _Body(httpx2.AsyncByteStream):
    """The body of a response as it comes over the wire."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.tail = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_raw():
            self.tail = (self.tail + piece[-TAIL_BYTES:])[-TAIL_BYTES:]
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()
