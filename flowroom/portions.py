"""Many things a few at a time, for whoever must not be busy with all of them at once."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_portions(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """All of them in order, at most `size` at a time."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
