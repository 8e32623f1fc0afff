"""Invitations: made and ended by admins, looked at and accepted by whoever has the key."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request

from collab_server.api.rest.bodies import Body, Days, Email, GraphId, Name, Password
from collab_server.api.rest.browsers import browser_of, page_address, trying, welcome
from collab_server.api.rest.callers import Admin, Anyone, Here
from collab_server.api.rest.people import Me, me_of
from collab_server.api.rest.problems import documented
from collab_server.auth.attendance import Recheck
from collab_server.auth.identity import Identity
from collab_server.auth.invitations import Newcomer
from collab_server.errors import InvalidRequest
from collab_server.stores.invitations import InvitationRow
from collab_server.workspace import Workspace
from flowroom.model import Value
from flowroom.protocol import Role

router = APIRouter(tags=["Members"])


class NewInvitation(Body):
    """Whom to invite, as what. With `graph` the role is on that graph, and who accepts is a guest of the workspace."""

    role: Role = "editor"
    email: Email | None = Field(default=None, description="The only address that may accept it; anyone's when absent")
    graph: GraphId | None = None
    expires_in_days: Days | None = Field(default=None, description="The setting invitation_days when absent")


class Invitation(Value):
    """An invitation that nobody has accepted yet. Times are seconds since 1970."""

    id: str
    email: str | None
    role: Role
    graph: str | None
    created_by: str
    created_at: float
    expires_at: float


class MadeInvitation(Invitation):
    """A new invitation with its address, which is told only this once."""

    url: str


class Invitations(Value):
    """All open invitations, the newest first."""

    items: list[Invitation]


class Offer(Value):
    """What an invitation offers to whoever has its key; `password` ones set a new password for an account."""

    purpose: Literal["join", "password"]
    email: str | None
    name: str | None = Field(description="Of the account whose password it sets")
    role: Role | None
    graph: str | None
    title: str | None = Field(description="Of that graph")
    invited_by: str | None
    expires_at: float


class Acceptance(Body):
    """Who accepts. Whoever is signed in to an account needs to send nothing; for a new password, only that."""

    name: Name | None = None
    email: Email | None = None
    password: Password | None = None


class Accepted(Value):
    """Who you are now, and the graph that you were invited to, if it was one."""

    me: Me
    graph: str | None


@router.get("/invitations", responses=documented())
async def list_invitations(_caller: Admin, here: Here) -> Invitations:
    """The invitations that nobody has accepted yet."""
    return Invitations(items=[_invitation(row) for row in await here.invitations.open_ones()])


@router.post("/invitations", status_code=201, responses=documented(404))
async def create_invitation(body: NewInvitation, request: Request, caller: Admin, here: Here) -> MadeInvitation:
    """Invite someone; send them the address, it is not shown again."""
    if body.graph is not None:
        await here.graphs.require(body.graph)
    secret, row = await here.invitations.invite(
        body.role, by=caller, email=body.email, graph=body.graph, days=body.expires_in_days
    )
    url = page_address(request, here, f"/invite/{secret}")
    return MadeInvitation.model_validate(_invitation(row).model_dump() | {"url": url})


@router.delete("/invitations/{invitation}", status_code=204, responses=documented(404))
async def revoke_invitation(invitation: str, caller: Admin, here: Here) -> None:
    """End an invitation; who has accepted it stays."""
    await here.invitations.revoke(invitation, by=caller)


@router.get("/invitations/by-token/{token}", responses=documented(404, 429))
async def look_at_invitation(token: str, request: Request, here: Here) -> Offer:
    """What an invitation offers. For whoever has its key; of one that is over, `ended` in the 404 says by what: it was
    `accepted` or `revoked`, or has `expired`."""
    async with trying(request, here, "invitation"):
        row = await here.invitations.find(token)
    by, who = await here.people.find(row.created_by), await here.people.find(row.person or "")
    return Offer(
        purpose="password" if row.person else "join",
        email=row.email,
        name=who.name if who else None,
        role=row.role,
        graph=row.graph,
        title=(await here.graphs.get(row.graph)).title if row.graph else None,
        invited_by=by.name if by else None,
        expires_at=row.expires_at,
    )


@router.post("/invitations/by-token/{token}/accept", responses=documented(404, 409, 429))
async def accept_invitation(
    token: str,
    body: Annotated[Acceptance, Field(default_factory=Acceptance)],
    request: Request,
    response: Response,
    caller: Anyone,
    here: Here,
) -> Accepted:
    """Accept an invitation, with the account one is signed in to or with a new one; the answer sets the cookies."""
    async with trying(request, here, "invitation", by=caller):
        if body.password is not None:
            newcomer = Newcomer(password=body.password.get_secret_value(), name=body.name, email=body.email)
            return await _as_newcomer(token, newcomer, request, response, here)
        if caller is None:
            raise InvalidRequest("An account needs a password.", expected="`password` in the body, or to be signed in")
        row = await here.invitations.accept_as(caller, token)
    await here.attendance.changed(Recheck(people=(caller.id,)))
    await _met(here, caller, row)
    account = await here.people.member(caller.id)
    me = await me_of(caller, here)
    return Accepted(me=me if row.graph else me.model_copy(update={"role": account.role}), graph=row.graph)


async def _as_newcomer(
    token: str, newcomer: Newcomer, request: Request, response: Response, here: Workspace
) -> Accepted:
    opened, row = await here.invitations.accept(token, newcomer, browser_of(request))
    await here.attendance.changed(Recheck(people=(opened.identity.id,)))
    await _met(here, opened.identity, row)
    await welcome(request, response, here, opened)
    return Accepted(me=await me_of(opened.identity, here), graph=row.graph)


async def _met(here: Workspace, who: Identity, row: InvitationRow) -> None:
    """Call granted what they had asked for, if the invitation gave it."""
    if row.person is None:
        await here.requests.met(people=[who.id], by=await here.sharing.seen_as(row.created_by))


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        id=row.id,
        email=row.email,
        role=row.role or "viewer",
        graph=row.graph,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
