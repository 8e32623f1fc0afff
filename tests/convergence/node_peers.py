"""The honest JavaScript peers of the convergence tests: one Node process, asked over stdio.

yjs, y-protocols and y-websocket come from npm, pinned in node/package-lock.json and installed by `npm ci` when
they are not there.
"""

import asyncio
import json
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NODE = Path(__file__).parent / "node"
LINE_LIMIT = 2**26
"""The longest answer in bytes."""


class NodeFailed(Exception):
    """An operation failed in Node; the text has its stack."""


def install() -> None:
    """Put the pinned packages in place, unless they are."""
    if not (NODE / "node_modules" / "yjs").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm is needed for the JavaScript peers: install Node 20 or later")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, capture_output=True)


class NodePeers:
    """A Node process; every operation of node/main.mjs is a `call` with its name."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._calls = 0

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(install)
        self._process = await asyncio.create_subprocess_exec(
            "node", str(NODE / "main.mjs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=LINE_LIMIT
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None and self._reader is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        with suppress(NodeFailed):
            await self._reader
        # the transport closes its pipes in a later turn of the loop; without it they warn when collected
        transport: asyncio.SubprocessTransport = self._process._transport  # type: ignore[attr-defined]
        transport.close()
        await asyncio.sleep(0)

    def kill(self) -> None:
        """End the process without a word to anybody, as kill -9 does."""
        assert self._process is not None
        self._process.kill()

    async def call(self, operation: str, **facts: Any) -> Any:
        """Ask for one operation; raises NodeFailed."""
        assert self._process is not None and self._process.stdin is not None
        self._calls += 1
        answer = self._waiting[self._calls] = asyncio.get_running_loop().create_future()
        request = json.dumps({"call": operation, "id": self._calls, **facts})
        self._process.stdin.write(request.encode() + b"\n")
        await self._process.stdin.drain()
        return await answer

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        while line := await self._process.stdout.readline():
            reply = json.loads(line)
            waiting = self._waiting.pop(reply["id"])
            if waiting.done():
                continue
            if "error" in reply:
                waiting.set_exception(NodeFailed(reply["error"]))
            else:
                waiting.set_result(reply["result"])
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(NodeFailed("The Node process ended"))
