"""Who am I, signing in and out, and the tokens of programs."""

import unicodedata
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, ConfigDict, Field
from starlette.requests import Request

from collab_server.api.rest.callers import Admin, Here, signed_in
from collab_server.api.rest.problems import documented
from collab_server.auth.credentials import clear_cookies, set_cookies
from collab_server.auth.identity import Identity
from collab_server.errors import NotFound, NotSignedIn
from collab_server.workspace import Workspace
from flowroom.model import Value
from flowroom.protocol import PeerKind, Role

router = APIRouter(tags=["People"])
SignedIn = Annotated[Identity, Depends(signed_in)]


def one_line(text: str) -> str:
    """A name as it may be shown anywhere: trimmed, and without characters that can't be seen or break a line."""
    plain = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()
    if not plain:
        raise ValueError("expected at least one visible character")
    return plain


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(one_line)]
Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", description="A CSS hex colour, #rrggbb")]


class Body(Value):
    """The base of request bodies: a field nobody reads is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


class Me(Value):
    """A signed-in caller."""

    id: str
    name: str
    colour: str
    role: Role
    kind: PeerKind


class MeChange(Body):
    """What may be changed about oneself."""

    name: Name | None = None
    colour: Colour | None = None


class SignIn(Body):
    """A token to open a session with."""

    token: str = Field(min_length=1, max_length=512)


class NewToken(Body):
    """An API token to make, for a program or for someone with a lesser role."""

    name: Name
    role: Role = "editor"
    kind: Literal["person", "bot", "agent"] = Field(default="bot", description="What others see it as")


class Token(Me):
    """An API token, without its secret. `created_at` is seconds since 1970."""

    created_at: float


class MadeToken(Me):
    """A new API token with its secret, which is told only this once."""

    token: str


class Tokens(Value):
    """All API tokens in force."""

    items: list[Token]


@router.get("/me", responses=documented())
async def who_am_i(caller: SignedIn) -> Me:
    """Who the server takes you for."""
    return _me(caller)


@router.patch("/me", responses=documented(409))
async def rename_me(change: MeChange, caller: SignedIn, here: Here) -> Me:
    """Choose another name or colour; others see it from your next connection on."""
    return _me(await here.accounts.rename(caller, name=change.name, colour=change.colour))


@router.post("/session", responses=documented(429))
async def sign_in(body: SignIn, request: Request, response: Response, here: Here) -> Me:
    """Open a session with a token; the answer sets the cookies."""
    secret, identity = await open_session(request, here, body.token)
    set_cookies(response, secret, secure=secure(request, here), seconds=here.accounts.session_seconds)
    return _me(identity)


@router.delete("/session", status_code=204, responses=documented())
async def sign_out(response: Response, caller: SignedIn, here: Here) -> None:
    """Close this browser's session; its sockets are closed with it."""
    await here.accounts.sign_out(caller)
    here.dismiss([caller.session])
    clear_cookies(response)


@router.get("/tokens", responses=documented())
async def list_tokens(_caller: Admin, here: Here) -> Tokens:
    """The API tokens in force, the newest first; their secrets are known to nobody but their holders."""
    found = await here.accounts.tokens()
    return Tokens(items=[Token(**_facts(identity), created_at=created) for identity, created in found])


@router.post("/tokens", status_code=201, responses=documented())
async def create_token(body: NewToken, caller: Admin, here: Here) -> MadeToken:
    """Make an API token; keep the secret, it is not shown again."""
    secret, identity = await here.accounts.create_token(body.name, body.role, body.kind, by=caller)
    return MadeToken(**_facts(identity), token=secret)


@router.delete("/tokens/{id}", status_code=204, responses=documented(404))
async def revoke_token(id: str, _caller: Admin, here: Here) -> None:
    """End an API token, every session opened with it, and their sockets."""
    ended = await here.accounts.revoke_token(id)
    if not ended:
        raise NotFound(f"There is no API token {id!r} in force.", advice="GET /api/tokens lists those there are.")
    here.dismiss(ended)


async def open_session(request: Request, here: Workspace, token: str) -> tuple[str, Identity]:
    """Sign in by token, counting wrong ones by address. Raises NotSignedIn or RateLimited."""
    address = request.client.host if request.client else "unknown"
    here.attempts.check(address)
    try:
        return await here.accounts.sign_in(token)
    except NotSignedIn:
        here.attempts.failed(address)
        raise


def secure(request: Request, here: Workspace) -> bool:
    """Whether cookies are marked Secure: behind TLS, as far as this server can see or was told."""
    return here.settings.secure_cookies or request.url.scheme == "https"


def _facts(identity: Identity) -> dict[str, str]:
    return {field: getattr(identity, field) for field in ("id", "name", "colour", "role", "kind")}


def _me(identity: Identity) -> Me:
    return Me(**_facts(identity))
