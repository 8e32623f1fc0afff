"""The y-websocket protocol from a client's side, without a socket: frames in, frames out.

A frame is a message type and its payload; numbers are LEB128, byte strings carry their length:

    SYNC       0, STEP1  0, state vector     "I have this; send what I lack"
    SYNC       0, STEP2  1, update           the answer: everything the asker lacks, and all deletions
    SYNC       0, UPDATE 2, update           an edit; from the server also the echo of our own, once it is durable
    AWARENESS  1, states                     who is here: number of peers, then id, clock and JSON of each
    QUERY      3                             "tell me your presence"

On opening both sides send STEP1 and answer the other's with STEP2. Edits made before the server's STEP1 has come wait
for it, since the STEP2 that answers it carries them: no frame of ours ever refers to something the server lacks. What
was edited offline takes the same way. A server may leave its STEP1 out for a peer that only reads. `Peer.saved` counts
the edits whose echo has come back (ledger.py).
"""

import logging
from collections.abc import Callable
from typing import Any

import orjson
from pycrdt import Awareness, Doc, merge_updates, write_message

from flowroom.client.ledger import Ledger
from flowroom.protocol import MAX_FRAME_BYTES, AuthType, MessageType, SyncType

log = logging.getLogger(__name__)

EMPTY_UPDATE = b"\x00\x00"
MAX_MERGED_BYTES = 2**18
"""Waiting edits are merged into frames of up to this size."""


class MalformedFrame(Exception):
    """The server sent something that is no frame of this protocol."""


def _nobody() -> None:
    """Nobody is woken."""


class Peer:
    """One document's end of a connection, and of the next after it: the document outlives its sockets.

    `wake` is called whenever there is something to `take` or progress to look at; it must not call back.
    `synced` is whether the server's STEP2 has come; `revision` counts the updates that have.
    """

    def __init__(self, doc: Doc[Any], *, wake: Callable[[], None] = _nobody) -> None:
        self.doc = doc
        self.awareness = Awareness(doc)
        self.synced = False
        self.revision = 0
        self.epoch: int | None = None
        """Which epoch the document is of, once the server has said so."""
        self._ledger = Ledger(doc)
        self._wake = wake
        self._applying = False
        self._answered = False
        self._is_full = False
        self._unsent: list[bytes] = []
        self._unsaved: list[tuple[int, bytes]] = []
        self._frames: list[bytes] = []
        self._presence_changed = False
        self._edits = doc.observe(self._on_transaction)
        self._presence = self.awareness.observe(self._on_awareness)

    @property
    def made(self) -> int:
        """The number of the newest edit made here."""
        return self._ledger.last

    @property
    def saved(self) -> int:
        """Every edit up to this number is durable on the server."""
        return self._ledger.saved

    @property
    def waits_for_room(self) -> bool:
        """Whether the server has no room for what was edited here. It asks for it once others made some."""
        return self._is_full and self.saved < self.made

    def close(self) -> None:
        """Let go of the document, which one with a live observer never is, and of who is woken: in a circle a document
        would be there until Python next looks for those, whatever it weighs.
        """
        self.doc.unobserve(self._edits)
        self.awareness.unobserve(self._presence)
        self._wake = _nobody

    def opened(self) -> None:
        """A socket has opened: begin the handshake."""
        self.synced = self._answered = self._is_full = False
        self._frames = [_sync(SyncType.STEP1, self.doc.get_state())]
        self.awareness.set_local_state(self.awareness.get_local_state())  # a new clock, or it is taken for old news
        self._wake()

    def dropped(self) -> None:
        """The socket is gone: edits wait for the next, and the others' presence can no longer be known."""
        self.synced = self._answered = False
        self._frames, self._unsent = [], []
        others = [id for id in self.awareness.states if id != self.awareness.client_id]
        self.awareness.remove_awareness_states(others, "dropped")

    def receive(self, frame: bytes) -> None:
        """Take one frame from the server. Raises MalformedFrame."""
        match _frame(frame):
            case MessageType.SYNC, SyncType.STEP1, state:
                self._answer(state)
            case MessageType.SYNC, SyncType.STEP2, update:
                self._apply(update)
                self.synced = True
                self._send_unasked()
            case MessageType.SYNC, SyncType.UPDATE, update:
                self._apply(update)
            case MessageType.AWARENESS, _, states:
                self._hear(states)
            case MessageType.QUERY_AWARENESS, _, _:
                self._presence_changed = True
            case MessageType.AUTH, AuthType.EPOCH, number if number.isdigit():
                self.epoch = int(number)
            case MessageType.AUTH, AuthType.SPACE, told:
                self._is_full = _level(told) == "full"
            case MessageType.AUTH, AuthType.LEFT_OUT, told:
                log.warning("%s", told.decode(errors="replace"))
            case _:  # any other AUTH message says something to people, or is a stock server's way to say no
                pass
        self._wake()

    @property
    def presence_waits(self) -> bool:
        """Whether our presence has changed since it was last sent."""
        return self._presence_changed

    def take(self, *, presence: bool = True) -> list[bytes]:
        """The frames to send now: handshake, then edits (merged where many wait), then presence if it is due."""
        frames, self._frames = self._frames, []
        if self._answered and self._unsent:
            waiting, self._unsent = self._unsent, []
            frames += [_sync(SyncType.UPDATE, update) for update in _merged(waiting)]
        if presence and self._presence_changed:
            self._presence_changed = False
            update = self.awareness.encode_awareness_update([self.awareness.client_id])
            frames.append(bytes([MessageType.AWARENESS]) + write_message(update))
        return frames

    def leave(self) -> bytes:
        """The frame that says goodbye, so that nobody waits for this peer's presence to time out."""
        self.awareness.set_local_state(None)
        return self.take()[-1]

    def _answer(self, state: bytes) -> None:
        """Send what the server lacks: as one STEP2, or edit by edit where that would be too large a frame."""
        if not self._answered:
            self._ledger.has(state)
        update = self.doc.get_update(state)
        unsaved = [edit for _, edit in self._unsaved]
        if len(update) < MAX_FRAME_BYTES - 16 or not unsaved:
            self._ledger.sent_whole(state)
            self._frames.append(_sync(SyncType.STEP2, update))
        else:
            self._frames.append(_sync(SyncType.STEP2, EMPTY_UPDATE))
            self._frames += [_sync(SyncType.UPDATE, part) for part in _merged(unsaved)]
        self._answered = True
        self._unsent = []

    def _send_unasked(self) -> None:
        """A server that answered without asking lets this peer only read: what was edited goes out all the same, so
        that the server can say no."""
        if not self._answered:
            self._answered = True
            self._unsent = [edit for _, edit in self._unsaved]

    def _apply(self, update: bytes) -> None:
        if update != EMPTY_UPDATE:
            self._applying = True
            try:
                self.doc.apply_update(update)
            except ValueError as error:
                raise MalformedFrame(str(error)) from error
            finally:
                self._applying = False
        self.revision += 1
        self._ledger.echoed(update)
        saved = self.saved
        self._unsaved = [edit for edit in self._unsaved if edit[0] > saved]

    def _hear(self, states: bytes) -> None:
        try:
            self.awareness.apply_awareness_update(states, "server")
        except (ValueError, IndexError, RuntimeError) as error:
            raise MalformedFrame(f"awareness: {error}") from error

    def _on_transaction(self, event: Any) -> None:
        update: bytes = event.update
        if self._applying or update == EMPTY_UPDATE:
            return
        self._ledger.made(update)
        self._unsent.append(update)
        self._unsaved.append((self.made, update))
        self._wake()

    def _on_awareness(self, topic: str, change: tuple[dict[str, Any], Any]) -> None:
        if topic == "update" and change[1] == "local":
            self._presence_changed = True
        self._wake()


def _level(told: bytes) -> object:
    """The level that a SPACE message tells."""
    try:
        return orjson.loads(told)["level"]
    except (ValueError, LookupError, TypeError) as error:
        raise MalformedFrame(f"space: {error}") from error


def _sync(kind: SyncType, payload: bytes) -> bytes:
    return bytes([MessageType.SYNC, kind]) + write_message(payload)


def _merged(updates: list[bytes]) -> list[bytes]:
    """Neighbours put together, as many as fit into one frame: 1,000 moves made offline are not 1,000 frames."""
    groups: list[list[bytes]] = []
    size = MAX_MERGED_BYTES
    for update in updates:
        size += len(update)
        if size > MAX_MERGED_BYTES:
            groups.append([])
            size = len(update)
        groups[-1].append(update)
    return [group[0] if len(group) == 1 else merge_updates(*group) for group in groups]


def _frame(frame: bytes) -> tuple[int, int, bytes]:
    """A frame's type, its second type (-1 where there is none) and payload."""
    if frame[:1] == bytes([MessageType.QUERY_AWARENESS]):
        return MessageType.QUERY_AWARENESS, -1, b""
    header = 2 if frame[:1] in (bytes([MessageType.SYNC]), bytes([MessageType.AUTH])) else 1
    payload = frame[header:]
    length = at = 0
    for byte in payload[:10]:
        length |= (byte & 127) << (7 * at)
        at += 1
        if byte < 128:
            break
    if len(frame) <= header or at + length != len(payload):
        raise MalformedFrame(f"a frame of {len(frame)} bytes says its payload has {length}")
    return frame[0], frame[1] if header == 2 else -1, payload[at:]
