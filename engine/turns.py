"""Turns at something that is done so often in a minute at most, in the order in which they were asked for. Pure."""

from flowroom.bucket import MINUTE, Bucket

EARLY_SECONDS = 0.5
"""A turn may be taken so much too soon: clocks don't agree to the millisecond, and who comes again would wait again."""
KEPT_SECONDS = 10 * MINUTE
"""How long a turn is kept that is not taken: its run may have been cancelled, or gone on with elsewhere."""


class Turns:
    """Who asks again by the same key has the turn that it was given."""

    def __init__(self, per_minute: int, now: float) -> None:
        """`now` is by the monotonic clock, in seconds, here and in `take`."""
        self._bucket = Bucket(per_minute, now)
        self._due: dict[str, float] = {}

    def take(self, key: str, amount: int, now: float) -> float:
        """Take the turn of this key: 0 if it has come, or else the seconds until it will."""
        due = self._due.pop(key, None)
        if due is None:
            self._forget(now)
            due = now + self._bucket.reserve(amount, now)
        if due - now <= EARLY_SECONDS:
            return 0.0
        self._due[key] = due
        return due - now

    def _forget(self, now: float) -> None:
        for key in [key for key, due in self._due.items() if due + KEPT_SECONDS < now]:
            del self._due[key]
