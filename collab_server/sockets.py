"""The WebSocket protocol that uvicorn runs for us: its own, with one way more to send.

A room sends the same small frame to everyone in it. Through ASGI each of them is a coroutine, a message and a frame of
its own, most of what an edit costs the server. The scope of a socket therefore offers `WRITE`, a function that takes
the payload of a binary frame and answers whether it wrote it at once. It does not while the socket is full or
closing: then `send` says what is the matter, and waits.
"""

from collections.abc import Callable

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

WRITE = "flowroom.write"
"""The name of the extension: a `Callable[[bytes], bool]`."""

_FINAL_BINARY = b"\x82"
_last: tuple[bytes, bytes] = (b"", b"")
"""The last payload and its frame: the next one is often the same, since it goes to the next peer of the room."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection. `gone` is called when it ends."""

    gone: Callable[[], None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who counts it."""
        super().connection_lost(exc)
        if self.gone is not None:
            self.gone()

    def handle_connect(self, event: Request) -> None:
        """Offer `write` to the application."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][WRITE] = self.write  # type: ignore[assignment]  # typed narrowly

    def write(self, payload: bytes) -> bool:
        """Send a binary frame, if the socket takes it now."""
        global _last
        if self.disconnected or self.close_sent or not self.writable.is_set() or self.transport.is_closing():
            return False
        if _last[0] is not payload:
            _last = payload, framed(payload)
        self.transport.write(_last[1])
        return True


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
