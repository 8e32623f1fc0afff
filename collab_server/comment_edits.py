"""An edit of a comment is made known, though the server that stored it is killed before it could.

It is noted before it is stored, and the note goes once everybody was told. A note that is still there after a while is
of a server that has died: whoever finds it tells. Told twice, by that server after all, it is told once.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from anyio import sleep

from collab_server import notifications
from collab_server.auth.identity import Identity
from collab_server.errors import NotFound
from collab_server.happenings import Happenings
from collab_server.inbox import Inbox
from collab_server.logging import logger
from collab_server.owed import Step
from collab_server.stores import comment_edits as store
from collab_server.stores.comment_edits import EditRow
from collab_server.stores.database import Database
from flowroom.discussion import Message, Thread
from flowroom.errors import NoSuchMessage, NoSuchThread
from flowroom.ydoc import new_id

log = logger("discussion")
LOOK_SECONDS = 10.0
"""How often it looks for notes, and how old they are: by then it was told, or nobody will."""
MOST_SECONDS = 3600.0
"""How long an edit may still be stored that was noted: storage may fail for a while."""
Read = Callable[[str, str], Awaitable[Thread]]
"""Gives a thread of a graph as it is on disk. Raises NotFound, NoSuchThread."""


class CommentEdits:
    """The edits of a workspace of which people are still to be told."""

    def __init__(self, database: Database, inbox: Inbox, happenings: Happenings) -> None:
        self._database, self._inbox, self._happenings = database, inbox, happenings

    async def note(self, graph: str, thread: str, message: Message) -> EditRow:
        """A message is about to say something else."""
        edit = EditRow(new_id(), graph, thread, message.id, message.edited_at, message.mentions, time.time())
        await self._database.write(lambda connection: store.note(connection, edit))
        return edit

    def steps(self, before: EditRow, thread: Thread, by: Identity) -> Iterator[Step]:
        """Make known what a message says now, where that is something else."""
        graph, after = before.graph, thread.message(before.message)
        was = after.model_copy(update={"mentions": tuple(before.mentions)})
        called = notifications.of_edit(thread, was, after)
        if after.edited_at != before.edited_at:
            happening = notifications.happening("comment.edited", graph, thread, by, after)
            yield partial(self._inbox.reword, graph, thread.id, after.id, notifications.excerpt(after))
            yield partial(self._inbox.put_once, graph, called)
            yield partial(self._happenings.tell, happening)
        yield partial(self._settle, before)

    async def watch(self, read: Read) -> None:
        """Look for what nobody told, until cancelled."""
        while True:
            try:
                await self.make_up(read)
            except Exception as error:  # storage fails just now: there is a next time
                log.warning("not all edits of comments were told", error=repr(error))
            await sleep(LOOK_SECONDS)

    async def make_up(self, read: Read, *, after: float = LOOK_SECONDS) -> None:
        """Tell of edits that were noted so many seconds ago."""
        for edit in await self._database.read(lambda connection: store.unsettled(connection, seconds=after)):
            try:
                thread = await read(edit.graph, edit.thread)
                now = thread.message(edit.message)
            except (NotFound, NoSuchThread, NoSuchMessage):  # deleted, and with it all that was told of it
                await self._settle(edit)
                continue
            if now.edited_at == edit.edited_at and time.time() - edit.at < MOST_SECONDS:
                continue
            by = Identity(now.author.id, now.author.name, now.author.colour, None, now.author.kind)
            for step in self.steps(edit, thread, by):
                await step()

    async def _settle(self, edit: EditRow) -> None:
        await self._database.write(lambda connection: store.settle(connection, edit.id))
