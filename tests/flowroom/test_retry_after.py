"""How long a service asks to wait: whatever it says, the answer is a number of seconds that ends, or nothing."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowroom.retry_after import retry_after

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 2026 12:01:30 GMT", 90.0),
        ("Thu, 01 Jan 2026 12:01:30", 90.0),
        ("Thu, 01 Jan 2026 12:01:30 -0000", 90.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """RUN-10 and HOOK-5"""
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    "header", ["inf", "Infinity", "-inf", "nan", "1e999", "9" * 400, "Mon, 01 Jan 99999999999 00:00:00 GMT"]
)
def test_what_nobody_can_wait_for_says_nothing(header: str) -> None:
    """RUN-10 and HOOK-5"""
    assert retry_after(header, NOW) is None


@given(st.text() | st.from_regex(r"(Mon, )?\d+ (Jan|Feb) \d+ \d+:\d+(:\d+)? ([A-Z]+|[+-]\d+)", fullmatch=True))
def test_whatever_a_service_says_is_a_wait_that_ends_or_nothing(header: str) -> None:
    """RUN-10 and HOOK-5"""
    seconds = retry_after(header, NOW)
    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))
