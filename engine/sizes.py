"""How large may be what is put together of values that are there already. Pure.

A graph can double a value with each of its nodes, and name one a thousand times in a text: a few lines would fill any
memory, and an engine that has none left takes all of its runs along, as does the next one that goes on with this one.
So whatever is put together in the engine itself is counted while it is; children count for themselves.
"""

from collections.abc import Iterable

import orjson

from engine.errors import TooLarge
from flowroom.model import Json

MAX_BYTES = 128 * 2**20
"""More than the largest file and the longest answer that a node takes in."""


class Room:
    """What there is room for, and how much of it is left."""

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def take(self, value: Json) -> None:
        """Have room for one more value, as JSON. Raises TooLarge."""
        self._left -= _bytes_of(value)
        if self._left < 0:
            raise TooLarge(MAX_BYTES)


def within(values: Iterable[Json]) -> None:
    """See that there is room for all of these at once. Raises TooLarge."""
    room = Room()
    for value in values:
        room.take(value)


def joined(parts: Iterable[str], separator: str = "") -> str:
    """A text of several. Raises TooLarge."""
    room = Room()

    def counted() -> Iterable[str]:
        for part in parts:
            room.take(part)
            room.take(separator)
            yield part

    return separator.join(counted())


def _bytes_of(value: Json) -> int:
    """About as many as JSON takes for it: a character counts as one."""
    match value:
        case str():
            return len(value)
        case list() | dict():
            return len(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS))
        case _:
            return 8
