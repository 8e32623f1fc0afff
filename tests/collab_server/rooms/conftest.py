"""A server with real sockets on a free port, and clients that speak y-websocket to it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import uvicorn
import websockets
from pycrdt import Array, Doc, Map, Text
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from websockets.asyncio.client import ClientConnection

from collab_server.api.sync import Lobby, doors, socket_limit
from collab_server.auth.attendance import Seat
from collab_server.auth.identity import Identity
from collab_server.errors import NotFound
from collab_server.fanout.port import Fanout
from collab_server.rooms import frames
from collab_server.rooms.ledger import Fill
from collab_server.rooms.peer import Peer
from collab_server.rooms.registry import Rooms
from collab_server.rooms.walker import varint
from collab_server.settings import Settings
from collab_server.sockets import SocketProtocol
from collab_server.stores.documents import DocumentKey, Documents, MemoryDocuments
from flowroom.protocol import AuthType, MessageType, SyncType
from flowroom.runs import RunView

DEADLINE = 30.0
GRAPH = DocumentKey("graph", "g")

IDENTITIES = {
    "admin": Identity("admin", "Ada", "#112233", "admin"),
    "editor": Identity("editor", "Eve", "#223344", "editor"),
    "viewer": Identity("viewer", "Vic", "#334455", "viewer"),
    "engine": Identity("engine", "Engine", "#445566", "admin", kind="engine"),
}


async def eventually(check: Callable[[], object], what: str = "", *, seconds: float = DEADLINE) -> None:
    """Wait until a condition holds; fails after a deadline."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, what or "it did not happen in time"
        await asyncio.sleep(0.005)


async def no_run(key: DocumentKey) -> RunView:
    raise NotFound(f"There is no run {key.id!r}.")


@dataclass
class Running:
    """A server that tests connect to."""

    rooms: Rooms
    documents: Documents
    settings: Settings
    port: int
    clients: list["Client"] = field(default_factory=list)

    def url(self, path: str, token: str | None) -> str:
        query = "" if token is None else f"?token={token}"
        return f"ws://127.0.0.1:{self.port}{path}{query}"

    async def connect(
        self, path: str = "/sync/graphs/g", *, token: str | None = "editor", sync: bool = True, **options: Any
    ) -> "Client":
        client = Client(await websockets.connect(self.url(path, token), max_size=None, **options))
        self.clients.append(client)
        if sync:
            await client.sync()
        return client


class Client:
    """A y-websocket client: a document, and a task that applies what the server says."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.doc: Doc[Any] = Doc()
        self.map: Map[Any] = self.doc.get("m", type=Map)
        self.log: Array[Any] = self.doc.get("a", type=Array)
        self.text: Text = self.doc.get("t", type=Text)
        self.received: list[bytes] = []
        self.echoes: list[bytes] = []
        self.presence: list[bytes] = []
        self.notices: list[bytes] = []
        self.sent: list[bytes] = []
        self.synced = asyncio.Event()
        self._applying = False
        self._subscription = self.doc.observe(self._changed)
        self._reading = asyncio.create_task(self._read())

    def _changed(self, event: Any) -> None:
        if not self._applying:
            self.sent.append(event.update)

    async def flush(self) -> None:
        """Send what was changed here."""
        sent, self.sent = self.sent, []
        for update in sent:
            await self.socket.send(frames.update(update))

    async def edit(self, key: str, value: Any) -> bytes:
        """Set a key of the root map and send that; returns the update."""
        self.map[key] = value
        update = self.sent[-1]
        await self.flush()
        return update

    async def sync(self) -> Self:
        await self.socket.send(frames.step1(self.doc.get_state()))
        await asyncio.wait_for(self.synced.wait(), DEADLINE)
        return self

    async def saved(self, update: bytes) -> None:
        """Wait for the echo of an update."""
        await eventually(lambda: update in self.echoes, "no echo")

    async def shows(self, key: str, value: Any) -> None:
        await eventually(lambda: self.map.get(key) == value, f"{key} is {self.map.get(key)!r}, not {value!r}")

    async def closed(self) -> int | None:
        """Wait until the server has closed the socket; returns the code."""
        await asyncio.wait_for(self.socket.wait_closed(), DEADLINE)
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        with suppress(websockets.ConnectionClosed):
            async for frame in self.socket:
                assert isinstance(frame, bytes)
                await self._take(frame)

    async def _take(self, frame: bytes) -> None:
        self.received.append(frame)
        if frame[0] == MessageType.AWARENESS:
            self.presence.append(frame)
            return
        if frame[0] == MessageType.AUTH:
            if frame[1] == AuthType.NOTICE:
                self.notices.append(frame)
            return
        payload = frame[varint(frame, 2)[1] :]
        if frame[1] == SyncType.STEP1:
            await self.socket.send(frames.step2(self.doc.get_update(payload)))
            return
        if frame[1] == SyncType.UPDATE:
            self.echoes.append(payload)
        self._applying = True
        self.doc.apply_update(payload)
        self._applying = False
        if frame[1] == SyncType.STEP2:
            self.synced.set()


class AsTheyAre:
    """Everyone has on every graph the role that they have in the workspace, for good."""

    turn = 0

    async def admit(self, identity: Identity, key: DocumentKey) -> tuple[Identity, Seat]:
        return identity, Seat(key, key.id)

    @contextmanager
    def seated(self, attendee: Peer, seat: Seat, *, since: int) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(
    documents: Documents | None = None,
    *,
    create: bool = True,
    fill: Fill = no_run,
    make_doc: Any = Doc,
    fanout: Fanout | None = None,
    ws: Any = SocketProtocol,
    **limits: Any,
) -> AsyncIterator[Running]:
    """A server on a free port, with a graph `g` unless told otherwise; limits are settings."""
    documents = documents or MemoryDocuments()
    if create and not await documents.exists(GRAPH):
        await documents.create(GRAPH)
    settings = Settings(**{"data": Path("unused"), **limits})

    async def identify(connection: HTTPConnection) -> Identity | None:
        token = connection.query_params.get("token") or connection.headers.get("authorization", "")[len("Bearer ") :]
        if token == "broken":
            raise OSError("database is locked")
        return IDENTITIES.get(token)

    def allowed(connection: HTTPConnection) -> bool:
        return "evil" not in connection.headers.get("origin", "")

    async with Rooms(documents, settings, fill=fill, make_doc=make_doc, fanout=fanout) as rooms:
        lobby = Lobby(rooms, settings, identify, allowed, AsTheyAre())
        app = Starlette(routes=doors(lambda _: lobby))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(
                app, log_level="error", lifespan="off", ws_max_size=socket_limit(settings),
                ws=ws, ws_per_message_deflate=False, timeout_graceful_shutdown=1,
            )  # fmt: skip
            server = uvicorn.Server(config)
            task = asyncio.create_task(server.serve([listener]))
            await eventually(lambda: server.started)
            running = Running(rooms, documents, settings, listener.getsockname()[1])
            try:
                yield running
            finally:
                for client in running.clients:
                    await client.close()
                server.should_exit = True
                await task
