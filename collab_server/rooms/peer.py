"""One socket in a room, and what waits to be sent to it.

A peer can only hurt itself. While its socket is writable a frame goes out at once, without a task or a queue. When it
is not, frames wait up to a bound; over the bound they are dropped, and once the socket drains the room sends one
update from the state the peer was left at. What that update does not make good is kept: the last word on each topic,
which are few and short. A peer that stays unwritable is closed. Nothing here knows what the frames mean: see room.py.
What is handed on of a read begins a span of the socket's trace, for whatever comes of it.

    Idle ──socket full──▶ Queued ──over the bound──▶ Behind ──socket drains──▶ Queued ──empty──▶ Idle
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, Self, cast

import anyio
from pycrdt import Channel
from starlette.types import Message, Receive, Send
from starlette.websockets import WebSocketDisconnect

from collab_server.auth.identity import Identity
from collab_server.rooms import frames
from collab_server.rooms.questions import Questions
from collab_server.rooms.rates import Allowance
from collab_server.rooms.reading import Later, Reading
from collab_server.rooms.stalling import unless_stalled
from collab_server.rooms.walker import Malformed
from collab_server.settings import Settings
from flowroom import tracing
from flowroom.protocol import CLOSE_REASONS, CloseCode

CLOSE_SECONDS = 5.0
"""How long a closing frame may wait behind a socket that is full."""
UNASKED_SECONDS = 0.5
"""How long a joiner may take to ask for the document before edits are sent to it without."""


class PeerClosed(Exception):
    """The peer broke a rule, or the room has to go: its socket is closed with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(CLOSE_REASONS[code])
        self.code = code


class Idle:
    """Everything was handed to the socket."""


@dataclass(slots=True)
class Queued:
    """The socket is full; `vector` is the state of the document the peer had when that began."""

    vector: bytes
    frames: deque[bytes] = field(default_factory=deque)
    size: int = 0
    answer: bytes = b""
    """The frame that answers the peer's last question for the document's state, which may be among them."""
    asked_from: bytes = b""
    """The state that the peer had when it asked."""

    def dropped(self) -> "Behind":
        """What becomes of it when too much waits."""
        words = {topic: frame for frame in self.frames if (topic := frames.topic(frame))}
        is_answer = any(frame is self.answer for frame in self.frames)
        return Behind(self.asked_from if is_answer else self.vector, words, is_answer)


@dataclass(slots=True)
class Behind:
    """Too much waited, and was dropped: the peer needs everything since `vector`, as an answer if it asked for that.
    `words` are the last on each topic.
    """

    vector: bytes
    words: dict[bytes, bytes]
    is_answer: bool


IDLE = Idle()
Outbox = Idle | Queued | Behind


class Wire(Protocol):
    """A socket without ASGI in between, where each frame costs tasks and messages: see sockets.py."""

    def write(self, *payloads: bytes) -> bool:
        """Send a binary frame, or several, if the socket takes them at once."""

    def read(self, came: Callable[[Sequence[bytes]], None]) -> None:
        """From now on hand the binary frames of each read to `came`. Text, and all after it, goes the way of ASGI."""

    def hold(self, held: bool) -> None:
        """Read nothing more from the socket, or go on."""

    def unsent(self) -> int:
        """How many bytes have not arrived at the other side yet, here and in the kernel, which takes megabytes."""


class Attachment(Protocol):
    """What a peer needs of the room it is in."""

    @property
    def sent_vector(self) -> bytes:
        """The state of the document that every peer was sent, or has waiting."""

    def spawn(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Run a task that ends with the room."""

    async def catch_up(self, peer: "Peer", vector: bytes) -> None:
        """Call the peer's `caught_up` with everything since `vector`."""


Take = Callable[["Peer", Sequence[bytes]], Later | None]
"""Takes frames of a peer that belong together, or answers what is still to be done before the next."""


class Peer(Channel):
    """A connected identity. The room that it joins sets `attach`; until then nothing may be pushed."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        name: str,
        identity: Identity,
        settings: Settings,
        wire: Wire | None = None,
        epoch: int | None = None,
    ) -> None:
        """Speak over an accepted ASGI socket; `name` is the room's. `wire` is the server's short way past ASGI, if it
        has one. `epoch` is that of the copy the client has, if it says so.
        """
        self._receive, self._send, self._wire = receive, send, wire
        self._name = name
        self.identity = identity
        self._settings = settings
        self.allowance = Allowance(
            settings.max_peer_messages_per_second, settings.max_peer_bytes_per_second, settings.rate_burst_seconds
        )
        self.questions = Questions(settings.max_peer_bytes_per_second, settings.rate_burst_seconds)
        self._trace = tracing.current.get() or tracing.begun(None)
        self._handed_over = 0
        self._outbox: Outbox = IDLE
        self.held: list[bytes] | None = []
        """Edits that wait until it has asked for the document's state, and are never sent if they are in that."""
        self.scope = anyio.CancelScope()
        """What serves this peer: it ends when the peer is closed."""
        self._room: Attachment | None = None
        self.epoch = epoch
        self.closing: CloseCode | None = None
        self._reason = ""
        self.left = False
        self.can_write = False
        self.sent_step1 = False
        """Whether it has asked for the document's state."""
        self.step2_due = False
        """Whether it was asked for its edits, and has not answered yet."""
        self.owes = False
        """Whether the room had to ignore an edit of this peer, and will ask for it again."""

    # Reading

    @property
    def path(self) -> str:
        """The name of the room, as pycrdt calls it."""
        return self._name

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return await self.recv()

    async def recv(self) -> bytes:
        """The next frame that comes by ASGI; raises StopAsyncIteration when the peer has left, Malformed for text."""
        frame = self._frame_in(await self._receive())
        if frame is None:
            raise StopAsyncIteration
        return frame

    async def listen(self, take: Take) -> None:
        """Hand all frames to `take` until the peer leaves; those before that are taken still. Raises Malformed."""
        reading = Reading(partial(self._hand_over, take), self._hold)
        if self._wire is not None:
            self._wire.read(reading.came)
        try:
            while (frame := self._frame_in(await self._receive())) is not None:
                reading.came((frame,))
                await reading.caught_up()
            await reading.caught_up()
        finally:
            await reading.end()

    def _frame_in(self, message: Message) -> bytes | None:
        """The frame of a message of ASGI; None when the peer has left."""
        if message["type"] != "websocket.receive":
            self.left = True
            return None
        frame: bytes | None = message.get("bytes")
        if frame is None:
            raise Malformed("Frames are binary, and this one is text")
        return frame

    def _hand_over(self, take: Take, frames: Sequence[bytes]) -> Later | None:
        if self.closing is not None:
            return None
        allowed = self.allowance.take(frames, time.monotonic())
        self._handed_over += 1
        trace = self._trace.part(self._handed_over)
        outer = tracing.current.set(trace)
        try:
            later = take(self, allowed) if allowed else None
        finally:
            tracing.current.reset(outer)
        if len(allowed) < len(frames):
            self.close(CloseCode.RATE_LIMITED)
        return None if later is None else partial(_within, trace, later)

    def _hold(self, held: bool) -> None:
        if self._wire is not None:
            self._wire.hold(held)

    # Sending

    def attach(self, room: "Attachment") -> None:
        """Let a room own what is pushed to this peer."""
        self._room = room
        asyncio.get_running_loop().call_later(UNASKED_SECONDS, self.release_if_unasked)

    @property
    def is_slow(self) -> bool:
        """Whether something waits for the socket."""
        return self._outbox is not IDLE

    async def send(self, frame: bytes) -> None:
        """Push a frame, as pycrdt's channels are asked to; never waits."""
        self.push(frame)

    def push_update(self, frame: bytes) -> None:
        """Send an edit; one that comes before the peer's state does is held back, so that it never sees a gap."""
        if self.held is None:
            self.push(frame)
        else:
            self.held.append(frame)

    def answer(self, frame: bytes, vector: bytes) -> None:
        """Send the document's state since `vector`, which the peer had when it asked; what was held back is in it."""
        self.held = None
        if isinstance(self._outbox, Queued):
            self._outbox.answer, self._outbox.asked_from = frame, vector
        elif isinstance(self._outbox, Behind):
            self._outbox.vector, self._outbox.is_answer = vector, True
        self.push(frame)

    def release_if_unasked(self) -> None:
        """Send what was held back, if the peer shows no sign of asking for the document's state."""
        if not self.sent_step1 and self.held is not None:
            held, self.held = self.held, None
            for frame in held:
                self.push(frame)

    def push(self, frame: bytes) -> None:
        """Send a frame now if the socket takes it, or as soon as it does."""
        if self.closing is not None or self.left:
            return
        outbox = self._outbox
        if outbox is IDLE:
            self._send_now(frame)
        elif isinstance(outbox, Queued):
            outbox.frames.append(frame)
            outbox.size += len(frame)
            if outbox.size > self._settings.max_outbox_bytes:
                self._outbox = outbox.dropped()
        elif isinstance(outbox, Behind) and (topic := frames.topic(frame)):
            outbox.words[topic] = frame

    def push_together(self, frames: Sequence[bytes]) -> None:
        """Push frames, with one write if the socket takes them at once."""
        silent = self.closing is not None or self.left
        if silent or (self._outbox is IDLE and self._wire is not None and self._wire.write(*frames)):
            return
        for frame in frames:
            self.push(frame)

    def caught_up(self, update: bytes, since: bytes, vector: bytes) -> None:
        """Send the one update that a peer that was left behind at `since` needs; `vector` is what it has then."""
        outbox = self._outbox
        if isinstance(outbox, Behind) and outbox.vector == since:  # else it has asked from another state meanwhile
            frame = frames.step2(update) if outbox.is_answer else frames.update(update)
            waiting = deque([frame, *outbox.words.values()])
            answer, asked_from = (frame, since) if outbox.is_answer else (b"", b"")
            self._outbox = Queued(vector, waiting, sum(map(len, waiting)), answer, asked_from)

    def tell_role(self) -> None:
        """Tell this peer the role that it has now; one that has not joined yet learns it as it comes in."""
        if self._room is not None and self.identity.role is not None:
            self.push(frames.role(self.identity.role))

    # Ending

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End this peer from outside its own loop; the first code counts. `reason` is told instead of the usual one.

        One that has left already is taken nothing more of, either.
        """
        if self.closing is None:
            self.closing = code
            self._reason = reason or CLOSE_REASONS[code]
            self._outbox, self.held = IDLE, None
            self.scope.cancel()

    async def say_goodbye(self) -> None:
        """Tell a peer that was closed why, over the socket."""
        if self.closing is None or self.left:
            return
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            try:
                await self._send({"type": "websocket.close", "code": int(self.closing), "reason": self._reason})
            except (OSError, RuntimeError, WebSocketDisconnect):
                self.left = True  # it was faster

    # What sending is made of

    def _send_now(self, frame: bytes) -> None:
        """Run the server's `send` as far as it goes by itself: to its end, while the socket is writable."""
        if self._wire is not None and self._wire.write(frame):
            return
        message = {"type": "websocket.send", "bytes": frame}
        sending = cast(Coroutine[Any, Any, None], self._send(message))  # what `async def send` gives
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # each server has its own error for "gone"; receive says so, too, after what came before
            self.left = True
            return
        assert self._room is not None
        self._outbox = Queued(self._room.sent_vector)
        self._room.spawn(self._drain, _Resumed(sending, waits_for))

    async def _drain(self, first: "_Resumed") -> None:
        """Send what waits, until nothing does."""
        seconds, unsent = self._settings.max_stalled_seconds, None if self._wire is None else self._wire.unsent
        try:
            async with unless_stalled(seconds, unsent):
                await first
            while (frame := await self._next()) is not None:
                async with unless_stalled(seconds, unsent):
                    await self._send({"type": "websocket.send", "bytes": frame})
        except TimeoutError:
            self.close(CloseCode.TRY_LATER)
        except Exception:  # as in _send_now
            self.left = True

    async def _next(self) -> bytes | None:
        assert self._room is not None
        while isinstance(self._outbox, Behind):
            await self._room.catch_up(self, self._outbox.vector)
        outbox = self._outbox
        if isinstance(outbox, Queued) and outbox.frames:
            frame = outbox.frames.popleft()
            outbox.size -= len(frame)
            return frame
        self._outbox = IDLE
        return None


async def _within(trace: tracing.Trace, later: Later) -> None:
    """Go on with a frame as a part of its trace."""
    tracing.current.set(trace)
    await later()


class _Resumed:
    """A coroutine that was run up to its first wait by hand, and goes on in the task that awaits this."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                yield waits_for
            except BaseException as error:  # whatever it is, it is meant for the coroutine
                resume = partial(self._coroutine.throw, error)
            else:
                resume = partial(self._coroutine.send, None)
            try:
                waits_for = resume()
            except StopIteration:
                return
