"""The frames of one peer on their way to its room, each taken when the one before it is done with.

A small frame is taken where it comes in, without a task; small edits that come in one read are taken together, since
most of what an edit costs is the same for a few. One that has to wait, for the child that looks at a large update,
makes those after it wait, and nothing more is read from the socket meanwhile. Many frames in one read are taken a few
milliseconds at a time, for others wait for the loop.

    Idle ──one has to wait, or there are many──▶ Behind ──all are taken──▶ Idle
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import anyio

from collab_server.rooms import frames as protocol
from collab_server.rooms.yielding import Stretch

Later = Callable[[], Coroutine[Any, Any, None]]
"""Does what is left to do for frames that could not be done with at once; not called if their peer is cut before."""
MOST_TOGETHER, SMALL_BYTES = 16, 512
"""How many edits are taken together, and how long each of them may be."""


class Reading:
    """Hands on what one peer sends."""

    __slots__ = ("_behind", "_hold", "_take", "_waiting")

    def __init__(self, take: Callable[[Sequence[bytes]], Later | None], hold: Callable[[bool], None]) -> None:
        """`take` is given one frame, or several edits, and never fails; `hold` stops the socket from being read, and
        has it go on.
        """
        self._take = take
        self._hold = hold
        self._waiting: deque[Sequence[bytes]] | None = None
        self._behind: asyncio.Task[None] | None = None

    def came(self, frames: Sequence[bytes]) -> None:
        """Take what was read at once, as far as that is quick."""
        portions = [frames] if len(frames) == 1 else _portions(frames)
        if self._waiting is not None:
            self._waiting.extend(portions)
            return
        stretch: Stretch | None = None
        for place, portion in enumerate(portions, 1):
            later = self._take(portion)
            if later is None and place == len(portions):
                return
            stretch = stretch or Stretch()
            if later is not None or stretch.is_over:
                self._waiting = deque(portions[place:])
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


def _portions(frames: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The same frames, small edits that follow each other together. Presence that comes between them, as while somebody
    drags, comes after them; otherwise the order is the same.
    """
    portions: list[list[bytes]] = []
    passed: list[list[bytes]] = []
    goes_on = False
    for frame in frames:
        is_small_edit = len(frame) <= SMALL_BYTES and protocol.is_edit(frame)
        if goes_on and is_small_edit and len(portions[-1]) < MOST_TOGETHER:
            portions[-1].append(frame)
        elif goes_on and protocol.is_presence(frame):
            passed.append([frame])
        else:
            portions += [*passed, [frame]]
            passed.clear()
            goes_on = is_small_edit
    return [*portions, *passed]
