"""What happened that someone may want to read about afterwards: told by whoever did it, heard by whoever keeps it.

    await here.happenings.tell(Happening("comment.created", by=caller, graph=id, facts={"thread": thread}))

It is told after it is done, and the answer to who did it waits until all listeners have kept it.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from collab_server.auth.identity import Identity


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that was done. `at` is seconds since 1970; `by` is None for the server itself.

    `kind` is what it was done to and what was done, as `comment.created`, `session.opened`, `grant.changed`. `facts`
    are JSON and hold no secret: they are shown, exported and sent out.
    """

    kind: str
    by: Identity | None = None
    graph: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    at: float = field(default_factory=time.time)
    is_due: Callable[[Connection], bool] | None = field(default=None, compare=False)
    """Asked in the transaction that keeps it: False where another server has told it meanwhile."""


Listen = Callable[[Happening], Awaitable[None]]


class Happenings:
    """Those who want to hear, and the way to tell them."""

    def __init__(self) -> None:
        self._listeners: list[Listen] = []

    def listen(self, listener: Listen) -> None:
        """Hear of everything from now on."""
        self._listeners.append(listener)

    async def tell(self, happening: Happening) -> None:
        """Tell everyone, one after the other; raises what a listener raises."""
        for listener in self._listeners:
            await listener(happening)
