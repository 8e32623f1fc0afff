"""Who am I, and the tokens of programs."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from collab_server.api.rest.bodies import Body, Colour, Days, GraphId, Name
from collab_server.api.rest.callers import Admin, Here, SignedIn
from collab_server.api.rest.problems import documented
from collab_server.auth.attendance import Recheck
from collab_server.auth.identity import Identity
from collab_server.auth.left import Ended, Fate, Said
from collab_server.auth.roles import highest
from collab_server.stores.access import Grant
from collab_server.stores.accounts import TokenRow
from collab_server.workspace import Workspace
from flowroom.model import Value
from flowroom.protocol import PeerKind, Role

router = APIRouter(tags=["People"])
DAY_SECONDS = 86_400
MADE_WITH_IT = (
    "What becomes of the {0} that were made with it, or with tokens that were. It must be said where there are any in "
    "force; the 409 that asks for it lists them in `{1}`"
)
TOKENS, LINKS = MADE_WITH_IT.format("API tokens", "tokens"), MADE_WITH_IT.format("share links", "links")


class Me(Value):
    """A signed-in caller. `role` is the one in the workspace; guests have none, and see what was shared with them."""

    id: str
    name: str
    colour: str
    role: Role | None
    kind: PeerKind
    email: str | None = Field(default=None, description="Of the account, for who has one")


class MeChange(Body):
    """What may be changed about oneself."""

    name: Name | None = None
    colour: Colour | None = None


class NewToken(Body):
    """An API token to make, for a program or for someone with a lesser role."""

    name: Name
    role: Role = "editor"
    kind: Literal["person", "bot", "agent"] = Field(default="bot", description="What others see it as")
    expires_in_days: Days | None = Field(default=None, description="For ever when absent")
    graphs: list[GraphId] = Field(default_factory=list, max_length=200, description="The only graphs it is for, if any")


class Token(Value):
    """An API token, without its secret. Times are seconds since 1970; `graphs` are the only ones it is for, if any."""

    id: str
    name: str
    colour: str
    role: Role
    kind: PeerKind
    graphs: list[str]
    created_at: float
    expires_at: float | None
    used_at: float | None


class MadeToken(Me):
    """A new API token with its secret, which is told only this once."""

    role: Role
    token: str
    expires_at: float | None = None
    graphs: list[str] = Field(default_factory=list)


class Tokens(Value):
    """All API tokens in force."""

    items: list[Token]


@router.get("/me", responses=documented())
async def who_am_i(caller: SignedIn, here: Here) -> Me:
    """Who the server takes you for."""
    return await me_of(caller, here)


@router.patch("/me", responses=documented(409))
async def rename_me(change: MeChange, caller: SignedIn, here: Here) -> Me:
    """Choose another name or colour; others see it the next time you do something."""
    renamed = await here.accounts.rename(caller, name=change.name, colour=change.colour)
    await here.attendance.changed(Recheck(people=(caller.id,)))
    return await who_am_i(renamed, here)


@router.get("/tokens", responses=documented())
async def list_tokens(_caller: Admin, here: Here) -> Tokens:
    """The API tokens in force, the newest first; their secrets are known to nobody but their holders."""
    return Tokens(items=[_token(row, grants) for row, grants in await here.accounts.tokens()])


@router.post("/tokens", status_code=201, responses=documented(404))
async def create_token(body: NewToken, caller: Admin, here: Here) -> MadeToken:
    """Make an API token; keep the secret, it is not shown again."""
    for graph in body.graphs:
        await here.graphs.require(graph)
    expires = None if body.expires_in_days is None else time.time() + body.expires_in_days * DAY_SECONDS
    secret, holder = await here.accounts.create_token(
        body.name, body.role, body.kind, by=caller, expires=expires, graphs=body.graphs
    )
    told = _facts(holder) | {"role": body.role}
    return MadeToken.model_validate(told | {"token": secret, "expires_at": expires, "graphs": body.graphs})


@router.delete("/tokens/{id}", status_code=204, responses=documented(404, 409))
async def revoke_token(
    id: str,
    caller: Admin,
    here: Here,
    tokens: Annotated[Fate | None, Query(description=TOKENS)] = None,
    links: Annotated[Fate | None, Query(description=LINKS)] = None,
) -> None:
    """End an API token, every session opened with it, and their sockets."""
    await close_ended(here, await here.accounts.revoke_token(id, Said(tokens, links), by=caller))


async def close_ended(here: Workspace, ended: Ended) -> None:
    """Close what was open by what was revoked."""
    here.attendance.dismiss(ended.ids)
    for graph in {link.graph for link in ended.links}:
        await here.attendance.changed(Recheck(graph=graph))


async def me_of(identity: Identity, here: Workspace) -> Me:
    """An identity as it is told to itself: by every answer alike, for a page keeps the first it gets."""
    account = await here.people.find(identity.id)
    return Me.model_validate(_facts(identity) | {"email": account.email if account else None})


def _token(row: TokenRow, grants: list[Grant]) -> Token:
    role = highest([row.identity.role, *(grant.role for grant in grants)])
    return Token.model_validate(
        _facts(row.identity)
        | {
            "role": role or "viewer",
            "graphs": [] if row.identity.role else [grant.graph for grant in grants],
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "used_at": row.seen_at,
        }
    )


def _facts(identity: Identity) -> dict[str, object]:
    return {field: getattr(identity, field) for field in ("id", "name", "colour", "role", "kind")}
