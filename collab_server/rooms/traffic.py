"""What the open rooms of a worker were sent, and by whom: the busiest of them, for whoever looks for a cause."""

import heapq
from collections.abc import Collection
from typing import Literal

from collab_server.rooms.memory import estimated
from collab_server.rooms.peer import Peer
from collab_server.rooms.registry import Rooms
from collab_server.rooms.room import Room
from flowroom.model import Value
from flowroom.protocol import PeerKind

Measure = Literal["bytes", "messages"]
MOST_PEERS = 20


class PeerTraffic(Value):
    """A socket in a room, and what it has sent since it joined."""

    user: str
    name: str
    kind: PeerKind
    messages: int
    bytes: int
    slow: bool


class RoomTraffic(Value):
    """An open room of one worker: what its peers have sent since it was opened, and who of them sent most."""

    room: str
    worker: str
    state: str
    size: int
    memory: int
    messages: int
    bytes: int
    peers: int
    busiest: list[PeerTraffic]


class Traffic(Value):
    """The rooms of one worker that were sent most; `open` and `memory` are of all of its rooms."""

    worker: str
    open: int
    memory: int
    max_memory: int
    items: list[RoomTraffic]


def traffic(rooms: Rooms, *, by: Measure, limit: int) -> Traffic:
    """The busiest rooms here, and the busiest peers in them."""
    return Traffic(
        worker=rooms.worker,
        open=len(rooms.rooms),
        memory=rooms.memory,
        max_memory=rooms.settings.max_documents_memory,
        items=[_room(room, rooms.worker, by) for room in _busiest_rooms(rooms.rooms.values(), by, limit)],
    )


def busiest(items: Collection[RoomTraffic], *, by: Measure, limit: int) -> list[RoomTraffic]:
    """Those of some rooms that were sent most, the first of them first."""
    return heapq.nlargest(limit, items, key=lambda item: item.bytes if by == "bytes" else item.messages)


def _busiest_rooms(rooms: Collection[Room], by: Measure, limit: int) -> list[Room]:
    return heapq.nlargest(limit, rooms, key=lambda room: getattr(room.intake.allowance, by))


def _busiest_peers(room: Room, by: Measure) -> list[Peer]:
    return heapq.nlargest(MOST_PEERS, room.clients, key=lambda peer: getattr(peer.allowance, by))


def _room(room: Room, worker: str, by: Measure) -> RoomTraffic:
    return RoomTraffic(
        room=room.key.name,
        worker=worker,
        state=type(room.state).__name__,
        size=room.ledger.size,
        memory=estimated([room.ledger]),
        messages=room.intake.allowance.messages,
        bytes=room.intake.allowance.bytes,
        peers=len(room.clients),
        busiest=[_peer(peer) for peer in _busiest_peers(room, by)],
    )


def _peer(peer: Peer) -> PeerTraffic:
    who, sent = peer.identity, peer.allowance
    return PeerTraffic(
        user=who.id, name=who.name, kind=who.kind, messages=sent.messages, bytes=sent.bytes, slow=peer.is_slow
    )
