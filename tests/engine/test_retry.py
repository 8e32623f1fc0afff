"""How long an attempt waits for the next: never for ever, whatever the policy and the service say."""

import math
import random
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.nodes.errors import RateLimited, ServiceError
from engine.nodes.language_models import error_for_status
from engine.past import past_of
from engine.retry import MOST_ASKED_SECONDS, QUICK_TRIES, SLOW_SECONDS, delay_before, error_of
from flowroom.model import Retry
from flowroom.runs import NodePath, RunEvent

CHANCE = random.Random(7)
FINITE = st.floats(min_value=0, allow_infinity=False, allow_nan=False)


class Asks(Exception):
    """From a library that means something of its own by this name."""

    def __init__(self, retry_after: object) -> None:
        super().__init__("later")
        self.retry_after = retry_after


@pytest.mark.parametrize("error", [ServiceError("half \ud83d"), OSError("half \ud83d")])
def test_half_a_character_in_an_error_is_spelled_out(error: Exception) -> None:
    """RUN-37"""
    assert error_of(error)["message"] == r"half \ud83d"


@pytest.mark.parametrize("fact", ["\ud83d", 2**70, orjson.loads("[" * 1_000 + "]" * 1_000)])
def test_an_error_whose_facts_can_not_be_written_down_is_told_without_them(fact: Any) -> None:
    """RUN-37"""
    assert error_of(ServiceError("no", fact=fact)) == {"type": "ServiceError", "message": "no"}


@pytest.mark.parametrize(
    ("retry", "attempt"),
    [
        (Retry(attempts=5, delay=1, factor=1e200, max_delay=9, jitter=False), 4),
        (Retry(attempts=2000, delay=0.001, max_delay=9, jitter=False), 1030),
    ],
)
def test_a_factor_that_grows_beyond_all_numbers_stops_at_the_longest_wait(retry: Retry, attempt: int) -> None:
    """RUN-10"""
    assert delay_before(attempt, retry, ValueError(), CHANCE) == 9


def test_who_tries_without_end_comes_to_wait_a_while() -> None:
    """RUN-10: else a node that fails at once fills the log."""
    hasty = Retry(attempts=2**53 - 1, delay=0)
    assert [delay_before(attempt, hasty, ValueError(), CHANCE) for attempt in (2, 100, 101, 10**6)] == [0, 0, 1, 1]


@given(
    st.builds(
        Retry,
        attempts=st.just(2**53 - 1),
        delay=FINITE,
        factor=st.floats(min_value=1, allow_infinity=False, allow_nan=False),
        max_delay=FINITE,
        jitter=st.booleans(),
    ),
    st.integers(2, 2**53 - 1),
)
def test_the_wait_is_never_longer_than_the_policy_says(retry: Retry, attempt: int) -> None:
    """RUN-10"""
    least = SLOW_SECONDS if attempt > QUICK_TRIES else 0
    assert least <= delay_before(attempt, retry, ValueError(), CHANCE) <= max(retry.max_delay, least)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 0), (7, 7), ("7", 7), (1e300, MOST_ASKED_SECONDS), (-1, 0)]
    + [(nothing, 0) for nothing in (math.inf, math.nan, "soon", 10**400, [1])],
)
def test_what_an_error_asks_for_is_waited_for_if_it_can_be(asked: object, seconds: float) -> None:
    """RUN-10: at most a day."""
    assert delay_before(2, Retry(delay=0), Asks(asked), CHANCE) == seconds


@pytest.mark.parametrize("header", ["inf", "Mon, 01 Jan 99999999999 00:00:00 GMT"])
def test_a_service_that_asks_for_an_odd_wait_is_still_one_that_wants_us_to_slow_down(header: str) -> None:
    """RUN-10"""
    error = error_for_status(429, "slow down", httpx.Headers({"retry-after": header}))
    assert isinstance(error, RateLimited)
    assert error.retry_after is None


def test_a_wait_that_was_written_down_as_null_is_over() -> None:
    """RUN-14: a log may hold one."""
    waits = RunEvent(3, 50.0, "node.retry", NodePath("a"), attempt=1, payload={"error": {}, "delay": None})
    assert past_of([waits])["a", 0].due == 50.0
