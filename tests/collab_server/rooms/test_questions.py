"""A question has a few bytes, and its answer may be as large as the document: ROOM-13."""

from typing import Any

from pycrdt import Doc, Map

from collab_server.rooms import frames
from collab_server.rooms.walker import write_varint
from collab_server.stores.documents import Entry, MemoryDocuments
from tests.collab_server.rooms.conftest import GRAPH, Client, eventually, serve

STEP2, QUERY = b"\x00\x01", b"\x03"


async def written(size: int) -> MemoryDocuments:
    """A graph with so much text in it."""
    doc: Doc[Any] = Doc()
    doc.get("m", type=Map)["large"] = "x" * size
    documents = MemoryDocuments()
    await documents.create(GRAPH)
    await documents.append(GRAPH, 1, [Entry(doc.get_update())])
    return documents


def answers(client: Client) -> int:
    return sum(frame[:2] == STEP2 for frame in client.received)


def since(number: int) -> bytes:
    """A question of its own, as of somebody who has this much of a client that nobody else knows."""
    return frames.step1(frames.state_vector({7: number}))


async def test_who_asks_for_the_document_again_and_again_is_given_it_once() -> None:
    """ROOM-13: everyone else waits while it is put together."""
    async with serve(await written(100_000), max_peer_bytes_per_second=2_000, rate_burst_seconds=4) as server:
        asker, other = await server.connect(token="viewer", sync=False), await server.connect()
        for number in range(50):
            await asker.socket.send(since(number))
        await eventually(lambda: answers(asker))
        await other.edit("after", 1)
        await asker.shows("after", 1)
        assert answers(asker) == 1


async def test_the_last_of_many_questions_is_answered_in_the_end() -> None:
    """ROOM-13"""
    async with serve(await written(50_000), max_peer_bytes_per_second=100_000, rate_burst_seconds=1) as server:
        asker = await server.connect(token="viewer")
        for number in range(30):
            await asker.socket.send(since(number))
        await asker.socket.send(frames.step1(asker.doc.get_state()))
        await eventually(lambda: asker.received[-1] == frames.step2(frames.EMPTY_UPDATE))
        assert answers(asker) < 30


async def test_who_asks_again_and_again_who_is_there_is_told_now_and_then() -> None:
    """ROOM-13"""
    async with serve(max_peer_bytes_per_second=1_000, rate_burst_seconds=4) as server:
        shown, asker = await server.connect(), await server.connect(token="viewer")
        await shown.socket.send(presence(shown.doc.client_id, "x" * 1_000))
        await eventually(lambda: asker.presence)
        for _ in range(50):
            await asker.socket.send(QUERY)
        await shown.edit("after", 1)
        await asker.shows("after", 1)
        assert len(asker.presence) < 10


def presence(client: int, text: str) -> bytes:
    state = b'{"text": "' + text.encode() + b'"}'
    entry = write_varint(client) + b"\x01" + write_varint(len(state)) + state
    payload = b"\x01" + entry
    return b"\x01" + write_varint(len(payload)) + payload
