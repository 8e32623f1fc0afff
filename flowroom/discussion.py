"""What people say about a graph: threads on its nodes, edges, fields and places, and on what happened in a run.

Plain frozen values, and the questions that are answered from them without asking anybody: who is mentioned, what
someone has not read, which threads have lost what they were about. Their Yjs form is in ydiscussion.py, the only
place that knows the keys of a discussion document. Times are seconds since 1970.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NewType, Protocol, assert_never

from pydantic import Field, field_validator

from flowroom.errors import NoSuchMessage, NoSuchNode
from flowroom.model import MAX_COORDINATE, MAX_SAFE_INTEGER, Edge, EdgeId, Graph, Node, NodeId, Value
from flowroom.presence import User

ThreadId = NewType("ThreadId", str)
MessageId = NewType("MessageId", str)
ThreadState = Literal["open", "resolved"]
PLAIN_ID = "^[!-'*-~]{1,64}$"
"""What ids of people and runs look like: visible ASCII, without the parentheses that end a mention."""
NO_CONTROLS = r"^[^\x00-\x1f]*$"
Time = Annotated[float, Field(strict=True)]
Place = Annotated[int, Field(strict=True, ge=-MAX_COORDINATE, le=MAX_COORDINATE)]

MAX_MENTIONS = 50
"""The most people that one message calls."""
MAX_EMOJIS = 20
"""The most different emoji under one message."""
MAX_EMOJI_CHARS = 16
"""Code points of the longest emoji: a family of four, each with a skin tone, has eleven."""


class NodeAnchor(Value):
    """A thread about a node."""

    type: Literal["node"] = "node"
    node: NodeId


class EdgeAnchor(Value):
    """A thread about an edge."""

    type: Literal["edge"] = "edge"
    edge: EdgeId


class FieldAnchor(Value):
    """A thread about one parameter of a node."""

    type: Literal["field"] = "field"
    node: NodeId
    param: str = Field(max_length=200, pattern=NO_CONTROLS)


class CanvasAnchor(Value):
    """A thread about a place on the canvas."""

    type: Literal["canvas"] = "canvas"
    at: tuple[Place, Place] = Field(description="Canvas units; fractions are rounded")

    @field_validator("at", mode="before")
    @classmethod
    def _rounded(cls, at: object) -> object:
        if isinstance(at, list | tuple):
            return [round(n) if isinstance(n, float) and math.isfinite(n) else n for n in at]
        return at


class RunEventAnchor(Value):
    """A thread about something that happened in a run: the number of its event in the run's log."""

    type: Literal["runEvent"] = "runEvent"
    run: str = Field(pattern=PLAIN_ID)
    seq: int = Field(strict=True, ge=1, le=MAX_SAFE_INTEGER)


class UnknownAnchor(Value):
    """What a thread is about, as a newer Flowroom wrote it: this one can read what was said, but not show where."""

    type: Literal["unknown"] = "unknown"


WritableAnchor = Annotated[
    NodeAnchor | EdgeAnchor | FieldAnchor | CanvasAnchor | RunEventAnchor, Field(discriminator="type")
]
Anchor = Annotated[
    NodeAnchor | EdgeAnchor | FieldAnchor | CanvasAnchor | RunEventAnchor | UnknownAnchor, Field(discriminator="type")
]


class Message(Value):
    """What one person said. One that was deleted after others had answered is left as a mark, without its text."""

    id: MessageId
    author: User
    """Who wrote it, as the server knew them then."""
    at: Time = 0
    body: str = Field(default="", description="Markdown, as it was written")
    edited_at: Time | None = None
    deleted_at: Time | None = None
    mentions: tuple[str, ...] = Field(default=(), description="Ids of people")
    reactions: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="Emoji → ids of people")


class Resolution(Value):
    """Who said that a thread is settled, and when."""

    by: User
    at: Time


class Thread(Value):
    """A conversation, its messages in the order they were said; there is always at least one."""

    id: ThreadId
    anchor: Anchor
    quote: str = Field(default="", description="What the thread is about, as it was called when it began")
    state: ThreadState = "open"
    resolved: Resolution | None = None
    messages: tuple[Message, ...]

    @property
    def at(self) -> float:
        """When it began."""
        return self.messages[0].at

    @property
    def starter(self) -> User:
        """Who began it."""
        return self.messages[0].author

    def message(self, id: str) -> Message:
        """One message that was not deleted. Raises NoSuchMessage."""
        for message in self.messages:
            if message.id == id and message.deleted_at is None:
                return message
        raise NoSuchMessage(id)

    def participants(self) -> list[str]:
        """Who took part: the authors of what still stands, in the order in which they came in."""
        return list(dict.fromkeys(message.author.id for message in self.messages if message.deleted_at is None))


# Who is told, and who is mentioned

NoticeKind = Literal[
    "mention", "reply", "resolved", "reopened", "reaction", "access.asked", "access.granted", "access.declined"
]


class Notification(Value):
    """Something one person was told. `quote` is what the thread is about, `excerpt` how the message begins.

    About access to the graph there is no thread: `quote` is the role, `excerpt` what was said of it.
    """

    id: int
    kind: NoticeKind
    graph: str
    graph_title: str
    thread: str
    message: str | None
    by: User
    at: Time = Field(description="Seconds since 1970")
    read_at: Time | None
    quote: str
    excerpt: str
    emoji: str


_MENTION = re.compile(r"@\[([^\]\n]{1,200})\]\(([!-'*-~]{1,64})\)")


def mentioned(body: str, also: Iterable[str] = ()) -> tuple[str, ...]:
    """The ids of those whom a text names as `@[Ada](p-1)`, and then those in `also`; each once."""
    return tuple(dict.fromkeys([*(person for _name, person in _MENTION.findall(body)), *also]))


def spoken(body: str) -> str:
    """A text with its mentions as people say them: `@Ada`."""
    return _MENTION.sub(r"@\1", body)


def in_words(body: str) -> str:
    """The words of a text on one line: mentions as people say them, and no marks of Markdown."""
    words = _LINK.sub(r"\1", spoken(body))
    for marks in (_LINE_MARK, _WORD_MARK):
        words = marks.sub("", words)
    return " ".join(words.split())


_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_LINE_MARK = re.compile(r"^[ \t]*(?:[-*>]|\d{1,9}\.|#{1,6})[ \t]+", re.MULTILINE)
_WORD_MARK = re.compile(r"`+|~~+|\*+(?=\S)|(?<=\S)\*+|(?<![^\W_])_+(?=\S)|(?<=\S)_+(?![^\W_])")


def is_emoji(text: str) -> bool:
    """Whether a text may be a reaction: short, made of symbols and what joins and colours them."""
    if not 0 < len(text) <= MAX_EMOJI_CHARS:
        return False
    kinds = [unicodedata.category(character) for character in text]
    shown = any(kind[0] == "S" and not character.isascii() for kind, character in zip(kinds, text, strict=True))
    plain = all(
        kind[0] in "SM" or kind == "Cf" or c in "0123456789#*‼⁉〰ℹ" for kind, c in zip(kinds, text, strict=True)
    )
    return plain and (shown or "\N{VARIATION SELECTOR-16}" in text)


# What someone has not read

Marks = Mapping[str, float]
"""How far someone has read: thread → time of the last message seen. Under "" is how far in all threads."""


def unread(thread: Thread, me: str, marks: Marks) -> int:
    """How many messages of others in a thread someone has not read."""
    seen = max(marks.get("", 0), marks.get(thread.id, 0))
    return sum(m.at > seen and m.deleted_at is None and m.author.id != me for m in thread.messages)


def unread_in(threads: Iterable[Thread], me: str, marks: Marks) -> dict[ThreadId, int]:
    """How many messages someone has not read, of the threads that have any."""
    return {thread.id: count for thread in threads if (count := unread(thread, me, marks))}


# What threads are about


def is_orphan(thread: Thread, graph: Graph) -> bool:
    """Whether what a thread is about is gone from a graph; places, and events of runs, never are."""
    match thread.anchor:
        case NodeAnchor(node=node) | FieldAnchor(node=node):
            return node not in graph.nodes
        case EdgeAnchor(edge=edge):
            return edge not in graph.edges
        case CanvasAnchor() | RunEventAnchor():
            return False
        case UnknownAnchor():
            return True
        case never:
            assert_never(never)


def orphans(threads: Iterable[Thread], graph: Graph) -> set[ThreadId]:
    """The threads that have lost what they were about. They stay, and their quote says what it was."""
    return {thread.id for thread in threads if is_orphan(thread, graph)}


class Lookup(Protocol):
    """Gives single records of a graph; a shared one does, without being read as a whole."""

    def node(self, id: str, /) -> Node:
        """One node. Raises NoSuchNode."""

    def edge(self, id: str, /) -> Edge:
        """One edge. Raises NoSuchEdge."""


def quote_of(anchor: Anchor, graph: Lookup) -> str:
    """What an anchor is called in a graph now; empty for what has no name. Raises NoSuchNode, NoSuchEdge."""
    match anchor:
        case NodeAnchor(node=node):
            return name_of(node, graph)
        case FieldAnchor(node=node, param=param):
            return f"{name_of(node, graph)} · {param}"
        case EdgeAnchor(edge=id):
            edge = graph.edge(id)
            return edge.label or " → ".join(name_of(end, graph) for end in (edge.source, edge.target))
        case CanvasAnchor() | RunEventAnchor() | UnknownAnchor():
            return ""
        case never:
            assert_never(never)


def name_of(id: str, graph: Lookup) -> str:
    """What a node is called: its name, or else its type. Raises NoSuchNode."""
    node = graph.node(id)
    if not node.type:
        raise NoSuchNode(id)  # what is left of one that was deleted while someone else changed it
    return node.name or node.type


# What deleting does

Fate = Literal["thread goes", "message goes", "mark stays"]


def fate(thread: Thread, id: str) -> Fate:
    """What deleting a message does: what others answered would hang in the air without a mark. Raises NoSuchMessage."""
    message = thread.message(id)
    standing = [other for other in thread.messages if other.deleted_at is None]
    if standing == [message]:
        return "thread goes"
    later = standing[standing.index(message) + 1 :]
    return "mark stays" if any(other.author.id != message.author.id for other in later) else "message goes"
