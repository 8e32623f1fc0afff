"""How much may come from one peer, or into one room, in a time: a bucket that fills steadily and is spent from."""

import time
from collections.abc import Sequence


class Allowance:
    """So many messages and bytes per second on average, and a burst's worth of both at once."""

    __slots__ = ("_burst", "_bytes", "_bytes_left", "_filled", "_messages", "_messages_left", "bytes", "messages")

    def __init__(self, messages_per_second: float, bytes_per_second: float, burst_seconds: float) -> None:
        self._messages, self._bytes, self._burst = messages_per_second, bytes_per_second, burst_seconds
        self._messages_left = messages_per_second * burst_seconds
        self._bytes_left = bytes_per_second * burst_seconds
        self._filled = time.monotonic()
        self.messages = self.bytes = 0
        """What was spent since it began."""

    def spend(self, size: int, now: float) -> bool:
        """Take one message of `size` bytes at a time of the monotonic clock; False when there is not enough left.

        A message may overdraw the bytes once, so that one larger than a whole burst is not refused for ever.
        """
        passed, self._filled = now - self._filled, now
        self._messages_left = min(self._messages_left + passed * self._messages, self._messages * self._burst)
        self._bytes_left = min(self._bytes_left + passed * self._bytes, self._bytes * self._burst)
        if self._messages_left < 1 or self._bytes_left <= 0:
            return False
        self._messages_left -= 1
        self.messages += 1
        self.bytes += size
        self._bytes_left -= size
        return True

    def take(self, frames: Sequence[bytes], now: float) -> Sequence[bytes]:
        """As many of these messages, from the first on, as there is enough left for."""
        for count, frame in enumerate(frames):
            if not self.spend(len(frame), now):
                return frames[:count]
        return frames
