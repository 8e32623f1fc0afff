"""A way to a server on which answers get lost: what is posted arrives, and the line breaks before it is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Forgetful:
    """A proxy on a port of its own."""

    def __init__(self, port: int) -> None:
        """`port` is the server's, on this machine."""
        self._server = port
        self.url = ""
        self.lose = 0
        """How many of the next answers to what is posted are lost."""
        self._passing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Forgetful"]:
        """Pass on what comes as long as the block lasts."""
        listener = await asyncio.start_server(self._came, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        try:
            async with listener:
                yield self
        finally:
            await asyncio.gather(*self._passing, return_exceptions=True)

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._pass_on(reader, writer))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_server = await asyncio.open_connection("127.0.0.1", self._server)
        is_post = False

        async def ask() -> None:
            nonlocal is_post
            while asked := await reader.read(65536):
                is_post = asked.startswith(b"POST ") or (is_post and not asked.startswith(b"GET "))
                to_server.write(asked)
                await to_server.drain()

        asking = asyncio.create_task(ask())
        try:
            with suppress(ConnectionError):  # either side may break the line, as they do
                while answer := await there.read(65536):
                    if self.lose and is_post:
                        self.lose -= 1
                        break
                    writer.write(answer)
                    await writer.drain()
        finally:
            asking.cancel()
            for one in (writer, to_server):
                one.close()
                with suppress(ConnectionError):
                    await one.wait_closed()
