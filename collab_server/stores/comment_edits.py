"""Comments that are about to say something else, in SQL, until everybody was told that they do."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import JSON, Column, Connection, String, Table, Text, delete, insert, select
from sqlalchemy import Double as Seconds

from collab_server.stores.tables import metadata
from flowroom.discussion import Message

comment_edit = Table(
    "comment_edit",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("graph", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("edited_at", Seconds, comment="of the edit before, if there was one"),
    Column("mentions", JSON, nullable=False, comment="who was mentioned before"),
    Column("at", Seconds, nullable=False),
)


class EditRow(NamedTuple):
    """What a message was before an edit. `at` is when that began, in seconds since 1970."""

    id: str
    graph: str
    thread: str
    message: str
    edited_at: float | None
    mentions: Sequence[str]
    at: float

    def of(self, message: Message) -> "EditRow":
        """The same edit, of a message that somebody has edited meanwhile."""
        return self._replace(edited_at=message.edited_at, mentions=message.mentions)


def note(connection: Connection, edit: EditRow) -> None:
    """Remember that a message is about to be edited."""
    connection.execute(insert(comment_edit).values(edit._asdict()))


def settle(connection: Connection, id: str) -> None:
    """Everybody was told of an edit, or there was none."""
    connection.execute(delete(comment_edit).where(comment_edit.c.id == id))


def unsettled(connection: Connection, *, seconds: float) -> list[EditRow]:
    """Edits that began so long ago, the oldest first."""
    query = select(comment_edit).where(comment_edit.c.at <= time.time() - seconds).order_by(comment_edit.c.at)
    return [EditRow(*row) for row in connection.execute(query)]
