"""What is still to be made known of changes to a discussion, because storing them or telling of them failed.

A change that can't be stored just now is applied all the same, and stored as soon as that works. Asked for again it
changes nothing, so what was to be told of it is remembered here, step by step, and done before anything else of that
graph. It is remembered by this process alone; what is forgotten with it, and new comments, others find by their notes
on disk (untold.py).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError

from collab_server.errors import NotReady

Step = Callable[[], Awaitable[None]]


class Owed:
    """The steps that are still to be taken, by graph, in the order in which they were due."""

    def __init__(self) -> None:
        self._steps: dict[str, deque[Step]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __contains__(self, graph: str) -> bool:
        return graph in self._steps

    def owe(self, graph: str, steps: Iterable[Step]) -> None:
        """Remember steps that can't be taken yet."""
        if due := [*steps]:
            self._steps.setdefault(graph, deque()).extend(due)

    async def pay(self, graph: str) -> None:
        """Take the steps that are owed. One that storage refuses is owed still, with those after it; and is raised."""
        async with self._turns.setdefault(graph, asyncio.Lock()):
            while steps := self._steps.get(graph):
                is_owed_still = False
                try:
                    await steps[0]()  # more may come to be owed meanwhile
                except (SQLAlchemyError, NotReady):
                    is_owed_still = True
                    raise
                finally:
                    if not is_owed_still:
                        steps.popleft()
                    if not steps:
                        del self._steps[graph]
