"""What a route may ask for: the workspace behind it, and a caller whose role is enough.

@router.delete("/{id}")
async def delete(id: str, here: Here, caller: Editor) -> None: ...
"""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from collab_server.auth.credentials import SAFE_METHODS, check_csrf
from collab_server.auth.identity import Identity
from collab_server.errors import NotAllowed, NotSignedIn
from collab_server.workspace import Workspace
from flowroom.protocol import Role


def workspace(request: Request) -> Workspace:
    """The workspace that the app's lifespan opened."""
    here: Workspace = request.state.workspace
    return here


Here = Annotated[Workspace, Depends(workspace)]


async def signed_in(request: Request, here: Here) -> Identity:
    """Who is asking. Raises NotSignedIn, or MissingCsrf for a write that only a cookie vouches for."""
    known: Identity | None = getattr(request.state, "identity", None)
    return known or await identified(request, here)


async def identified(request: Request, here: Workspace) -> Identity:
    """Who is asking, found out from what the request shows. Raises as `signed_in`."""
    identity = await here.accounts.identify(request)
    if identity is None:
        raise NotSignedIn(
            "You are not signed in.",
            expected="the session cookie, `Authorization: Bearer TOKEN`, or ?token=",
            received="nothing, or a token that is unknown, expired or revoked",
            advice="Open the address that `flowroom up` printed, or run `flowroom token` where the server runs.",
        )
    check_csrf(request)
    return identity


class KnownWriters:
    """Before the REST app: a write is authenticated before any of its body is read. Only signing in comes unknown."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise NotSignedIn or MissingCsrf."""
        writes = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if writes and not scope["path"].endswith("/api/session"):
            request = Request(scope)
            scope["state"]["identity"] = await identified(request, workspace(request))
        await self._app(scope, receive, send)


class Needs:
    """A dependency that lets only those pass whose role allows what `role` allows."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, identity: Annotated[Identity, Depends(signed_in)]) -> Identity:
        """The caller. Raises NotAllowed."""
        if not identity.may(self.role):
            raise NotAllowed(
                f"This needs the role {self.role}, and {identity.name} has the role {identity.role}.",
                expected=self.role,
                received=identity.role,
                advice="Ask an admin of the workspace for a token with a higher role.",
            )
        return identity


Viewer = Annotated[Identity, Depends(Needs("viewer"))]
Commenter = Annotated[Identity, Depends(Needs("commenter"))]
Runner = Annotated[Identity, Depends(Needs("runner"))]
Editor = Annotated[Identity, Depends(Needs("editor"))]
Admin = Annotated[Identity, Depends(Needs("admin"))]
