"""Work on the event loop that may take long, done a few milliseconds at a time: everybody else waits for the loop."""

import asyncio
import time

YIELD_SECONDS = 0.005
"""How long one may work in a row while others wait."""


class Stretch:
    """A stretch of such work. Between two parts of it: `await stretch.pause()`."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether it was long enough."""
        return time.monotonic() - self._began > YIELD_SECONDS

    async def pause(self) -> None:
        """Let others go on if it is over, and begin anew."""
        if self.is_over:
            await asyncio.sleep(0)
            self._began = time.monotonic()
