"""Turns at something that is done so often in a minute at most, in the order in which they were asked for. Pure."""

from typing import NamedTuple

from flowroom.bucket import MINUTE, Bucket

EARLY_SECONDS = 0.5
"""A turn may be taken so much too soon: clocks don't agree to the millisecond, and who comes again would wait again."""
KEPT_SECONDS = 10 * MINUTE
"""How long a turn is kept that is not taken: its run may have gone on elsewhere."""


class _Turn(NamedTuple):
    """When it has come, how much it is of, and which run has it."""

    due: float
    amount: int
    run: str


class Turns:
    """Who asks again by the same key has the turn that it was given."""

    def __init__(self, per_minute: int, now: float) -> None:
        """`now` is by the monotonic clock, in seconds, here and in `take`."""
        self._bucket = Bucket(per_minute, now)
        self._kept: dict[str, _Turn] = {}

    def take(self, key: str, amount: int, now: float, *, run: str) -> float:
        """Take the turn of this key: 0 if it has come, or else the seconds until it will."""
        turn = self._kept.pop(key, None) or self._next(amount, now, run)
        if turn.due - now <= EARLY_SECONDS:
            return 0.0
        self._kept[key] = turn
        return turn.due - now

    def give_up(self, run: str) -> None:
        """Leave the turns that a run has not taken to whoever asks next."""
        for key in [key for key, turn in self._kept.items() if turn.run == run]:
            self._bucket.give_back(self._kept.pop(key).amount)

    def _next(self, amount: int, now: float, run: str) -> _Turn:
        """The turn after all that wait: room that was given back lets nobody go before them."""
        self._forget(now)
        waiting = (turn.due for turn in self._kept.values())
        return _Turn(max(now + self._bucket.reserve(amount, now), *waiting, now), amount, run)

    def _forget(self, now: float) -> None:
        for key in [key for key, turn in self._kept.items() if turn.due + KEPT_SECONDS < now]:
            del self._kept[key]
