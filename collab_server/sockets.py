"""The WebSocket protocol that uvicorn runs for us: its own, with a shorter way for binary frames.

Through ASGI each frame that comes is a message in a queue that a task is woken for, with the socket stopped meanwhile;
and each that goes, the same one to everyone in a room, is a coroutine, a message and a frame of its own: together most
of what an edit costs the server. The scope of a socket therefore offers itself as `WIRE` (rooms/peer.py says what that
can do). What does not go this way at once, since the socket is full or closing, `send` deals with: it says what is the
matter, and waits.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

try:
    import fcntl
    import termios
except ImportError:  # pragma: no cover - Windows does not say what it has still to send
    fcntl = None  # type: ignore[assignment]

WIRE = "flowroom.wire"
"""The name of the extension: a `Wire`."""

END_SECONDS = 15.0
"""How long a connection that is over may send nothing: more than uvicorn gives the other side to say that it has heard.
"""

_FINAL_BINARY = b"\x82"
_last: tuple[bytes, bytes] = (b"", b"")
"""The last payload and its frame: the next one is often the same, since it goes to the next peer of the room."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection. `gone` is called when it ends."""

    gone: Callable[[], None] | None = None
    _reader: Callable[[Sequence[bytes]], None] | None = None
    _read: list[bytes] | None = None
    """The binary frames of the read that is being looked at."""
    _end: asyncio.TimerHandle | None = None
    _before_ping = 0
    """How much had not arrived when the last ping was sent, or looked for."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who counts it."""
        super().connection_lost(exc)
        self._reader = None
        if self._end is not None:
            self._end.cancel()
        if self.gone is not None:
            self.gone()

    def handle_connect(self, event: Request) -> None:
        """Offer the short way to the application."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][WIRE] = self  # type: ignore[assignment]  # typed narrowly

    # Its end

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done with it."""
        super().on_task_complete(task)
        self._end_soon()

    def send_keepalive_ping(self) -> None:
        """Ask whether it is there, after all that it is sent before."""
        self._before_ping = self.unsent()
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """It answers no pings; only once it has ended is the application told. While it takes what was sent before the
        ping it can't have heard that: a large graph takes minutes on a narrow line.
        """
        left = self.unsent()
        if left < self._before_ping and self.ping_timeout is not None and not self.transport.is_closing():
            self._before_ping = left
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self._end_soon()

    def _end_soon(self) -> None:
        """See that it ends: a transport that is closed waits for ever for whoever takes nothing."""
        if self._end is None and not self.disconnected:
            self._watch()

    def _watch(self) -> None:
        self._end = self.loop.call_later(END_SECONDS, self._end_if_stuck, self.transport.get_write_buffer_size())

    def _end_if_stuck(self, before: int) -> None:
        """End it, unless some of what waited is sent now: a large graph may take minutes."""
        if self.transport.get_write_buffer_size() < before:
            self._watch()
        else:
            self.transport.abort()

    # The short way in

    def read(self, came: Callable[[Sequence[bytes]], None]) -> None:
        """See Wire.read."""
        self._reader = came
        for said in (self.request, self.response):  # the handshake is over, and the scope has what was asked for
            said.headers.clear()

    def hold(self, held: bool) -> None:
        """See Wire.hold."""
        if held == self.read_paused or self.transport.is_closing():
            return
        if held:
            self.read_paused = True
            self.transport.pause_reading()
        elif self.queue.empty():  # else `receive` goes on with it
            self.read_paused = False
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Hand on what one read brought, together."""
        super().data_received(data)
        self._hand_over()

    def _hand_over(self) -> None:
        if self._read is not None and self._reader is not None:
            read, self._read = self._read, None
            self._reader(read)

    def send_receive_event_to_app(self) -> None:
        """A message is complete."""
        if self._reader is not None and self.curr_msg_data_type == "text":
            self._hand_over()
            self._reader = None  # it goes the long way, and what comes after it may not overtake it
        if self._reader is None:
            super().send_receive_event_to_app()
            return
        message = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self._read is None:
            self._read = [message]
        else:
            self._read.append(message)

    # The short way out

    def write(self, *payloads: bytes) -> bool:
        """See Wire.write."""
        global _last
        if self.disconnected or self.close_sent or not self.writable.is_set() or self.transport.is_closing():
            return False
        if len(payloads) > 1:
            self.transport.write(b"".join(map(framed, payloads)))
            return True
        (payload,) = payloads
        if _last[0] is not payload:
            _last = payload, framed(payload)
        self.transport.write(_last[1])
        return True

    def unsent(self) -> int:
        """See Wire.unsent."""
        if fcntl is None:
            return self.transport.get_write_buffer_size()
        queued = bytearray(4)
        with suppress(OSError):  # it is closed
            fcntl.ioctl(self.transport.get_extra_info("socket"), termios.TIOCOUTQ, queued)
        return self.transport.get_write_buffer_size() + int.from_bytes(queued, sys.byteorder)


def framed(payload: bytes) -> bytes:
    """A binary frame as servers send it: whole, without a mask, not compressed (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        length = bytes((size,))
    elif size < 65536:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    return _FINAL_BINARY + length + payload
