"""What happened in a discussion, said in the words of the model: found by comparing threads before and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flowroom.changes import reading
from flowroom.discussion import Message, MessageId, Thread, ThreadId
from flowroom.ydiscussion import DiscussionDocument

DiscussionChangeKind = Literal[
    "thread.created",
    "thread.resolved",
    "thread.reopened",
    "thread.deleted",
    "comment.created",
    "comment.edited",
    "comment.deleted",
    "comment.reacted",
]


@dataclass(frozen=True, slots=True)
class DiscussionChange:
    """One thing that happened in a discussion; `message` is None where it is about a thread as a whole."""

    kind: DiscussionChangeKind
    thread: ThreadId
    message: MessageId | None = None
    by: str | None = None
    """Who did it, by id, where that can be read from the thread."""


def happened(before: Thread | None, after: Thread | None) -> list[DiscussionChange]:
    """What happened to a thread between two looks at it; None is a thread that isn't there."""
    if after is None:
        return [] if before is None else [DiscussionChange("thread.deleted", before.id)]
    changes: list[DiscussionChange] = []
    if before is None:
        changes.append(DiscussionChange("thread.created", after.id, by=after.starter.id))
    elif before.state != after.state:
        kind: DiscussionChangeKind = "thread.resolved" if after.state == "resolved" else "thread.reopened"
        changes.append(DiscussionChange(kind, after.id, by=after.resolved.by.id if after.resolved else None))
    return changes + _said(after.id, before.messages if before else (), after.messages)


def _said(thread: ThreadId, before: Sequence[Message], after: Sequence[Message]) -> list[DiscussionChange]:
    was = {message.id: message for message in before}
    now = {message.id for message in after}
    changes = [DiscussionChange("comment.deleted", thread, id) for id in was if id not in now]
    for message in after:
        match _change_of(was.get(message.id), message):
            case "comment.created" | "comment.edited" as said:
                changes.append(DiscussionChange(said, thread, message.id, message.author.id))
            case "comment.reacted" as reacted:
                changes.append(DiscussionChange(reacted, thread, message.id, _who_reacted(was[message.id], message)))
            case "comment.deleted" as deleted:
                changes.append(DiscussionChange(deleted, thread, message.id))
    return changes


def _change_of(was: Message | None, message: Message) -> DiscussionChangeKind | None:
    if was == message:
        return None
    if was is None:
        return "comment.created" if message.deleted_at is None else None
    if was.deleted_at is None and message.deleted_at is not None:
        return "comment.deleted"
    if (was.body, was.mentions) != (message.body, message.mentions):
        return "comment.edited"
    return "comment.reacted" if was.reactions != message.reactions else None


def _who_reacted(was: Message, message: Message) -> str | None:
    one, other = ({(e, p) for e, people in m.reactions.items() for p in people} for m in (was, message))
    people = {person for _emoji, person in one ^ other}
    return people.pop() if len(people) == 1 else None


class DiscussionSubscription:
    """Calls back after each transaction with what happened; the callback may read the threads, not write them."""

    def __init__(self, document: DiscussionDocument, callback: Callable[[list[DiscussionChange]], None]) -> None:
        self._document = document
        self._callback = callback
        self._dirty: dict[str, None] = {}
        self.rows = document.threads()
        """Every thread as it is now."""
        threads, doc = document.root, document.doc
        deep, whole = threads.observe_deep(self._gather), doc.observe(self._flush)
        self._drops = [lambda: threads.unobserve(deep), lambda: doc.unobserve(whole)]

    def close(self) -> None:
        """Stop calling back; may be called twice."""
        while self._drops:
            self._drops.pop()()

    def _gather(self, events: list[Any]) -> None:
        for event in events:
            changed = [str(event.path[0])] if event.path else event.keys
            self._dirty.update(dict.fromkeys(changed))

    def _flush(self, event: Any) -> None:
        if not self._dirty:
            return
        dirty, self._dirty = self._dirty, {}
        with reading(self._document.doc, event):
            changes = [change for id in dirty for change in self._reread(ThreadId(id))]
            if changes:
                self._callback(changes)

    def _reread(self, id: ThreadId) -> list[DiscussionChange]:
        before, after = self.rows.pop(id, None), self._document.find(id)
        if after is not None:
            self.rows[id] = after
        return happened(before, after)
