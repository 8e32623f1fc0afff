"""Who has a graph: shown to those in it, changed by its admins; and the links that give it to others."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request

from collab_server.addresses import network_of
from collab_server.api.rest.bodies import Body, Days
from collab_server.api.rest.browsers import address_of, browser_of, page_address, trying, welcome
from collab_server.api.rest.callers import Admin, Anyone, Here, SignedIn, Viewer
from collab_server.api.rest.people import Me, me_of
from collab_server.api.rest.problems import documented
from collab_server.auth.attendance import Recheck
from collab_server.auth.roles import Visibility
from collab_server.auth.sessions import Opened
from collab_server.auth.sharing import Shared
from collab_server.stores.access import Holder, LinkRow
from flowroom.model import Value
from flowroom.protocol import Role

router = APIRouter(tags=["Access"])


class PersonWithAccess(Value):
    """Someone who was given a graph. `via` is how; `email` is shown to the graph's admins only."""

    id: str
    name: str
    colour: str
    email: str | None
    role: Role
    via: Literal["owner", "person", "link"]


class Link(Value):
    """A share link in force, without its key. Times are seconds since 1970; `opened` counts who has used it."""

    id: str
    role: Role
    created_by: str
    created_at: float
    expires_at: float | None
    opened: int


class MadeLink(Link):
    """A new share link with its address, which is told only this once."""

    url: str


class GraphAccess(Value):
    """Who has a graph, besides the workspace's members where it is theirs, and what your role is.

    `links` are shown to the graph's admins only.
    """

    visibility: Visibility
    mine: Role
    people: list[PersonWithAccess]
    links: list[Link]


class AccessChange(Body):
    """Who may see a graph: everyone in the workspace with their role there, or only those it was given to."""

    visibility: Visibility


class GivenRole(Body):
    """The role that someone gets on a graph."""

    role: Role


class NewLink(Body):
    """The role that a link gives, and until when; what it gave ends with it."""

    role: Role = "viewer"
    expires_in_days: Days | None = Field(default=None, description="Until it is revoked when absent")


class LinkOffer(Value):
    """What a link opens."""

    graph: str
    title: str
    role: Role
    expires_at: float | None


class OpenedLink(Value):
    """Who you are, and the graph that is open to you now."""

    me: Me
    graph: str
    role: Role


@router.get("/graphs/{id}/access", responses=documented(404))
async def get_access(id: str, caller: Viewer, me: SignedIn, here: Here) -> GraphAccess:
    """Who has a graph."""
    shared = await here.sharing.shared(id)
    return _shown(shared, mine=caller.role or "viewer", whole=caller.may("admin"), emails=me.role is not None)


@router.patch("/graphs/{id}/access", responses=documented(404))
async def change_access(id: str, change: AccessChange, caller: Admin, me: SignedIn, here: Here) -> GraphAccess:
    """Show a graph to the whole workspace, or to those alone whom it was given to; the others are out at once."""
    await here.sharing.set_visibility(id, change.visibility, by=caller)
    await here.attendance.changed(Recheck(graph=id))
    await here.requests.met(graph=id, by=caller.user())
    return await get_access(id, caller, me, here)


@router.put("/graphs/{id}/access/people/{person}", responses=documented(404))
async def give_access(id: str, person: str, body: GivenRole, caller: Admin, me: SignedIn, here: Here) -> GraphAccess:
    """Give someone, or an API token, a role on a graph."""
    given = await here.sharing.give(id, person, body.role, by=caller)
    await here.attendance.changed(Recheck(people=given))
    await here.requests.met(people=given, graph=id, by=caller.user())
    return await get_access(id, caller, me, here)


@router.delete("/graphs/{id}/access/people/{person}", status_code=204, responses=documented(404))
async def take_access(id: str, person: str, caller: Admin, here: Here) -> None:
    """Take back what someone was given on a graph, in person and by links."""
    taken = await here.sharing.take(id, person, by=caller)
    await here.attendance.changed(Recheck(people=taken))


@router.post("/graphs/{id}/links", status_code=201, responses=documented(404))
async def create_link(id: str, body: NewLink, request: Request, caller: Admin, here: Here) -> MadeLink:
    """Make a link that opens a graph; keep its address, it is not shown again."""
    secret, link = await here.sharing.create_link(id, body.role, by=caller, days=body.expires_in_days)
    url = page_address(request, here, f"/s/{secret}")
    return MadeLink.model_validate(_link(link).model_dump() | {"url": url})


@router.delete("/graphs/{id}/links/{link}", status_code=204, responses=documented(404))
async def revoke_link(id: str, link: str, caller: Admin, here: Here) -> None:
    """End a link. Who came by it is out at once, unless they have the graph otherwise."""
    await here.sharing.revoke_link(id, link, by=caller)
    await here.attendance.changed(Recheck(graph=id))


@router.get("/links/by-token/{token}", responses=documented(404, 429))
async def look_at_link(token: str, request: Request, here: Here) -> LinkOffer:
    """What a link opens. For whoever has its key."""
    async with trying(request, here, "link"):
        link = await here.sharing.find_link(token)
    title = (await here.graphs.get(link.graph)).title
    return LinkOffer(graph=link.graph, title=title, role=link.role, expires_at=link.expires_at)


@router.post("/links/by-token/{token}/open", responses=documented(404, 429))
async def open_link(token: str, request: Request, response: Response, caller: Anyone, here: Here) -> OpenedLink:
    """Open a graph by a link: as who you are, or as a guest of that graph alone; then the answer sets the cookies."""
    async with trying(request, here, "link", by=caller):
        if caller is None:
            here.guests.spend(network_of(address_of(request)))
        link, who = await here.sharing.open_link(token, caller, browser_of(request))
    if isinstance(who, Opened):
        await welcome(request, response, here, who)
    identity = who.identity if isinstance(who, Opened) else who
    await here.attendance.changed(Recheck(people=(identity.id,)))
    await here.requests.met(people=[identity.id], graph=link.graph, by=await here.sharing.seen_as(link.created_by))
    known = await here.sharing.on(identity, link.graph)
    role = known.role if known and known.role else link.role
    return OpenedLink(me=await me_of(identity, here), graph=link.graph, role=role)


def _shown(shared: Shared, *, mine: Role, whole: bool, emails: bool) -> GraphAccess:
    """`whole` is for admins of the graph; addresses are the workspace's, and not for its guests."""
    emails = emails and whole
    people = [] if shared.owner is None else [_person(shared.owner, "admin", "owner", emails)]
    people += [_person(who, role, "link" if link else "person", emails) for who, role, link in shared.people]
    links = [_link(link) for link in shared.links] if whole else []
    return GraphAccess(visibility=shared.visibility, mine=mine, people=people, links=links)


def _person(who: Holder, role: Role, via: Literal["owner", "person", "link"], emails: bool) -> PersonWithAccess:
    email = who.email if emails else None
    return PersonWithAccess(id=who.id, name=who.name, colour=who.colour, email=email, role=role, via=via)


def _link(link: LinkRow) -> Link:
    return Link.model_validate({field: getattr(link, field) for field in Link.model_fields})
