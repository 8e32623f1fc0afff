"""The engine as a peer: it joins the document of each run it drives, and the graph, where its cursor stands on the
node that runs. The only file of the engine that touches Yjs.

What people see is a projection of the log: events come here once they are durable, are folded into a view, and
every 33 ms what changed is written in one transaction. A run never waits for it. While the server is away the view
goes on by itself, and on return all of it is written.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog

from flowroom.client import RunHandle, Workspace, connect
from flowroom.errors import ConnectionLost, ConnectionRefused, FlowroomError
from flowroom.model import Json, NodeId
from flowroom.runs import TERMINAL_NODE_STATES, NodePath, NodeView, RunEvent, RunView, fold

TICK_SECONDS = 0.033
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
LEAVE_SECONDS = 5.0
WATCH_SECONDS = 0.25
"""How often to look whether the server has been away."""
LATE_SECONDS = 300.0
"""How long a finished run waits for a server that is away; afterwards the server can fold the log by itself."""
_log = structlog.get_logger(__name__)

Write = Callable[[RunView, Iterable[NodePath], Mapping[NodePath, str]], None]


class Projection:
    """One run as people see it, written out at most every 33 ms. `write` may be None while nobody is there."""

    def __init__(self, view: RunView, write: Write | None = None) -> None:
        self.view = view
        self._write = write
        self._dirty: dict[NodePath, None] = {}
        self._streams: dict[NodePath, list[str]] = {}
        self._changed = False
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._running: NodeId | None = None
        self.attention: Callable[[NodeId | None], None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    def attach(self, write: Write | None) -> None:
        """Write to another document from now on, beginning with everything there is."""
        self._write = write
        self._dirty = dict.fromkeys(self.view.nodes)
        self._changed = True
        self._soon()

    def committed(self, events: list[RunEvent]) -> None:
        """Take in events that are durable."""
        fold(self.view, events)
        dirty = self._dirty
        for event in events:
            if event.node is not None:
                dirty[event.node] = None
        self._changed = True
        self._soon()

    def stream(self, path: NodePath, text: str) -> None:
        """Text to append to what a node says just now."""
        self._streams.setdefault(path, []).append(text)
        self._soon()

    def progress(self, path: NodePath, progress: dict[str, Json]) -> None:
        """How far a node is."""
        self.view.nodes.setdefault(path, NodeView()).progress = progress
        self._dirty[path] = None
        self._changed = True
        self._soon()

    def running(self, node: NodeId) -> None:
        """A node begins."""
        self._running = node

    def flush(self) -> None:
        """Write now what has changed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = asyncio.get_running_loop().time()
        if self.attention is not None:
            self.attention(self._running)
        if self._write is None:
            return
        streams = self._said()
        if self._changed or streams:
            dirty, self._dirty, self._changed = self._dirty, {}, False
            self._write(self.view, dirty, streams)

    def _said(self) -> dict[NodePath, str]:
        """Streamed text that may be shown: a node's beginning, which starts it afresh, must have been seen first."""
        said: dict[NodePath, str] = {}
        for path in list(self._streams):
            status = self.view.nodes[path].status if path in self.view.nodes else "pending"
            if status == "running":
                said[path] = "".join(self._streams.pop(path))
            elif status in TERMINAL_NODE_STATES:
                del self._streams[path]
        return said

    def _soon(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            due = max(self._last + TICK_SECONDS, loop.time())
            self._timer = loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.flush()


class ShownRun(Projection):
    """A projection with a connection of its own, which comes and goes."""

    def __init__(self, peer: "Peer", view: RunView) -> None:
        super().__init__(view)
        self._peer = peer
        self._over = asyncio.Event()

    async def close(self) -> None:
        """The run is over: the last of it is shown in the background, when the server is there."""
        self._over.set()

    async def over(self) -> None:
        """Wait until the run is over."""
        await self._over.wait()

    async def stay(self) -> None:
        """Be connected until the run is over and shown."""
        wait = FIRST_RETRY_SECONDS
        while not await self._shown_once():
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_RETRY_SECONDS)

    async def _shown_once(self) -> bool:
        """One connection; says whether all there is to see has been seen, or never will be."""
        try:
            async with AsyncExitStack() as stack:
                workspace = await self._peer.workspace()
                handle = await stack.enter_async_context(workspace.open_run(self.view.id, writable=True))
                self.attach(handle.write)
                stack.callback(self.attach, None)
                await self._until_over(handle)
                self.flush()
                await handle.saved()
        except ConnectionRefused as error:
            _log.warning("the server won't show a run", run=self.view.id, reason=str(error))
            return True
        except (ConnectionLost, OSError, TimeoutError) as error:
            _log.info("a run goes on unseen", run=self.view.id, reason=str(error))
            return False
        return True

    async def _until_over(self, handle: RunHandle) -> None:
        """Wait for the end; whenever the server was away, write everything again: its document may be a new one."""
        was_online = True
        while not self._over.is_set():
            is_online = handle.status in ("online", "full")
            if is_online and not was_online:
                self.attach(handle.write)
            was_online = is_online
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._over.wait()
            except TimeoutError:
                continue


class Attention:
    """Presence on one graph: the engine's cursor stands on the node that began last."""

    def __init__(self, peer: "Peer", graph: str) -> None:
        self.runs = 0
        self._peer = peer
        self._graph = graph
        self._running: NodeId | None = None
        self._changed = asyncio.Event()

    def turn(self, node: NodeId | None) -> None:
        """Look at a node, or at none."""
        if node != self._running:
            self._running = node
            self._changed.set()

    async def stay(self) -> None:
        """Be in the graph until cancelled."""
        while True:
            try:
                workspace = await self._peer.workspace()
                async with workspace.open(self._graph) as graph:
                    self._changed.set()
                    while True:
                        await self._changed.wait()
                        self._changed.clear()
                        known = self._running is not None and self._running in graph.node_ids()
                        at = graph.node(self._running).pos if known and self._running is not None else None
                        graph.presence.set(running=self._running, cursor=at)
                        await asyncio.sleep(TICK_SECONDS)
            except ConnectionRefused as error:
                _log.info("the engine can't join a graph", graph=self._graph, reason=str(error))
                return
            except (FlowroomError, OSError, TimeoutError) as error:
                _log.info("the engine left a graph", graph=self._graph, reason=str(error))
                await asyncio.sleep(LONGEST_RETRY_SECONDS)


class Peer:
    """Shows the runs of one engine on one server (worker.Audience)."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._token = token
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._workspace: Workspace | None = None
        self._runs: set[asyncio.Task[None]] = set()
        self._graphs: dict[str, tuple[Attention, asyncio.Task[None]]] = {}

    async def workspace(self) -> Workspace:
        """The server, as its client sees it."""
        async with self._opening:
            if self._workspace is None:
                self._workspace = await self._stack.enter_async_context(connect(self._url, token=self._token))
            return self._workspace

    def show(self, view: RunView) -> ShownRun:
        """Show a run from now on."""
        shown = ShownRun(self, view)
        attention = self._attend(view.graph)
        shown.attention = attention.turn
        task = asyncio.get_running_loop().create_task(self._accompany(shown, attention))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        return shown

    async def close(self) -> None:
        """Show what can be shown in a few seconds, and leave."""
        if self._runs:
            await asyncio.wait(self._runs, timeout=LEAVE_SECONDS)
        tasks = [*self._runs, *(task for _, task in self._graphs.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()

    async def _accompany(self, shown: ShownRun, attention: Attention) -> None:
        staying = asyncio.get_running_loop().create_task(shown.stay())
        try:
            await shown.over()
            self._turn_away(shown.view.graph, attention)
            async with asyncio.timeout(LATE_SECONDS):
                await asyncio.shield(staying)
        except TimeoutError:
            _log.warning("a finished run was never shown", run=shown.view.id)
        finally:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)

    def _attend(self, graph: str) -> Attention:
        if graph not in self._graphs:
            attention = Attention(self, graph)
            self._graphs[graph] = (attention, asyncio.get_running_loop().create_task(attention.stay()))
        attention, _ = self._graphs[graph]
        attention.runs += 1
        return attention

    def _turn_away(self, graph: str, attention: Attention) -> None:
        attention.runs -= 1
        attention.turn(None)
        if attention.runs == 0 and graph in self._graphs:
            _, task = self._graphs.pop(graph)
            task.cancel()
