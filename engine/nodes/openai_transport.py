"""Lets the OpenAI library speak through the engine's HTTP client.

The library brings an HTTP stack of its own, which knows nothing of the addresses that nodes may not reach. With this
transport every request of it goes out through the client of the node's context, and is checked there.
"""

from collections.abc import AsyncIterator

import httpx
import httpx2


class ThroughClient(httpx2.AsyncBaseTransport):
    """Sends the library's requests with another client, which stays open when the library's is closed."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

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
        return httpx2.Response(
            response.status_code,
            headers=response.headers.multi_items(),
            stream=_Body(response),
            request=request,
        )


class _Body(httpx2.AsyncByteStream):
    """The body of a response as it comes over the wire."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_raw():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()
