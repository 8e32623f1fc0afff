"""How much work something is, counted instead of timed: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable
from types import FrameType


def steps(do: Callable[[], object]) -> int:
    """How many lines of Python `do` runs, those of what it calls included."""
    count = 0

    def trace(_frame: FrameType, event: str, _of: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]  # typeshed asks for its own protocol
    try:
        do()
    finally:
        sys.settrace(before)
    return count
