"""Turns of nodes that are due later: after a pause before another try, or when what a node waits for has come."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Turn:
    """One attempt that is due: of which step, which instance, and whether it goes on after it has waited."""

    index: int
    iteration: int = 0
    attempt: int = 1
    waited: bool = False


class Alarms:
    """Hands each turn to `ring` when its time has come."""

    def __init__(self, ring: Callable[[Turn], None]) -> None:
        self._ring = ring
        self._timers: dict[asyncio.TimerHandle, float] = {}
        """By timer, when it rings: those of uvloop that ring at once don't say."""

    def set(self, seconds: float, turn: Turn) -> None:
        """Ring for a turn after so many seconds, at once if they are none or fewer."""

        def due() -> None:
            del self._timers[timer]
            self._ring(turn)

        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(seconds, 0), due)
        self._timers[timer] = loop.time() + max(seconds, 0)

    @property
    def seconds(self) -> float | None:
        """How long it is until the next rings; None when none will."""
        return min(self._timers.values()) - asyncio.get_running_loop().time() if self._timers else None

    def clear(self) -> None:
        """Ring for nothing any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
