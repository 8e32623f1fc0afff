"""The smallest server a client can be tested against: rooms in memory, updates echoed to everyone, nothing durable.

It speaks the same protocol as the real one, and can be made to misbehave: hold its echoes back and merge them, refuse,
drop sockets, vanish from its port and return.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Awareness, Doc, create_awareness_message, create_update_message, merge_updates, read_message
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from flowroom.protocol import MessageType, SyncType


@dataclass(eq=False)
class SmallRoom:
    """A document and its sockets."""

    doc: "Doc[Any]" = field(default_factory=Doc)
    sockets: set[ServerConnection] = field(default_factory=set)
    held: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.awareness = Awareness(self.doc)
        self.awareness.set_local_state(None)
        self.doc.observe(lambda event: self.held.append(event.update))

    async def flush(self) -> None:
        """Echo everything applied so far to everyone, in one frame."""
        held, self.held = [update for update in self.held if update != b"\x00\x00"], []
        if held:
            frame = create_update_message(merge_updates(*held) if len(held) > 1 else held[0])
            await self.send_all(frame)

    async def send_all(self, frame: bytes) -> None:
        """Send a frame to every socket that still takes one."""
        for socket in list(self.sockets):
            try:
                await socket.send(frame)
            except ConnectionClosed:
                self.sockets.discard(socket)


class SmallServer:
    """Use it as `async with SmallServer() as server`; `server.url` is where to connect."""

    def __init__(self) -> None:
        self.rooms: dict[str, SmallRoom] = {}
        self.tokens: list[str | None] = []
        self.frames: list[bytes] = []
        self.opened: Counter[str] = Counter()
        self.holds_echoes = False
        self.refuses: int | None = None
        self.answers_status: int | None = None
        self.answers_page: str | None = None
        self.redirects_to: str | None = None
        self.port = 0
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The address of the server, as a user would give it."""
        return f"http://127.0.0.1:{self.port}"

    def room(self, path: str) -> SmallRoom:
        """The room behind a door; made when first asked for."""
        return self.rooms.setdefault(path, SmallRoom())

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await serve(
            self._serve, "127.0.0.1", self.port, process_request=self._greet, compression=None, max_size=None
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close every socket without ceremony and stop listening."""
        if self._server is not None:
            self.drop_all()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def drop_all(self) -> None:
        """Cut every connection as a broken network does: no close frame."""
        for room in self.rooms.values():
            for socket in room.sockets:
                socket.transport.abort()

    async def release(self) -> None:
        """Echo what was held back, merged into one frame per room, and hold back no more."""
        self.holds_echoes = False
        for room in self.rooms.values():
            await room.flush()

    async def __aenter__(self) -> "SmallServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        self.tokens.append(request.headers.get("Authorization"))
        if self.answers_page is not None:
            page = connection.respond(200, "<!doctype html>")
            del page.headers["Content-Type"]
            page.headers["Content-Type"] = self.answers_page
            return page
        if self.answers_status is not None:
            return connection.respond(self.answers_status, "no")
        if self.redirects_to == request.path:
            return connection.respond(404, "no page")
        if self.redirects_to is not None:
            elsewhere = connection.respond(302, "over there")
            elsewhere.headers["Location"] = self.redirects_to
            return elsewhere
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        path = socket.request.path
        if self.refuses is not None:
            await socket.close(self.refuses, "refused")
            return
        self.opened[path] += 1
        room = self.room(path)
        room.sockets.add(socket)
        ids: set[int] = set()
        try:
            await socket.send(_sync(SyncType.STEP1, room.doc.get_state()))
            await self._greet_with_presence(socket, room)
            async for frame in socket:
                assert isinstance(frame, bytes)
                self.frames.append(frame)
                await self._receive(socket, room, frame, ids)
        except ConnectionClosed:
            pass
        finally:
            room.sockets.discard(socket)
            await self._forget(room, ids)

    async def _receive(self, socket: ServerConnection, room: SmallRoom, frame: bytes, ids: set[int]) -> None:
        if frame[0] == MessageType.AWARENESS:
            await self._hear(room, read_message(frame[1:]), ids)
        elif frame[1] == SyncType.STEP1:
            await socket.send(_sync(SyncType.STEP2, room.doc.get_update(read_message(frame[2:]))))
        else:
            room.doc.apply_update(read_message(frame[2:]))
            if not self.holds_echoes:
                await room.flush()

    async def _hear(self, room: SmallRoom, states: bytes, ids: set[int]) -> None:
        room.awareness.apply_awareness_update(states, "peer")
        for id, state in room.awareness.states.items():
            state.setdefault("user", {"id": f"u{id}", "name": "Someone", "colour": "#123456", "kind": "bot"})
            ids.add(id)
        present = [id for id in room.awareness.meta if id != room.awareness.client_id]
        await room.send_all(create_awareness_message(room.awareness.encode_awareness_update(present)))

    async def _greet_with_presence(self, socket: ServerConnection, room: SmallRoom) -> None:
        if present := list(room.awareness.states):
            await socket.send(create_awareness_message(room.awareness.encode_awareness_update(present)))

    async def _forget(self, room: SmallRoom, ids: set[int]) -> None:
        """Tell the others who has gone with the socket, one clock later, as y-protocols has it."""
        gone = [id for id in ids if id in room.awareness.states and len(room.sockets) == 0]
        for id in gone:
            room.awareness.meta[id]["clock"] += 1
        room.awareness.remove_awareness_states(gone, "gone")


def _sync(kind: SyncType, payload: bytes) -> bytes:
    return create_update_message(payload)[:1] + bytes([kind]) + create_update_message(payload)[2:]


async def until(condition: Any, *, seconds: float = 5) -> None:
    """Wait for a condition, looking again whenever the loop has come round; fails after a deadline."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in other rooms, which raise no event
            await asyncio.sleep(0.002)
