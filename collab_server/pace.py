"""How often someone may do something: so many times in a minute, which may come all at once."""

import time
from collections import OrderedDict

from collab_server.errors import RateLimited

MINUTE = 60.0
MAX_PEOPLE = 10_000
"""People whose pace is remembered; whoever did nothing for longest is forgotten first, so that memory stays bounded."""


class Pace:
    """A bucket for each person, which fills steadily and is spent from."""

    def __init__(self, per_minute: int, what: str) -> None:
        """`what` is counted, as people would say it: "comments"."""
        self._per_minute = per_minute
        self._what = what
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, person: str, *, now: float | None = None) -> None:
        """Count one more. Raises RateLimited when there is nothing left."""
        moment = time.monotonic() if now is None else now
        left, since = self._left.get(person, (float(self._per_minute), moment))
        left = min(self._per_minute, left + (moment - since) * self._per_minute / MINUTE)
        if left < 1:
            wait = max(1, round((1 - left) * MINUTE / self._per_minute))
            raise RateLimited(f"More than {self._per_minute} {self._what} in a minute.", retry_after=wait)
        self._left[person] = (left - 1, moment)
        self._left.move_to_end(person)
        if len(self._left) > MAX_PEOPLE:
            self._left.popitem(last=False)
