"""What those who speak may do, by what there is already and whose it is."""

from collab_server.auth.identity import Identity
from collab_server.errors import Conflict, NotAllowed
from flowroom.discussion import Message, Thread


def require_room(there: int, most: int, what: str, where: str) -> None:
    """Raise Conflict when there are as many as there may be."""
    if there >= most:
        raise Conflict(
            f"There are too many {what} in this {where}.",
            expected=f"fewer than {most}",
            received=there,
            advice=f"Delete some, or raise FLOWROOM_MAX_{'THREADS' if what == 'threads' else 'THREAD_MESSAGES'}.",
        )


def require_own(id: str, author: str, by: Identity) -> None:
    """Raise Conflict when an id that somebody made up is another's already."""
    if author != by.id:
        raise Conflict(
            f"The id {id!r} is taken by what someone else has said.", advice="Leave it out, or make up another."
        )


def removable(thread: Thread, by: Identity) -> Thread:
    """A thread that someone may delete. Raises NotAllowed."""
    if thread.participants() != [by.id]:
        _require_admin(by, "delete a thread in which others have written")
    return thread


def editable(message: Message, by: Identity) -> Message:
    """A message that someone may edit. Raises NotAllowed."""
    if message.author.id != by.id:
        raise NotAllowed("Only its author may edit a comment.", expected=message.author.id, received=by.id)
    return message


def deletable(message: Message, by: Identity) -> Message:
    """A message that someone may delete. Raises NotAllowed."""
    if message.author.id != by.id:
        _require_admin(by, "delete a comment of someone else")
    return message


def _require_admin(by: Identity, what: str) -> None:
    if not by.may("admin"):
        raise NotAllowed(f"Only an admin may {what}.", expected="admin", received=by.role)
