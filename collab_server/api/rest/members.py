"""The members of the workspace: everyone with an account, and what admins do with them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from collab_server.api.rest.bodies import Body
from collab_server.api.rest.browsers import page_address
from collab_server.api.rest.callers import Admin, Here, Viewer
from collab_server.api.rest.people import close_ended
from collab_server.api.rest.problems import documented
from collab_server.auth.attendance import Recheck
from collab_server.auth.left import Fate, Said
from collab_server.auth.people import MemberChange
from collab_server.stores.cursors import cursor_of, read_cursor
from collab_server.stores.people import PersonRow
from flowroom.model import Value
from flowroom.protocol import Role

router = APIRouter(tags=["Members"])


LEFT = (
    "What becomes of the {0} that they, or tokens of theirs, have made. It must be said where they leave any "
    "behind, removed, shut out or no admin any more; the 409 that asks for it lists them in `{1}`"
)
TOKENS, LINKS = LEFT.format("API tokens", "tokens"), LEFT.format("share links", "links")


class Member(Value):
    """Someone with an account. `role` is the one in the workspace, null for a guest. Times are seconds since 1970."""

    id: str
    name: str
    colour: str
    email: str
    role: Role | None
    created_at: float
    seen_at: float | None
    disabled: bool
    has_password: bool = Field(description="Whether a password opens the account; else another service does")


class Members(Value):
    """One page of members, the newest first. `next` is the `before` of the next page."""

    items: list[Member]
    next: str | None


class ChangeOfMember(Body):
    """What an admin may change of a member: `role` null makes a guest of them."""

    role: Role | None = None
    disabled: bool | None = Field(default=None, description="True shuts them out and ends their sessions")
    tokens: Fate | None = Field(default=None, description=TOKENS)
    links: Fate | None = Field(default=None, description=LINKS)


class PasswordLink(Value):
    """A page on which a member sets a new password, once, within a day. It is told only this once."""

    url: str
    expires_at: float


@router.get("/members", responses=documented())
async def list_members(
    _caller: Viewer,
    here: Here,
    before: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> Members:
    """Everyone with an account here. For members, not for guests."""
    size = here.page(limit)
    found = await here.people.members(read_cursor(before, "before") if before else None, size + 1)
    page = found[:size]
    return Members(
        items=[_member(row) for row in page],
        next=cursor_of(page[-1].created_at, page[-1].id) if len(found) > size else None,
    )


@router.patch("/members/{person}", responses=documented(404, 409))
async def change_member(person: str, change: ChangeOfMember, caller: Admin, here: Here) -> Member:
    """Give a member another role, or shut them out. Whoever has them in a graph sees it at once."""
    sets_role = "role" in change.model_fields_set
    wanted = MemberChange(sets_role, change.role, change.disabled, Said(change.tokens, change.links))
    done = await here.people.change_member(person, wanted, by=caller)
    await here.attendance.changed(Recheck(people=(person,)))
    await close_ended(here, done.ended)
    await here.requests.met(people=[person], by=caller.user())
    return _member(done.member)


@router.delete("/members/{person}", status_code=204, responses=documented(404, 409))
async def remove_member(
    person: str,
    caller: Admin,
    here: Here,
    tokens: Annotated[Fate | None, Query(description=TOKENS)] = None,
    links: Annotated[Fate | None, Query(description=LINKS)] = None,
) -> None:
    """Remove an account, and all that was shared with it; what it did stays."""
    gone = await here.people.remove_member(person, Said(tokens, links), by=caller)
    await here.inbox.forget_person(person)
    await here.attendance.changed(Recheck(people=(person,)))
    await close_ended(here, gone.ended)


@router.post("/members/{person}/password-link", status_code=201, responses=documented(404))
async def create_password_link(person: str, request: Request, caller: Admin, here: Here) -> PasswordLink:
    """Make a one-time address for a member who can't sign in: it sets a new password and ends their sessions."""
    secret, row = await here.invitations.for_new_password(await here.people.member(person), by=caller)
    return PasswordLink(url=page_address(request, here, f"/invite/{secret}"), expires_at=row.expires_at)


def _member(row: PersonRow) -> Member:
    return Member(
        id=row.id,
        name=row.name,
        colour=row.colour,
        email=row.email or "",
        role=row.role,
        created_at=row.created_at,
        seen_at=row.seen_at,
        disabled=row.disabled_at is not None,
        has_password=row.password is not None,
    )
