"""What becomes of a delivery after an attempt: done, tried again and when, or given up. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

FACTOR = 4.0
LONGEST = timedelta(hours=6)
JITTER = 0.2
"""Each wait is up to this part longer or shorter, so that what failed together is not tried together."""
GONE = 410
"""The status by which a receiver says that it wants no more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went. `status` is None when there was no answer; `retry_after` is what the receiver asked for."""

    status: int | None
    answer: str = ""
    error: str = ""
    seconds: float = 0.0
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def next_attempt(
    outcome: Outcome,
    *,
    attempts: int,
    since: float,
    now: float,
    first: float,
    longest_hours: float,
    chance: Callable[[], float],
) -> float | None:
    """When to try again after so many attempts since a time; None when it is given up.

    `chance` gives numbers from 0 to 1.
    """
    if outcome.status == GONE:
        return None
    wait = min(first * FACTOR ** min(attempts - 1, 20), LONGEST.total_seconds())
    wait *= 1 + JITTER * (2 * chance() - 1)
    due = now + max(wait, outcome.retry_after or 0.0)
    return due if due <= since + longest_hours * 3600 else None
