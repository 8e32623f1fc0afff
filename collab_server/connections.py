"""The HTTP protocol that uvicorn runs for us: its own, with an end to connections that say nothing.

uvicorn waits for ever for the first request of a connection, and for the rest of one that was begun; a few lines of
shell can hold as many file descriptors as a server has. Here a connection has `handshake_seconds` to send the head of
its first request, and of each following one that it has begun. uvicorn also waits for ever for who does not read an
answer, with all of it in memory: here whoever takes too little of it in `max_stalled_seconds` is cut off.

Connections are counted by the address they come from; proxies that are believed (`forwarded_allow_ips`) are not
counted, for through them come all people.
"""

import asyncio
from functools import partial
from typing import Any, ClassVar

from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.h11_impl import H11Protocol

from collab_server import metrics
from collab_server.addresses import Addresses, TooMany, addresses_of
from collab_server.settings import Settings
from collab_server.sockets import SocketProtocol

LEAST_TAKEN_BYTES = 64 * 1024
"""What is read of an answer in `max_stalled_seconds` at least: two kB a second."""


class ConnectionProtocol(H11Protocol):
    """One connection; `connection_protocol` makes a class of it that knows the settings."""

    addresses: ClassVar[Addresses]
    proxies: ClassVar[_TrustedHosts]
    handshake_seconds: ClassVar[float]
    max_stalled_seconds: ClassVar[float]
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _counted: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it, and begin to wait."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if address not in self.proxies:
            try:
                self.addresses.take("connections", address)
            except TooMany:
                transport.abort()
                return
            self._counted = address
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; the head of a request has an end, whatever comes of it byte by byte."""
        if self._deadline is None and not self._in_request:
            self._wait()
        super().data_received(data)
        if self._in_request:
            self._stop_waiting()

    def pause_writing(self) -> None:
        """An answer waits for its reader."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The reader has taken nearly all that there was."""
        super().resume_writing()
        self._stop_watching()

    def timeout_keep_alive_handler(self) -> None:
        """Close it; it ends when what is left of the last answer was read, and the rest of that may be little."""
        super().timeout_keep_alive_handler()
        self._stop_watching()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_waiting()
        self._stop_watching()
        self._release()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Hand the connection over, with its place in the count."""
        self._stop_waiting()
        self._stop_watching()
        super().handle_websocket_upgrade(event)
        socket = self.transport.get_protocol()
        assert isinstance(socket, SocketProtocol)
        if self._counted is not None:
            socket.gone = partial(self.addresses.give_back, "connections", self._counted)
            self._counted = None

    @property
    def _in_request(self) -> bool:
        """Whether the head of a request was read, and its answer is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self.handshake_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self._in_request and not self.transport.is_closing():
            metrics.REFUSED_ADDRESSES.labels("silent").inc()
            self.transport.abort()

    def _watch(self) -> None:
        loop, left = asyncio.get_running_loop(), self.transport.get_write_buffer_size()
        self._stalled = loop.call_later(self.max_stalled_seconds, self._look_at_reader, left)

    def _stop_watching(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _look_at_reader(self, before: int) -> None:
        """Nothing is written while it is waited for who reads, so what there is less of was taken."""
        self._stalled = None
        left = self.transport.get_write_buffer_size()
        if left and before - left < min(before, LEAST_TAKEN_BYTES):
            metrics.REFUSED_ADDRESSES.labels("unread").inc()
            self.transport.abort()
        elif left:
            self._watch()

    def _release(self) -> None:
        if self._counted is not None:
            self.addresses.give_back("connections", self._counted)
            self._counted = None


def connection_protocol(settings: Settings) -> type[ConnectionProtocol]:
    """The protocol for these settings."""
    return type(
        "ConnectionProtocol",
        (ConnectionProtocol,),
        {
            "addresses": addresses_of(settings),
            "proxies": _TrustedHosts(settings.forwarded_allow_ips),
            "handshake_seconds": settings.handshake_seconds,
            "max_stalled_seconds": settings.max_stalled_seconds,
        },
    )
