"""What people say about a graph: threads, messages, reactions, and what one has not read.

Everyone who may read has them live, by /sync/graphs/{id}/discussion; here they are written. A commenter may say
something, and edit and delete what they said; an admin may delete anything.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from collab_server.api.rest.bodies import Body, MadeUp
from collab_server.api.rest.callers import Commenter, Here, Viewer
from collab_server.api.rest.problems import documented
from collab_server.errors import InvalidRequest
from collab_server.said import Said
from collab_server.stores.cursors import cursor_of, read_cursor
from flowroom.discussion import MAX_MENTIONS, PLAIN_ID, Message, Thread, ThreadState, WritableAnchor
from flowroom.model import Value

router = APIRouter(tags=["Discussion"])

Person = Annotated[str, Field(pattern=PLAIN_ID)]
Mentions = Annotated[tuple[Person, ...], Field(max_length=MAX_MENTIONS)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
_NEW_ID = "Of the new {}, made up by the caller: who repeats a request that was not answered says it once"
THREADS = "/graphs/{id}/threads"
MESSAGES = THREADS + "/{thread}/messages"
REACTION = MESSAGES + "/{message}/reactions/{emoji}"


class Words(Body):
    """Something to say: Markdown, kept as it is. `@[Ada](id)` in it mentions someone, and so does `mentions`."""

    body: str = Field(min_length=1, description="At most max_comment_chars characters")
    mentions: Mentions = Field(default=(), description="Ids of people, besides those named in the text")

    def said(self) -> Said:
        """What discussion.py takes."""
        return Said(self.body, self.mentions)


class NewMessage(Words):
    """Something to say in a thread."""

    id: MadeUp | None = Field(default=None, description=_NEW_ID.format("message"))


class NewThread(Words):
    """A thread to begin: what it is about, and its first message."""

    id: MadeUp | None = Field(default=None, description=_NEW_ID.format("thread"))
    anchor: WritableAnchor


class ThreadChange(Body):
    """What may be changed about a thread as a whole."""

    state: ThreadState


class Threads(Value):
    """One page of threads, the newest first. `next` is the `before` of the next page."""

    items: list[Thread]
    next: str | None


class UnreadThread(Value):
    """A thread in which there is something that the caller has not read."""

    thread: str
    unread: int


class Unread(Value):
    """What the caller has not read in a graph's discussion; their own messages don't count."""

    items: list[UnreadThread]
    total: int
    marks: dict[str, float] = Field(
        description='Thread → time of the last message seen, "" for all: whoever has the discussion open counts by them'
    )


class Seen(Body):
    """How far the caller has read. It never goes back."""

    threads: dict[Id, Id] | None = Field(
        default=None, max_length=10_000, description="Thread → the last message seen; left out: everything there is"
    )


@router.get(THREADS, responses=documented(404))
async def list_threads(
    id: str,
    _caller: Viewer,
    here: Here,
    state: Annotated[ThreadState | None, Query(description="Only those in this state")] = None,
    node: Annotated[str | None, Query(max_length=200, description="Only those about this node or its fields")] = None,
    before: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> Threads:
    """The threads of a graph with all their messages, the newest first."""
    found = [t for t in reversed(await here.discussions.threads(id)) if state in (None, t.state)]
    if node is not None:
        found = [thread for thread in found if getattr(thread.anchor, "node", None) == node]
    if before:
        seen = read_cursor(before, "before")
        found = [thread for thread in found if (thread.at, thread.id) < seen]
    page = found[: here.page(limit)]
    return Threads(items=page, next=cursor_of(page[-1].at, page[-1].id) if len(page) < len(found) else None)


@router.post(THREADS, status_code=201, responses=documented(404, 409, 429))
async def begin_thread(id: str, body: NewThread, caller: Commenter, here: Here, response: Response) -> Thread:
    """Begin a thread about something in the graph. One of one's own that has the id already is answered as it is."""
    if body.anchor.model_extra:
        raise InvalidRequest("body.anchor: a field nobody knows", received=", ".join(body.anchor.model_extra)[:80])
    made = await here.discussions.begin(id, body.anchor, body.said(), by=caller, thread=body.id)
    response.headers["location"] = f"/api/graphs/{id}/threads/{made.id}"
    return made


@router.get(THREADS + "/unread", responses=documented(404))
async def get_unread(id: str, caller: Viewer, here: Here) -> Unread:
    """How many messages of others the caller has not read, by thread."""
    counts, marks = await here.discussions.unread(id, me=caller)
    items = [UnreadThread(thread=thread, unread=count) for thread, count in counts.items()]
    return Unread(items=items, total=sum(counts.values()), marks=dict(marks))


@router.put(THREADS + "/read", status_code=204, responses=documented(404))
async def mark_read(id: str, body: Seen, caller: Viewer, here: Here) -> None:
    """Remember how far the caller has read; notifications of what was seen are read with it."""
    await here.discussions.mark_read(id, body.threads, me=caller)


@router.get(THREADS + "/{thread}", responses=documented(404))
async def get_thread(id: str, thread: str, _caller: Viewer, here: Here) -> Thread:
    """One thread with all its messages."""
    return await here.discussions.thread(id, thread)


@router.patch(THREADS + "/{thread}", responses=documented(404, 429))
async def change_thread(id: str, thread: str, change: ThreadChange, caller: Commenter, here: Here) -> Thread:
    """Resolve a thread, or reopen it."""
    return await here.discussions.set_state(id, thread, change.state, by=caller)


@router.delete(THREADS + "/{thread}", status_code=204, responses=documented(404))
async def delete_thread(id: str, thread: str, caller: Commenter, here: Here) -> None:
    """Delete a thread with all that was said in it: one's own that nobody else has written in, or, as an admin, any."""
    await here.discussions.remove(id, thread, by=caller)


@router.post(MESSAGES, status_code=201, responses=documented(404, 409, 429))
async def reply(id: str, thread: str, body: NewMessage, caller: Commenter, here: Here) -> Message:
    """Say something in a thread. A message of one's own that has the id already is answered as it is."""
    return await here.discussions.reply(id, thread, body.said(), by=caller, message=body.id)


@router.patch(MESSAGES + "/{message}", responses=documented(404, 429))
async def edit_message(id: str, thread: str, message: str, body: Words, caller: Commenter, here: Here) -> Message:
    """Say something else in a message of one's own."""
    return await here.discussions.edit(id, thread, message, body.said(), by=caller)


@router.delete(MESSAGES + "/{message}", status_code=204, responses=documented(404))
async def delete_message(id: str, thread: str, message: str, caller: Commenter, here: Here) -> None:
    """Delete a message: one's own, or, as an admin, any. A mark is left where others had answered."""
    await here.discussions.delete(id, thread, message, by=caller)


@router.put(REACTION, responses=documented(404, 429))
async def add_reaction(id: str, thread: str, message: str, emoji: str, caller: Commenter, here: Here) -> Message:
    """Put an emoji under a message; once is enough."""
    return await here.discussions.react(id, thread, message, emoji, by=caller)


@router.delete(REACTION, responses=documented(404, 429))
async def remove_reaction(id: str, thread: str, message: str, emoji: str, caller: Commenter, here: Here) -> Message:
    """Take one's emoji away again."""
    return await here.discussions.unreact(id, thread, message, emoji, by=caller)
