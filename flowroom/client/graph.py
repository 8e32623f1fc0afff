"""One graph as a peer edits it: everything a `SharedGraph` can do, live with everyone else; and talks about it."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from typing import TYPE_CHECKING
from weakref import WeakSet

from flowroom.becoming import become
from flowroom.changes import Change, Subscription
from flowroom.checks import check
from flowroom.client.access import Access, AccessRequest
from flowroom.client.connection import Connection, Left, Status
from flowroom.client.discussion import Conversation, DiscussionStream, Threads
from flowroom.client.presence import Presence
from flowroom.client.run import RunHandle, Watched
from flowroom.client.versions import KEEP_TRIES, Version, Versions, label_before
from flowroom.discussion import Message, Thread
from flowroom.errors import ConnectionLost, FlowroomError
from flowroom.model import Graph, GraphId, Json, Value
from flowroom.problems import Problem
from flowroom.protocol import Role
from flowroom.ydoc import SharedGraph

if TYPE_CHECKING:
    from flowroom.client.workspace import Activity, Workspace

_MINE = "client"


class ChangeStream:
    """Changes of a graph as they come, from the moment it was made: `async for change in stream`.

    It ends when the graph is left, and raises ConnectionRefused when the server closed the door for good, or
    ConnectionLost when the connection failed here.
    """

    def __init__(self, connection: Connection, *, mine: bool) -> None:
        self._connection = connection
        self._mine = mine
        self._waiting: deque[Change] = deque()

    def put(self, changes: list[Change]) -> None:
        """Take changes in, for whoever iterates."""
        self._waiting.extend(change for change in changes if self._mine or change.origin != _MINE)

    def __aiter__(self) -> "ChangeStream":
        return self

    async def __anext__(self) -> Change:
        try:
            await self._connection.until(lambda: bool(self._waiting))
        except Left:
            raise StopAsyncIteration from None
        return self._waiting.popleft()


class GraphClient(SharedGraph):
    """A graph joined through a server. Edits show here at once and reach the others in a moment, or, made while
    offline, on return. Made by `Workspace.open`.
    """

    def __init__(self, id: GraphId, connection: Connection, workspace: "Workspace") -> None:
        super().__init__(connection.doc, origin=_MINE)
        self.id = id
        self.presence = Presence(connection)
        self._connection = connection
        self._workspace = workspace
        self._streams: WeakSet[ChangeStream] = WeakSet()
        self._owned = AsyncExitStack()
        self._watched = Watched()
        self._owned.push_async_callback(self._watched.aclose)
        self._conversation = Conversation(id, workspace, self._owned)
        self._access = Access(id, workspace)
        self._versions = Versions(id, workspace)

    @property
    def graph(self) -> Graph:
        """The graph as it is now. Raises NewerSchema."""
        return self.snapshot()

    @property
    def status(self) -> Status:
        """`online` is in step with the server; `full` is, too, but edits made here wait until others made room for
        them; `offline` keeps edits and waits to try again.
        """
        return self._connection.status

    def transaction(self) -> AbstractContextManager[object]:
        """One gesture, see `SharedGraph`. Raises ConnectionRefused or ConnectionLost where no edit can be kept, and
        RuntimeError in another thread than the one in which the graph was opened.
        """
        self._connection.must_be_of_this_thread()
        self._must_be_open()
        return super().transaction()

    def changes(self, *, mine: bool = False) -> ChangeStream:
        """What others change from now on, record by record; with `mine`, one's own edits too."""
        stream = ChangeStream(self._connection, mine=mine)
        self._streams.add(stream)
        return stream

    async def activity(
        self, *, node: str | None = None, person: str | None = None, kind: str | None = None, limit: int = 50
    ) -> list["Activity"]:
        """The newest of what was done here, the last first; an edit is there about a second after it is saved."""
        return await self._workspace.activity(self.id, node=node, person=person, kind=kind, limit=limit)

    async def problems(self) -> list[Problem]:
        """What is wrong with the graph, as the editor shows it."""
        return check(self.snapshot(), {type.type: type for type in await self._workspace.node_types()})

    async def role(self) -> Role:
        """What one may do here, as it is now: a graph's admin may change it at any time. Raises NoSuchDocument."""
        return await self._workspace.role(self.id)

    async def saved(self) -> None:
        """Wait until every edit made up to now is durable on the server. Raises ConnectionRefused, ConnectionLost."""
        await self._connection.saved()

    async def run(
        self,
        start: str | None = None,
        inputs: Mapping[str, Json] | None = None,
        message: str | None = None,
    ) -> RunHandle:
        """Run the graph as it is now, and watch: from `start` if given; `message` is what a Chat node there hears.

        It is watched until this graph is left, or, once it has ended, until the next is run; it goes on in any case.
        """
        self._must_be_open()
        await self.saved()
        id = await self._workspace.start_run(self.id, start=start, inputs=inputs, message=message)
        return await self._watched.watch(self._workspace.open_run(id))

    async def keep_version(self, label: str) -> Version:
        """Keep the graph as it is, once that is saved: anyone can compare with it and go back to it. Raises NotAllowed,
        RequestRefused, and as `saved`.
        """
        await self.saved()
        return await self._versions.keep(label)

    async def versions(self) -> list[Version]:
        """The states that are kept, the newest first."""
        return await self._versions.all()

    async def go_back(self, version: Version | str) -> Version:
        """Let the graph be what a version has, but for its title, in one edit. What it was is kept before, and given.

        Raises NoSuchDocument for a version that is gone, FlowroomError where others change the graph each time that it
        is being kept, and as `keep_version`; then nothing is changed.
        """
        id, label = (version, version) if isinstance(version, str) else (version.id, version.label)
        wanted = await self._versions.graph(id)
        kept = await self._keep_all_of_it(label_before(label))
        own = {"title": self.meta.title, "last_run": self.meta.last_run, "created_from": self.meta.created_from}
        become(self, wanted.model_copy(update={"meta": wanted.meta.model_copy(update=own)}))
        self.presence.set(went_back=kept.id)
        return kept

    async def _keep_all_of_it(self, label: str) -> Version:
        """Keep what is here as this returns: what others change while it is being kept may not be in what was kept."""
        for _ in range(KEEP_TRIES):
            await self.saved()
            before = self.raw()
            kept = await self._versions.keep(label)
            if self.raw() == before:
                return kept
        raise FlowroomError("Others keep changing the graph, so what it is can't be kept. Try again when they pause.")

    # Talking about it

    async def threads(self) -> Threads:
        """The comment threads, live; the discussion is joined by the first call."""
        return await self._conversation.threads()

    def discussion(self, *, mine: bool = False) -> DiscussionStream:
        """What others say and do in the discussion from now on; with `mine`, what one does oneself, too."""
        return self._conversation.changes(mine=mine)

    async def comment(self, anchor: Value | str, body: str, *, mentions: Sequence[str] = ()) -> Thread:
        """Begin a thread about something: a node by its id, or an anchor of flowroom.discussion.

        Edits made before are saved first, so that a new node is known. Raises NotAllowed; NoSuchDocument when the graph
        does not have it; RequestRefused for what is too long, too much or too fast.
        """
        await self.saved()
        return await self._conversation.begin(anchor, body, mentions)

    async def reply(self, thread: str, body: str, *, mentions: Sequence[str] = ()) -> Message:
        """Say something in a thread. Raises as `comment`."""
        return await self._conversation.reply(thread, body, mentions)

    async def edit(self, thread: str, message: str, body: str, *, mentions: Sequence[str] = ()) -> Message:
        """Say something else in a comment of one's own. Raises as `comment`."""
        return await self._conversation.edit(thread, message, body, mentions)

    async def take_back(self, thread: str, message: str) -> None:
        """Delete a comment, with its thread if nothing else stands in it. Raises as `comment`."""
        await self._conversation.delete(thread, message)

    async def resolve(self, thread: str) -> Thread:
        """Call a thread settled. Raises as `comment`."""
        return await self._conversation.set_state(thread, "resolved")

    async def reopen(self, thread: str) -> Thread:
        """Call a thread open again. Raises as `comment`."""
        return await self._conversation.set_state(thread, "open")

    async def react(self, thread: str, message: str, emoji: str, *, on: bool = True) -> Message:
        """Put an emoji under a comment, or take it away. Raises as `comment`."""
        return await self._conversation.react(thread, message, emoji, on=on)

    # Who may do what with it

    async def ask(self, role: Role, *, reason: str = "") -> Role:
        """Ask for a higher role here and wait until an admin of the graph decides; gives the role that one got.

        It holds at once. Who stops waiting may ask again, and waits for the same decision. Raises NotAllowed when it is
        declined, with what was said.
        """
        return await self._access.ask(role, reason)

    async def access_requests(self) -> list[AccessRequest]:
        """Who asks for a role here and has no answer yet: for an admin everyone, for others oneself."""
        return await self._access.requests()

    async def grant(self, request: str | AccessRequest, *, role: Role | None = None, note: str = "") -> None:
        """Give the role that was asked for, or another one. Raises NotAllowed, RequestRefused when it was decided."""
        await self._access.decide(request, "granted", role, note)

    async def decline(self, request: str | AccessRequest, *, note: str = "") -> None:
        """Decline a request. Raises as `grant`."""
        await self._access.decide(request, "declined", None, note)

    async def __aenter__(self) -> "GraphClient":
        await self._connection.__aenter__()
        subscription = Subscription(self.doc, self._tell)
        self._owned.callback(subscription.close)
        try:
            _ = self.meta
        except BaseException:
            await self._owned.aclose()
            await self._connection.aclose()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            await self._connection.__aexit__(kind)
        finally:
            await self._owned.aclose()

    def _must_be_open(self) -> None:
        self._connection.raise_refusal()
        if self._connection.status == "closed":
            raise ConnectionLost("This graph was left; open it again to go on.")

    def _tell(self, changes: list[Change]) -> None:
        for stream in list(self._streams):
            stream.put(changes)
        self._connection.wake()
