"""Guessing made slow: how many wrong tokens one address may try in a minute."""

import time
from collections import OrderedDict, deque

from collab_server.errors import RateLimited

WINDOW_SECONDS = 60
MAX_ADDRESSES = 10_000
"""Addresses remembered; the one that failed longest ago is forgotten first, so that memory stays bounded."""


class Attempts:
    """The wrong tokens of the last minute, by address."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str, *, now: float | None = None) -> None:
        """Raise RateLimited when this address has used up its wrong tries."""
        moment = time.monotonic() if now is None else now
        failures = self._failures.get(address, deque())
        while failures and failures[0] <= moment - WINDOW_SECONDS:
            failures.popleft()
        if len(failures) >= self._limit:
            wait = max(1, round(failures[0] + WINDOW_SECONDS - moment))
            raise RateLimited("Too many wrong tokens from this address.", retry_after=wait)

    def failed(self, address: str, *, now: float | None = None) -> None:
        """Note a wrong token."""
        moment = time.monotonic() if now is None else now
        self._failures.setdefault(address, deque(maxlen=self._limit)).append(moment)
        self._failures.move_to_end(address)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)
