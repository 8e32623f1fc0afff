"""The frames of one peer are taken one after the other, whatever some of them have to wait for."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from starlette.types import Message

from collab_server.rooms import frames, yielding
from collab_server.rooms.peer import Peer
from collab_server.rooms.reading import Later, Reading
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES
from collab_server.settings import Settings
from collab_server.sockets import SocketProtocol
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import DEADLINE, IDENTITIES, eventually, serve

WAYS = ["websockets-sansio", SocketProtocol]


class Room:
    """Takes frames; those in capitals have to wait until `go` is set."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.held: list[bool] = []
        self.go = asyncio.Event()
        self.reading = Reading(self.take, self.held.append)

    def take(self, portion: Sequence[bytes]) -> Later | None:
        if portion[0].isupper():
            return partial(self._wait, portion[0])
        self.taken += portion
        return None

    async def _wait(self, frame: bytes) -> None:
        await self.go.wait()
        self.taken.append(frame)


async def test_what_is_quick_is_taken_where_it_comes_in() -> None:
    room = Room()
    room.reading.came([b"a", b"b"])
    room.reading.came([b"c"])
    assert room.taken == [b"a", b"b", b"c"]
    assert room.held == []
    await room.reading.caught_up()


async def test_a_frame_that_has_to_wait_makes_later_ones_wait_and_stops_the_socket() -> None:
    room = Room()
    room.reading.came([b"a", b"B", b"c"])
    room.reading.came([b"D"])
    await asyncio.sleep(0)
    assert (room.taken, room.held) == ([b"a"], [True])
    room.go.set()
    await room.reading.caught_up()
    assert (room.taken, room.held) == ([b"a", b"B", b"c", b"D"], [True, False])
    room.reading.came([b"e"])
    assert room.taken[-1] == b"e"


async def test_many_frames_of_one_read_let_others_have_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yielding, "YIELD_SECONDS", 0.0)
    room = Room()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while len(room.taken) < 50:
            turns += 1
            await asyncio.sleep(0)

    room.reading.came([b"%d" % number for number in range(50)])
    await other()
    await room.reading.caught_up()
    assert room.taken == [b"%d" % number for number in range(50)]
    assert turns > 40
    assert room.held == [True, False]


async def test_nothing_is_taken_after_the_end() -> None:
    room = Room()
    room.reading.came([b"A", b"b"])
    await asyncio.sleep(0)
    await room.reading.end()
    room.go.set()
    room.reading.came([b"c"])
    await asyncio.sleep(0)
    assert room.taken == []


async def test_an_end_while_nothing_waits_is_one_at_once() -> None:
    room = Room()
    room.reading.came([b"a"])
    await room.reading.end()
    await eventually(lambda: room.taken == [b"a"])


@pytest.mark.parametrize("way", WAYS)
async def test_a_room_is_the_same_with_the_short_way_and_without(way: object) -> None:
    """ROOM-1, ROOM-6, ROOM-12"""
    async with serve(ws=way) as server:
        one, other, bad = [await server.connect() for _ in range(3)]
        await one.saved(await one.edit("x", "hello"))
        await other.shows("x", "hello")
        await bad.socket.send(b"\x07")
        assert await bad.closed() == CloseCode.MALFORMED


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_sent_before_leaving_is_taken(way: object) -> None:
    """A large edit is looked at elsewhere meanwhile, and one behind it waits for that."""
    async with serve(ws=way) as server:
        one, other = await server.connect(), await server.connect()
        one.map["large"] = "x" * 2 * INLINE_WALK_BYTES
        one.map["last"] = 1
        for update in one.sent:
            await one.socket.send(frames.update(update))
        await one.close()
        await other.shows("last", 1)
        assert len(other.map["large"]) == 2 * INLINE_WALK_BYTES


class Socket:
    """A wire whose frames a test hands over."""

    def __init__(self) -> None:
        self.came: Callable[[Sequence[bytes]], None] = lambda _frames: None

    def write(self, *payloads: bytes) -> bool:
        return True

    def read(self, came: Callable[[Sequence[bytes]], None]) -> None:
        self.came = came

    def hold(self, held: bool) -> None:
        pass

    def unsent(self) -> int:
        return 0


class Caller:
    """A peer of a room that a test has the socket of, and its being served."""

    def __init__(self, room: Room) -> None:
        self.socket = Socket()
        self.said: asyncio.Queue[Message] = asyncio.Queue()
        self.told: list[Message] = []
        self._room = room
        settings = Settings(data=Path("unused"))
        self.peer = Peer(
            self.said.get, self._send, name="g", identity=IDENTITIES["editor"], settings=settings, wire=self.socket
        )

    async def _send(self, message: Message) -> None:
        self.told.append(message)

    async def served(self) -> None:
        with self.peer.scope:
            await self.peer.listen(lambda _peer, frame: self._room.take(frame))
        await self.peer.say_goodbye()


async def test_nothing_more_is_taken_of_one_who_has_left_and_is_then_sent_away() -> None:
    """As when their role is taken while a large edit of theirs is still looked at."""
    room = Room()
    caller = Caller(room)
    serving = asyncio.create_task(caller.served())
    await asyncio.sleep(0)
    caller.socket.came([b"A", b"b"])
    caller.said.put_nowait({"type": "websocket.disconnect", "code": 1005})
    await eventually(lambda: caller.peer.left)
    caller.peer.close(CloseCode.NOT_ALLOWED)
    room.go.set()
    await asyncio.wait_for(serving, DEADLINE)
    assert (room.taken, caller.told) == ([], [])


async def test_a_peer_that_is_cut_in_the_turn_of_its_large_edit_leaves_nothing_undone() -> None:
    """As when the server ends. A coroutine that was made for the edit, and is never awaited, would be a warning."""
    room = Room()
    caller = Caller(room)
    serving = asyncio.create_task(caller.served())
    await asyncio.sleep(0)
    serving.cancel()
    caller.socket.came([b"A"])
    await asyncio.wait([serving])
    assert room.taken == []
