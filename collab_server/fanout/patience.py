"""How long to wait before trying again."""

import random

BACK_OFF_SECONDS = (0.05, 2.0)
"""The first and the longest pause between attempts."""


def back_off(attempt: int) -> float:
    """Seconds to wait before the next attempt, the first being 0; random, so that workers don't come back at once."""
    first, longest = BACK_OFF_SECONDS
    pause: float = min(longest, first * 2.0 ** min(attempt, 10)) * random.uniform(0.5, 1)
    return pause
