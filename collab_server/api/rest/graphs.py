"""Graphs as people list them: create, find, rename, duplicate, delete."""

import json
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Response
from pydantic import Field, SkipValidation, StringConstraints

from collab_server.api.rest.bodies import Body
from collab_server.api.rest.callers import Editor, EditorOrMaker, Here, Maker, SignedIn, Viewer, enough
from collab_server.api.rest.problems import documented
from collab_server.auth.attendance import Recheck
from collab_server.auth.identity import Identity
from collab_server.errors import InvalidRequest
from collab_server.graphs import Summary
from collab_server.workspace import Workspace
from flowroom.errors import FlowroomError
from flowroom.files import native
from flowroom.model import Graph, Value
from flowroom.protocol import Role

router = APIRouter(tags=["Graphs"])
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class GraphForCaller(Summary):
    """A graph and what the caller may do with it."""

    role: Role


class Summaries(Value):
    """One page of graphs, the newest edit first. `next` is the `cursor` of the next page."""

    items: list[GraphForCaller]
    next: str | None


async def _read(raw: object) -> Graph | None:
    """A graph as a file has it, by the rules of a file: records may leave out their ids, keys and ids must agree.

    In a thread, for others wait meanwhile. Raises InvalidRequest.
    """

    def work() -> Graph:
        return native.load(json.dumps({"nodes": {}} | raw if isinstance(raw, dict) else raw).encode())

    try:
        return None if raw is None else await to_thread.run_sync(work)
    except (FlowroomError, RecursionError) as error:
        raise InvalidRequest(
            f"body.graph: {error}",
            expected="a graph as in a file: {nodes: {id: node}, edges: {id: edge}, meta: {…}}",
            advice="Mend what is named and send it again.",
        ) from error


class NewGraph(Body):
    """A graph to create: empty, or with this content."""

    title: Title | None = None
    graph: SkipValidation[Graph | None] = None


def _turn(body: NewGraph, caller: Identity, here: Workspace) -> AbstractAsyncContextManager[None]:
    """An empty graph is made at once."""
    return nullcontext() if body.graph is None else here.bulk.turn(caller.id)


class GraphChange(Body):
    """What may be changed without opening the graph."""

    title: Title | None = None
    description: str | None = Field(default=None, max_length=10_000)


@router.get("/graphs", responses=documented())
async def list_graphs(
    caller: SignedIn,
    here: Here,
    query: Annotated[str, Query(max_length=200, description="Words of title, description, or a node")] = "",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> Summaries:
    """The graphs that you may see, the newest edit first."""
    items, after = await here.graphs.page(query, cursor or None, here.page(limit), seen_by=caller)
    roles = await here.sharing.roles(caller, [item.id for item in items])
    shown = [_for_caller(item, role) for item, role in zip(items, roles, strict=True) if role is not None]
    return Summaries(items=shown, next=after)


@router.post("/graphs", status_code=201, responses=documented())
async def create_graph(body: NewGraph, caller: Maker, here: Here, response: Response) -> Summary:
    """Create a graph."""
    async with _turn(body, caller, here):
        made = await here.graphs.create(await _read(body.graph), title=body.title, by=caller)
    response.headers["location"] = f"/api/graphs/{made.id}"
    return made


@router.get("/graphs/{id}", responses=documented(404))
async def get_graph(id: str, caller: Viewer, here: Here) -> GraphForCaller:
    """A graph's summary, and the caller's role in it."""
    found = await here.graphs.get(id)
    return _for_caller(found, caller.role or "viewer")


@router.put(
    "/graphs/{id}",
    responses=documented(404, 409) | {201: {"model": Summary, "description": "It was created"}},
)
async def put_graph(
    id: str, body: NewGraph, caller: EditorOrMaker, me: SignedIn, here: Here, response: Response
) -> Summary:
    """Make sure there is a graph of this id; one that exists takes the title, and the content if it is empty yet."""
    async with _turn(body, caller, here):
        content, there = await _read(body.graph), await here.sharing.on(me, id)
        if there is None:  # who was let in to make it makes it, or nothing: it may be somebody's by now
            made, created = await here.graphs.create(content, title=body.title, by=me, id=id), True
        else:
            by = enough(there, "editor")
            made, created = await here.graphs.put(id, content, title=body.title, by=by)
    response.status_code = 201 if created else 200
    return made


@router.patch("/graphs/{id}", responses=documented(404))
async def change_graph(id: str, change: GraphChange, caller: Editor, here: Here) -> Summary:
    """Rename or describe a graph; whoever has it open sees it at once."""
    fields: dict[str, Any] = change.model_dump(exclude_none=True, by_alias=False)
    return await here.graphs.change(id, fields, by=caller)


@router.delete("/graphs/{id}", status_code=204, responses=documented(404))
async def delete_graph(id: str, caller: Editor, member: SignedIn, here: Here) -> None:
    """Delete a graph; whoever has it open is told. For its admins, and for its editors who are the workspace's, too."""
    if not caller.may("admin"):
        enough(member, "editor")
    await here.graphs.delete(id, by=caller)
    await here.attendance.changed(Recheck(graph=id))


@router.post("/graphs/{id}/duplicate", status_code=201, responses=documented(404))
async def duplicate_graph(id: str, _reader: Viewer, caller: Maker, here: Here, response: Response) -> Summary:
    """Copy a graph as it is now, without its history and runs."""
    async with here.bulk.turn(caller.id):
        made = await here.graphs.duplicate(id, by=caller)
    response.headers["location"] = f"/api/graphs/{made.id}"
    return made


def _for_caller(summary: Summary, role: Role) -> GraphForCaller:
    return GraphForCaller.model_validate({**summary.model_dump(), "role": role})
