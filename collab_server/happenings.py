"""What happened that someone may want to read about afterwards: told by whoever did it, heard by whoever keeps it.

What is done by SQL is noted in the transaction that does it, so that neither is ever there without the other:

    happenings.note(connection, Happening("grant.removed", by=caller, graph=id, facts={"person": person}))

All else is told after it is done, and the answer to who did it waits until all listeners have kept it:

    await happenings.tell(Happening("comment.created", by=caller, graph=id, facts={"thread": thread}))
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
Keep = Callable[[Connection, Happening], None]


class Happenings:
    """Those who want to hear, and the two ways to tell them."""

    def __init__(self) -> None:
        self._listeners: list[Listen] = []
        self._keepers: list[Keep] = []

    def listen(self, listener: Listen) -> None:
        """Hear of everything that is told from now on."""
        self._listeners.append(listener)

    def keep(self, keeper: Keep) -> None:
        """Keep everything that is noted from now on, in the transaction that did it: by nothing but SQL."""
        self._keepers.append(keeper)

    def note(self, connection: Connection, happening: Happening) -> None:
        """Have what is done in this transaction kept with it. In a work of the writer, as the last that it does: the
        list's lock is for all servers, and is held from here until the commit.
        """
        for keeper in self._keepers:
            keeper(connection, happening)

    async def tell(self, happening: Happening) -> None:
        """Tell everyone, one after the other; raises what a listener raises."""
        for listener in self._listeners:
            await listener(happening)
