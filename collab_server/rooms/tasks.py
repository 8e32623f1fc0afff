"""Tasks that belong to somebody: started from anywhere on the loop, timers included, and ended with their owner.

A task group can't be entered from a timer, and ends all of its tasks when one fails; here a failure is logged, and the
others go on. What watches over something for as long as its owner lives is kept: it begins again after it failed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from structlog.stdlib import BoundLogger

from collab_server.fanout.patience import back_off
from collab_server.logging import logger

CANCEL_AGAIN_SECONDS = 1.0

log = logger("tasks")
T = TypeVar("T")


async def keep_doing(turn: Callable[[], Awaitable[None]], log: BoundLogger) -> None:
    """Take turn after turn until cancelled. One that fails costs a line in the log and a pause, longer each time in a
    row: nobody would begin again what ended here. A turn may last for ever.
    """
    failures = 0
    while True:
        try:
            await turn()
            failures = 0
        except Exception as error:
            failures += 1
            log.error("a chore failed, and goes on", chore=turn.__qualname__, error=repr(error), exc_info=error)
            await asyncio.sleep(back_off(failures))


async def insist(work: Callable[[], Awaitable[T]], log: BoundLogger) -> T:
    """Do what somebody waits for, however often it fails: each time costs a line in the log and a longer pause."""
    failures = 0
    while True:
        try:
            return await work()
        except Exception as error:
            failures += 1
            log.error("it is tried again", work=work.__qualname__, error=repr(error), exc_info=error)
            await asyncio.sleep(back_off(failures))


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

    def keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Keep doing `work`; does nothing once closed."""
        self.start(keep_doing, work, log.bind(owner=self._owner))

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
            await asyncio.wait(others, timeout=CANCEL_AGAIN_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", owner=self._owner, error=repr(error), exc_info=error)
