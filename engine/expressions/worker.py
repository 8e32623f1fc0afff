"""One expression child as the engine holds it: a process and the two pipes to it.

A worker serves one call at a time. Any call that doesn't end with an answer ends the process, because nobody knows
what state it is in.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Self

CHILD = Path(__file__).with_name("child.py")
START_SECONDS = 30.0
GONE_SECONDS = 1.0
WALL_PER_CPU_SECOND = 5
"""How much longer than its processor time a call may take on the clock: on a busy machine a child waits for its
turn, and ending it for that would fail expressions that did nothing wrong."""


class WorkerDied(Exception):
    """The child ended without an answer; `timed_out` when it was for the time it took."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("timed out" if timed_out else "died")
        self.timed_out = timed_out


class Worker:
    """A running child. `calls` counts how many it has answered."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.calls = 0

    @classmethod
    async def start(cls) -> Self:
        """Start a child and wait until its languages are loaded and its limits are set."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(CHILD), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
        )
        worker = cls(process)
        try:
            await asyncio.wait_for(worker._read(), START_SECONDS)
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def call(self, request: bytes, *, seconds: float) -> bytes:
        """Send a request and wait for its answer. Raises WorkerDied; a caller that is cancelled ends the child."""
        try:
            async with asyncio.timeout(seconds * WALL_PER_CPU_SECOND):
                await self._write(request)
                answer = await self._read()
        except TimeoutError:
            await self.kill()
            raise WorkerDied(timed_out=True) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._gone()
            raise WorkerDied(timed_out=self._process.returncode in _OUT_OF_TIME) from None
        except BaseException:
            await self.kill()
            raise
        self.calls += 1
        return answer

    async def kill(self) -> None:
        """End the child now; afterwards the process is gone."""
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                pass
        await asyncio.shield(self._process.wait())
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _gone(self) -> None:
        """Wait for a child that closed its pipe. Killing it at once could hide what it died of."""
        try:
            await asyncio.wait_for(self._process.wait(), GONE_SECONDS)
        except TimeoutError:
            pass
        await self.kill()

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    async def _write(self, request: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(len(request).to_bytes(4, "big") + request)
        await self._process.stdin.drain()

    async def _read(self) -> bytes:
        assert self._process.stdout is not None
        head = await self._process.stdout.readexactly(4)
        return await self._process.stdout.readexactly(int.from_bytes(head, "big"))


_OUT_OF_TIME = frozenset({-signal.SIGPROF, -signal.SIGXCPU})
