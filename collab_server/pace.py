"""How often someone may do something: so many times in a minute, which may come all at once."""

import time
from collections import OrderedDict

from collab_server.errors import RateLimited
from flowroom.bucket import Bucket

MAX_PEOPLE = 10_000
"""People whose pace is remembered; whoever did nothing for longest is forgotten first, so that memory stays bounded."""


class Pace:
    """A bucket for each person."""

    def __init__(self, per_minute: int, what: str) -> None:
        """`what` is counted, as people would say it: "comments"."""
        self._per_minute = per_minute
        self._what = what
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def spend(self, person: str, *, now: float | None = None) -> None:
        """Count one more. Raises RateLimited when there is nothing left."""
        moment = time.monotonic() if now is None else now
        bucket = self._buckets.setdefault(person, Bucket(self._per_minute, moment))
        if wait := bucket.spend(1, moment):
            raise RateLimited(f"More than {self._per_minute} {self._what} in a minute.", retry_after=wait)
        self._buckets.move_to_end(person)
        if len(self._buckets) > MAX_PEOPLE:
            self._buckets.popitem(last=False)
