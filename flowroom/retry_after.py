"""How long another service asks to wait before it is asked again: its header Retry-After (RFC 9110, 10.2.3).

Services of all kinds write it, so it may say anything. Whoever waits has a longest wait of his own.
"""

import math
from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after(header: str | None, now: float) -> float | None:
    """The seconds that a header asks for, as a number or as a date; `now` is in seconds since 1970.

    None when it says nothing, or what nobody can wait for: a number without an end, or a date that no calendar has.
    """
    value = (header or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: float) -> float:
    """The seconds until a date, which is in UTC unless it says otherwise; NaN for what is none."""
    try:
        at = parsedate_to_datetime(date)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return math.nan
