"""What other services answer, decoded here and never more of it than was asked for.

A few bytes can inflate to gigabytes, and an HTTP library inflates at once whatever comes at once. So nodes ask for gzip
at most, it is unpacked here in pieces of a bounded size, and an answer that grows over its limit ends as an error. All
this is a transport, so whoever reads an answer, also the OpenAI library, gets bounded pieces of plain bytes.
"""

import zlib
from collections.abc import AsyncIterable, AsyncIterator

import httpx

from engine.nodes.errors import ServiceError

MAX_BYTES = "flowroom.max_bytes"
"""The extension of a request that says how much of its answer is read, in bytes."""
DEFAULT_MAX_BYTES = 32 * 2**20
"""Some times the longest answer of a language model, each of its tokens in an event of its own."""
PIECE_BYTES = 2**16
PACKED = frozenset({"gzip", "x-gzip", "deflate"})
WITHOUT_CONTENT = frozenset({204, 304})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class BoundedAnswers(httpx.AsyncBaseTransport):
    """Passes requests on to another transport, and gives plain and bounded bytes of what comes back."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises ServiceError when the answer is in a coding that can't be bounded."""
        request.headers["Accept-Encoding"] = "gzip"  # whoever unpacks says what; a graph's own wish could not be met
        response = await self._transport.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        coding = response.headers.get("content-encoding", "identity").strip().lower() or "identity"
        if request.method == "HEAD" or response.status_code in WITHOUT_CONTENT:
            return response
        if coding != "identity" and coding not in PACKED:
            await response.aclose()
            raise ServiceError(f"{request.url} answers in the encoding {coding!r}; nodes read plain answers and gzip.")
        limit = int(request.extensions.get(MAX_BYTES, DEFAULT_MAX_BYTES))
        return httpx.Response(
            response.status_code,
            headers=response.headers if coding == "identity" else _as_unpacked(response.headers),
            stream=_Bounded(response.stream, request.url, limit, packed=coding != "identity"),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._transport.aclose()


class _Bounded(httpx.AsyncByteStream):
    """The plain bytes of one answer, up to a limit."""

    def __init__(self, stream: httpx.AsyncByteStream, url: httpx.URL, limit: int, *, packed: bool) -> None:
        self._stream = stream
        self._url = url
        self._limit = limit
        self._packed = packed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        try:
            async for piece in unpacked(self._received()) if self._packed else self._received():
                count += len(piece)
                if count > self._limit:
                    raise self._too_long()
                yield piece
        except zlib.error as error:
            raise ServiceError(f"{self._url} says that its answer is packed, and it is not: {error}.") from error

    async def _received(self) -> AsyncIterator[bytes]:
        """What came over the wire. It is counted as well: packed bytes can also go on for ever and hold nothing."""
        count = 0
        async for piece in self._stream:
            count += len(piece)
            if count > self._limit + PIECE_BYTES:
                raise self._too_long()
            yield piece

    def _too_long(self) -> ServiceError:
        return ServiceError(f"{self._url} answers with more than {self._limit} bytes, which is the limit of this node.")

    async def aclose(self) -> None:
        await self._stream.aclose()


async def unpacked(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The content of gzip or zlib, at most 64 kB at once; what stands after its end is left. Raises zlib.error."""
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    async for packed in pieces:
        waiting = packed
        while not inflater.eof:
            plain = inflater.decompress(waiting, PIECE_BYTES)
            waiting = inflater.unconsumed_tail
            if plain:
                yield plain
            if not waiting and len(plain) < PIECE_BYTES:
                break
        if inflater.eof:
            return


def _as_unpacked(headers: httpx.Headers) -> httpx.Headers:
    """The headers of an answer without what was true of it only on its way."""
    return httpx.Headers(
        [(name, value) for name, value in headers.raw if name.lower() not in (b"content-encoding", b"content-length")]
    )
