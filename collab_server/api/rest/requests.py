"""Asking for a higher role on a graph, waiting for the answer, and giving it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from collab_server.api.rest.bodies import NO_NUL, Body
from collab_server.api.rest.callers import Admin, Here, Viewer
from collab_server.api.rest.problems import documented
from collab_server.auth.requests import Decision
from collab_server.errors import InvalidRequest
from collab_server.stores.access_requests import RequestRow, RequestState
from collab_server.stores.cursors import cursor_of, read_cursor
from flowroom.model import Value
from flowroom.presence import User
from flowroom.protocol import Role

router = APIRouter(tags=["Access"])
REQUESTS = "/graphs/{id}/access/requests"
MAX_WAIT_SECONDS = 30
Text = Annotated[str, Field(max_length=1000, pattern=NO_NUL)]


class AccessRequest(Value):
    """A request for a role. `given` and `note` are the answer. Times are seconds since 1970."""

    id: str
    asker: User
    role: Role
    reason: str
    at: float
    state: RequestState
    decider: User | None
    decided_at: float | None
    given: Role | None
    note: str


class AccessRequestList(Value):
    """One page of requests, the newest first. `next` is the `before` of the next page."""

    items: list[AccessRequest]
    next: str | None


class NewAccessRequest(Body):
    """The role one asks for, and what for."""

    role: Role
    reason: Text = ""


class AccessAnswer(Body):
    """What a graph's admin says to a request."""

    state: Literal["granted", "declined"]
    role: Role | None = Field(default=None, description="To grant another role than was asked for")
    note: Text = Field(default="", description="For the asker to read")


@router.post(REQUESTS, status_code=201, responses=documented(404, 409, 429))
async def ask_for_access(
    id: str, body: NewAccessRequest, caller: Viewer, here: Here, response: Response
) -> AccessRequest:
    """Ask for a higher role; the graph's admins are told. Asking again changes what one asked for."""
    asked, _ = await here.requests.ask(id, body.role, body.reason, by=caller)
    response.headers["location"] = f"/api/graphs/{id}/access/requests/{asked.id}"
    return _shown(asked)


@router.get(REQUESTS, responses=documented(404))
async def list_access_requests(
    id: str,
    caller: Viewer,
    here: Here,
    state: Annotated[RequestState | None, Query(description="Only those in this state")] = None,
    before: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> AccessRequestList:
    """The requests on a graph: to its admins all of them, to others their own."""
    size = here.page(limit)
    seen = read_cursor(before, "before") if before else None
    found = await here.requests.page(id, me=caller, state=state, before=seen, limit=size + 1)
    page = [_shown(row) for row in found[:size]]
    return AccessRequestList(items=page, next=cursor_of(page[-1].at, page[-1].id) if len(found) > size else None)


@router.get(REQUESTS + "/{request}", responses=documented(404, 429))
async def get_access_request(
    id: str,
    request: str,
    caller: Viewer,
    here: Here,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for a decision")] = 0,
) -> AccessRequest:
    """One request: one's own or, as an admin, any. With `wait` the answer comes once it is decided."""
    return _shown(await here.requests.decided(id, request, me=caller, within=wait))


@router.patch(REQUESTS + "/{request}", responses=documented(404, 409))
async def answer_access_request(id: str, request: str, body: AccessAnswer, caller: Admin, here: Here) -> AccessRequest:
    """Grant a request, with the role that was asked for or another one, or decline it; the asker is told at once."""
    if body.state == "declined" and body.role is not None:
        raise InvalidRequest("body.role: a role can't be declined", expected="no role", received=body.role)
    asked = await here.requests.get(id, request, me=caller)
    given = (body.role or asked.role) if body.state == "granted" else None
    return _shown(await here.requests.decide(id, request, Decision(given, body.note), by=caller))


@router.delete(REQUESTS + "/{request}", status_code=204, responses=documented(404, 409))
async def withdraw_access_request(id: str, request: str, caller: Viewer, here: Here) -> None:
    """Take one's own request back, as long as it is open."""
    await here.requests.withdraw(id, request, by=caller)


def _shown(row: RequestRow) -> AccessRequest:
    return AccessRequest.model_validate({field: getattr(row, field) for field in AccessRequest.model_fields})
