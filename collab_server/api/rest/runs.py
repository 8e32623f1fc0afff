"""Starting runs, watching and ending them, and what Chat and Log nodes have kept of them."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Response
from pydantic import Field

from collab_server.api.rest.bodies import Body, MadeUp
from collab_server.api.rest.callers import Here, Runner, SignedIn, Viewer
from collab_server.api.rest.problems import documented
from collab_server.errors import InvalidRequest
from collab_server.happenings import Happening
from collab_server.runs import Run, Start, no_such_blob
from collab_server.stores.documents import DocumentKey
from flowroom.discussion import name_of
from flowroom.errors import NoSuchNode
from flowroom.files import native
from flowroom.model import NodeId, Value
from flowroom.protocol import CloseCode
from flowroom.runs import TERMINAL_RUN_STATES, RunEvent, RunView
from flowroom.ydoc import SharedGraph

router = APIRouter(tags=["Runs"])
Seq = Annotated[int, Query(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, description="Items of one page; the setting max_page caps it")]
SHOWN_AS_IS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/json"})


class StartRun(Body):
    """Where a run begins and what it is given."""

    start: NodeId | None = Field(default=None, description="The node to begin at; everything, when absent")
    inputs: dict[str, Any] = Field(default_factory=dict, description="NodeId → value given to that node")
    message: str | None = Field(default=None, description="A message for `start`, or for the graph's only Chat")
    key: MadeUp | None = Field(
        default=None,
        description="Of this run, made up by the caller: who repeats a request that was not answered starts it once",
    )


class Runs(Value):
    """One page of runs, newest first. `next` is the `before` of the next page."""

    items: list[Run]
    next: str | None


class NewestRuns(Value):
    """The newest run of each graph that was asked for, may be seen, and has one."""

    items: list[Run]


class RunDetails(Run):
    """A run and what people see of it."""

    view: dict[str, Any] = Field(description="status, started, finished, error, counters and nodes by path")


class Event(Value):
    """One line of a run's log. `at` is seconds since 1970."""

    seq: int
    at: float
    type: str
    node: str | None = None
    iteration: int = 0
    attempt: int = 0
    payload: dict[str, Any] | None = None


class Events(Value):
    """One page of a run's log, in order. `next` is the `after` of the next page."""

    items: list[Event]
    next: int | None


class History(Value):
    """Entries of a Chat or Log node, oldest first."""

    items: list[dict[str, Any]]


@router.post("/graphs/{id}/runs", status_code=201, responses=documented(404, 409, 429))
async def start_run(id: str, body: StartRun, caller: Runner, here: Here) -> Run:
    """Run the graph as it is now; edits made later change nothing in this run."""
    async with here.rooms.opened(DocumentKey("graph", id)) as room:
        start = Start(body.start, body.inputs, body.message, key=body.key)
        run, is_new = await here.runs.start(room, start, by=caller)
    if not is_new:
        return run
    facts = {"run": run.id, "trigger": run.trigger, "start": run.start}
    await here.happenings.tell(Happening("run.started", by=caller, graph=id, facts=facts))
    return run


@router.get("/graphs/{id}/runs", responses=documented(404))
async def list_runs(id: str, _caller: Viewer, here: Here, before: str | None = None, limit: Limit = 50) -> Runs:
    """The runs of a graph, newest first."""
    await here.graphs.require(id)
    size = here.page(limit)
    found = await here.runs.of_graph(id, before=before, limit=size + 1)
    page = found[:size]
    return Runs(items=page, next=page[-1].id if len(found) > size else None)


@router.get("/newest-runs", responses=documented())
async def list_newest_runs(
    caller: SignedIn,
    here: Here,
    graphs: Annotated[list[str], Query(alias="graph", max_length=200, description="Ids of graphs")],
) -> NewestRuns:
    """The newest run of each of some graphs, for a list of them; what you may not see, or has none, is left out."""
    return NewestRuns(items=await here.runs.newest(await here.sharing.reach(caller, graphs)))


@router.get("/runs/{run}", responses=documented(404))
async def get_run(run: str, _caller: Viewer, here: Here) -> RunDetails:
    """A run and what people see of it."""
    record, view = await here.runs.get(run), await here.runs.view(run)
    return RunDetails.model_validate({**record.model_dump(), "view": shown(view)})


@router.get("/runs/{run}/events", responses=documented(404))
async def list_events(run: str, _caller: Viewer, here: Here, after: Seq = 0, limit: Limit = 200) -> Events:
    """What happened in a run, in order."""
    size = here.page(limit)
    found = await here.runs.events(run, after=after, limit=size + 1)
    page = found[:size]
    return Events(items=[_event(event) for event in page], next=page[-1].seq if len(found) > size else None)


@router.post("/runs/{run}/cancel", responses=documented(404, 409))
async def cancel_run(run: str, caller: Runner, here: Here) -> Run:
    """Ask a run to end; nodes that have finished keep their results."""
    cancelled = await here.runs.cancel(run, by=caller)
    if cancelled.state in TERMINAL_RUN_STATES:  # no engine had it yet, so none writes its end: watchers load it anew
        here.rooms.close(DocumentKey("run", cancelled.id), CloseCode.NOT_READY)
    first = await here.runs.cancellation(cancelled.id)
    if first is not None and first.person == caller.id:
        facts = {"run": cancelled.id}
        await here.happenings.tell(
            Happening("run.cancelled", by=caller, graph=cancelled.graph, facts=facts, at=first.at)
        )
    return cancelled


@router.get("/runs/{run}/snapshot", responses=documented(404))
async def get_snapshot(run: str, caller: Viewer, here: Here) -> Response:
    """The graph that the run is pinned to, as a native file."""
    async with here.bulk.turn(caller.id):
        written = await to_thread.run_sync(native.dump, await here.runs.snapshot(run))
    return Response(written, media_type="application/json")


@router.get("/graphs/{id}/nodes/{node}/history", responses=documented(404))
async def get_history(
    id: str,
    node: str,
    _caller: Viewer,
    here: Here,
    before: Seq | None = None,
    limit: Limit = 50,
) -> History:
    """What a Chat or Log node has kept over all runs, oldest first; `before` is the `seq` of an entry."""
    await here.graphs.require(id)
    return History(items=await here.runs.history(id, node, before=before, limit=here.page(limit)))


@router.delete("/graphs/{id}/nodes/{node}/history", status_code=204, responses=documented(404))
async def clear_history(id: str, node: str, caller: Runner, here: Here) -> None:
    """Forget what a Chat or Log node has kept."""
    async with here.rooms.opened(DocumentKey("graph", id)) as room:
        try:
            name = name_of(node, SharedGraph(room.ydoc))
        except NoSuchNode:  # its entries are there still
            name = node
    if entries := await here.runs.clear_history(id, node):
        facts = {"node": node, "nodeName": name, "entries": entries}
        await here.happenings.tell(Happening("history.cleared", by=caller, graph=id, facts=facts))


@router.get("/blobs/{hash}", responses=documented(404))
async def get_blob(hash: str, caller: SignedIn, here: Here) -> Response:
    """A value too large for a run document, by its content hash; never shown as a page of this server."""
    if len(hash) != 64 or not set(hash) <= set("0123456789abcdef"):
        raise InvalidRequest("That is no content hash.", expected="64 hex digits", received=hash[:80])
    graphs = await here.runs.graphs_with_blob(hash)
    if not await here.sharing.reach(caller, graphs, past=True):
        raise no_such_blob(hash)
    content, media_type = await here.runs.blob(hash)
    headers = {"cache-control": "private, max-age=31536000, immutable", "content-security-policy": "sandbox"}
    if media_type.partition(";")[0] not in SHOWN_AS_IS:
        headers["content-disposition"] = f'attachment; filename="{hash[:12]}"'
    return Response(content, media_type=media_type, headers=headers)


def shown(view: RunView) -> dict[str, Any]:
    """A view as JSON: its fields, the counters, and the nodes by path."""
    nodes = {path: {field: getattr(node, field) for field in node.__slots__} for path, node in view.nodes.items()}
    fields = {field: getattr(view, field) for field in view.__slots__ if field != "nodes"}
    return fields | {"counters": view.counters(), "nodes": nodes}


def _event(event: RunEvent) -> Event:
    return Event(**event._asdict())
