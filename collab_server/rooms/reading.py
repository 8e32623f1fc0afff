"""The frames of one peer on their way to its room, each taken when the one before it is done with.

A small frame is taken where it comes in, without a task. One that has to wait, for the child that looks at a large
update, makes those after it wait, and nothing more is read from the socket meanwhile. Many frames in one read are taken
a few milliseconds at a time, for others wait for the loop.

    Idle ──one has to wait, or there are many──▶ Behind ──all are taken──▶ Idle
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import anyio

from collab_server.rooms.yielding import Stretch

Later = Callable[[], Coroutine[Any, Any, None]]
"""Does what is left to do for a frame that could not be done with at once; not called if its peer is cut before."""


class Reading:
    """Hands on what one peer sends."""

    __slots__ = ("_behind", "_hold", "_take", "_waiting")

    def __init__(self, take: Callable[[bytes], Later | None], hold: Callable[[bool], None]) -> None:
        """`take` never fails; `hold` stops the socket from being read, and has it go on."""
        self._take = take
        self._hold = hold
        self._waiting: deque[bytes] | None = None
        self._behind: asyncio.Task[None] | None = None

    def came(self, frames: Sequence[bytes]) -> None:
        """Take what was read at once, as far as that is quick."""
        if self._waiting is not None:
            self._waiting.extend(frames)
            return
        stretch: Stretch | None = None
        for place, frame in enumerate(frames, 1):
            later = self._take(frame)
            if later is None and place == len(frames):
                return
            stretch = stretch or Stretch()
            if later is not None or stretch.is_over:
                self._waiting = deque(frames[place:])
                self._hold(True)
                self._behind = asyncio.get_running_loop().create_task(self._catch_up(later))
                return

    async def caught_up(self) -> None:
        """Wait until everything that came is taken."""
        if self._behind is not None:
            await asyncio.wait([self._behind])

    async def end(self) -> None:
        """Take nothing more."""
        if self._behind is not None:
            self._behind.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([self._behind])

    async def _catch_up(self, later: Later | None) -> None:
        if later is not None:
            await later()
        assert self._waiting is not None
        stretch = Stretch()
        while self._waiting:
            later = self._take(self._waiting.popleft())
            if later is not None:
                await later()
            await stretch.pause()
        self._waiting = self._behind = None
        self._hold(False)
