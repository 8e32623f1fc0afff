"""Keeping one document connected: opening sockets, trying again, giving up when the server means it.

The protocol is in protocol.py; this is the shell around it that owns the socket and the clock.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from pycrdt import Doc
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from flowroom.client.protocol import MalformedFrame, Peer
from flowroom.errors import ConnectionLost, ConnectionRefused, NoSuchDocument, NotAllowed, NotSignedIn
from flowroom.protocol import CLOSE_REASONS, CloseCode, is_final
from flowroom.tls import trusted

T = TypeVar("T")
Status = Literal["connecting", "online", "full", "offline", "closed"]
"""`online` is in step with the server; `full` is, too, but what was edited here waits until others made room for it;
`offline` waits to try again; `closed` never will.
"""

log = logging.getLogger(__name__)

_REFUSALS: dict[int, type[ConnectionRefused]] = {
    CloseCode.NOT_SIGNED_IN: NotSignedIn,
    CloseCode.NOT_ALLOWED: NotAllowed,
    CloseCode.NO_SUCH_DOCUMENT: NoSuchDocument,
}
_STATUS_CODES = {401: CloseCode.NOT_SIGNED_IN, 403: CloseCode.NOT_ALLOWED, 404: CloseCode.NO_SUCH_DOCUMENT}


@dataclass(frozen=True, slots=True)
class Patience:
    """How to try again: waits double from `first` to `longest`, each a random part of that, so that a thousand peers
    of a restarted server don't come back at once. `opening` is how long the very first connection may take, or a
    comment or a start to be answered, `leaving` how long the last edits. `ping` finds dead sockets; presence is sent at
    most once per `presence`.
    """

    first: timedelta = timedelta(milliseconds=100)
    longest: timedelta = timedelta(seconds=15)
    opening: timedelta = timedelta(seconds=30)
    leaving: timedelta = timedelta(seconds=10)
    ping: timedelta = timedelta(seconds=10)
    presence: timedelta = timedelta(milliseconds=33)

    def wait(self, attempt: int) -> float:
        """Seconds to wait before the next attempt, the first being 0."""
        longest = min(self.longest.total_seconds(), self.first.total_seconds() * 2.0 ** min(attempt, 20))
        return longest * random.uniform(0.5, 1)


class Left(ConnectionLost):
    """What was waited on was left here: nothing more comes, and nothing went wrong."""


async def until_answered(send: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """Send what may be sent again, since something in it says that it is the same, for as long as nothing answers and
    patience lasts. Raises what `send` does, ConnectionLost at last.
    """
    until, attempt = time.monotonic() + patience.opening.total_seconds(), 0
    while True:
        try:
            return await send()
        except ConnectionLost:
            wait = patience.wait(attempt)
            if time.monotonic() + wait > until:
                raise
        await asyncio.sleep(wait)
        attempt += 1


@dataclass(eq=False)
class Connection:
    """A document and the socket that comes and goes. Use it as `async with`: it owns its task."""

    url: str
    token: str | None
    doc: Doc[Any]
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self._line: Status = "connecting"
        self.refusal: ConnectionRefused | ConnectionLost | None = None
        self._trouble = ""
        self._thread = threading.get_ident()
        self._to_send = asyncio.Event()
        self._progress: set[asyncio.Future[None]] = set()
        self.peer = Peer(self.doc, wake=self.wake)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Connection":
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self.peer.awareness.start())]
        try:
            async with asyncio.timeout(self.patience.opening.total_seconds()):
                await self.until(lambda: self.peer.synced)
        except TimeoutError:
            await self.aclose()
            why = f" ({self._trouble})" if self._trouble else " in time"
            raise ConnectionLost(
                f"The server at {self.url} did not answer{why}; is it running, and is the address right?"
            ) from None
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave once everything is saved. Raises ConnectionLost when the server doesn't say so in time."""
        try:
            if kind is None:
                async with asyncio.timeout(self.patience.leaving.total_seconds()):
                    await self.saved()
        except TimeoutError:
            raise ConnectionLost(f"{self.peer.made - self.peer.saved} edits were not acknowledged in time.") from None
        finally:
            await self.aclose()

    @property
    def status(self) -> Status:
        """How it stands with the server."""
        return "full" if self._line == "online" and self.peer.waits_for_room else self._line

    async def aclose(self) -> None:
        """End the connection now; edits that are not acknowledged may be lost."""
        self._line = "closed"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            self._tasks = []
            self.peer.close()
        self.wake()

    def raise_refusal(self) -> None:
        """Raise what the server said when it closed the door for good, or ConnectionLost where this end failed."""
        if self.refusal is not None:
            raise self.refusal

    def must_be_of_this_thread(self) -> None:
        """Raise RuntimeError in another thread: an edit made there would be sent when the loop happens to wake."""
        if threading.get_ident() != self._thread:
            raise RuntimeError(
                "A graph is edited in the thread in which it was opened, and this is another one: hand the edit over "
                "with loop.call_soon_threadsafe(…), or asyncio.run_coroutine_threadsafe(…, loop)."
            )

    async def saved(self) -> None:
        """Wait until every edit made up to now is durable on the server. Raises ConnectionRefused, ConnectionLost."""
        made = self.peer.made
        await self.until(lambda: self.peer.saved >= made)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that frames bring about. Raises ConnectionRefused, ConnectionLost; Left once closed."""
        while not condition():
            self.raise_refusal()
            if self._line == "closed":
                raise Left("The connection was closed while waiting on it.")
            progress = asyncio.get_running_loop().create_future()
            self._progress.add(progress)
            try:
                await progress
            finally:
                self._progress.discard(progress)

    def wake(self) -> None:
        """Something may have changed: send what there is, and let those who wait look again."""
        self._to_send.set()
        for progress in self._progress:
            if not progress.done():
                progress.set_result(None)

    def _become(self, status: Status) -> None:
        if self._line != "closed":
            self._line = status
        self.wake()

    async def _stay(self) -> None:
        """Be connected until told otherwise. Who waits is told however this ends, or would wait for ever."""
        try:
            await self._return_until_refused()
        except Exception as error:
            log.exception("connection to %s failed", self.url)
            self.refusal = ConnectionLost(f"The connection to {self.url} failed: {error!r}. Open it again to go on.")
            self.refusal.__cause__ = error
        finally:
            self._become("closed")

    async def _return_until_refused(self) -> None:
        attempt = 0
        while self.refusal is None:
            if await self._serve_once():
                attempt = 0
            if self.refusal is None:
                self._become("offline")
                await asyncio.sleep(self.patience.wait(attempt))
                attempt += 1

    async def _serve_once(self) -> bool:
        """One socket from opening to end; says whether it ever got in step."""
        was_synced = False
        self._become("connecting")
        door = self._socket()
        address = door.uri
        try:
            async with door as socket:
                self.peer.opened()
                try:
                    await self._serve(socket)
                finally:
                    was_synced = self.peer.synced
        except InvalidStatus as error:
            self._trouble = f"HTTP status {error.response.status_code}"
            if door.uri == address:  # where a redirect led, a page answers and not the server
                self._refuse(_STATUS_CODES.get(error.response.status_code))
        except ConnectionClosed as error:
            self._refuse(error.rcvd.code if error.rcvd else None, error.rcvd.reason if error.rcvd else "")
        except (OSError, TimeoutError, WebSocketException, MalformedFrame) as error:
            # WebSocketException, since a redirect to a page is InvalidURI, which is no InvalidHandshake.
            self._trouble = str(error) or type(error).__name__
            log.info("connection to %s ended: %s", self.url, error)
        finally:
            self.peer.dropped()
        return was_synced

    def _socket(self) -> connect_socket:
        ping = self.patience.ping.total_seconds()
        is_local = urlsplit(self.url).hostname in ("127.0.0.1", "::1", "localhost")
        epoch = "" if self.peer.epoch is None else f"?epoch={self.peer.epoch}"  # of what this document holds
        return connect_socket(
            self.url + epoch,
            additional_headers={"Authorization": f"Bearer {self.token}"} if self.token else None,
            proxy=None if is_local else True,
            ssl=trusted() if self.url.startswith("wss:") else None,
            compression=None,
            max_size=None,
            open_timeout=10,
            ping_interval=ping,
            ping_timeout=ping,
            close_timeout=2,
        )

    async def _serve(self, socket: ClientConnection) -> None:
        """Send and receive until the socket ends, whichever notices it first."""
        sending = asyncio.create_task(self._send(socket))
        try:
            while True:
                frame = await socket.recv()
                if isinstance(frame, str):
                    raise MalformedFrame("a text frame")
                self.peer.receive(frame)
                if self.peer.synced and self._line != "online":
                    self._become("online")
        except asyncio.CancelledError:
            await self._say_goodbye(socket)
            raise
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, socket: ClientConnection) -> None:
        """Send whatever there is at once; only presence waits, so that a moving cursor is not a flood."""
        loop, interval = asyncio.get_running_loop(), self.patience.presence.total_seconds()
        next_presence = loop.time()
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            is_due = loop.time() >= next_presence
            if self.peer.presence_waits and is_due:
                next_presence = loop.time() + interval
            elif self.peer.presence_waits:
                loop.call_at(next_presence, self._to_send.set)
            for frame in self.peer.take(presence=is_due):
                await socket.send(frame)

    async def _say_goodbye(self, socket: ClientConnection) -> None:
        try:
            async with asyncio.timeout(1):
                await socket.send(self.peer.leave())
        except (ConnectionClosed, TimeoutError) as error:
            log.info("no goodbye to %s: %s", self.url, error)

    def _refuse(self, code: int | None, reason: str = "") -> None:
        if code is not None and is_final(code):
            kind = _REFUSALS.get(code, ConnectionRefused)
            known = {int(known): text for known, text in CLOSE_REASONS.items()}
            self.refusal = kind(code, known.get(code) or reason or "The server refused the connection.")
