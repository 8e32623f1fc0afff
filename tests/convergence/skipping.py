"""An event loop whose time passes without being waited for."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class SkippingSelector(selectors.SelectSelector):
    """A selector that passes over the time in which nothing happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events:
            assert timeout is not None, "everyone waits, and nothing will happen"
            self.now += max(timeout, 0)
        return events


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own."""

    def __init__(self) -> None:
        self._clock = SkippingSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def play(scene: Coroutine[Any, Any, Any]) -> Any:
    """Run a scene in a time of its own."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(scene)
