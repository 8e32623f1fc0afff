"""Who is told of what is said: decided from a thread and what was done in it, without asking anybody.

Those who are mentioned, those who took part, and the author of a message that someone reacts to. Nobody is told of
what they did themselves, and nobody twice of one message: who is mentioned needn't hear that there is a reply.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collab_server.auth.identity import Identity
from collab_server.happenings import Happening
from flowroom.discussion import Message, NoticeKind, Thread, in_words
from flowroom.discussion_changes import DiscussionChangeKind
from flowroom.presence import User
from flowroom.protocol import Role

EXCERPT_CHARS = 280


@dataclass(frozen=True, slots=True)
class Notice:
    """Something one person is to be told."""

    person: str
    kind: NoticeKind
    thread: Thread
    by: User
    at: float
    message: Message | None = None
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class AccessNotice:
    """Something about access to a graph that one person is to be told: who asks for a role, or what was decided."""

    person: str
    kind: NoticeKind
    by: User
    at: float
    role: Role
    said: str = ""


def of_thread(thread: Thread) -> list[Notice]:
    """A thread was begun."""
    return _mentions(thread, thread.messages[0], thread.messages[0].mentions)


def of_message(thread: Thread, message: Message) -> list[Notice]:
    """Something was said in a thread, which has it already, and may have what was said after it."""
    first, *_ = thread.messages
    return of_thread(thread) if message.id == first.id else of_reply(_until(thread, message), message)


def of_reply(thread: Thread, message: Message) -> list[Notice]:
    """Something was said last in a thread, which has it already."""
    called = _mentions(thread, message, message.mentions)
    others = _others(thread.participants(), message.author.id, *(notice.person for notice in called))
    return called + [Notice(person, "reply", thread, message.author, message.at, message) for person in others]


def of_edit(thread: Thread, before: Message, after: Message) -> list[Notice]:
    """A message says something else now: who is mentioned only now is told."""
    return _mentions(thread, after, [person for person in after.mentions if person not in before.mentions])


def of_state(thread: Thread, by: User, at: float) -> list[Notice]:
    """A thread was called settled, or open again."""
    kind: NoticeKind = "resolved" if thread.state == "resolved" else "reopened"
    return [Notice(person, kind, thread, by, at) for person in _others(thread.participants(), by.id)]


def of_reaction(thread: Thread, message: Message, emoji: str, by: User, at: float) -> list[Notice]:
    """Someone reacted to a message."""
    return [
        Notice(person, "reaction", thread, by, at, message, emoji) for person in _others([message.author.id], by.id)
    ]


def happening(
    kind: DiscussionChangeKind, graph: str, thread: Thread, by: Identity, message: Message | None = None, **more: str
) -> Happening:
    """What was done in a thread, for whoever keeps such things; with a message, also how that begins."""
    facts: dict[str, Any] = {"thread": thread.id, "anchor": thread.anchor.model_dump(mode="json")}
    facts |= {"quote": storable(thread.quote), **more}
    if message is not None:
        facts |= {"message": message.id, "mentions": list(message.mentions), "excerpt": excerpt(message)}
        facts |= {"editedAt": message.edited_at} if message.edited_at else {}
    return Happening(kind, by=by, graph=graph, facts=facts)


def excerpt(message: Message | None) -> str:
    """How a message begins, as people say it."""
    return "" if message is None else storable(in_words(message.body)[:EXCERPT_CHARS])


def storable(text: str) -> str:
    """A text without the one character that PostgreSQL has no place for."""
    return text.replace("\0", "\ufffd")


def _until(thread: Thread, message: Message) -> Thread:
    """The thread as it was when that was said: who came in later had no part in it."""
    said = tuple(one for one in thread.messages if one.at <= message.at)
    return thread.model_copy(update={"messages": said})


def _mentions(thread: Thread, message: Message, called: Iterable[str]) -> list[Notice]:
    by = message.author
    at = message.edited_at or message.at
    return [Notice(person, "mention", thread, by, at, message) for person in _others(called, by.id)]


def _others(people: Iterable[str], *without: str) -> list[str]:
    return [person for person in dict.fromkeys(people) if person not in without]
