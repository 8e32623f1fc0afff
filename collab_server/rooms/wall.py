"""What time it is for all workers alike: presence goes by it, and the clock of a machine can be wrong, or jump.

It is set by the database that they share, again and again, and goes on by itself between.
"""

import time
from collections.abc import Awaitable, Callable

SOON_SECONDS = 1.0
"""An answer that took longer could have been given at any moment of that, and is not gone by."""


class Wall:
    """A clock on the wall: calling it says the seconds since 1970. Until it is set it goes by this machine."""

    def __init__(self, there: Callable[[], Awaitable[float]]) -> None:
        """`there` asks what time it is where all look, in seconds since 1970."""
        self._there = there
        self._ahead = time.time() - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    async def set(self) -> None:
        """Look what time it is. Raises what asking raises."""
        asked = time.monotonic()
        there = await self._there()
        answered = time.monotonic()
        if answered - asked < SOON_SECONDS:
            self._ahead = there - (asked + answered) / 2
