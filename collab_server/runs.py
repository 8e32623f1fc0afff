"""Runs of graphs, as people start and read them: the one file that knows the engine.

It pins what a room shows now, tells the room which run is its newest, and fills the room of a finished run from the
run's log. Whoever executes runs is another process.
"""

import asyncio
import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from anyio import to_thread

import engine
from collab_server.auth.identity import Identity
from collab_server.errors import Conflict, InvalidRequest, NotFound, NotReady
from collab_server.logging import logger
from collab_server.pace import Pace
from collab_server.rooms.room import Room
from collab_server.settings import Settings
from collab_server.stores.documents import DocumentKey
from flowroom.checks import visible
from flowroom.model import Graph, Node, NodeId
from flowroom.node_types import NodeType
from flowroom.plain import MAX_DEPTH_READ, put_right
from flowroom.revisions import History
from flowroom.runs import TERMINAL_RUN_STATES, RunEvent, RunView
from flowroom.setting_values import unknown

Run = engine.RunRecord
Cancellation = engine.Cancellation


log = logger("runs")


@dataclass(frozen=True, slots=True)
class Start:
    """What a run is asked to begin with: a node, values for nodes, a message for a Chat."""

    node: NodeId | None = None
    inputs: dict[str, Any] | None = None
    message: str | None = None
    trigger: str = "manual"
    key: str | None = None
    """Made up by whoever starts it: what has the same is the same run, asked for again."""


class GraphRuns:
    """The runs of all graphs, in the run log; opened on first use, see `warm`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pace = Pace(settings.max_runs_per_minute, "runs")
        self._opened: engine.Runs | None = None
        self._opening = asyncio.Lock()

    async def warm(self) -> None:
        """Open the run log, in a thread: pages are served before the engine's code is even imported.

        A run log that can't be opened just now, as on a full disk, ends nothing: it is tried again when it is needed.
        """
        try:
            await self._runs()
        except Exception as error:
            log.error("run log can't be opened", error=repr(error))

    async def _runs(self) -> "engine.Runs":
        async with self._opening:
            if self._opened is None:
                self._opened = await to_thread.run_sync(self._open)
            return self._opened

    def _open(self) -> "engine.Runs":
        return engine.Runs(self._settings.run_log_url, most_unfinished=self._settings.max_waiting_runs)

    async def start(self, room: Room, start: Start, *, by: Identity) -> tuple[Run, bool]:
        """Queue a run of a room's graph as it is now, and show there that it is the newest. If they have started it
        before, it is answered as it is; whether it is new is the second answer. Raises InvalidGraph, Conflict for one
        too many, and RateLimited.
        """
        key = None if start.key is None else f"{by.id}:{start.key}"
        there = None if key is None else await (await self._runs()).of_key(room.key.id, key)
        if there is not None:
            return there, False
        self._pace.spend(by.id)
        if not room.is_live:
            raise NotReady("Runs of this graph can't be started just now: its edits can't be stored. Try again soon.")
        graph = await room.graph()
        graph = await to_thread.run_sync(visible, graph)
        node, inputs = _begin(graph, start)
        try:
            run = await (await self._runs()).start(
                room.key.id, graph, start=node, inputs=inputs, by=by.name, trigger=start.trigger, key=key
            )
        except engine.AlreadyStarted as same:  # a moment ago: both requests were under way
            return await self.get(same.run), False
        except engine.TooManyRuns as error:
            raise _too_many(error) from error
        try:
            await room.edit(
                lambda document: document.set_meta(last_run=run.id),
                by=by,
                origin="engine",
                adds=0,  # it takes the place of the run before: a full graph can be run
                listed=False,
            )
        except NotReady as error:  # the run goes on all the same, and who started it must hear of it
            log.warning("run started, but not shown in its graph yet", run=run.id, graph=room.key.id, error=str(error))
        return run, True

    async def get(self, id: str) -> Run:
        """One run. Raises NotFound."""
        run = await (await self._runs()).get(id)
        if run is None:
            raise no_such_run(id)
        return run

    async def newest(self, graph_ids: Collection[str]) -> list[Run]:
        """The newest run of each of some graphs that has one."""
        return await (await self._runs()).newest(graph_ids)

    async def graph_of(self, id: str) -> str:
        """The id of the graph that a run is of. Raises NotFound."""
        return (await self.get(id)).graph

    async def view(self, id: str) -> RunView:
        """A run as people see it. Raises NotFound."""
        await self.get(id)
        return await (await self._runs()).view(id)

    async def fill(self, key: DocumentKey) -> RunView:
        """What the room of a run is filled with. Raises NotFound."""
        return await self.view(key.id)

    async def of_graph(self, graph_id: str, *, before: str | None, limit: int) -> list[Run]:
        """The runs of a graph, newest first; `before` is the last id already seen."""
        return await (await self._runs()).list(graph_id, before=before, limit=limit)

    async def since(self, at: float) -> list[Run]:
        """The runs of all graphs that were created since a time, the oldest first; the first 500 of them."""
        return await (await self._runs()).since(at)

    async def events(self, id: str, *, after: int, limit: int) -> list[RunEvent]:
        """What happened in a run after an event's number. Raises NotFound."""
        await self.get(id)
        return await (await self._runs()).events(id, after=after, limit=limit)

    async def snapshot(self, id: str) -> Graph:
        """The graph that the run is pinned to. Raises NotFound."""
        await self.get(id)
        return await (await self._runs()).snapshot(id)

    async def cancel(self, id: str, *, by: Identity) -> Run:
        """Ask for a run to end. Raises NotFound, or Conflict when it has ended already."""
        run = await self.get(id)
        if run.state in TERMINAL_RUN_STATES:
            raise Conflict(
                f"This run is over already: it ended as {run.state}.", expected="a run that goes on", received=run.state
            )
        return await (await self._runs()).cancel(id, by.name, person=by.id)

    async def cancellation(self, id: str) -> Cancellation | None:
        """Who was the first to ask for a run to end; None when nobody has."""
        return await (await self._runs()).cancellation(id)

    async def forget(self, graph_id: str) -> None:
        """Forget all runs of a graph, and what its nodes have kept."""
        await (await self._runs()).delete_graph(graph_id)

    async def history(self, graph_id: str, node: str, *, before: int | None, limit: int) -> list[dict[str, Any]]:
        """The entries of a Chat or Log over all runs, oldest first."""
        return await (await self._runs()).history(graph_id, node, before=before, limit=limit)

    async def clear_history(self, graph_id: str, node: str) -> int:
        """Forget the entries of a Chat or Log; how many there were."""
        return await (await self._runs()).clear_history(graph_id, node)

    async def blob(self, hash: str) -> tuple[bytes, str]:
        """A large value by its content hash, and its media type. Raises NotFound."""
        found = await (await self._runs()).blob(hash)
        if found is None:
            raise no_such_blob(hash)
        return found

    async def graphs_with_blob(self, hash: str) -> list[str]:
        """The ids of the graphs whose runs gave a large value."""
        return await (await self._runs()).graphs_with_blob(hash)

    async def close(self) -> None:
        """Let go of the run log."""
        if self._opened is not None:
            await self._opened.close()


def run_log_history() -> History:
    """The history of the run log's tables."""
    return engine.history()


def refused_settings() -> list[str]:
    """What an engine that is started from here can't use of this environment, a sentence for each."""
    return engine.refused_settings()


def unknown_settings() -> list[str]:
    """What of this environment looks like a setting of server, engine or command line and is none, a sentence each."""
    known = {f"FLOWROOM_{name.upper()}" for name in Settings.model_fields} | engine.setting_names() | {"FLOWROOM_URL"}
    return unknown((name for name in os.environ if not engine.is_secret(name)), known)


def greeted_mail_server() -> str | None:
    """The mail server of engines that are started from here, which let us in; None when there is none. Blocking. Raises
    FlowroomError.
    """
    from anyio import run as run_async

    return run_async(engine.greet_mail_server)


def attendance_of(url: str) -> "engine.Attendance":
    """Which engines are at a run log, and what waits for one. Opens it for this question only. Blocking."""
    from anyio import run as run_async

    async def ask() -> "engine.Attendance":
        runs = engine.Runs(url)
        try:
            return await runs.attendance()
        finally:
            await runs.close()

    return run_async(ask)


def _too_many(error: "engine.TooManyRuns") -> Conflict:
    return Conflict(
        "Too many runs of this graph have not ended yet.",
        expected=f"fewer than {error.most} runs that wait or go on",
        received=error.unfinished,
        advice="Wait until one has ended, or cancel some of them.",
    )


def no_such_run(id: str) -> NotFound:
    """What is said of a run that is not there, and of one whose graph the caller may not see: the same."""
    return NotFound(f"There is no run {id!r}; it may have been deleted with its graph.")


def no_such_blob(hash: str) -> NotFound:
    """The same of a large value."""
    return NotFound(f"There is no stored value with the hash {hash!r}.")


def node_types() -> list[NodeType]:
    """Every node type the engine can run."""
    return engine.node_types()


def _begin(graph: Graph, start: Start) -> tuple[NodeId | None, dict[str, Any]]:
    """The node to begin at and the values given to nodes; a message goes to the Chat that is meant."""
    inputs = {node: put_right(value, max_depth=MAX_DEPTH_READ) for node, value in (start.inputs or {}).items()}
    for named in [*inputs, *([start.node] if start.node else [])]:
        if named not in graph.nodes:
            raise NotFound(f"There is no node {named!r} in this graph; it may have been deleted meanwhile.")
    if start.message is None:
        return start.node, inputs
    chat = _chat(graph, start.node)
    return chat, inputs | {chat: start.message}


def _chat(graph: Graph, named: NodeId | None) -> NodeId:
    if named is not None:
        return named
    chats = [node for node in graph.nodes.values() if node.type == "Chat"]
    if len(chats) == 1:
        return chats[0].id
    raise InvalidRequest(
        "A message needs to know which Chat it is for.",
        expected="`start` with the id of a Chat node, or a graph with exactly one Chat",
        received=f"no start, and {len(chats)} Chat nodes" + _names(chats),
        advice="Name the Chat in `start`.",
    )


def _names(nodes: list[Node]) -> str:
    return ": " + ", ".join(f"{node.id} ({node.name or node.type})" for node in nodes[:10]) if nodes else ""
