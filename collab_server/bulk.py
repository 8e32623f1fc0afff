"""Work on whole graphs, as exports and imports are: few at a time, and of one person one.

It takes a processor for a second, where most of what is asked takes milliseconds and shares the same threads. So that
neither waits behind any number of exports, a route does such work in a turn: `async with here.bulk.turn(caller.id)`.
Turns come in the order in which they were asked for. A turn is not asked for within another.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

AT_ONCE = 2


class Bulk:
    """The turns of one server."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._of_person: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Wait until it is someone's turn, and keep it for as long as the block lasts."""
        own = self._of_person.setdefault(person, asyncio.Lock())
        async with own, self._places:
            yield
