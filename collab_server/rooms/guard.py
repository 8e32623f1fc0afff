"""The door of a room: frames in, typed messages out, and nothing that could hurt the engine.

This is the face of the guard; it is pure and knows no socket, no document and no engine. A room reads each frame
with `read_frame`, answers by `match`, and passes every update through its `Gate` before the engine sees it:

    match guard.read_frame(frame):                        # raises Malformed (4422), TooLarge (4413)
        case SyncStep1(state_vector):   ...               # well-formed: safe to hand to `doc.get_update`
        case SyncStep2(update) | Update(update):          # not yet looked into:
            admitted = gate.admit(update)                 # raises Malformed; see gate.py for the protocol
        case AwarenessUpdate(payload):  presences.receive(peer, identity, payload)      # see awareness.py
        case QueryAwareness():          presences.everyone()

Large updates are walked in a child process, so that no other room waits: walker_pool.py has
`await pool.admit(gate, update, doc.get_update)` for updates of every size. What else comes from outside (log,
snapshot, import) goes through a gate too, or at least through `check_update`. Rules: GUARD in docs/spec.md.
"""

from dataclasses import dataclass

from collab_server.rooms.gate import Admitted, Gate, read_state_vector
from collab_server.rooms.walker import Malformed, TooLarge, chunk, varint, walk
from flowroom.protocol import MAX_FRAME_BYTES, MessageType, SyncType

__all__ = [
    "Admitted",
    "AwarenessUpdate",
    "Frame",
    "Gate",
    "Malformed",
    "QueryAwareness",
    "SyncStep1",
    "SyncStep2",
    "TooLarge",
    "Update",
    "check_update",
    "read_frame",
    "read_state_vector",
]


@dataclass(frozen=True, slots=True)
class SyncStep1:
    """A peer says what it has, and asks for the rest. The state vector is well-formed."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class SyncStep2:
    """A peer's answer to a step 1: everything it has and the asker had not. Not looked into."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """An edit. Not looked into."""

    update: bytes


@dataclass(frozen=True, slots=True)
class AwarenessUpdate:
    """Presence of one or more clients. Not looked into."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """A peer asks for everyone's presence."""


Frame = SyncStep1 | SyncStep2 | Update | AwarenessUpdate | QueryAwareness


def read_frame(data: bytes, limit: int = MAX_FRAME_BYTES) -> Frame:
    """Read one binary frame of y-websocket; raises TooLarge over `limit` bytes, and Malformed."""
    if len(data) > limit:
        raise TooLarge(len(data), limit)
    try:
        kind, at = varint(data, 0)
        if kind == MessageType.SYNC:
            step, at = varint(data, at)
            return _sync(step, _payload(data, at))
        if kind == MessageType.AWARENESS:
            return AwarenessUpdate(_payload(data, at))
    except IndexError:
        raise Malformed("The frame ends in the middle of a number", len(data)) from None
    if kind == MessageType.QUERY_AWARENESS and at == len(data):
        return QueryAwareness()
    raise Malformed(f"A frame of type {kind} is not one that peers send", 0)


def read_edit(data: bytes, limit: int = MAX_FRAME_BYTES) -> bytes:
    """The update in a frame that is to be an edit; raises TooLarge and Malformed."""
    match read_frame(data, limit):
        case Update(update):
            return update
    raise Malformed("This frame is no edit", 0)


def check_update(update: bytes) -> None:
    """Raise Malformed if an update is not well-formed, whatever it depends on."""
    walk(update)


def _sync(step: int, payload: bytes) -> Frame:
    if step == SyncType.UPDATE:
        return Update(payload)
    if step == SyncType.STEP2:
        return SyncStep2(payload)
    if step == SyncType.STEP1:
        read_state_vector(payload)
        return SyncStep1(payload)
    raise Malformed(f"Sync messages have types 0 to 2, this one has {step}")


def _payload(data: bytes, at: int) -> bytes:
    start, end = chunk(data, at)
    if end != len(data):
        raise Malformed("There are bytes after the end of the frame", end)
    return data[start:end]
