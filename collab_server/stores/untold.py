"""Changes to discussions of which people are still to be told, in SQL."""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import JSON, Column, Connection, Index, String, Table, Text, delete, insert, select
from sqlalchemy import Double as Seconds

from collab_server.stores.tables import metadata
from flowroom.discussion import Thread
from flowroom.discussion_changes import DiscussionChangeKind
from flowroom.presence import User

untold = Table(
    "untold",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("graph", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("message", Text, nullable=False, comment="empty: the thread as a whole"),
    Column("kind", Text, nullable=False, comment="what is done, as the list of what was done calls it"),
    Column("emoji", Text, nullable=False, comment="of a reaction"),
    Column("author", JSON, nullable=False, comment="who does it, as others saw them then"),
    Column("was", JSON, nullable=False, comment="the thread before that, without what is said in it"),
    Column("at", Seconds, nullable=False),
    Column("change", Text, nullable=False, comment="the same for changes of which people are told once"),
    Index("ix_untold_change", "graph", "thread"),
)


class Note(NamedTuple):
    """Something that somebody is about to do in a discussion. `at` is when, in seconds since 1970."""

    id: str
    graph: str
    message: str
    kind: DiscussionChangeKind
    emoji: str
    by: User
    was: Thread
    at: float

    def of(self, thread: Thread) -> "Note":
        """The same, done to a thread that somebody has changed meanwhile."""
        return self._replace(was=_outline(thread, self.message))


def note(connection: Connection, notes: Iterable[Note]) -> None:
    """Remember that something is about to be done."""
    connection.execute(insert(untold), [_row(note) for note in notes])


def take(connection: Connection, note: Note) -> bool:
    """Whether people are still to be told of what was done; they are told in this transaction, by nobody else."""
    where = (untold.c.graph == note.graph, untold.c.thread == note.was.id, untold.c.change == _change(note))
    return note.id in set(connection.scalars(delete(untold).where(*where).returning(untold.c.id)))


def drop(connection: Connection, id: str) -> None:
    """It was not done: nobody is to be told."""
    connection.execute(delete(untold).where(untold.c.id == id))


def noted(connection: Connection, *, seconds: float) -> list[Note]:
    """What was to be done so long ago, the oldest first."""
    order = untold.c.at, untold.c.kind.desc()  # that a thread began comes before what is said in it
    query = select(untold).where(untold.c.at <= time.time() - seconds).order_by(*order)
    return [_note(row) for row in connection.execute(query)]


def noted_beginnings(connection: Connection, graph: str, thread: str) -> list[Note]:
    """That a thread began, if nobody has told it yet: once for each time that it was asked for."""
    where = (untold.c.graph == graph, untold.c.thread == thread, untold.c.kind == "thread.created")
    return [_note(row) for row in connection.execute(select(untold).where(*where).order_by(untold.c.at))]


def _row(note: Note) -> dict[str, Any]:
    fields = {name: getattr(note, name) for name in ("id", "graph", "message", "kind", "emoji", "at")}
    author, was = note.by.model_dump(mode="json"), _outline(note.was, note.message).model_dump(mode="json")
    return {**fields, "thread": note.was.id, "author": author, "was": was, "change": _change(note)}


def _note(row: Any) -> Note:
    by, was = User.model_validate(row.author), Thread.model_validate(row.was)
    return Note(row.id, row.graph, row.message, row.kind, row.emoji, by, was, row.at)


def _outline(thread: Thread, message: str) -> Thread:
    """What has to be known of a thread, and of one message in it, without its text. There is at least one."""
    kept = [one for one in thread.messages if one.id == message] or thread.messages[:1]
    return thread.model_copy(update={"messages": tuple(one.model_copy(update={"body": ""}) for one in kept)})


def _change(note: Note) -> str:
    """One edit is unlike any other. Two people may react alike; what else is done is done once, whoever asks for it."""
    match note.kind:
        case "comment.edited":
            return note.id
        case "comment.reacted":
            return f"{note.kind} {note.message} {note.emoji} {note.by.id}"
        case _:
            return f"{note.kind} {note.message}"
