"""What the caller was told: mentions, replies, threads resolved and reopened, reactions; as pages, and as they come.

The stream is server-sent events, which any HTTP client can read and a browser reconnects by itself:

    event: unread          {"unread": 3}    at first, and whenever that changes
    event: notification    one item of the list
    : still here           every 15 s, so that nobody in between takes it for dead

Each event has the newest notification's id. A client that comes back says the last it has seen (`Last-Event-ID`), as
browsers do, and is sent what it has missed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import StreamingResponse

from collab_server.api.rest.bodies import Body
from collab_server.api.rest.callers import Here, SignedIn
from collab_server.api.rest.problems import documented
from collab_server.auth.identity import Identity
from collab_server.logging import logger
from collab_server.workspace import Workspace
from flowroom.discussion import Notification
from flowroom.model import Value

router = APIRouter(tags=["Notifications"])
log = logger("notifications")

HEARTBEAT_SECONDS = 15.0
STILL_HERE = b": still here\n\n"
MOST_AT_ONCE = 50
"""Of what is new a stream sends the newest; the list has the others."""
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""Nobody in between may gather a stream until it ends."""


class Notifications(Value):
    """One page of what the caller was told, the newest first. `next` is the `before` of the next page."""

    items: list[Notification]
    next: int | None
    unread: int = Field(description="Of all pages")


class ReadNotifications(Body):
    """What the caller has read."""

    ids: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] | None = Field(
        default=None, max_length=1000, description="Left out: everything"
    )


class UnreadNotifications(Value):
    """How much the caller has not read."""

    unread: int


@router.get("/notifications", responses=documented())
async def list_notifications(
    caller: SignedIn,
    here: Here,
    unread: Annotated[bool, Query(description="Only what is unread")] = False,
    before: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> Notifications:
    """What the caller was told of graphs they may read, the newest first."""
    size = here.page(limit)
    found = await here.inbox.page(caller, unread=unread, before=before, limit=size + 1)
    page = found[:size]
    after = page[-1].id if len(found) > size else None
    return Notifications(items=page, next=after, unread=await here.inbox.unread(caller))


@router.post("/notifications/read", responses=documented())
async def read_notifications(body: ReadNotifications, caller: SignedIn, here: Here) -> UnreadNotifications:
    """Call some of it read, or everything."""
    await here.inbox.read(caller, body.ids)
    return UnreadNotifications(unread=await here.inbox.unread(caller))


@router.get(
    "/notifications/stream",
    response_class=StreamingResponse,
    responses=documented(429) | {200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
async def stream_notifications(
    request: Request,
    caller: SignedIn,
    here: Here,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> StreamingResponse:
    """What the caller is told from now on, as it comes. Ends when the session does, and when the server does."""
    seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else None
    here.inbox.require_room(caller)
    return StreamingResponse(_told(request, here, caller, seen), media_type="text/event-stream", headers=HEADERS)


async def _told(request: Request, here: Workspace, me: Identity, seen: int | None) -> AsyncIterator[bytes]:
    feed = Feed(here, seen)
    with here.inbox.listening(me) as changed:
        changed.set()
        while not here.inbox.is_closed:
            is_news = changed.is_set()
            changed.clear()  # before looking: what comes meanwhile is looked for again
            try:
                now = await here.accounts.identify(request)  # with the role that they have by now
                if now is None:
                    return  # signed out or revoked: from that moment on nothing is told
                events = await feed.news(now) if is_news else [STILL_HERE]
            except SQLAlchemyError as error:  # whoever listens comes back, and is told what was missed
                log.warning("stream ended", user=me.id, error=repr(error))
                return
            for event in events:
                yield event
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await changed.wait()


class Feed:
    """What one stream has sent, and what is news to it."""

    def __init__(self, here: Workspace, seen: int | None) -> None:
        """`seen` is the id of the last notification the client has, None for one that begins now."""
        self._here = here
        self._seen = seen
        self._sent: set[int] | None = None if seen is None else set()
        self._unread: int | None = None

    async def news(self, me: Identity) -> list[bytes]:
        """The events for what has changed since the last call, of graphs that the listener may read now."""
        events = [event("notification", item.model_dump(mode="json"), id=item.id) for item in await self._new_items(me)]
        unread = await self._here.inbox.unread(me)
        if unread != self._unread:
            self._unread = unread
            events.append(event("unread", {"unread": unread}, id=self._seen or 0))
        return events

    async def _new_items(self, me: Identity) -> list[Notification]:
        """Those not sent yet, oldest first. Several servers give ids, so a later look may find an earlier one."""
        newest = await self._here.inbox.page(me, unread=False, before=None, limit=MOST_AT_ONCE)
        ids = {item.id for item in newest}
        if self._sent is None:
            self._sent, self._seen = ids, max(ids, default=0)
            return []
        known, self._sent = self._sent, ids
        oldest = min(known, default=self._seen or 0)
        self._seen = max(ids, default=self._seen)
        return [item for item in reversed(newest) if item.id not in known and item.id > oldest]


def event(kind: str, data: object, *, id: int) -> bytes:
    """One server-sent event."""
    return f"id: {id}\nevent: {kind}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
