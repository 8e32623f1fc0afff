"""Signing in and out, and one's own sessions and password."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request

from collab_server.api.rest.bodies import Body, Email, Password
from collab_server.api.rest.browsers import open_with_password, open_with_token, trying, welcome
from collab_server.api.rest.callers import Here, SignedIn
from collab_server.api.rest.people import Me, me_of
from collab_server.api.rest.problems import documented
from collab_server.auth.attendance import Recheck
from collab_server.auth.credentials import clear_cookies
from collab_server.errors import NotFound
from flowroom.model import Value

router = APIRouter(tags=["People"])


class SignInWithToken(Body):
    """A token to open a session with."""

    token: str = Field(min_length=1, max_length=512)


class SignInWithPassword(Body):
    """An account to open a session of."""

    email: Email
    password: Password


class Provider(Value):
    """Another service that people may sign in with."""

    name: str


class Methods(Value):
    """The ways to sign in here."""

    token: bool = True
    password: bool = True
    oidc: Provider | None = None


class PasswordChange(Body):
    """A new password, and the one it replaces."""

    current: Password
    new: Password


class Session(Value):
    """One of your sessions. Times are seconds since 1970; `current` is the one that asks."""

    id: str
    method: str = Field(description="How it was opened: token, password, oidc, link or invitation")
    agent: str = Field(description="What its browser called itself")
    created_at: float
    seen_at: float
    expires_at: float
    current: bool


class Sessions(Value):
    """All your open sessions, the one used last first."""

    items: list[Session]


@router.get("/session/methods", responses=documented())
async def sign_in_methods(here: Here) -> Methods:
    """How one may sign in here. For anyone."""
    return Methods(oidc=Provider(name=here.provider.name) if here.provider else None)


@router.post("/session", responses=documented(429))
async def sign_in(
    body: Annotated[SignInWithToken | SignInWithPassword, Field(description="One or the other")],
    request: Request,
    response: Response,
    here: Here,
) -> Me:
    """Open a session with a token or a password; the answer sets the cookies, and ends the session they held."""
    match body:
        case SignInWithToken(token=token):
            opened = await open_with_token(request, here, token)
        case SignInWithPassword(email=email, password=password):
            opened = await open_with_password(request, here, email, password.get_secret_value())
    await welcome(request, response, here, opened)
    return await me_of(opened.identity, here)


@router.delete("/session", status_code=204, responses=documented())
async def sign_out(response: Response, caller: SignedIn, here: Here) -> None:
    """Close this browser's session; its sockets are closed with it."""
    clear_cookies(response)
    if await here.accounts.sign_out(caller):
        here.attendance.dismiss([caller.session])


@router.put("/me/password", status_code=204, responses=documented(409, 429))
async def change_password(body: PasswordChange, request: Request, caller: SignedIn, here: Here) -> None:
    """Set another password; your other sessions end."""
    async with trying(request, here, "password change", account=caller.id, by=caller):
        ended = await here.people.change_password(caller, body.current.get_secret_value(), body.new.get_secret_value())
    await here.attendance.changed(Recheck(sessions=tuple(ended)))


@router.get("/me/sessions", responses=documented())
async def list_sessions(caller: SignedIn, here: Here) -> Sessions:
    """Your open sessions: where you are signed in."""
    found = await here.accounts.sessions_of(caller)
    return Sessions(
        items=[
            Session(
                id=one.id,
                method=one.method,
                agent=one.agent,
                created_at=one.created_at,
                seen_at=one.seen_at,
                expires_at=one.expires_at,
                current=one.id == caller.session,
            )
            for one in found
        ]
    )


@router.delete("/me/sessions/{session}", status_code=204, responses=documented(404))
async def end_session(session: str, caller: SignedIn, here: Here) -> None:
    """End one of your sessions, and its sockets."""
    if not await here.accounts.end_session(caller, session):
        raise NotFound(f"You have no session {session!r}.", advice="GET /api/me/sessions lists those you have.")
    here.attendance.dismiss([session])
