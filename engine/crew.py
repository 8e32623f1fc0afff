"""A few long-lived tasks that work through whatever is ready, instead of one task per node.

A node that never waits then costs no turn of the event loop; as soon as one waits, the next of the crew goes on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

SLICE_SECONDS = 0.002
"""How long node after node may run before other work on the event loop gets its turn."""


class Crew:
    """At most `limit` tasks that call `work` while `has_work` says so. What escapes from `work` goes to `failed`; when
    the last of them has gone, `idle` is called.
    """

    def __init__(
        self,
        limit: int,
        *,
        has_work: Callable[[], bool],
        work: Callable[[], Awaitable[None]],
        failed: Callable[[BaseException], None],
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._limit = limit
        self._has_work = has_work
        self._work = work
        self._failed = failed
        self._idle = idle
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_is_coming = False
        self._dismissed = False
        self._paced = time.perf_counter()

    def hire(self) -> None:
        """Have one more task look for work, unless one is on its way, enough are there, or there is none."""
        if self._one_is_coming or self._dismissed or len(self._tasks) >= self._limit or not self._has_work():
            return
        self._one_is_coming = True
        task = asyncio.get_running_loop().create_task(self._serve())
        self._tasks.add(task)
        task.add_done_callback(self._left)

    async def dismiss(self, seconds: float) -> int:
        """Cancel everyone and wait for them; says how many had not stopped by then."""
        self._dismissed = True
        for task in self._tasks:
            task.cancel()
        if not self._tasks:
            return 0
        _, left = await asyncio.wait(self._tasks, timeout=seconds)
        return len(left)

    async def _serve(self) -> None:
        self._one_is_coming = False
        work, has_work = self._work, self._has_work
        while has_work():
            await work()
            if time.perf_counter() - self._paced > SLICE_SECONDS:
                await asyncio.sleep(0)
                self._paced = time.perf_counter()

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            self._one_is_coming = False
        elif (error := task.exception()) is not None:
            self._failed(error)
        self.hire()
        if not self._tasks:
            self._idle()
