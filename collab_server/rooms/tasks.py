"""Tasks that belong to somebody: started from anywhere on the loop, timers included, and ended with their owner.

A task group can't be entered from a timer, and ends all of its tasks when one fails; here a failure is logged, and the
others go on. What watches over something for as long as its owner lives is kept: it begins again after it failed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from structlog.stdlib import BoundLogger

from collab_server.fanout.patience import back_off
from collab_server.logging import logger

AGAIN_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""How long what fails each time waits before it begins again, at most."""

log = logger("tasks")


async def keep_doing(turn: Callable[[], Awaitable[None]], log: BoundLogger) -> None:
    """Take turn after turn until cancelled. One that fails costs a line in the log and a pause, longer each time in a
    row: nobody would begin again what ended here.
    """
    failures = 0
    while True:
        try:
            await turn()
            failures = 0
        except Exception as error:
            failures += 1
            log.error("a chore failed, and goes on", chore=turn.__name__, error=repr(error), exc_info=error)
            await asyncio.sleep(back_off(failures))


def next_pause(pause: float, *, lived: float) -> float:
    """How long to wait before what failed begins again, after the `pause` before; what `lived` long was well."""
    return max(AGAIN_SECONDS, 0.0 if lived > LONGEST_PAUSE_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS))


class Tasks:
    """The tasks of one owner."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Run `work(*args)`; does nothing once closed."""
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(work(*args))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def keep(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Run `work(*args)`, and again whenever it fails, after a pause that grows; does nothing once closed."""
        self.start(self._kept, work, *args)

    def close(self) -> None:
        """Cancel every task, and start no more."""
        self._closed = True
        for task in self._running:
            if task is not asyncio.current_task():
                task.cancel()

    async def wait_closed(self) -> None:
        """Cancel every task and wait until they have ended.

        More than once, if need be: up to Python 3.11 `wait_for` may swallow a cancellation that comes as it ends.
        """
        self._closed = True
        while others := self._running - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=AGAIN_SECONDS)

    async def _kept(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        pause = 0.0
        while True:
            began = time.monotonic()
            try:
                return await work(*args)
            except Exception as error:  # whatever it is, what it watches over still needs it
                pause = next_pause(pause, lived=time.monotonic() - began)
                what = getattr(work, "__qualname__", repr(work))
                log.exception("task failed and begins again", owner=self._owner, task=what, error=repr(error))
            await asyncio.sleep(pause)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", owner=self._owner, error=repr(error), exc_info=error)
