"""When a failed attempt is worth another, and how long to wait for it. Pure."""

import math
import random
from typing import Any

import orjson

from engine.errors import StepFailed, message_of, writable
from engine.nodes.errors import NodeError
from flowroom.model import Retry

MOST_ASKED_SECONDS = 86_400.0
"""A service that asks for a longer wait than a day is asked again after a day: a run is to end some time."""
QUICK_TRIES, SLOW_SECONDS = 100, 1.0
"""How many tries come as soon as their policy says, and how long any later one waits at least: each is in the log, and
a node that fails at once, and is tried without end, would fill it.
"""


def error_of(error: BaseException) -> dict[str, Any]:
    """An exception as the log keeps it: `{type, message, …}`; without its facts, if one of them is no JSON."""
    told: dict[str, Any] = {"type": type(error).__name__, "message": message_of(error)}
    if isinstance(error, NodeError | StepFailed):
        told |= error.to_json()
    try:
        told = orjson.loads(orjson.dumps(told, default=str))
    except TypeError:  # of half a surrogate pair, an integer beyond 64 bits, or what is nested too deep
        told = {"type": told["type"], "message": writable(str(told["message"]))}
    return told


def is_retryable(error: BaseException, retry: Retry) -> bool:
    """Whether the node's policy tries again after this error.

    Errors that know themselves say whether trying again makes sense; others are given the benefit of the doubt.
    Names in `retry_on` and `never_on` are those of the error and of its bases.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & set(retry.never_on):
        return False
    if retry.retry_on:
        return bool(names & set(retry.retry_on))
    return bool(getattr(error, "retryable", True))


def delay_before(attempt: int, retry: Retry, error: BaseException, chance: random.Random) -> float:
    """Seconds to wait before try number `attempt` (2 is the first retry): exponential, full jitter, `Retry-After`.

    It is finite, whatever the policy and the service say: the log keeps it, and a restart counts on from it.
    """
    most = _back_off(attempt, retry)
    least = SLOW_SECONDS if attempt > QUICK_TRIES else 0.0
    return max(chance.uniform(0, most) if retry.jitter else most, _asked(error), least)


def _back_off(attempt: int, retry: Retry) -> float:
    """The longest wait by the policy, whose factor and attempts have no bound: a power that no float holds is more."""
    if retry.delay == 0:
        return 0.0
    try:
        return min(retry.max_delay, retry.delay * retry.factor ** (attempt - 2))
    except OverflowError:
        return retry.max_delay


def _asked(error: BaseException) -> float:
    """What an error asks to wait. Any error may, from any library, so it may be no number of seconds."""
    try:
        seconds = float(getattr(error, "retry_after", None) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), MOST_ASKED_SECONDS) if math.isfinite(seconds) else 0.0
