"""Peers that don't read: they hurt nobody, and have everything once they do."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import websockets

from collab_server import metrics
from collab_server.rooms import frames
from collab_server.rooms.peer import Behind, Peer
from collab_server.settings import Settings
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import GRAPH, IDENTITIES, Client, Running, eventually, serve
from tests.collab_server.rooms.storage import UnreadableDoc
from tests.services.narrow import narrow

BLOB = "x" * 50_000


async def stalled(server: Running) -> websockets.ClientConnection:
    """A socket that reads nothing of what comes."""
    socket = await websockets.connect(server.url("/sync/graphs/g", "editor"), max_size=None, max_queue=1)
    socket.transport.pause_reading()
    await socket.send(b"\x00\x00\x01\x00")
    room = server.rooms.rooms[GRAPH.name]
    await eventually(lambda: len(room.clients) == 2)
    return socket


async def test_a_stalled_reader_holds_nobody_up_and_catches_up_by_one_update() -> None:
    """ROOM-8"""
    before = metrics.RESYNCS._value.get()
    async with serve(max_outbox_bytes=200_000) as server:
        writer = await server.connect()
        socket = await stalled(server)
        for n in range(300):  # each has a deadline of its own, far below what waiting for the reader would take
            await writer.saved(await writer.edit(f"k{n % 20}", f"{n}{BLOB}"))
        room = server.rooms.rooms[GRAPH.name]
        assert sum(peer.is_slow for peer in room.clients) == 1

        socket.transport.resume_reading()
        reader = Client(socket)
        server.clients.append(reader)
        for n in range(280, 300):
            await reader.shows(f"k{n % 20}", f"{n}{BLOB}")
        assert len(reader.echoes) < 200
        assert metrics.RESYNCS._value.get() > before
        await writer.edit("after", 1)
        await reader.shows("after", 1)


async def test_a_peer_that_stays_unwritable_is_closed_with_try_later() -> None:
    """ROOM-9"""
    async with serve(max_outbox_bytes=200_000, max_stalled_seconds=0.3) as server:
        writer = await server.connect()
        socket = await stalled(server)
        for n in range(200):
            await writer.edit(f"k{n % 20}", f"{n}{BLOB}")
        room = server.rooms.rooms[GRAPH.name]
        await eventually(lambda: len(room.clients) == 1)

        socket.transport.resume_reading()
        reader = Client(socket)
        server.clients.append(reader)
        assert await reader.closed() == CloseCode.TRY_LATER


async def test_draining_ends_in_time_whatever_peers_do() -> None:
    """ROOM-24"""
    async with serve(max_outbox_bytes=200_000, shutdown_seconds=2) as server:
        writer = await server.connect()
        socket = await stalled(server)
        for n in range(200):
            await writer.edit(f"k{n % 20}", f"{n}{BLOB}")

        await asyncio.wait_for(server.rooms.drain(), 10)

        assert await writer.closed() == CloseCode.SERVICE_RESTART
        assert not server.rooms.rooms
        late = await server.connect(sync=False)
        assert await late.closed() == CloseCode.SERVICE_RESTART
        socket.transport.abort()


async def test_a_peer_that_can_not_be_brought_up_to_date_is_sent_away_and_finds_everything_when_it_is_back() -> None:
    """ROOM-8, ROOM-16: else it would stay, and be told nothing any more."""
    async with serve(max_outbox_bytes=200_000, make_doc=UnreadableDoc) as server:
        writer, reader = await server.connect(), await server.connect(max_queue=1)
        reader.socket.transport.pause_reading()
        room = server.rooms.rooms[GRAPH.name]
        for n in range(300):
            await writer.saved(await writer.edit(f"k{n % 20}", f"{n}{BLOB}"))
        await eventually(lambda: any(isinstance(peer._outbox, Behind) for peer in room.clients))
        assert isinstance(room.document.doc, UnreadableDoc)
        room.document.doc.is_damaged = True
        reader.socket.transport.resume_reading()
        assert await reader.closed() == CloseCode.TRY_LATER

        again = await server.connect()
        for n in range(280, 300):
            await again.shows(f"k{n % 20}", f"{n}{BLOB}")


async def test_a_peer_that_was_left_behind_is_asked_all_the_same_for_what_the_room_lacks() -> None:
    """ROOM-8, ROOM-7: else nothing that it has would be stored any more, for it is asked once."""
    async with serve(max_outbox_bytes=200_000) as server:
        writer, reader = await server.connect(), await server.connect(max_queue=1)
        reader.socket.transport.pause_reading()
        room = server.rooms.rooms[GRAPH.name]
        for n in range(300):
            await writer.edit(f"k{n % 20}", f"{n}{BLOB}")
        await eventually(lambda: any(isinstance(peer._outbox, Behind) for peer in room.clients))
        (peer,) = (peer for peer in room.clients if peer.is_slow)
        reader.map["kept"] = "made while nobody listened"
        room.answers.ask(peer)
        reader.socket.transport.resume_reading()

        await writer.shows("kept", "made while nobody listened")


class FullSocket:
    """A peer whose socket takes nothing until it drains, in a room that says everything in one word."""

    sent_vector = b"here"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.caught_up_from: list[bytes] = []
        self._drained = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.peer = Peer(
            self._send,  # type: ignore[arg-type]  # nothing is read in these tests
            self._send,
            name=GRAPH.name,
            identity=IDENTITIES["editor"],
            settings=Settings(data=Path("unused"), max_outbox_bytes=65_536),
        )
        self.peer.attach(self)
        self.peer.push(frames.update(b"the first"))

    async def _send(self, message: Any) -> None:
        await self._drained.wait()
        self.sent.append(message["bytes"])

    def spawn(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        self._tasks.append(asyncio.create_task(work(*args)))

    async def catch_up(self, peer: Peer, vector: bytes) -> None:
        self.caught_up_from.append(vector)
        peer.caught_up(b"everything", vector, b"now")

    def fill(self) -> None:
        """Have more wait than may."""
        self.peer.push(frames.update(b"x" * 65_536))
        assert isinstance(self.peer._outbox, Behind)

    async def drained(self) -> list[bytes]:
        """Take everything; what came after the first frame."""
        self._drained.set()
        await asyncio.gather(*self._tasks)
        return self.sent[1:]


WORDS = [
    frames.step1(b"1"),
    frames.epoch(2),
    frames.role("editor"),
    frames.notice("Full."),
    frames.space("full", 3, 3),
]
OLD_WORDS = [
    frames.step1(b"0"),
    frames.role("viewer"),
    frames.notice("Nearly full."),
    frames.space("nearly full", 2, 3),
]


@pytest.mark.parametrize("before", [0, 2, 5])
async def test_the_last_word_on_each_topic_outlives_what_is_dropped(before: int) -> None:
    """ROOM-8: whether it waited when the bound was passed, or came afterwards."""
    full = FullSocket()
    for word in OLD_WORDS + WORDS[:before]:
        full.peer.push(word)
    full.fill()
    for word in [*OLD_WORDS, *WORDS] if before == 0 else WORDS[before:]:
        full.peer.push(word)

    update, *words = await full.drained()

    assert update == frames.update(b"everything")
    assert sorted(words) == sorted(WORDS)


@pytest.mark.parametrize("filled_first", [False, True])
async def test_a_question_whose_answer_was_dropped_is_answered_by_catching_up(filled_first: bool) -> None:
    """ROOM-8: an update since the state that the others have would lack what this peer has yet to be given."""
    full = FullSocket()
    if filled_first:
        full.fill()
    full.peer.answer(frames.step2(b"state"), b"nothing")
    if not filled_first:
        full.fill()

    assert await full.drained() == [frames.step2(b"everything")]
    assert full.caught_up_from == [b"nothing"]


async def test_a_peer_that_had_its_answer_catches_up_from_where_it_was_left() -> None:
    """ROOM-8."""
    full = FullSocket()
    full.fill()

    assert await full.drained() == [frames.update(b"everything")]
    assert full.caught_up_from == [b"here"]


async def test_a_peer_on_a_narrow_line_is_there_as_long_as_it_takes_what_comes() -> None:
    """ROOM-9: a large graph takes minutes there, while others edit."""
    async with serve(max_stalled_seconds=5, max_outbox_bytes=200_000) as server:
        writer = await server.connect()
        for n in range(80):
            await writer.saved(await writer.edit(f"k{n}", f"{n}{BLOB}"))
        address = urlsplit(server.url("/sync/graphs/g", "editor"))
        assert address.port is not None
        async with narrow(address.port, bytes_per_second=400_000) as port:
            way = address._replace(netloc=f"{address.hostname}:{port}").geturl()
            reader = Client(await websockets.connect(way, max_size=None))
            server.clients.append(reader)
            await reader.socket.send(frames.step1(reader.doc.get_state()))
            while len(reader.map) < 80 and reader.socket.close_code is None:
                await writer.edit("now", 1)
                await asyncio.sleep(0.1)
            assert reader.socket.close_code is None
            await reader.edit("mine", 1)
            await writer.shows("mine", 1)
