"""The three doors peers come in by: graphs, their discussions, and runs, each a WebSocket that speaks y-websocket.

A socket is accepted before it is refused, because a browser is told the close code of a socket and not the status of
a handshake. Nothing is read from it before it is known who is asking. What happens inside is in rooms/.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.routing import Match, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from collab_server import metrics
from collab_server.auth.attendance import Seat
from collab_server.auth.identity import Identity
from collab_server.graphs import may_be_id
from collab_server.logging import logger
from collab_server.rooms.peer import Peer
from collab_server.rooms.registry import Rooms
from collab_server.settings import Settings
from collab_server.sockets import WIRE
from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CLOSE_REASONS, CloseCode, DocumentKind, discussion_path, graph_path, run_path

log = logger("sync")


class Attendance(Protocol):
    """Whoever knows what people may in a document: see auth/attendance.py."""

    turn: int

    async def admit(self, identity: Identity, key: DocumentKey) -> tuple[Identity, Seat] | None:
        """Someone with their role in a document; None when there is no such document for them."""

    def seated(self, attendee: Peer, seat: Seat, *, since: int) -> AbstractContextManager[None]:
        """Keep a peer to its rights while the block runs."""


@dataclass(frozen=True, slots=True)
class Lobby:
    """What a door needs to know: `identify` tells who is asking, None for nobody; `allowed` checks the Origin;
    `attendance` knows what they may here, and keeps them to it.
    """

    rooms: Rooms
    settings: Settings
    identify: Callable[[HTTPConnection], Awaitable[Identity | None]]
    allowed: Callable[[HTTPConnection], bool]
    attendance: Attendance


def doors(lobby: Callable[[HTTPConnection], Lobby]) -> list[WebSocketRoute]:
    """The doors; `lobby` finds what is open when a socket comes, as the state of the application's lifespan."""
    return [
        WebSocketRoute(graph_path("{id}"), Door("graph", lobby), name="sync-graph"),
        WebSocketRoute(discussion_path("{id}"), Door("discussion", lobby), name="sync-discussion"),
        WebSocketRoute(run_path("{id}"), Door("run", lobby), name="sync-run"),
    ]


def at_the_doors(doors: Sequence[WebSocketRoute]) -> ASGIApp:
    """An application that leads each socket to its door, and is not in its way afterwards: what a socket passes on its
    way in stays in memory until it ends.
    """

    def lead(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        for door in doors:
            match, found = door.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return door.app(scope, receive, send)
        return WebSocketClose()(scope, receive, send)

    return lead


def socket_limit(settings: Settings) -> int:
    """The largest message the WebSocket server should read (`ws_max_size`), in bytes.

    It is more than a frame may have, so that frames somewhat too large are told so with 4413; larger ones still are
    cut off by the server itself, with 1009.
    """
    return settings.max_frame_bytes * 4


class Door:
    """One kind of document, as an ASGI application."""

    def __init__(self, kind: DocumentKind, lobby: Callable[[HTTPConnection], Lobby]) -> None:
        self._kind = kind
        self._lobby = lobby

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a socket in, or say why not."""
        await receive()  # websocket.connect
        connection = HTTPConnection(scope)
        lobby = self._lobby(connection)
        key = DocumentKey(self._kind, scope["path_params"]["id"])
        since = lobby.attendance.turn
        known = await _known(lobby, connection, key)
        await send({"type": "websocket.accept"})
        if isinstance(known, CloseCode):
            await _refuse(send, key, known)
            return
        identity, seat = known
        wire = scope.get("extensions", {}).pop(WIRE, None)
        peer = Peer(
            receive,
            send,
            name=key.name,
            identity=identity,
            settings=lobby.settings,
            wire=wire,
            epoch=_epoch(connection),
        )
        with lobby.attendance.seated(peer, seat, since=since):
            await lobby.rooms.serve(peer, key, identity)


def _epoch(connection: HTTPConnection) -> int | None:
    """Which epoch the client's own copy is of: `?epoch=` of the address. One that has no copy says nothing."""
    said = connection.query_params.get("epoch", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None


async def _known(lobby: Lobby, connection: HTTPConnection, key: DocumentKey) -> tuple[Identity, Seat] | CloseCode:
    """Who is asking, with their role here, or the code that says why that does not matter."""
    if not lobby.allowed(connection):
        return CloseCode.NOT_ALLOWED
    try:
        identity = await lobby.identify(connection)
        if identity is None:
            return CloseCode.NOT_SIGNED_IN
        await _create_if_wanted(lobby, key, identity)
        return await lobby.attendance.admit(identity, key) or CloseCode.NO_SUCH_DOCUMENT
    except Exception as error:  # storage fails: a browser that is told so comes back
        log.error("door can't ask who it is", room=key.name, error=repr(error))
        return CloseCode.NOT_READY


async def _create_if_wanted(lobby: Lobby, key: DocumentKey, identity: Identity) -> None:
    wanted = lobby.settings.create_on_join and key.kind == "graph" and identity.may("admin")
    if wanted and may_be_id(key.id):
        await lobby.rooms.create(key, owner=identity.id)


async def _refuse(send: Send, key: DocumentKey, code: CloseCode) -> None:
    metrics.CLOSES.labels(str(int(code))).inc()
    log.info("socket refused", room=key.name, code=int(code))
    await send({"type": "websocket.close", "code": int(code), "reason": CLOSE_REASONS[code]})
