"""What a thread is about, looked up where it is: in the graph as it is now, or in the log of a run."""

from contextlib import suppress

from collab_server.errors import NotFound
from collab_server.rooms.registry import Rooms
from collab_server.runs import GraphRuns, no_such_run
from collab_server.stores.documents import DocumentKey
from flowroom.discussion import RunEventAnchor, WritableAnchor, name_of, quote_of
from flowroom.errors import NoSuchNode
from flowroom.runs import RunEvent
from flowroom.ydoc import SharedGraph


class Anchors:
    """Everything that a thread may be about."""

    def __init__(self, rooms: Rooms, runs: GraphRuns) -> None:
        self._rooms = rooms
        self._runs = runs

    async def quote(self, graph: str, anchor: WritableAnchor) -> str:
        """What the anchor is called now. Raises NotFound, NoSuchNode, NoSuchEdge."""
        async with self._rooms.opened(DocumentKey("graph", graph)) as room:
            content = SharedGraph(room.ydoc)
            if not isinstance(anchor, RunEventAnchor):
                return quote_of(anchor, content)
            event = await self._event(graph, anchor)
            inner = (event.node or "").rpartition("/")[2]
            with suppress(NoSuchNode):
                inner = name_of(inner, content)
            return " · ".join(filter(None, [inner, event.type]))

    async def _event(self, graph: str, anchor: RunEventAnchor) -> RunEvent:
        if await self._runs.graph_of(anchor.run) != graph:
            raise no_such_run(anchor.run)
        found = await self._runs.events(anchor.run, after=anchor.seq - 1, limit=1)
        if not found or found[0].seq != anchor.seq:
            raise NotFound(f"There is no event {anchor.seq} in the run {anchor.run!r} of this graph.")
        return found[0]
