"""Guessing made slow: how many wrong tokens and passwords one address, and how many one account, may have.

Comparing a password takes a while, so many guesses at once have to count as many. An account's are counted before they
are compared. Many people share an address, and are right: from there no more are compared at once than may be wrong,
and the others wait for these.
"""

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collab_server.addresses import network_of
from collab_server.errors import NotAllowed, NotFound, NotSignedIn, RateLimited

WRONG = NotSignedIn, NotAllowed, NotFound
"""As what a wrong try is refused."""
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
        self._trying: Counter[str] = Counter()
        self._tried = asyncio.Event()

    def check(self, key: str, *, now: float | None = None) -> None:
        """Raise RateLimited when this address or account has used up its wrong tries."""
        moment = time.monotonic() if now is None else now
        failures = self._recent(key, moment)
        if len(failures) >= self._limit:
            wait = max(1, round(failures[0] + self._seconds - moment))
            raise RateLimited(f"Too many wrong tries to sign in {self._of}.", retry_after=wait)

    @asynccontextmanager
    async def trying(self, key: str) -> AsyncIterator[None]:
        """Let someone try in the block, after others whose tries might be the last wrong ones. Raises RateLimited."""
        while (others := self._trying[key]) and others >= self._limit - len(self._recent(key, time.monotonic())):
            await self._tried.wait()
        self.check(key)
        self._trying[key] += 1
        try:
            yield
        finally:
            self._trying[key] -= 1
            if not self._trying[key]:
                del self._trying[key]
            self._tried.set()
            self._tried = asyncio.Event()

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

    def _recent(self, key: str, moment: float) -> deque[float]:
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= moment - self._seconds:
            failures.popleft()
        return failures


class Guesses:
    """Both counts of one server."""

    def __init__(self, *, per_address: int, per_account: int) -> None:
        self.addresses = Attempts(per_address)
        self.accounts = Attempts(per_account, seconds=ACCOUNT_SECONDS, of="to this account")

    @asynccontextmanager
    async def counted(self, address: str, account: str | None = None) -> AsyncIterator[None]:
        """Let someone try in the block, which raises when they were wrong. Raises RateLimited before it is run."""
        network = network_of(address)
        async with self.addresses.trying(network):
            if account is not None:
                self.accounts.check(account)
                self.accounts.failed(account)
            try:
                yield
            except WRONG:
                self.addresses.failed(network)
                raise
            except BaseException:
                self._forgive(account)
                raise
            self._forgive(account)

    def _forgive(self, account: str | None) -> None:
        if account is not None:
            self.accounts.forgive(account)
