"""So much in a minute: a token bucket, which fills steadily and is spent from. Pure."""

import math

MINUTE = 60.0


class Bucket:
    """So much in a minute on average, and a minute's worth at once. It is full at first."""

    __slots__ = ("_full_at", "_per_minute")

    def __init__(self, per_minute: int, now: float) -> None:
        """`now` is by the monotonic clock, in seconds, here and in `spend`."""
        self._per_minute = per_minute
        self._full_at = now

    def spend(self, amount: int, now: float) -> int:
        """Take an amount: 0 if that much is left, or else the whole seconds until it will be, and nothing is taken.

        What is more than a minute's worth takes a full bucket, and what comes next waits as much longer: otherwise it
        would be refused for ever.
        """
        wait = self._until_enough(amount, now)
        if wait > 0:
            return math.ceil(wait)
        self._take(amount, now)
        return 0

    def reserve(self, amount: int, now: float) -> float:
        """Take an amount in any case, to be used in so many seconds; who comes later waits for what is left by then."""
        wait = self._until_enough(amount, now)
        self._take(amount, now)
        return max(wait, 0.0)

    def give_back(self, amount: int) -> None:
        """Have what was reserved and is not used; nothing is saved up by that beyond a minute's worth."""
        self._full_at -= self._seconds(amount)

    def _until_enough(self, amount: int, now: float) -> float:
        enough_at = self._full_at - MINUTE + self._seconds(min(amount, self._per_minute))
        return round(enough_at - now, 3)  # without what a sum of fractions is off by

    def _take(self, amount: int, now: float) -> None:
        self._full_at = max(self._full_at, now) + self._seconds(amount)

    def _seconds(self, amount: int) -> float:
        """How long it takes to fill by so much."""
        return amount * MINUTE / self._per_minute
