"""Guessing made slow: how many wrong tokens and passwords one address, and how many one account, may have.

An account is asked for before its password is compared, so that many guesses at once count as many.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from collab_server.errors import NotAllowed, NotFound, NotSignedIn, RateLimited

WINDOW_SECONDS = 60
ACCOUNT_SECONDS = 3600
MAX_REMEMBERED = 10_000
"""Addresses or accounts remembered; the one that failed longest ago is forgotten first, so that memory is bounded."""


class Attempts:
    """What failed of late, by address or by account."""

    def __init__(self, limit: int, *, seconds: float = WINDOW_SECONDS, of: str = "from this address") -> None:
        self._limit = limit
        self._seconds = seconds
        self._of = of
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, key: str, *, now: float | None = None) -> None:
        """Raise RateLimited when this address or account has used up its wrong tries."""
        moment = time.monotonic() if now is None else now
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= moment - self._seconds:
            failures.popleft()
        if len(failures) >= self._limit:
            wait = max(1, round(failures[0] + self._seconds - moment))
            raise RateLimited(f"Too many wrong tries to sign in {self._of}.", retry_after=wait)

    def failed(self, key: str, *, now: float | None = None) -> None:
        """Note a wrong try."""
        moment = time.monotonic() if now is None else now
        self._failures.setdefault(key, deque(maxlen=self._limit)).append(moment)
        self._failures.move_to_end(key)
        if len(self._failures) > MAX_REMEMBERED:
            self._failures.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take back the last that was noted: it was right after all."""
        failures = self._failures.get(key)
        if failures:
            failures.pop()


class Guesses:
    """Both counts of one server."""

    def __init__(self, *, per_address: int, per_account: int) -> None:
        self.addresses = Attempts(per_address)
        self.accounts = Attempts(per_account, seconds=ACCOUNT_SECONDS, of="to this account")

    @contextmanager
    def counted(self, address: str, account: str | None = None) -> Iterator[None]:
        """Let someone try in the block, which raises when they were wrong. Raises RateLimited before it is run."""
        self.addresses.check(address)
        if account is not None:
            self.accounts.check(account)
            self.accounts.failed(account)
        try:
            yield
        except (NotSignedIn, NotAllowed, NotFound):
            self.addresses.failed(address)
            raise
        except BaseException:
            self._forgive(account)
            raise
        self._forgive(account)

    def _forgive(self, account: str | None) -> None:
        if account is not None:
            self.accounts.forgive(account)
