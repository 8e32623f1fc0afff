"""A real `flowroom serve` as a process of its own, and cables to it that can be cut."""

import asyncio
import json
import os
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TOKEN = "convergence"
START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @property
    def http(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def graphs(self) -> str:
        """What stock y-websocket clients take as the server's address; the room is the graph's id."""
        return f"ws://{self.host}:{self.port}/sync/graphs"


@asynccontextmanager
async def flowroom_serve(data: Path, **environment: str) -> AsyncIterator[Address]:
    """Run a server on a free port; an admin's socket with `TOKEN` creates the graph that it asks for."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLOWROOM_")}
    own = {"FLOWROOM_TOKEN": TOKEN, "FLOWROOM_CREATE_ON_JOIN": "true", **environment}
    command = ["-m", "collab_server", "serve", "--host", "127.0.0.1", "--port", "0", "--no-examples", "--json"]
    with (data.parent / f"{data.name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, "--data", str(data),
            env=inherited | own, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
            host, port = json.loads(line)["url"].removeprefix("http://").split(":")
            yield Address(host, int(port))
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
            process._transport.close()  # type: ignore[attr-defined]  # else its pipe warns when it is collected


class Cable:
    """A TCP relay between one client and the server, so that the client's connection can die at any moment."""

    def __init__(self, server: Address) -> None:
        self._server = server
        self._ends: set[StreamWriter] = set()
        self._carries = asyncio.Event()
        self._carries.set()

    @asynccontextmanager
    async def plugged(self) -> AsyncIterator[Address]:
        """Relay while entered; gives the address for the client."""
        async with AsyncExitStack() as stack:
            relay = await asyncio.start_server(self._connect, "127.0.0.1", 0)
            stack.callback(relay.close)
            stack.callback(self.cut)
            host, port = relay.sockets[0].getsockname()[:2]
            yield Address(host, port)

    def cut(self) -> None:
        """Every connection dies; new ones can be made."""
        for end in list(self._ends):
            end.transport.abort()

    def block(self) -> None:
        """Carry nothing, while nobody is told: connections stay open, and new ones get no answer."""
        self._carries.clear()

    def unblock(self) -> None:
        """Carry again, first of all what has waited."""
        self._carries.set()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._server.host, self._server.port)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, far_writer}
        await asyncio.gather(self._relay(reader, far_writer), self._relay(far_reader, writer))
        self._ends -= {writer, far_writer}

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(2**16):
                await self._carries.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
