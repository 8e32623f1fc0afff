"""A discussion as a shared document: the one place that knows its Yjs keys.

    threads   ThreadId → Y.Map: anchor, quote, state, resolved {by, at},
              messages: Y.Array of Y.Map: id, author, at, body, editedAt, deletedAt, mentions,
                        reactions: Y.Map, "emoji person" → when

Only the server writes it, perhaps several servers at once. So all that two of them may make at the same moment is an
entry of its own (a message, one person's one reaction), and what holds such entries is made with the thread or the
message. An author, an anchor and a body are plain values, replaced as a whole.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

import orjson
from pycrdt import Array, Doc, Map
from pydantic import TypeAdapter, ValidationError

from flowroom.discussion import (
    MAX_EMOJIS,
    Anchor,
    Message,
    MessageId,
    Resolution,
    Thread,
    ThreadId,
    UnknownAnchor,
    fate,
    is_emoji,
)
from flowroom.errors import InvalidDiscussion, NoSuchMessage, NoSuchThread
from flowroom.model import Value
from flowroom.plain import put_right
from flowroom.presence import User
from flowroom.records import read
from flowroom.yrecords import assign_key, read_map

_ANCHOR: TypeAdapter[Any] = TypeAdapter(Anchor)


class DiscussionDocument:
    """The threads of one graph. Not thread-safe, as its `Doc` is not.

    Reading never fails because of what is written; writing raises before anything is changed.
    """

    def __init__(self, doc: Doc[Any] | None = None, *, origin: object = None) -> None:
        """Wrap `doc`, or a new empty one. `origin` marks this document's own transactions for observers."""
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.origin = origin
        self._threads: Map[Any] = self.doc.get("threads", type=Map)

    # Reading

    def threads(self) -> dict[ThreadId, Thread]:
        """All threads, the oldest first."""
        return threads_of(self.text())

    def text(self) -> str:
        """The whole discussion as JSON, for `threads_of`: a tenth of the work, and all that needs the document."""
        return str(self._threads)

    def thread(self, id: str) -> Thread:
        """One thread. Raises NoSuchThread."""
        found = self.find(id)
        if found is None:
            raise NoSuchThread(id)
        return found

    def find(self, id: str) -> Thread | None:
        """One thread, or None when there is none that can be read."""
        shared = self._threads.get(id)
        return _thread(id, read_map(shared)) if isinstance(shared, Map) else None

    @property
    def root(self) -> Map[Any]:
        """Where the threads are, for whoever observes them; its keys are known here only."""
        return self._threads

    def __len__(self) -> int:
        return len(self._threads)

    # Writing

    def transaction(self) -> AbstractContextManager[object]:
        """Everything written inside reaches the readers as one update."""
        return self.doc.transaction(origin=self.origin)

    def begin(self, id: str, anchor: Anchor, quote: str, message: Message) -> None:
        """Begin a thread. Raises InvalidDiscussion if the id is taken, or an anchor or message is none to write."""
        if id in self._threads:
            raise InvalidDiscussion(f"The id {id!r} is taken by another thread.")
        if isinstance(anchor, UnknownAnchor):
            raise InvalidDiscussion("A thread is about a node, an edge, a field, a place, or an event of a run.")
        plain = {"anchor": put_right(_json(anchor)), "quote": put_right(quote), "state": "open"}
        first = _shared(message)
        with self.transaction():
            self._threads[id] = Map({**plain, "messages": Array([first])})

    def reply(self, thread: str, message: Message) -> None:
        """Add a message at the end. Raises NoSuchThread, InvalidDiscussion."""
        self.thread(thread)
        said = _shared(message)
        with self.transaction():
            self._messages(thread).append(said)

    def edit(self, thread: str, message: str, body: str, *, mentions: Iterable[str], at: float) -> None:
        """Say something else in a message; the same is no edit.

        Raises NoSuchThread, NoSuchMessage, InvalidDiscussion.
        """
        was = self.thread(thread).message(message)
        text, people = _body(body), put_right(list(mentions))
        if (was.body, list(was.mentions)) == (text, people):
            return
        shared = self._message(thread, message)
        with self.transaction():
            assign_key(shared, "body", text)
            assign_key(shared, "mentions", people or None)
            assign_key(shared, "editedAt", at)

    def delete(self, thread: str, message: str, *, at: float) -> None:
        """Take a message away, and its thread if nothing else stands in it; a mark is left where others had answered.

        Raises NoSuchThread, NoSuchMessage.
        """
        match fate(self.thread(thread), message):
            case "thread goes":
                self.remove(thread)
            case "message goes":
                messages, places = self._places(thread, message)
                with self.transaction():
                    for place in reversed(places):
                        del messages[place]
            case "mark stays":
                self._blank(self._message(thread, message), at)

    def resolve(self, thread: str, *, by: User, at: float) -> None:
        """Call a thread settled; one that is stays as it is. Raises NoSuchThread."""
        if self.thread(thread).state == "open":
            shared = self._thread(thread)
            with self.transaction():
                shared["state"] = "resolved"
                shared["resolved"] = put_right(_json(Resolution(by=by, at=at)))

    def reopen(self, thread: str) -> None:
        """Call a thread open again. Raises NoSuchThread."""
        if self.thread(thread).state == "resolved":
            shared = self._thread(thread)
            with self.transaction():
                shared["state"] = "open"
                shared.pop("resolved", None)

    def remove(self, thread: str) -> None:
        """Delete a thread with all that was said in it. Raises NoSuchThread."""
        self._thread(thread)
        with self.transaction():
            del self._threads[thread]

    def react(self, thread: str, message: str, emoji: str, *, by: str, at: float) -> None:
        """Put someone's emoji under a message; once is enough.

        Raises NoSuchThread, NoSuchMessage, InvalidDiscussion.
        """
        found = self.thread(thread).message(message)
        require_emoji(emoji)
        if emoji not in found.reactions and len(found.reactions) >= MAX_EMOJIS:
            raise InvalidDiscussion(f"A message takes {MAX_EMOJIS} different emoji, and this one has them.")
        if by not in found.reactions.get(emoji, ()):
            with self.transaction():
                self._reactions(thread, message)[_reaction(emoji, by)] = at

    def unreact(self, thread: str, message: str, emoji: str, *, by: str) -> None:
        """Take someone's emoji away, if it is there. Raises NoSuchThread, NoSuchMessage."""
        if by in self.thread(thread).message(message).reactions.get(emoji, ()):
            with self.transaction():
                self._reactions(thread, message).pop(_reaction(emoji, by), None)

    # What the above is made of

    def _thread(self, id: str) -> Map[Any]:
        shared = self._threads.get(id)
        if not isinstance(shared, Map) or not isinstance(shared.get("messages"), Array):
            raise NoSuchThread(id)
        return shared

    def _messages(self, thread: str) -> Array[Any]:
        messages: Array[Any] = self._thread(thread)["messages"]
        return messages

    def _places(self, thread: str, message: str) -> tuple[Array[Any], list[int]]:
        """Where a message stands: more than once, if two servers have written it. Raises NoSuchMessage."""
        messages = self._messages(thread)
        everything = orjson.loads(str(messages))  # 50 times faster than asking one by one
        places = [at for at, raw in enumerate(everything) if isinstance(raw, dict) and raw.get("id") == message]
        if not places:
            raise NoSuchMessage(message)
        return messages, places

    def _message(self, thread: str, message: str) -> Map[Any]:
        messages, places = self._places(thread, message)
        shared: Map[Any] = messages[places[0]]
        return shared

    def _reactions(self, thread: str, message: str) -> Map[Any]:
        shared = self._message(thread, message)
        if not isinstance(shared.get("reactions"), Map):
            shared["reactions"] = Map({})
        reactions: Map[Any] = shared["reactions"]
        return reactions

    def _blank(self, shared: Map[Any], at: float) -> None:
        with self.transaction():
            shared["body"] = ""
            shared["deletedAt"] = at
            for key in ("mentions", "editedAt"):
                shared.pop(key, None)
            shared["reactions"] = Map({})


def threads_of(text: str) -> dict[ThreadId, Thread]:
    """The threads of the document that gave this text, the oldest first; many of them in another thread."""
    found = [thread for id, raw in orjson.loads(text).items() if (thread := _thread(id, raw)) is not None]
    return {thread.id: thread for thread in sorted(found, key=lambda thread: (thread.at, thread.id))}


def require_emoji(text: str) -> None:
    """Raise InvalidDiscussion for what may be no reaction."""
    if not is_emoji(text):
        raise InvalidDiscussion(f"Expected an emoji, got {text!r:.80}")


# One record


def _shared(message: Message) -> Map[Any]:
    """A new Y.Map for a message. Raises InvalidDiscussion."""
    raw: dict[str, Any] = {**_json(message), "body": _body(message.body)}
    del raw["reactions"]
    plain = {key: value for key, value in put_right(raw).items() if value not in (None, [])}
    return Map({**plain, "reactions": Map({})})


def _body(text: str) -> str:
    if not text.strip():
        raise InvalidDiscussion("A comment says something; this one is empty.")
    right: str = put_right(text)
    return right


def _json(value: Value) -> dict[str, Any]:
    return value.model_dump(mode="json", by_alias=True)


def _reaction(emoji: str, person: str) -> str:
    return f"{emoji} {person}"


def _thread(id: str, raw: object) -> Thread | None:
    """A thread as it is written; None for one in which nothing can be read."""
    if not isinstance(raw, dict):
        return None
    said = raw.get("messages")
    messages = _once([message for one in said if (message := _message(one))] if isinstance(said, list) else [])
    if not messages:
        return None
    anchor, resolved = _anchor(raw.get("anchor")), _resolution(raw.get("resolved"))
    return read(Thread, {**raw, "anchor": anchor, "messages": messages, "resolved": resolved}, id=id)


def _once(messages: list[Message]) -> list[Message]:
    """Each of them once: two servers that took the same request at the same moment have both written it."""
    first = {message.id: message for message in reversed(messages)}
    return [message for message in messages if first[message.id] is message]


def _message(raw: object) -> Message | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
        return None
    plain = {**raw, "author": _author(raw.get("author")), "reactions": _people(raw.get("reactions"))}
    return read(Message, plain, id=MessageId(raw["id"]))


def _anchor(raw: object) -> Any:
    try:
        return _ANCHOR.validate_python(raw, by_name=False, by_alias=True)
    except ValidationError:
        return UnknownAnchor()


def _resolution(raw: object) -> Resolution | None:
    fields = raw if isinstance(raw, dict) else {}
    by, at = _author(fields.get("by")), fields.get("at")
    return Resolution(by=by, at=at) if by.id and type(at) in (int, float) else None


def _author(raw: object) -> User:
    fields = raw if isinstance(raw, dict) else {}
    if set(map(type, fields.values())) == {str}:
        return _seen(tuple(sorted(fields.items())))
    return _user(fields)


@lru_cache(maxsize=1_000)
def _seen(fields: tuple[tuple[str, str], ...]) -> User:
    """Of whoever said it the same value is read a thousand times in a long thread: more than all else takes."""
    return _user(dict(fields))


def _user(fields: dict[str, Any]) -> User:
    texts = {key: value if isinstance(value := fields.get(key), str) else "" for key in ("id", "name", "colour")}
    return read(User, fields, **texts)


def _people(raw: object) -> dict[str, list[str]]:
    """Reactions by emoji, in the order in which they came."""
    found: dict[str, list[str]] = {}
    entries = raw.items() if isinstance(raw, dict) else ()
    timed = sorted((at, key) for key, at in entries if type(at) in (int, float) and " " in key)
    for _at, key in timed:
        emoji, _space, person = key.partition(" ")
        found.setdefault(emoji, []).append(person)
    return found
