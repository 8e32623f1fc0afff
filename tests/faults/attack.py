"""An attack on one room by sockets that come, throw frames and are thrown out, while others work elsewhere."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import websockets

from collab_server.rooms import frames
from collab_server.rooms.walker import varint
from flowroom.protocol import MessageType, SyncType
from tests.collab_server.rooms.conftest import Client, eventually
from tests.convergence.server import TOKEN, Address

ANSWER_SECONDS = 10.0
Outcome = int | None
"""The code that a socket was closed with, or None while it is open."""


@asynccontextmanager
async def joined(server: Address, room: str) -> AsyncIterator[Client]:
    """An honest client in a room."""
    url = f"{server.graphs}/{room}?token={TOKEN}"
    client = await Client(await websockets.connect(url, max_size=None)).sync()
    try:
        yield client
    finally:
        await client.close()


@dataclass
class Attacker:
    """Throws frames at a room; `outcomes` counts what became of the socket after each."""

    server: Address
    room: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    _socket: websockets.ClientConnection | None = None
    _vector: bytes = frames.EMPTY_VECTOR

    async def throw(self, frame: bytes | str) -> Outcome:
        """Send one frame, through a new socket if the last one was closed; answers when the server is done with it."""
        outcome = await self._thrown(frame)
        self.outcomes[outcome] += 1
        return outcome

    async def throw_all(self, thrown: Iterator[bytes]) -> None:
        """Send frames until there are none; several attackers may share them."""
        for frame in thrown:
            await self.throw(frame)
        await self.leave()

    async def leave(self) -> None:
        """Drop the socket as a dead network does."""
        if self._socket is not None:
            self._socket.transport.abort()
            self._socket = None

    async def _thrown(self, frame: bytes | str) -> Outcome:
        if self._socket is None:
            self._socket = await self._come()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._socket.send(frame)
                await self._socket.send(frames.step1(self._vector))
                while not _is(await self._socket.recv(), SyncType.STEP2):
                    pass
        except websockets.ConnectionClosed:
            code = self._socket.close_code
            self._socket = None
            return code
        return None

    async def _come(self) -> websockets.ClientConnection:
        url = f"{self.server.graphs}/{self.room}?token={TOKEN}"
        socket = await websockets.connect(url, max_size=None, compression=None)
        with suppress(websockets.ConnectionClosed):
            while not _is(hello := await socket.recv(), SyncType.STEP1):
                pass
            assert isinstance(hello, bytes)
            self._vector = hello[varint(hello, 2)[1] :]  # what the room has: its answers stay small
        return socket


def _is(frame: bytes | str, step: SyncType) -> bool:
    return isinstance(frame, bytes) and frame[0] == MessageType.SYNC and frame[1] == step


async def attacked(server: Address, room: str, thrown: Iterable[bytes], *, attackers: int) -> Counter[Outcome]:
    """Throw frames from several sides at once; what became of the sockets."""
    left = iter(thrown)
    sides = [Attacker(server, room) for _ in range(attackers)]
    async with asyncio.TaskGroup() as group:
        for side in sides:
            group.create_task(side.throw_all(left))
    return sum((side.outcomes for side in sides), Counter())


@dataclass
class Typist:
    """An honest client that makes one edit after the other, and knows how long each echo took, in seconds."""

    client: Client
    waits: list[float] = field(default_factory=list)

    async def type(self) -> None:
        """Edit until cancelled."""
        while True:
            started = time.perf_counter()
            await self.client.saved(await self.client.edit("typed", len(self.waits)))
            self.waits.append(time.perf_counter() - started)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def typing(server: Address, room: str) -> AsyncIterator[Typist]:
    """A pair in a room, one of whom types while the block runs; the other sees it all in the end."""
    async with joined(server, room) as writer, joined(server, room) as reader:
        typist = Typist(writer)
        task = asyncio.create_task(typist.type())
        try:
            yield typist
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert typist.waits, "nothing was typed meanwhile"
        await eventually(lambda: reader.map.get("typed", -1) >= len(typist.waits) - 1)
