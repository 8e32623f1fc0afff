"""Whether the list of what was done has what someone said, in SQL."""

from sqlalchemy import Connection, select

from collab_server.stores.activity import activity
from flowroom.discussion import Message, Thread

KINDS = ("thread.created", "comment.created")


def known(connection: Connection, graph: str, thread: Thread, message: Message, *, since: float) -> set[str]:
    """Which of KINDS the list has of a message and the thread it is in, told after a time.

    Facts are compared here: PostgreSQL opens no JSON that holds a character it has no place for, wherever that is.
    """
    theirs = (activity.c.graph == graph, activity.c.person == message.author.id)
    query = select(activity.c.kind, activity.c.facts).where(*theirs, activity.c.kind.in_(KINDS))
    found = connection.execute(query.where(activity.c.until >= since))
    wanted = {"thread.created": ("thread", thread.id), "comment.created": ("message", message.id)}
    return {kind for kind, facts in found if facts.get(wanted[kind][0]) == wanted[kind][1]}
