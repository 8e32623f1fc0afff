"""What one peer asks: for the document's state, and who is there.

A question has a few bytes. Its answer may be as large as the document, and takes a while to put together, in which
everyone else waits. So an answer counts as what the peer sends does (rates.py), in an account of its own: while that is
overdrawn, or an answer is on its way, questions wait, and of each kind the last.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

Kind = Literal["state", "presence"]


class Questions:
    """The questions of one peer."""

    __slots__ = ("_answering", "_burst", "_bytes_per_second", "_paid_at", "_timer", "_waiting")

    def __init__(self, bytes_per_second: float, burst_seconds: float) -> None:
        self._bytes_per_second, self._burst = bytes_per_second, burst_seconds
        self._paid_at = 0.0
        """When it will have paid for what it was given."""
        self._answering = False
        self._waiting: dict[Kind, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, kind: Kind, answer: Callable[[], None]) -> None:
        """Have a question answered, by a call of `answer`, as soon as may be. `answered` says that it was."""
        self._waiting[kind] = answer
        self._go_on()

    def answered(self, size: int) -> None:
        """An answer of so many bytes was given."""
        now = asyncio.get_running_loop().time()
        self._paid_at = max(now, self._paid_at) + size / self._bytes_per_second
        self._answering = False
        self._go_on()

    def _go_on(self) -> None:
        if self._answering or self._timer is not None or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        wait = self._paid_at - self._burst - loop.time()
        if wait > 0:
            self._timer = loop.call_later(wait, self._paid)
            return
        self._answering = True
        self._waiting.pop(next(iter(self._waiting)))()

    def _paid(self) -> None:
        self._timer = None
        self._go_on()
