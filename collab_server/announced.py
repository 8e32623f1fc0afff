"""What was said is made known: to those it concerns, and in the list of what was done.

That comes after it is stored. What ends a request in between, or stores a comment only after its request was refused,
leaves a comment of which nobody hears. So whoever says it again under its id makes up for what is missing, and so does
whoever finds the note that was made before (untold.py).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from collab_server.settings import Settings
from collab_server.stores import announced as store
from collab_server.stores.database import Database
from flowroom.discussion import Message, Thread
from flowroom.discussion_changes import DiscussionChangeKind

DAY = timedelta(days=1).total_seconds()


class Announced:
    """What is known of the comments of a workspace."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._seconds = min(DAY, settings.activity_days * DAY or DAY)
        """How long a comment is news. The list must still have what it had of it."""
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, graph: str, id: str | None) -> AsyncIterator[None]:
        """One request at a time says what its caller calls `id`: the next finds what the one before has made known."""
        turn = asyncio.Lock()
        if id is not None:
            turn = self._turns.setdefault((graph, id), turn)
        async with turn:
            yield

    async def missing(
        self, graph: str, thread: Thread, message: Message, *, is_new: bool
    ) -> list[DiscussionChangeKind]:
        """What of a message is to be made known, in that order: all of a new one, nothing of one deleted or old."""
        kinds: list[DiscussionChangeKind] = ["comment.created"]
        if message.id == thread.messages[0].id:
            kinds.insert(0, "thread.created")
        if is_new:
            return kinds
        if message.deleted_at is not None or not self.is_news(message.at):
            return []
        known = await self._database.read(lambda connection: self.known(connection, graph, thread, message))
        return [kind for kind in kinds if kind not in known]

    def is_news(self, at: float) -> bool:
        """Whether what was said at a time is still made known to those who were not told."""
        return abs(time.time() - at) <= self._seconds

    def known(self, connection: Connection, graph: str, thread: Thread, message: Message) -> set[str]:
        """What of a message that is news the list has."""
        since = time.time() - 2 * self._seconds  # clocks of two servers differ
        return store.known(connection, graph, thread, message, since=since)
