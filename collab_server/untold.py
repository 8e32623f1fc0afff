"""What is done in a discussion is made known, though the server that stored it is killed before it could.

It is noted before it is stored, and the note goes in the transaction in which the list of what was done has it. A note
that is still there after a while is of a server that has died: whoever finds it tells. Told twice, by that server after
all, or because it is asked for again, it is told once. Of a comment that is news no longer nobody is told
(announced.py).
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from anyio import sleep
from sqlalchemy import Connection

from collab_server import notifications
from collab_server.announced import Announced
from collab_server.auth.identity import Identity
from collab_server.errors import NotFound
from collab_server.happenings import Happenings
from collab_server.inbox import Inbox
from collab_server.logging import logger
from collab_server.owed import Step
from collab_server.stores import untold as store
from collab_server.stores.database import Database
from collab_server.stores.untold import Note
from flowroom.discussion import Message, Thread
from flowroom.discussion_changes import DiscussionChangeKind
from flowroom.errors import NoSuchThread
from flowroom.ydoc import new_id

log = logger("discussion")
LOOK_SECONDS = 10.0
"""How often it looks for notes, and how old they are: by then it was told, or nobody will."""
MOST_SECONDS = 3600.0
"""How long something may still be stored that was noted: storage may fail for a while."""
CREATED = frozenset({"thread.created", "comment.created"})
"""What is said for the first time. A thread has the id of what it begins with."""
Read = Callable[[str, str], Awaitable[Thread]]
"""Gives a thread of a graph as it is on disk. Raises NotFound, NoSuchThread."""


class Tell(NamedTuple):
    """What is to be told of a change to a thread, or to a message in it, if it does that."""

    kind: DiscussionChangeKind
    message: str = ""
    emoji: str = ""


class Untold:
    """What was done in the discussions of a workspace and people are still to be told of."""

    def __init__(self, database: Database, inbox: Inbox, happenings: Happenings, announced: Announced) -> None:
        self._database, self._inbox, self._happenings, self._announced = database, inbox, happenings, announced

    async def note(self, graph: str, thread: Thread, tells: Iterable[Tell], by: Identity) -> list[Note]:
        """Somebody is about to do something to a thread, of which this is to be told."""
        now = time.time()
        notes = [Note(new_id(), graph, told.message, told.kind, told.emoji, by.user(), thread, now) for told in tells]
        await self._database.write(lambda connection: store.note(connection, notes))
        return notes

    def steps(
        self, note: Note, now: Thread | None, *, by: Identity | None = None, is_new: bool = False
    ) -> Iterator[Step]:
        """Make known what was done, where it was, and by whom, as the note has it if nobody is given: `now` is the
        thread after that, if there still is one. What `is_new` was said after the note was made, and by nobody before.
        """
        if not _is_done(note, now):
            yield partial(self.drop, note)
            return
        message = _message(note.was if now is None or note.kind == "comment.deleted" else now, note.message)
        yield from self._for_people(note, now or note.was, message)
        told = notifications.happening(note.kind, note.graph, note.was, by or _doer(note), message, **_more(note))
        is_due = partial(self._is_due, note=note, now=None if is_new else now)
        yield partial(self._happenings.tell, replace(told, is_due=is_due))

    async def announce(
        self,
        notes: Sequence[Note],
        thread: Thread,
        message: Message,
        *,
        by: Identity | None = None,
        is_new: bool = False,
    ) -> None:
        """Make known what was said as the notes have it: all of what is new, and of other things what is news and not
        in the list.
        """
        missing = await self._announced.missing(notes[0].graph, thread, message, is_new=is_new)
        for note in notes:
            if note.kind not in missing:
                await self.drop(note)
                continue
            for step in self.steps(note, thread, by=by, is_new=is_new):
                await step()

    async def drop(self, note: Note) -> None:
        """It was not done, and will not be."""
        await self._database.write(lambda connection: store.drop(connection, note.id))

    async def watch(self, read: Read) -> None:
        """Look for what nobody told, until cancelled."""
        while True:
            try:
                await self.make_up(read)
            except Exception as error:  # storage fails just now: there is a next time
                log.warning("can't look for what was done in discussions", error=repr(error))
            await sleep(LOOK_SECONDS)

    async def make_up(self, read: Read, *, after: float = LOOK_SECONDS) -> None:
        """Tell of what was noted so many seconds ago. A discussion that can't be read keeps no other waiting."""
        unread = set[str]()
        for note in await self._database.read(lambda connection: store.noted(connection, seconds=after)):
            if note.graph in unread:
                continue
            try:
                await self._find(note, read)
            except Exception as error:  # of whatever kind: there is a next time
                unread.add(note.graph)
                log.warning("what was done in a discussion not told yet", graph=note.graph, error=repr(error))

    async def _find(self, note: Note, read: Read) -> None:
        now = None
        try:
            now = await read(note.graph, note.was.id)
        except NotFound:  # the graph is deleted, and with it all that was told of it
            await self.drop(note)
            return
        except NoSuchThread:
            pass
        await self._make_up(note, now)

    async def begun(self, graph: str, thread: Thread) -> None:
        """Tell that a thread began, where nobody has: it may be about to go, and nothing ends that never began."""
        for note in await self._database.read(lambda connection: store.noted_beginnings(connection, graph, thread.id)):
            await self._make_up(note, thread)

    async def _make_up(self, note: Note, now: Thread | None) -> None:
        if note.kind in CREATED and not self._announced.is_news(note.at):
            await self.drop(note)
            return
        if not _is_done(note, now) and _may_be_done(note, now) and time.time() - note.at < MOST_SECONDS:
            return
        if now is not None and (said := _said(note, now)) is not None:
            await self.announce([note], now, said)
            return
        for step in self.steps(note, now):
            await step()

    def _for_people(self, note: Note, thread: Thread, message: Message | None) -> Iterator[Step]:
        graph, at = note.graph, note.at
        match note.kind, message:
            case "thread.resolved" | "thread.reopened", _:
                yield partial(self._inbox.put_once, graph, notifications.of_state(thread, note.by, at))
            case "thread.deleted", _:
                yield partial(self._inbox.forget, graph, thread.id)
            case "comment.deleted", _:
                yield partial(self._inbox.forget, graph, thread.id, message=note.message)
            case "comment.created", Message():
                yield partial(self._inbox.put_once, graph, notifications.of_message(thread, message))
            case "comment.reacted", Message():
                told = notifications.of_reaction(thread, message, note.emoji, note.by, at)
                yield partial(self._inbox.put_once, graph, told)
            case "comment.edited", Message():
                called = notifications.of_edit(thread, note.was.message(note.message), message)
                yield partial(self._inbox.reword, graph, thread.id, message.id, notifications.excerpt(message))
                yield partial(self._inbox.put_once, graph, called)

    def _is_due(self, connection: Connection, note: Note, now: Thread | None) -> bool:
        """Whether people are still to be told, in the transaction that tells them: nobody else does so meanwhile. What
        is said again may have been told before its note was made: so the list is asked, which takes its time.
        """
        if not store.take(connection, note):
            return False
        if now is None or note.kind not in CREATED:
            return True
        said = _said(note, now) or now.messages[0]
        return note.kind not in self._announced.known(connection, note.graph, now, said)


def _is_done(note: Note, now: Thread | None) -> bool:
    """Whether a thread shows that what was noted was done."""
    was, message = _message(note.was, note.message), _message(now, note.message)
    match note.kind:
        case "thread.created":  # whatever became of what it began with
            return now is not None and now.starter.id == note.by.id
        case "comment.created":
            return _said(note, now) is not None
        case "thread.resolved":
            return now is not None and now.resolved is not None and now.resolved.at == note.at
        case "thread.reopened":
            return now is not None and (note.was.state, now.state) == ("resolved", "open")
        case "thread.deleted":
            return now is None
        case "comment.deleted":
            return was is not None and message is None
        case "comment.edited":
            return was is not None and message is not None and message.edited_at != was.edited_at
        case "comment.reacted":
            return was is not None and message is not None and _reacted(note, message) and not _reacted(note, was)
        case _:
            return False


def _may_be_done(note: Note, now: Thread | None) -> bool:
    """Whether there still is what it would be done to."""
    if note.kind in CREATED:
        return now is not None or not note.message or note.message == note.was.id
    return now is not None and (not note.message or _message(now, note.message) is not None)


def _said(note: Note, now: Thread | None) -> Message | None:
    """What somebody was about to say, if they have said it and it was not deleted."""
    message = _message(now, note.message or note.was.id) if note.kind in CREATED else None
    return message if message is not None and message.author.id == note.by.id else None


def _reacted(note: Note, message: Message) -> bool:
    return note.by.id in message.reactions.get(note.emoji, ())


def _message(thread: Thread | None, id: str) -> Message | None:
    """One message that was not deleted, if a thread has it."""
    said = thread.messages if thread is not None else ()
    return next((one for one in said if one.id == id and one.deleted_at is None), None)


def _doer(note: Note) -> Identity:
    return Identity(note.by.id, note.by.name, note.by.colour, None, note.by.kind)


def _more(note: Note) -> dict[str, str]:
    return {"emoji": note.emoji} if note.emoji else {}
