"""A receiver of webhooks that can be made to fail in the ways receivers do: a real HTTP server on a free port."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

DEADLINE = 15.0


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """What came, and what is answered: `answers` one after the other, then 204."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    stalled: set[str] = field(default_factory=set)
    """Paths that get no answer."""
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.got.append(Got(request.url.path, dict(request.headers), body))
        if request.url.path in self.stalled:
            await asyncio.to_thread(self.let_go.wait, DEADLINE)
        return self.answers.pop(0) if self.answers else Response(status_code=204)

    def types(self) -> list[str]:
        """The types of what came, in order."""
        return [got.message["type"] for got in self.got]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver, in a thread of its own; on a port that was used before, if it comes back after a fall."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", port)) as listener:
        receiver.port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield receiver
        finally:
            receiver.let_go.set()
            server.should_exit = True
            thread.join(10)


def wait_until(
    check: Callable[[], object], what: str = "it did not happen in time", *, seconds: float = DEADLINE
) -> None:
    """Wait in a thread until something holds."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.01)


async def until(ask: Callable[[], Awaitable[bool]], seconds: float = DEADLINE) -> None:
    """Ask until the answer is yes."""
    async with asyncio.timeout(seconds):
        while True:
            if await ask():
                return
            await asyncio.sleep(0.02)


def plain(status: int, text: str = "", **headers: str) -> Response:
    """An answer."""
    return PlainTextResponse(text, status, {name.replace("_", "-"): value for name, value in headers.items()})
