"""What a client says about a graph, over HTTP, and what it hears, live.

The discussion's document is joined when it is first needed, and left with the graph. What one says is on the server's
disk when the call returns; the live threads show it a moment later, to oneself as to everyone.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flowroom.client.connection import Connection, Left, until_answered
from flowroom.discussion import Message, NodeAnchor, Thread, ThreadId
from flowroom.discussion_changes import DiscussionChange, DiscussionSubscription
from flowroom.model import GraphId, NodeId, Value
from flowroom.protocol import discussion_path
from flowroom.ydiscussion import DiscussionDocument
from flowroom.ydoc import new_id

if TYPE_CHECKING:
    from flowroom.client.workspace import Workspace


class Threads(Mapping[ThreadId, Thread]):
    """The threads of a graph by id, the oldest first: always as they are now."""

    def __init__(self, subscription: DiscussionSubscription) -> None:
        self._subscription = subscription

    def __getitem__(self, id: str) -> Thread:
        return self._subscription.rows[ThreadId(id)]

    def __iter__(self) -> Iterator[ThreadId]:
        rows = self._subscription.rows
        return iter(sorted(rows, key=lambda id: (rows[id].at, id)))

    def __len__(self) -> int:
        return len(self._subscription.rows)

    def about(self, node: str) -> list[Thread]:
        """The threads about a node, or a field of it."""
        return [thread for thread in self.values() if getattr(thread.anchor, "node", None) == node]


class DiscussionStream:
    """What is said and done in a discussion, as it comes: `async for change in stream`.

    It ends when the graph is left, and raises ConnectionRefused when the server closed the door for good, or
    ConnectionLost when the connection failed here.
    """

    def __init__(self, conversation: "Conversation", *, mine: bool) -> None:
        self._conversation = conversation
        self._mine = mine
        self._waiting: deque[DiscussionChange] = deque()

    def put(self, changes: list[DiscussionChange], me: str) -> None:
        """Take changes in, for whoever iterates."""
        self._waiting.extend(change for change in changes if self._mine or change.by != me)

    def __aiter__(self) -> "DiscussionStream":
        return self

    async def __anext__(self) -> DiscussionChange:
        try:
            heard = await self._conversation.joined()
            await heard.connection.until(lambda: bool(self._waiting))
        except Left:
            raise StopAsyncIteration from None
        return self._waiting.popleft()


class Heard:
    """A discussion that was joined."""

    def __init__(self, connection: Connection, me: str, streams: "WeakSet[DiscussionStream]") -> None:
        self.connection = connection
        self._me = me
        self._streams = streams
        self._subscription = DiscussionSubscription(DiscussionDocument(connection.doc), self._tell)
        self.threads = Threads(self._subscription)

    def close(self) -> None:
        """Hear no more."""
        self._subscription.close()

    def _tell(self, changes: list[DiscussionChange]) -> None:
        for stream in list(self._streams):
            stream.put(changes, self._me)
        self.connection.wake()


class Conversation:
    """The discussion of one graph, for a client that has the graph open."""

    def __init__(self, graph: GraphId, workspace: "Workspace", owned: AsyncExitStack) -> None:
        """What is joined is left with `owned`."""
        self._graph = graph
        self._workspace = workspace
        self._owned = owned
        self._streams: WeakSet[DiscussionStream] = WeakSet()
        self._joining = asyncio.Lock()
        self._heard: Heard | None = None
        self._is_left = False
        owned.callback(self._leave)

    # Hearing

    async def threads(self) -> Threads:
        """The threads of the graph, live. Raises as `Workspace.open` does."""
        return (await self.joined()).threads

    def changes(self, *, mine: bool) -> DiscussionStream:
        """What happens from now on, or, where nothing of the discussion was needed yet, from the first look on."""
        stream = DiscussionStream(self, mine=mine)
        self._streams.add(stream)
        return stream

    async def joined(self) -> Heard:
        """The discussion, joined now unless it was. Raises Left where nobody would leave it any more."""
        async with self._joining:
            if self._heard is None:
                self._heard = await self._owned.enter_async_context(self._join())
            return self._heard

    @asynccontextmanager
    async def _join(self) -> AsyncIterator[Heard]:
        self._must_not_be_left()
        me = await self._workspace.me()
        async with self._workspace.connection(discussion_path(self._graph)) as connection:
            self._must_not_be_left()  # while this was opened
            heard = Heard(connection, me.id, self._streams)
            try:
                yield heard
            finally:
                heard.close()

    def _leave(self) -> None:
        self._is_left = True

    def _must_not_be_left(self) -> None:
        if self._is_left:
            raise Left("This graph was left; open it again to hear what is said there.")

    # Saying

    async def begin(self, anchor: Value | str, body: str, mentions: Sequence[str]) -> Thread:
        """Begin a thread; a text as anchor is the id of a node. Raises NotAllowed, NoSuchDocument, RequestRefused."""
        about = NodeAnchor(node=NodeId(anchor)) if isinstance(anchor, str) else anchor
        said = {"anchor": about.model_dump(mode="json"), "body": body, "mentions": list(mentions)}
        return Thread.model_validate(await self._say("", said))

    async def reply(self, thread: str, body: str, mentions: Sequence[str]) -> Message:
        """Say something in a thread. Raises as `begin`."""
        said = {"body": body, "mentions": list(mentions)}
        return Message.model_validate(await self._say(f"/{thread}/messages", said))

    async def edit(self, thread: str, message: str, body: str, mentions: Sequence[str]) -> Message:
        """Say something else in a message of one's own. Raises as `begin`."""
        said = {"body": body, "mentions": list(mentions)}
        return Message.model_validate(await self._request("PATCH", f"/{thread}/messages/{message}", json=said))

    async def delete(self, thread: str, message: str) -> None:
        """Delete a message. Raises as `begin`."""
        await self._request("DELETE", f"/{thread}/messages/{message}")

    async def set_state(self, thread: str, state: str) -> Thread:
        """Settle a thread, or reopen it. Raises as `begin`."""
        return Thread.model_validate(await self._request("PATCH", f"/{thread}", json={"state": state}))

    async def react(self, thread: str, message: str, emoji: str, *, on: bool) -> Message:
        """Put an emoji under a message, or take it away. Raises as `begin`."""
        path = f"/{thread}/messages/{message}/reactions/{emoji}"
        return Message.model_validate(await self._request("PUT" if on else "DELETE", path))

    async def _say(self, path: str, said: dict[str, Any]) -> Any:
        """Say it once, however often it is sent: the id tells that it is the same."""
        say_it = partial(self._request, "POST", path, json={"id": new_id(), **said})
        return await until_answered(say_it, self._workspace.patience)

    async def _request(self, method: str, path: str, **arguments: Any) -> Any:
        return await self._workspace.request(method, self._url(path), **arguments)

    def _url(self, path: str) -> str:
        return f"/api/graphs/{self._graph}/threads{path}"
