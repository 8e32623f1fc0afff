"""A way to a server that is narrow: what the server sends passes at so many bytes a second, and waits for its turn."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PIECE_BYTES = 4096


@asynccontextmanager
async def narrow(port: int, *, bytes_per_second: float) -> AsyncIterator[int]:
    """A proxy before the server on a port of this machine; the proxy's own port."""
    passing: set[asyncio.Task[None]] = set()

    def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(pass_on(reader, writer))
        passing.add(task)
        task.add_done_callback(passing.discard)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE_BYTES)  # else kernels would hold megabytes
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        there, to_server = await asyncio.open_connection(sock=line, limit=PIECE_BYTES)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(pump(reader, to_server, 0.0))
                ways.create_task(pump(there, writer, 1 / bytes_per_second))
        finally:
            for way in (to_server, writer):
                way.close()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds_per_byte: float) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(len(piece) * seconds_per_byte)
        writer.close()  # the other side has ended, and so does this one

    listener = await asyncio.start_server(came, "127.0.0.1", 0)
    try:
        async with listener:
            yield listener.sockets[0].getsockname()[1]
    finally:
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
