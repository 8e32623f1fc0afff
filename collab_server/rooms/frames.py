"""The frames a server sends, as bytes of y-websocket; what it receives is read by guard.py."""

from collections.abc import Mapping, Sequence

import orjson

from collab_server.rooms.walker import varint, write_varint
from flowroom.protocol import LEFT_OUT, AuthType, Level, MessageType, Role, SyncType

EMPTY_UPDATE = b"\0\0"
EMPTY_VECTOR = b"\0"

_STEP1 = bytes([MessageType.SYNC, SyncType.STEP1])
_STEP2 = bytes([MessageType.SYNC, SyncType.STEP2])
_UPDATE = bytes([MessageType.SYNC, SyncType.UPDATE])
_PRESENCE = bytes([MessageType.AWARENESS])
_NOTICE = bytes([MessageType.AUTH, AuthType.NOTICE])
_EPOCH = bytes([MessageType.AUTH, AuthType.EPOCH])
_ROLE = bytes([MessageType.AUTH, AuthType.ROLE])
_SPACE = bytes([MessageType.AUTH, AuthType.SPACE])
_LEFT_OUT = bytes([MessageType.AUTH, AuthType.LEFT_OUT])


def step1(state_vector: bytes) -> bytes:
    """What the server has on disk, and the question for the rest."""
    return _STEP1 + write_varint(len(state_vector)) + state_vector


def step2(update: bytes) -> bytes:
    """The answer to a peer's step 1."""
    return _STEP2 + write_varint(len(update)) + update


def update(update: bytes) -> bytes:
    """An edit."""
    return _UPDATE + write_varint(len(update)) + update


def is_edit(frame: bytes) -> bool:
    """Whether a frame is an edit, as far as its first bytes say."""
    return frame[:2] == _UPDATE


def is_presence(frame: bytes) -> bool:
    """Whether a frame is presence, as far as its first byte says."""
    return frame[:1] == _PRESENCE


def merge_presence(frames: Sequence[bytes]) -> bytes:
    """Awareness frames of this server as one, their entries in the same order."""
    if len(frames) == 1:
        return frames[0]
    count, entries = 0, []
    for frame in frames:
        _, at = varint(frame, 1)
        here, at = varint(frame, at)
        count += here
        entries.append(frame[at:])
    payload = write_varint(count) + b"".join(entries)
    return _PRESENCE + write_varint(len(payload)) + payload


def notice(reason: str) -> bytes:
    """A sentence that stock y-websocket clients show in their console ("permission denied"), and nothing more."""
    raw = reason.encode()
    return _NOTICE + write_varint(len(raw)) + raw


def epoch(number: int) -> bytes:
    """Which epoch the document is of: a client that keeps a copy says it when it comes back (`?epoch=`)."""
    raw = str(number).encode()
    return _EPOCH + write_varint(len(raw)) + raw


def role(role: Role) -> bytes:
    """The role that a peer has from now on; stock clients pass over it."""
    return _ROLE + write_varint(len(role)) + role.encode()


def space(level: Level, size: int, most: int) -> bytes:
    """How full the document is, in bytes that it has and may have; stock clients pass over it."""
    raw = orjson.dumps({"level": level, "size": size, "most": most})
    return _SPACE + write_varint(len(raw)) + raw


def left_out() -> bytes:
    """That something this person edited can't be beside what another worker took; stock clients pass over it."""
    raw = LEFT_OUT.encode()
    return _LEFT_OUT + write_varint(len(raw)) + raw


def topic(frame: bytes) -> bytes | None:
    """What a frame of this server is the last word on, if it is more than news: a question for edits, a notice, that an
    edit was left out, and the epoch, the role and the space that a peer has. None for edits and presence, which are
    told anew as a whole.
    """
    return frame[:2] if frame[0] == MessageType.AUTH or frame[:2] == _STEP1 else None


def state_vector(clocks: Mapping[int, int]) -> bytes:
    """The clocks of each client, as a step 1 carries them."""
    parts = [write_varint(len(clocks))]
    for client, clock in clocks.items():
        parts += [write_varint(client), write_varint(clock)]
    return b"".join(parts)
