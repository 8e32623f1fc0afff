"""For those who run the server: how it sees a call, what its rooms and peers do, and how much its log says."""

import heapq
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request

from collab_server import logging
from collab_server.api.rest.bodies import Body
from collab_server.api.rest.callers import Admin, Here
from collab_server.api.rest.problems import documented
from collab_server.rooms.memory import estimated
from collab_server.rooms.peer import Peer
from collab_server.rooms.room import Room
from collab_server.settings import LogLevel
from flowroom.model import Value
from flowroom.protocol import PeerKind

router = APIRouter(tags=["Operation"])
MOST_ROOMS, MOST_PEERS = 100, 20
log = logging.logger("settings")


class Seen(Value):
    """A call as the server saw it, behind whatever proxy: the caller's address, how they came, and the time here.

    `forwarded_for` is the header as it came.
    """

    address: str
    forwarded_for: str
    scheme: str
    host: str
    time: float


class PeerTraffic(Value):
    """A socket in a room, and what it has sent since it joined."""

    user: str
    name: str
    kind: PeerKind
    messages: int
    bytes: int
    slow: bool


class RoomTraffic(Value):
    """An open room: what its peers have sent since it was opened, and who of them sent most."""

    room: str
    state: str
    size: int
    memory: int
    messages: int
    bytes: int
    peers: int
    busiest: list[PeerTraffic]


class Rooms(Value):
    """The open rooms of this process that were sent most; `open` and `memory` are of all of them."""

    items: list[RoomTraffic]
    open: int
    memory: int
    max_memory: int


class Level(Body):
    """How much the server writes into its log."""

    level: LogLevel


@router.get("/server/seen", responses=documented())
async def get_seen(request: Request, _caller: Admin) -> Seen:
    """How the server sees this call; `flowroom doctor` compares it with how it was sent."""
    address = request.client.host if request.client else ""
    return Seen(
        address=address,
        forwarded_for=request.headers.get("x-forwarded-for", ""),
        scheme=request.url.scheme,
        host=request.headers.get("host", ""),
        time=time.time(),
    )


@router.get("/server/rooms", responses=documented())
async def list_rooms(
    _caller: Admin,
    here: Here,
    by: Annotated[Literal["bytes", "messages"], Query(description="What most is counted in")] = "bytes",
    limit: Annotated[int, Query(ge=1, le=MOST_ROOMS)] = 20,
) -> Rooms:
    """The busiest rooms of the process that answers, and the busiest peers in them."""
    rooms = list(here.rooms.rooms.values())
    busiest = heapq.nlargest(limit, rooms, key=lambda room: getattr(room.allowance, by))
    return Rooms(
        items=[_room(room, by) for room in busiest],
        open=len(rooms),
        memory=here.rooms.memory,
        max_memory=here.settings.max_documents_memory,
    )


@router.get("/server/log-level", responses=documented())
async def get_log_level(_caller: Admin) -> Level:
    """How much the process that answers writes into its log."""
    return Level.model_validate({"level": logging.get_level()})


@router.put("/server/log-level", responses=documented())
async def set_log_level(body: Level, caller: Admin) -> Level:
    """Have the process that answers write more or less into its log, until it ends."""
    logging.set_level(body.level)
    log.warning("log level changed", level=body.level, by=caller.id)
    return body


def _room(room: Room, by: str) -> RoomTraffic:
    return RoomTraffic(
        room=room.key.name,
        state=type(room.state).__name__,
        size=room.ledger.size,
        memory=estimated([room.ledger]),
        messages=room.allowance.messages,
        bytes=room.allowance.bytes,
        peers=len(room.clients),
        busiest=[_peer(peer) for peer in _busiest(room, by)],
    )


def _busiest(room: Room, by: str) -> list[Peer]:
    return heapq.nlargest(MOST_PEERS, room.clients, key=lambda peer: getattr(peer.allowance, by))


def _peer(peer: Peer) -> PeerTraffic:
    who = peer.identity
    sent = peer.allowance
    return PeerTraffic(
        user=who.id, name=who.name, kind=who.kind, messages=sent.messages, bytes=sent.bytes, slow=peer.is_slow
    )
