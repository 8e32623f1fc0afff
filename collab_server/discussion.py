"""Threads as people write them: who may, how much, and who is told.

The server is the only writer of a discussion, through its room like any peer, so that whoever has it open sees it at
once. It stamps each message with its author and the time. What a thread is and what may be done with it is in
flowroom/discussion.py; who is told of what in notifications.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from anyio import to_thread

from collab_server.anchors import Anchors
from collab_server.announced import Announced
from collab_server.auth.identity import Identity
from collab_server.errors import NotFound
from collab_server.inbox import Inbox
from collab_server.owed import Owed, Step
from collab_server.pace import Pace
from collab_server.rooms.budget import SMALL_EDIT_BYTES
from collab_server.rooms.crdt import engine_calls
from collab_server.rooms.live_document import INLINE_JSON_BYTES
from collab_server.rooms.registry import Rooms
from collab_server.runs import GraphRuns
from collab_server.said import Said
from collab_server.settings import Settings
from collab_server.speakers import deletable, editable, removable, require_own, require_room
from collab_server.stores.documents import DocumentKey
from collab_server.untold import Tell, Untold
from flowroom.discussion import (
    Marks,
    Message,
    Thread,
    ThreadId,
    ThreadState,
    WritableAnchor,
    unread_in,
)
from flowroom.discussion_changes import DiscussionChangeKind
from flowroom.errors import InvalidGraph, NoSuchThread
from flowroom.ydiscussion import DiscussionDocument, require_emoji, threads_of
from flowroom.ydoc import new_id

T = TypeVar("T")
Unsay = Callable[[str, str, str | None], Awaitable[None]]
"""Takes the text of a message in a thread of a graph, or of all of them, out of the list of what was done."""


class Discussions:
    """The discussions of all graphs."""

    def __init__(
        self,
        rooms: Rooms,
        inbox: Inbox,
        settings: Settings,
        *,
        announced: Announced,
        runs: GraphRuns,
        untold: Untold,
        unsay: Unsay,
    ) -> None:
        self._rooms = rooms
        self._inbox = inbox
        self._unsay = unsay
        self._settings = settings
        self._announced = announced
        self._owed = Owed()
        self.untold = untold
        self._anchors = Anchors(rooms, runs)
        self._pace = Pace(settings.max_comments_per_minute, "comments and reactions")

    # Reading

    async def threads(self, graph: str) -> list[Thread]:
        """All threads of a graph as they are on disk, the oldest first. Raises NotFound."""
        text = await self._ask(graph, DiscussionDocument.text)
        small = len(text) <= INLINE_JSON_BYTES
        return list((threads_of(text) if small else await to_thread.run_sync(threads_of, text)).values())

    async def thread(self, graph: str, id: str) -> Thread:
        """One thread. Raises NotFound, NoSuchThread."""
        return _there(await self._ask(graph, lambda document: document.find(id)), id)

    async def unread(self, graph: str, *, me: Identity) -> tuple[dict[ThreadId, int], Marks]:
        """How many messages someone has not read, by thread, and how far they have read. Raises NotFound."""
        threads, marks = await self.threads(graph), await self._inbox.marks(me, graph)
        return unread_in(threads, me.id, marks), marks

    async def mark_read(self, graph: str, seen: Mapping[str, str] | None, *, me: Identity) -> None:
        """Remember the last message someone has seen, by thread; None is that all there is was seen.

        Threads and messages that are gone are passed over. Raises NotFound.
        """
        threads = await self.threads(graph)
        if seen is None:
            marks = {"": max(thread.messages[-1].at for thread in threads)} if threads else {}
        else:
            wanted = set(seen.items())
            marks = {t.id: m.at for t in threads for m in t.messages if (t.id, m.id) in wanted}
        if marks:
            marked = [thread for thread in threads if "" in marks or thread.id in marks]
            said: dict[str, dict[str, float]] = {t.id: {m.id: m.at for m in t.messages} for t in marked}
            await self._inbox.mark(me, graph, marks, said)

    # Threads

    async def begin(
        self, graph: str, anchor: WritableAnchor, said: Said, *, by: Identity, thread: str | None = None
    ) -> Thread:
        """Begin a thread, unless the caller has begun one of that id: it is answered as it is.

        Raises NotFound for a node, edge or event that isn't there, Conflict for one too many or an id of another's.
        """
        self._pace.spend(by.id)
        quote, missing = "", None
        try:
            quote = await self._anchors.quote(graph, anchor)
        except (NotFound, InvalidGraph) as error:  # no matter if the thread was begun while it was there
            missing = error

        id = ThreadId(thread or new_id())
        first = said.stamped(by, self._settings, id=id)
        draft = Thread(id=id, anchor=anchor, quote=quote, messages=(first,))

        def say(document: DiscussionDocument) -> tuple[Thread, Message, bool]:
            there = document.find(id)
            if there is not None:
                require_own(there.id, there.messages[0].author.id, by)
                return there, there.messages[0], False
            if missing is not None:
                raise missing
            require_room(len(document), self._settings.max_threads, "threads", "graph")
            document.begin(id, anchor, quote, first)
            begun = document.thread(id)
            return begun, begun.messages[0], True

        tells = [Tell("thread.created"), Tell("comment.created", id)]
        async with self._announced.turn(graph, thread):
            begun, _ = await self._say(graph, draft, say, by, tells=tells, adds=_size(said.body, quote))
        return begun

    async def set_state(self, graph: str, id: str, state: ThreadState, *, by: Identity) -> Thread:
        """Call a thread settled, or open again. Raises NotFound."""
        self._pace.spend(by.id)

        def change(document: DiscussionDocument, at: float) -> None:
            if state == "resolved":
                document.resolve(id, by=by.user(), at=at)
            else:
                document.reopen(id)

        kind: DiscussionChangeKind = "thread.resolved" if state == "resolved" else "thread.reopened"
        return _there(await self._change(graph, id, change, by, tells=[Tell(kind)], adds=0), id)

    async def remove(self, graph: str, id: str, *, by: Identity) -> None:
        """Delete a thread with all that was said in it. Raises NotFound, and NotAllowed where others have spoken."""
        await self._change(
            graph,
            id,
            lambda document, _: document.remove(id),
            by,
            allowed=lambda thread: removable(thread, by),
            tells=[Tell("thread.deleted")],
            first=partial(self._untell, graph, id),
            adds=0,
        )

    # Messages

    async def reply(self, graph: str, id: str, said: Said, *, by: Identity, message: str | None = None) -> Message:
        """Say something in a thread, unless the caller has said something of that id in it: it is answered as it is.

        Raises NotFound, and Conflict when the thread is full or the id another's.
        """
        self._pace.spend(by.id)

        own = message or new_id()

        def say(document: DiscussionDocument) -> tuple[Thread, Message, bool]:
            thread = document.thread(id)
            there = next((one for one in thread.messages if one.id == own), None)
            if there is not None:
                require_own(there.id, there.author.id, by)
                return thread, there, False
            require_room(len(thread.messages), self._settings.max_thread_messages, "messages", "thread")
            new = said.stamped(by, self._settings, after=thread.messages[-1].at, id=own)
            document.reply(id, new)
            return document.thread(id), new, True

        async with self._announced.turn(graph, message):
            thread = await self.thread(graph, id)
            tells = [Tell("comment.created", own)]
            _, answer = await self._say(graph, thread, say, by, tells=tells, adds=_size(said.body))
        return answer

    async def edit(self, graph: str, id: str, message: str, said: Said, *, by: Identity) -> Message:
        """Say something else in a message of one's own. Raises NotFound, NotAllowed."""
        self._pace.spend(by.id)

        def change(document: DiscussionDocument, _: float) -> None:
            before = document.thread(id).message(message)
            fresh = said.stamped(by, self._settings, after=before.edited_at or before.at)
            document.edit(id, message, fresh.body, mentions=fresh.mentions, at=fresh.at)

        thread = await self._change(
            graph,
            id,
            change,
            by,
            allowed=lambda thread: editable(thread.message(message), by),
            tells=[Tell("comment.edited", message)],
            adds=_size(said.body),
        )
        return _there(thread, id).message(message)

    async def delete(self, graph: str, id: str, message: str, *, by: Identity) -> None:
        """Delete a message of one's own, or as an admin. Its thread goes with the last. Raises NotFound, NotAllowed."""
        await self._change(
            graph,
            id,
            lambda document, at: document.delete(id, message, at=at),
            by,
            allowed=lambda thread: deletable(thread.message(message), by),
            tells=[Tell("comment.deleted", message), Tell("thread.deleted")],
            first=partial(self._untell, graph, id, message),
            adds=0,
        )

    # Reactions

    async def react(self, graph: str, id: str, message: str, emoji: str, *, by: Identity) -> Message:
        """Put an emoji under a message; once is enough. Raises NotFound, InvalidDiscussion."""
        self._pace.spend(by.id)
        require_emoji(emoji)
        thread = await self._change(
            graph,
            id,
            lambda document, at: document.react(id, message, emoji, by=by.id, at=at),
            by,
            allowed=lambda thread: thread.message(message),
            tells=[Tell("comment.reacted", message, emoji)],
        )
        return _there(thread, id).message(message)

    async def unreact(self, graph: str, id: str, message: str, emoji: str, *, by: Identity) -> Message:
        """Take one's emoji away again; nobody need be told of it any more. Raises NotFound."""
        self._pace.spend(by.id)

        def change(document: DiscussionDocument) -> Message:
            document.unreact(id, message, emoji, by=by.id)
            return document.thread(id).message(message)

        await self._pay(graph)
        of = {"message": message, "kind": "reaction", "by": by.id, "emoji": emoji}
        await self._inbox.forget(graph, id, **of)  # first: whatever befalls the server, nobody is told of what is gone
        return await self._write(graph, change, by, adds=0)

    # What the above is made of

    async def _ask(self, graph: str, ask: Callable[[DiscussionDocument], T]) -> T:
        """Of what is on disk, as for whoever joins: the document is ahead of it while something is being stored."""
        async with self._rooms.opened(DocumentKey("discussion", graph)) as room:
            if not room.committer.is_settled:
                await room.ledger.prepare()
            with engine_calls():
                doc = room.ydoc if room.committer.is_settled else room.ledger.committed()
                return ask(DiscussionDocument(doc))

    async def _write(
        self, graph: str, change: Callable[[DiscussionDocument], T], by: Identity, *, adds: int = SMALL_EDIT_BYTES
    ) -> T:
        async with self._rooms.opened(DocumentKey("discussion", graph)) as room:
            return await room.write(lambda doc: change(DiscussionDocument(doc)), by=by, origin="discussion", adds=adds)

    async def _say(
        self,
        graph: str,
        was: Thread,
        say: Callable[[DiscussionDocument], tuple[Thread, Message, bool]],
        by: Identity,
        *,
        tells: Sequence[Tell],
        adds: int,
    ) -> tuple[Thread, Message]:
        """Have something said in a thread, and make it known as it `tells`; both after that. `say` says besides
        whether it is new. What can't be stored just now is told when it is, by whoever finds the notes.
        """
        is_applied = False

        def work(document: DiscussionDocument) -> tuple[Thread, Message, bool]:
            nonlocal is_applied
            said = say(document)
            is_applied = True
            return said

        notes = await self.untold.note(graph, was, tells, by)
        try:
            thread, message, is_new = await self._write(graph, work, by, adds=adds)
        except Exception:
            if not is_applied:
                for note in notes:
                    await self.untold.drop(note)
            raise
        await self.untold.announce(notes, thread, message, by=by, is_new=is_new)
        return thread, message

    async def _change(
        self,
        graph: str,
        id: str,
        change: Callable[[DiscussionDocument, float], None],
        by: Identity,
        *,
        tells: Sequence[Tell],
        allowed: Callable[[Thread], object] = lambda _: None,
        first: Step | None = None,
        adds: int = SMALL_EDIT_BYTES,
    ) -> Thread | None:
        """Change a thread as of a time, if that is `allowed`, which raises where it is not, and make known what it
        `tells`; the thread after that. What is still owed comes before that, and what is to be done `first`.
        """
        applied: list[tuple[Thread, Thread | None]] = []

        def work(document: DiscussionDocument) -> None:
            before = document.thread(id)
            allowed(before)
            change(document, notes[0].at)
            applied.append((before, document.find(id)))

        await self._pay(graph)
        thread = await self.thread(graph, id)
        allowed(thread)
        notes = await self.untold.note(graph, thread, tells, by)
        if first is not None:
            await self.untold.begun(graph, thread)
            await first()
        try:
            await self._write(graph, work, by, adds=adds)
        finally:  # also where nobody waits any more, or storing it has to be tried again
            for note in notes:
                for before, after in applied:
                    self._owed.owe(graph, self.untold.steps(note.of(before), after))
                if not applied:
                    self._owed.owe(graph, [partial(self.untold.drop, note)])
        await self._pay(graph)
        return applied[-1][1]

    async def _pay(self, graph: str) -> None:
        """Make known what is owed, once it is on disk. Raises NotReady when it isn't yet."""
        if graph in self._owed:
            async with self._rooms.opened(DocumentKey("discussion", graph)) as room:
                await room.committer.settled()
            await self._owed.pay(graph)

    async def _untell(self, graph: str, thread: str, message: str | None = None) -> None:
        """Take a text out of what people were told, and out of the list, before it is deleted: whatever ends this
        process in between, none is left there that is gone.
        """
        of = {} if message is None else {"message": message}
        await self._inbox.forget(graph, thread, **of)
        await self._unsay(graph, thread, message)


def _there(thread: Thread | None, id: str) -> Thread:
    """A thread that is there. Raises NoSuchThread."""
    if thread is None:
        raise NoSuchThread(id)
    return thread


def _size(*texts: str) -> int:
    """About what a message adds to a discussion."""
    return SMALL_EDIT_BYTES + sum(len(text.encode(errors="replace")) for text in texts)
