"""One run as a peer sees it: live while it goes, complete once it has ended."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from flowroom.client.connection import Connection, Status
from flowroom.client.presence import Presence
from flowroom.run_document import RunDocument
from flowroom.runs import TERMINAL_RUN_STATES, NodePath, RunId, RunView


class RunHandle:
    """A run's document, connected. Everyone may watch; only the engine's token may write."""

    def __init__(
        self, id: RunId, connection: Connection, *, cancel: Callable[[], Awaitable[None]], writable: bool = False
    ) -> None:
        self.id = id
        self.document = RunDocument(connection.doc)
        self.presence = Presence(connection)
        self._connection = connection
        self._cancel = cancel
        self._writable = writable

    @property
    def view(self) -> RunView:
        """What the run looks like now."""
        return self.document.view()

    @property
    def status(self) -> Status:
        """Whether the document is in step with the server."""
        return self._connection.status

    @property
    def has_ended(self) -> bool:
        """Whether it has succeeded, failed or been cancelled."""
        return self.document.status in TERMINAL_RUN_STATES

    async def changed(self) -> RunView:
        """Wait for the next change of the run and return how it looks then. Raises ConnectionRefused."""
        before = self._connection.peer.revision
        await self._connection.until(lambda: self._connection.peer.revision != before)
        return self.view

    async def finished(self) -> RunView:
        """Wait until the run has succeeded, failed or been cancelled. Raises ConnectionRefused, ConnectionLost."""
        await self._connection.until(lambda: self.has_ended)
        return self.view

    async def __aiter__(self) -> AsyncIterator[RunView]:
        """How the run looks now, and again whenever it has changed, until it has ended: `async for view in run`.

        Who is slow misses steps, never the end. Raises ConnectionRefused, ConnectionLost.
        """
        peer, shown = self._connection.peer, -1
        while shown != peer.revision or not self.has_ended:
            await self._connection.until(lambda: peer.revision != shown)  # noqa: B023
            shown = peer.revision
            yield self.view

    def stream(self, path: str) -> str:
        """What a node has said so far, while it speaks; empty when it is not saying anything."""
        return self.document.stream(NodePath(path))

    async def cancel(self) -> None:
        """Ask for the run to stop; it ends as cancelled unless it ends otherwise first."""
        await self._cancel()

    def write(self, view: RunView, dirty: Iterable[NodePath], streams: Mapping[NodePath, str] | None = None) -> None:
        """Bring the run's document up to date, see `RunDocument.write`. Raises PermissionError if opened to watch."""
        self._connection.raise_refusal()
        if not self._writable:
            raise PermissionError("This run was opened to watch; open it with writable=True to write.")
        self.document.write(view, dirty, streams)

    async def saved(self) -> None:
        """Wait until everything written is with the server. Raises ConnectionRefused, ConnectionLost."""
        await self._connection.saved()

    async def __aenter__(self) -> "RunHandle":
        await self._connection.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._connection.__aexit__(kind)

    async def aclose(self) -> None:
        """Stop watching at once; the run goes on."""
        await self._connection.aclose()


class Watched:
    """Runs that are watched: a program that starts one a minute for weeks holds none of long ago."""

    def __init__(self) -> None:
        self._runs: dict[RunHandle, AsyncExitStack] = {}
        self._is_left = False

    async def watch(self, run: AbstractAsyncContextManager[RunHandle]) -> RunHandle:
        """Open a run, and close those that have ended before. It is closed at once where nobody would close it later.
        Raises what opening it does.
        """
        for ended in [run for run in self._runs if run.has_ended]:
            await self._runs.pop(ended).aclose()
        opened = AsyncExitStack()
        handle = await opened.enter_async_context(run)
        if self._is_left:
            await opened.aclose()
        else:
            self._runs[handle] = opened
        return handle

    async def aclose(self) -> None:
        """Watch none any more."""
        self._is_left = True
        runs, self._runs = self._runs, {}
        async with AsyncExitStack() as all_of_them:
            for opened in runs.values():
                all_of_them.push_async_exit(opened)
