"""The short way brings and sends what the long way would, and leaves to it whatever it can't do at once."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect

from collab_server import sockets
from collab_server.rooms.peer import Wire
from collab_server.sockets import WIRE, SocketProtocol
from tests.collab_server.rooms.conftest import DEADLINE, eventually
from tests.services.narrow import narrow

Talk = Callable[[Wire, Receive, Send], Awaitable[None]]


@asynccontextmanager
async def talking(
    talk: Talk, *, bytes_per_second: float | None = None, **options: Any
) -> AsyncIterator[ClientConnection]:
    """A client of a server that accepts and does as `talk` says, maybe over a narrow line. Options are uvicorn's."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await talk(scope["extensions"][WIRE], receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, ws=SocketProtocol, lifespan="off", log_level="error", timeout_graceful_shutdown=1, **options
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listener]))
        await eventually(lambda: server.started)
        try:
            async with AsyncExitStack() as stack:
                port: int = listener.getsockname()[1]
                if bytes_per_second is not None:
                    port = await stack.enter_async_context(narrow(port, bytes_per_second=bytes_per_second))
                yield await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/", max_size=None))
        finally:
            server.should_exit = True
            await task


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
async def test_a_frame_of_any_size_arrives_whole(size: int) -> None:
    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        assert wire.write(b"x" * size)
        await receive()

    async with talking(talk) as client:
        assert await asyncio.wait_for(client.recv(), DEADLINE) == b"x" * size


async def test_both_ways_keep_their_order() -> None:
    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        for number in range(50):
            if number % 4 == 1:
                assert wire.write(b"%d" % number, b"%d again" % number)
            elif number % 2:
                assert wire.write(b"%d" % number)
            else:
                await send({"type": "websocket.send", "bytes": b"%d" % number})
        await receive()

    async with talking(talk) as client:
        for number in range(50):
            assert await asyncio.wait_for(client.recv(), DEADLINE) == b"%d" % number
            if number % 4 == 1:
                assert await asyncio.wait_for(client.recv(), DEADLINE) == b"%d again" % number


async def test_a_full_socket_is_left_to_send() -> None:
    refused = asyncio.Event()

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        while wire.write(b"x" * 100_000):
            pass
        refused.set()
        await receive()

    async with talking(talk) as client:
        client.transport.pause_reading()
        await asyncio.wait_for(refused.wait(), DEADLINE)
        client.transport.resume_reading()


@pytest.mark.parametrize("who", ["client", "server"])
async def test_a_closed_socket_is_left_to_send(who: str) -> None:
    answers: list[Any] = []

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        if who == "server":
            await send({"type": "websocket.close", "code": 4404})
        else:
            await receive()
        answers.append(wire.write(b"late"))

    async with talking(talk) as client:
        if who == "client":
            await client.close()
        await asyncio.wait_for(client.wait_closed(), DEADLINE)
        await eventually(lambda: answers == [False])


async def test_frames_come_in_their_order_by_whichever_way() -> None:
    """What came before the application asks for the short way comes by the long one, and so does text and all after."""
    got: list[Any] = []

    def came(frames: Sequence[bytes]) -> None:
        got.extend(frames)

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        got.append((await receive())["bytes"])
        wire.read(came)
        assert wire.write(b"go on")
        while (message := await receive())["type"] == "websocket.receive":
            got.append(message.get("text") or message["bytes"])

    async with talking(talk) as client:
        await client.send(b"long")
        await asyncio.wait_for(client.recv(), DEADLINE)
        for frame in (b"short", [b"short ", b"in parts"], "text", b"after"):
            await client.send(frame)
        await eventually(lambda: len(got) == 5)
    assert got == [b"long", b"short", b"short in parts", "text", b"after"]


async def test_a_socket_that_is_held_is_not_read() -> None:
    got: list[bytes] = []
    wires: list[Wire] = []

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        wire.read(got.extend)
        wire.hold(True)
        wires.append(wire)
        await receive()

    async with talking(talk) as client:
        await eventually(lambda: wires)
        await client.send(b"waits")
        await asyncio.sleep(0.2)
        assert got == []
        wires[0].hold(False)
        await eventually(lambda: got == [b"waits"])


def fill(wire: Wire) -> None:
    """Write until something waits for a client that takes nothing, and a little only."""
    assert isinstance(wire, SocketProtocol)
    while not wire.transport.get_write_buffer_size():
        assert wire.write(b"x" * 1000)


@pytest.mark.parametrize("is_left", ["by the application", "unanswered"])
async def test_who_takes_nothing_does_not_keep_a_socket_open(is_left: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """ROOM-9: neither once its peer was closed, nor when it answers no ping, for which it was in the room for good."""
    monkeypatch.setattr(sockets, "END_SECONDS", 0.1)
    go, wires, heard = asyncio.Event(), list[SocketProtocol](), list[Any]()

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        assert isinstance(wire, SocketProtocol)
        wires.append(wire)
        await go.wait()
        fill(wire)
        if is_left == "unanswered":
            heard.append(await receive())

    pings = {"ws_ping_interval": 0.1, "ws_ping_timeout": 1.0} if is_left == "unanswered" else {}
    async with talking(talk, **pings) as client:
        client.transport.pause_reading()
        go.set()
        await eventually(lambda: wires and wires[0].disconnected)
        await eventually(lambda: not pings or [said["type"] for said in heard] == ["websocket.disconnect"])
        client.transport.abort()


async def test_who_takes_what_waits_slowly_is_given_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROOM-9: as a large graph over a slow connection, which a ping that waits behind it ends."""
    monkeypatch.setattr(sockets, "END_SECONDS", 3600.0)
    go, wires, size = asyncio.Event(), list[SocketProtocol](), 30_000_000

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        assert isinstance(wire, SocketProtocol)
        wires.append(wire)
        await go.wait()
        assert wire.write(b"x" * size)

    async with talking(talk) as client:
        client.transport.pause_reading()
        await eventually(lambda: wires)
        go.set()
        await eventually(lambda: wires[0]._end)
        unsent = wires[0].transport.get_write_buffer_size()
        assert unsent
        wires[0]._end_if_stuck(unsent + 1)  # it was more before
        client.transport.resume_reading()
        assert len(await asyncio.wait_for(client.recv(), DEADLINE)) == size


async def test_who_reads_a_large_state_over_a_narrow_line_answers_pings_when_they_come() -> None:
    """ROOM-9: a ping waits behind what was sent before it, however long that takes, and is no sign of a dead peer."""
    size = 4_000_000

    async def talk(wire: Wire, receive: Receive, send: Send) -> None:
        assert wire.write(b"x" * size)
        await receive()
        assert wire.write(b"heard")

    async with talking(talk, bytes_per_second=500_000, ws_ping_interval=0.2, ws_ping_timeout=4) as client:
        assert len(await client.recv()) == size
        await client.send(b"here")
        assert await client.recv() == b"heard"


def test_a_server_starts_where_there_is_no_unix() -> None:
    """As on Windows, which has neither of these modules."""
    program = "import sys; sys.modules['fcntl'] = sys.modules['termios'] = None; import collab_server.app"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
