"""The servers under test, each a process of its own on a free loopback port.

raw       uvicorn and Starlette passing bytes on: no document, no store. The floor.
durable   raw that passes an edit on after it is on disk, and knows nothing else of it: the floor of a server that shows
          nobody what a crash could take back.
stock     pycrdt-websocket as its documentation shows it, with its SQLite store.
yws       the server of y-websocket 2, with its LevelDB store.
hp3       Hocuspocus 3, with a store in SQLite.
hp4       Hocuspocus 4, without a store.
flowroom  `flowroom serve` with everything on: sign-in, guard, durable log, backpressure.

The three from npm are in peers/.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import psutil

from benchmarks.sync.bare import BareLog
from benchmarks.sync.client import ASK_FOR_ALL, SYNC_UPDATE

NAMES = ("raw", "durable", "stock", "yws", "hp3", "hp4", "flowroom")
KEEPING = ("stock", "yws", "hp3", "flowroom")
"""Those that keep documents over a restart."""
REPORTING = ("raw", "durable", "flowroom")
"""Those whose errors are shown: the others report everyone who leaves."""
PEERS = Path(__file__).parent / "peers"
TOKEN = "benchmark"


Keep = Callable[[str, bytes], Awaitable[None]]
"""Stores bytes of the room of that name, and is done when they are on disk."""
QUIET_SECONDS = 0.3


@dataclass
class Server:
    """A running server. `room(name)` is the address of a room, made if need be."""

    name: str
    port: int
    folder: Path
    process: psutil.Process = field(init=False)
    _child: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def restart(self) -> None:
        """End it in an orderly way, and start it again on what it stored."""
        self.end()
        self._start()

    def crash(self) -> None:
        """Kill it, and start it again on what it stored."""
        self._child.kill()
        self._child.wait()
        self._start()

    def end(self) -> None:
        """End it, if need be the hard way."""
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _start(self) -> None:
        self._child = subprocess.Popen(
            _command(self.name, self.port, self.folder),
            env=_environment(self.port, self.folder),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=None
            if self.name in ("raw", "durable", "flowroom")
            else subprocess.DEVNULL,  # they report who leaves
        )
        self.process = psutil.Process(self._child.pid)
        _await_port(self.port, self._child)
        self._await_quiet()

    def _await_quiet(self) -> None:
        """Wait until it has nothing more to do: what it imports in the background would count as slow edits."""
        before, quiet = -1.0, 0.0
        while quiet < QUIET_SECONDS:
            time.sleep(0.1)
            now = self.cpu()
            quiet = quiet + 0.1 if now - before < 0.02 else 0.0
            before = now

    def room(self, name: str) -> str:
        """The websocket address of a room."""
        if self.name == "flowroom":
            self._create(name)
            return f"ws://127.0.0.1:{self.port}/sync/graphs/{name}?token={TOKEN}"
        return f"ws://127.0.0.1:{self.port}/" + (f"#{name}" if self.name in ("hp3", "hp4") else name)

    def _create(self, name: str) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/graphs/{name}",
            data=orjson.dumps({"title": name}),
            method="PUT",
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def cpu(self) -> float:
        """CPU seconds used so far by the server and its children."""
        times = [process.cpu_times() for process in (self.process, *self.process.children(recursive=True))]
        return sum(time.user + time.system for time in times)

    def rss(self) -> int:
        """Bytes of memory the server holds."""
        return int(self.process.memory_info().rss)


@contextmanager
def started(name: str) -> Iterator[Server]:
    """Start a server in an empty folder and end it afterwards."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = Server(name, port, Path(folder))
        try:
            yield server
        finally:
            server.end()


def _command(name: str, port: int, folder: Path) -> list[str]:
    if name == "flowroom":
        serve = ["-m", "collab_server", "serve", "--host", "127.0.0.1", "--port", str(port), "--data", str(folder)]
        return [sys.executable, *serve]
    if name == "yws":
        return ["node", str(PEERS / "node_modules/y-websocket/bin/server.cjs")]
    if name in ("hp3", "hp4"):
        return ["node", str(PEERS / "hocuspocus.mjs"), name[-1], str(port), str(folder)]
    return [sys.executable, "-m", "benchmarks.sync.servers", name, str(port), str(folder)]


def _environment(port: int, folder: Path) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    # All load comes from one address, and faster than from people: limits would be measured, not what they protect.
    unlimited = {
        "PEER_MESSAGES_PER_SECOND": "1e9",
        "PEER_BYTES_PER_SECOND": "1e12",
        "ROOM_MESSAGES_PER_SECOND": "1e9",
        "ROOM_BYTES_PER_SECOND": "1e12",
        "JOINS_PER_SECOND": "1e9",
        "CONNECTIONS_PER_ADDRESS": "1000000",
        "SOCKETS_PER_ADDRESS": "1000000",
    }
    return {
        **os.environ,
        "PYTHONPATH": root,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "YPERSISTENCE": str(folder / "level"),
        "FLOWROOM_TOKEN": TOKEN,
        "FLOWROOM_EXAMPLES": "false",
        "FLOWROOM_LOG_LEVEL": "error",
        **{f"FLOWROOM_MAX_{key}": value for key, value in unlimited.items()},
    }


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port} after 20 s")


# --- those in Python, run as `python -m benchmarks.sync.servers NAME PORT FOLDER` ---------------------


def _raw(keep: Keep | None = None) -> object:
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    rooms: dict[str, set[WebSocket]] = {}

    async def serve(websocket: WebSocket) -> None:
        await websocket.accept()
        room = rooms.setdefault(websocket.url.path, set())
        room.add(websocket)
        try:
            while True:
                data = await websocket.receive_bytes()
                if data == ASK_FOR_ALL:
                    continue  # a joiner's question; to pass it on would only delay the others
                if keep is not None and data.startswith(SYNC_UPDATE):
                    await keep(websocket.url.path, data)
                for other in tuple(room):
                    await other.send_bytes(data)
        except WebSocketDisconnect:
            pass
        finally:
            room.discard(websocket)

    return Starlette(routes=[WebSocketRoute("/{room:path}", serve)])


def _durable(folder: Path) -> object:
    """Raw that commits what came in one turn of its loop before it passes it on."""
    log = BareLog(folder / "durable.db")
    waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []

    def commit() -> None:
        log.commit([(room, data) for room, data, _ in waiting])
        for _, _, kept in waiting:
            kept.set_result(None)
        waiting.clear()

    async def keep(room: str, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        kept = loop.create_future()
        if not waiting:
            loop.call_soon(commit)
        waiting.append((room, data, kept))
        await kept

    return _raw(keep)


def _stock(folder: Path) -> tuple[object, object]:
    from pycrdt.store import SQLiteYStore
    from pycrdt.websocket import ASGIServer, WebsocketServer, YRoom

    class Stored(WebsocketServer):
        async def get_room(self, name: str) -> YRoom:
            if name not in self.rooms:
                store = type("Store", (SQLiteYStore,), {"db_path": str(folder / f"{name.strip('/')}.db")})
                self.rooms[name] = YRoom(ready=self.rooms_ready, ystore=store(name), log=self.log)
            room = self.rooms[name]
            await self.start_room(room)
            return room

    server = Stored(auto_clean_rooms=False)
    return ASGIServer(server), server


async def _main(name: str, port: int, folder: Path) -> None:
    import uvicorn

    app: object
    rooms: object = None
    if name == "raw":
        app = _raw()
    elif name == "durable":
        app = _durable(folder)
    else:
        app, rooms = _stock(folder)
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host="127.0.0.1", port=port, log_level="error", ws="websockets-sansio", lifespan="off",
    )  # fmt: skip
    server = uvicorn.Server(config)
    if rooms is None:
        await server.serve()
        return
    async with rooms:  # type: ignore[attr-defined]
        await server.serve()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
