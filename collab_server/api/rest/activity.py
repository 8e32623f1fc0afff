"""Who did what when: in one graph for those who see it, in the whole workspace for its admins.

A page goes back in time by `before`, an id. Whoever has a list open follows it by `after`, a turn: rows that are new,
and rows that have grown. With the ETag of the last answer that costs next to nothing while nothing happens.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from collab_server.activity.bursts import Row
from collab_server.activity.reading import Format, as_json
from collab_server.activity.sentences import BEGUN, FOR_ADMINS, expanded
from collab_server.api.rest.callers import Admin, Here, SignedIn, Viewer
from collab_server.api.rest.problems import documented
from collab_server.auth.identity import Identity
from collab_server.happenings import Happening
from collab_server.stores.activity import Wanted
from collab_server.workspace import Workspace
from flowroom.model import Value

router = APIRouter(tags=["Activity"])

Node = Annotated[str | None, Query(max_length=200, description="Id of a node that it is about")]
Person = Annotated[str | None, Query(max_length=200, description="Id of who did it")]
Kinds = Annotated[
    list[str] | None,
    Query(alias="kind", max_length=50, description="Kinds, such as `run.started`, `run.*`; `graph.edited` is any edit"),
]
Since = Annotated[float | None, Query(description="Seconds since 1970: what went on then or later")]
Until = Annotated[float | None, Query(description="Seconds since 1970: what began before")]
Before = Annotated[int | None, Query(ge=0, le=2**63 - 1, description="`next` of the page before")]
After = Annotated[int | None, Query(ge=0, le=2**63 - 1, description="`turn` of the last answer: only what is newer")]
Limit = Annotated[int, Query(ge=1, description="Items of one page; the setting max_page caps it")]
WITH_ADDRESSES = ("invitation.*", "account.*")
"""Kinds that name email addresses: a guest sees none, though they may be an admin of the graph."""
LINES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing is newer than `after`"}}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, "application/x-ndjson": {}}}}


class Actor(Value):
    """Who did something, as they were called then. `kind` is person, bot, agent, engine, or server for nobody."""

    id: str
    name: str
    colour: str
    kind: str


class Mentioned(Value):
    """A node, and what it was called then."""

    id: str
    name: str


class ActivityRow(Value):
    """One thing that was done, or several of the same kind in a row. Times are seconds since 1970."""

    id: int = Field(description="What pages are ordered by; stays the same")
    turn: int = Field(description="What followers are told in order of; raised when the row grows")
    kind: str
    text: str = Field(description="What was done, in words, without who did it")
    by: Actor
    graph: str | None
    title: str = Field(description="What the graph was called then")
    nodes: list[Mentioned]
    field: str = Field(description="What of it changed, as `params.model` or `name`")
    facts: dict[str, Any] = Field(description="`before`, `after` and others by kind; long values are shortened")
    at: float
    until: float
    count: int = Field(description="How many edits it stands for")


class ActivityPage(Value):
    """Some rows, the newest first, or with `after` the newest turn last.

    `next` is the `before` of the next page. `turn` is the `after` of whoever follows from here.
    """

    items: list[ActivityRow]
    next: int | None
    turn: int


@router.get("/graphs/{id}/activity", responses=documented(404) | UNCHANGED, response_model=ActivityPage)
async def list_graph_activity(
    id: str,
    caller: Viewer,
    me: SignedIn,
    here: Here,
    request: Request,
    node: Node = None,
    person: Person = None,
    kinds: Kinds = None,
    since: Since = None,
    until: Until = None,
    before: Before = None,
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """What was done in a graph. Who was given which role is seen by its admins only."""
    await here.graphs.require(id)
    wanted = _wanted(node, person, kinds, since, until, graph=id, hidden=_hidden(caller, me))
    return await _answer(here, request, wanted, before, after, here.page(limit))


@router.get("/graphs/{id}/activity/people", responses=documented(404))
async def list_graph_activity_people(id: str, caller: Viewer, me: SignedIn, here: Here) -> list[Actor]:
    """Everyone who did something in a graph's list, as they were called last: whose rows can be asked for."""
    await here.graphs.require(id)
    wanted = _wanted(None, None, None, None, None, graph=id, hidden=_hidden(caller, me))
    return [Actor(id=by.id, name=by.name, colour=by.colour, kind=by.kind) for by in await here.activity.people(wanted)]


@router.get("/activity", responses=documented() | UNCHANGED, response_model=ActivityPage)
async def list_activity(
    caller: Admin,
    here: Here,
    request: Request,
    graph: Annotated[str | None, Query(max_length=200, description="Id of a graph, also of a deleted one")] = None,
    node: Node = None,
    person: Person = None,
    kinds: Kinds = None,
    since: Since = None,
    until: Until = None,
    before: Before = None,
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """What was done in the workspace: the audit log."""
    wanted = _wanted(node, person, kinds, since, until, graph=graph)
    return await _answer(here, request, wanted, before, after, here.page(limit))


@router.get("/graphs/{id}/activity/export", responses=documented(404) | FILE, response_class=StreamingResponse)
async def export_graph_activity(
    id: str,
    caller: Viewer,
    me: SignedIn,
    here: Here,
    format: Format = "csv",
    node: Node = None,
    person: Person = None,
    kinds: Kinds = None,
    since: Since = None,
    until: Until = None,
) -> StreamingResponse:
    """What was done in a graph, all of it, as a file."""
    await here.graphs.require(id)
    wanted = _wanted(node, person, kinds, since, until, graph=id, hidden=_hidden(caller, me))
    return await _file(here, caller, wanted, format)


@router.get("/activity/export", responses=documented() | FILE, response_class=StreamingResponse)
async def export_activity(
    caller: Admin,
    here: Here,
    format: Format = "csv",
    graph: Annotated[str | None, Query(max_length=200, description="Id of a graph, also of a deleted one")] = None,
    node: Node = None,
    person: Person = None,
    kinds: Kinds = None,
    since: Since = None,
    until: Until = None,
) -> StreamingResponse:
    """The audit log as a file."""
    return await _file(here, caller, _wanted(node, person, kinds, since, until, graph=graph), format)


def _wanted(
    node: str | None,
    person: str | None,
    kinds: list[str] | None,
    since: float | None,
    until: float | None,
    *,
    graph: str | None,
    hidden: tuple[str, ...] = (),
) -> Wanted:
    asked = expanded(kinds or ())
    return Wanted(graph, node, person, asked, hidden if BEGUN in asked else (*hidden, BEGUN), since, until)


def _hidden(caller: Identity, me: Identity) -> tuple[str, ...]:
    """What of a graph's list someone is not shown, by their role there and the one in the workspace."""
    if not caller.may("admin"):
        return FOR_ADMINS
    return () if me.role is not None else WITH_ADDRESSES


async def _answer(
    here: Workspace, request: Request, wanted: Wanted, before: int | None, after: int | None, limit: int
) -> ActivityPage | Response:
    turn = await here.activity.turn()  # before the rows: what comes in between is told once more, and not missed
    tag = f'W/"{turn}"'
    if after is not None:
        if request.headers.get("if-none-match") == tag and after >= turn:
            return Response(status_code=304, headers={"etag": tag})
        return _news(await here.activity.news(wanted, after=after, limit=limit), limit, turn, tag)
    found = await here.activity.page(wanted, before=before, limit=limit + 1)
    page = found[:limit]
    next = page[-1].id if len(found) > limit else None
    return ActivityPage(items=_shown(page), next=next, turn=turn)


def _news(found: list[Row], limit: int, turn: int, tag: str) -> Response:
    """What is newer than a turn. A full page is followed from its last row, for there may be more."""
    reached = found[-1].turn if len(found) == limit else max([turn, *(row.turn for row in found[-1:])])
    page = ActivityPage(items=_shown(found), next=None, turn=reached)
    return Response(page.model_dump_json(by_alias=True), media_type="application/json", headers={"etag": tag})


def _shown(rows: list[Row]) -> list[ActivityRow]:
    return [ActivityRow.model_validate(as_json(row)) for row in rows]


async def _file(here: Workspace, caller: Identity, wanted: Wanted, format: Format) -> StreamingResponse:
    told = Happening("activity.exported", by=caller, graph=wanted.graph, facts={"format": format})
    await here.happenings.tell(told)
    headers = {"content-disposition": f'attachment; filename="activity.{format}"', "cache-control": "no-store"}
    return StreamingResponse(here.activity.export(wanted, format), media_type=LINES[format], headers=headers)
