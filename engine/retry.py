"""When a failed attempt is worth another, and how long to wait for it. Pure."""

import random
from typing import Any

import orjson

from engine.errors import StepFailed, message_of
from engine.nodes.errors import NodeError
from flowroom.model import Retry


def error_of(error: BaseException) -> dict[str, Any]:
    """An exception as the log keeps it: `{type, message, …}`."""
    if isinstance(error, NodeError | StepFailed):
        told: dict[str, Any] = orjson.loads(orjson.dumps(error.to_json(), default=str))
        return told
    return {"type": type(error).__name__, "message": message_of(error)}


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
    """Seconds to wait before try number `attempt` (2 is the first retry): exponential, full jitter, `Retry-After`."""
    most = min(retry.max_delay, retry.delay * retry.factor ** (attempt - 2))
    chosen = chance.uniform(0, most) if retry.jitter else most
    asked = getattr(error, "retry_after", None)
    return max(chosen, float(asked)) if asked is not None else chosen
