"""Peers that don't read: they hurt nobody, and have everything once they do."""

import asyncio
import time

import websockets

from collab_server import metrics
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import GRAPH, Client, Running, eventually, serve

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
        started = time.monotonic()

        await asyncio.wait_for(server.rooms.drain(), 10)

        assert time.monotonic() - started < 2
        assert await writer.closed() == CloseCode.SERVICE_RESTART
        assert not server.rooms.rooms
        late = await server.connect(sync=False)
        assert await late.closed() == CloseCode.SERVICE_RESTART
        socket.transport.abort()
