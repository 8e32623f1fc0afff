"""Answers of other services: unpacked within bounds, for every node that reads one."""

import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from engine.nodes.answers import MAX_BYTES, PIECE_BYTES, BoundedAnswers, unpacked
from engine.nodes.errors import ServiceError
from engine.nodes.language_models import Answer, Question, ask_ollama, ask_openai

TEXT = "Grüße, Änna. ".encode() * 100
GZIPPED = gzip.compress(TEXT, mtime=0)
"""Without the time of day: it is part of the names of tests, which are the same in all processes that run them."""
QUESTION = Question(model="m", messages=[{"role": "user", "content": "hi"}], max_tokens=8)


class Answering(httpx.AsyncBaseTransport):
    """Gives one answer to every request, in pieces, and remembers what was asked and how far it was read."""

    def __init__(self, *pieces: bytes, coding: str | None = None, status: int = 200) -> None:
        self.pieces = pieces
        self.headers = {"content-encoding": coding} if coding else {}
        self.status = status
        self.asked: list[httpx.Request] = []
        self.read = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, headers=self.headers, stream=_Pieces(self))


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._answering.pieces:
            self._answering.read += 1
            yield piece


def client_of(answering: Answering) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=BoundedAnswers(answering))


async def fetched(answering: Answering, limit: int = 10_000, method: str = "GET", **more: Any) -> httpx.Response:
    async with client_of(answering) as client:
        return await client.request(method, "http://a/", extensions={MAX_BYTES: limit}, **more)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (None, TEXT),
        ("identity", TEXT),
        ("gzip", GZIPPED),
        ("X-GZip", GZIPPED),
        ("deflate", zlib.compress(TEXT)),
        ("gzip", GZIPPED + b"left over"),
    ],
)
async def test_plain_and_packed_answers_are_read(coding: str | None, body: bytes) -> None:
    """RUN-22: however they are cut on their way."""
    for size in (1, 7, len(body)):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        answer = await fetched(Answering(*pieces, coding=coding))
        assert answer.content == TEXT
        assert coding in (None, "identity") or "content-encoding" not in answer.headers


async def test_nothing_is_asked_for_that_can_not_be_bounded() -> None:
    answering = Answering(b"")
    await fetched(answering, headers={"Accept-Encoding": "br, zstd, gzip"})
    assert answering.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "deflate, gzip"])
async def test_an_answer_in_an_encoding_that_can_not_be_bounded_is_refused_unread(coding: str) -> None:
    """RUN-22: also one that is packed twice."""
    answering = Answering(gzip.compress(gzip.compress(bytes(10**7))), coding=coding)
    with pytest.raises(ServiceError, match="nodes read plain answers and gzip"):
        await fetched(answering)
    assert answering.read == 0


async def test_what_inflates_is_never_more_than_a_piece_in_memory() -> None:
    bomb = gzip.compress(bytes(50 * 2**20))

    async def at_once() -> AsyncIterator[bytes]:
        yield bomb

    sizes = [len(piece) async for piece in unpacked(at_once())]
    assert sum(sizes) == 50 * 2**20
    assert max(sizes) == PIECE_BYTES


@pytest.mark.parametrize("coding", [None, "gzip"])
async def test_an_answer_over_its_limit_ends_as_an_error(coding: str | None) -> None:
    """RUN-22: exactly there."""
    body = bytes(1000)
    packed = gzip.compress(body) if coding else body
    assert len((await fetched(Answering(packed, coding=coding), 1000)).content) == 1000
    with pytest.raises(ServiceError, match="more than 999 bytes"):
        await fetched(Answering(packed, coding=coding), 999)


async def test_packed_bytes_without_content_end_as_well() -> None:
    """The name in the head of a gzip file may be of any length."""
    endless = [b"\x1f\x8b\x08\x08" + bytes(6), *([b"x" * PIECE_BYTES] * 100)]
    answering = Answering(*endless, coding="gzip")
    with pytest.raises(ServiceError, match="more than 1000 bytes"):
        await fetched(answering, 1000)
    assert answering.read < 5


async def test_what_is_not_packed_as_it_says_is_an_error() -> None:
    with pytest.raises(ServiceError, match="says that its answer is packed"):
        await fetched(Answering(b"plain", coding="gzip"))


async def test_an_answer_without_content_may_name_any_encoding() -> None:
    assert (await fetched(Answering(coding="gzip"))).content == b""
    assert (await fetched(Answering(coding="br"), method="HEAD")).status_code == 200
    assert (await fetched(Answering(coding="br", status=304))).status_code == 304


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("ask", ["openai", "ollama"])
async def test_what_a_language_model_answers_is_bounded_too(
    ask: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RUN-22: a stream that does not end, and an error message."""
    monkeypatch.setattr("engine.nodes.answers.DEFAULT_MAX_BYTES", 100_000)
    answering = Answering(gzip.compress(b"data: " + b"x" * 10**7), coding="gzip", status=status)
    async with client_of(answering) as http:
        if ask == "openai":
            said = ask_openai(QUESTION, Answer(), http=http, base_url="http://a/v1", key=None)
        else:
            said = ask_ollama(QUESTION, Answer(), http=http, base_url="http://a")
        with pytest.raises(ServiceError, match="more than 100000 bytes"):
            [piece async for piece in said]
    assert answering.asked[0].headers["accept-encoding"] == "gzip"
