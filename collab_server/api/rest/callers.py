"""What a route may ask for: the workspace behind it, and a caller whose role is enough.

@router.delete("/graphs/{id}")
async def delete(id: str, here: Here, caller: Editor) -> None: ...

On a route of a graph, `/graphs/{id}/…`, or of a run, `/runs/{run}/…`, the role is the one on that graph, and so is the
caller's `role`. Who may not see the graph is told that there is none. Elsewhere it is the role in the workspace, which
guests don't have: what is for them, too, asks for `SignedIn`.
"""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from collab_server.api.rest import sizes
from collab_server.auth.credentials import SAFE_METHODS, check_csrf, for_strangers
from collab_server.auth.identity import Identity
from collab_server.auth.rights import no_such_graph
from collab_server.errors import NotAllowed, NotSignedIn
from collab_server.runs import no_such_run
from collab_server.workspace import Workspace
from flowroom.protocol import Role


def workspace(request: Request) -> Workspace:
    """The workspace that the app's lifespan opened."""
    here: Workspace = request.state.workspace
    return here


Here = Annotated[Workspace, Depends(workspace)]


async def signed_in(request: Request, here: Here) -> Identity:
    """Who is asking, as of when all of the body is here: it may come so slowly that whoever sends it has been shut out
    or lowered meanwhile. Raises NotSignedIn, or MissingCsrf for a write that only a cookie vouches for.
    """
    identity = await perhaps_signed_in(request, here)
    if identity is None:
        raise NotSignedIn(
            "You are not signed in.",
            expected="the session cookie, `Authorization: Bearer TOKEN`, or ?token=",
            received="nothing, or a token that is unknown, expired or revoked",
            advice="Open the address that `flowroom up` printed, or run `flowroom token` where the server runs.",
        )
    return identity


async def perhaps_signed_in(request: Request, here: Here) -> Identity | None:
    """Who is asking, if anyone: for the doors that strangers may knock at. Raises MissingCsrf."""
    identity = await here.accounts.identify(request)
    if identity is not None:
        check_csrf(request)
    return identity


class KnownWriters:
    """Before the REST app: a write is authenticated before any of its body is read, and again once all of it is here.

    Only who signs in, accepts an invitation or opens a link comes unknown; the bodies for that are small. A large one
    is read from those only who may at least run the graph that it is for, or, for a new one, graphs of the workspace.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise NotSignedIn or MissingCsrf."""
        writes = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if writes and not for_strangers(scope["method"], scope["path"]):
            request = Request(scope)
            here = workspace(request)
            identity = await signed_in(request, here)
            if sizes.is_weighty(request):
                graph = sizes.graph_in(scope["path"])
                there = None if graph is None else await here.sharing.on(identity, graph)
                enough(there or identity, "runner")
        await self._app(scope, receive, send)


class Needs:
    """A dependency that lets only those pass whose role allows what `role` allows.

    `makes` is for the one route that may make the graph it names: if there is none, the role in the workspace counts.
    """

    def __init__(self, role: Role, *, makes: bool = False) -> None:
        self.role = role
        self.makes = makes

    async def __call__(
        self, request: Request, here: Here, identity: Annotated[Identity, Depends(signed_in)]
    ) -> Identity:
        """The caller, with the role that counts here. Raises NotAllowed, or NotFound for what they may not see."""
        return enough(await self._there(request, here, identity), self.role)

    async def _there(self, request: Request, here: Workspace, identity: Identity) -> Identity:
        path = getattr(request.scope.get("route"), "path", "")
        if path.startswith("/graphs/{id}"):
            return await self._on_graph(here, identity, request.path_params["id"])
        if path.startswith("/runs/{run}"):
            return await _on_run(here, identity, request.path_params["run"])
        return identity

    async def _on_graph(self, here: Workspace, identity: Identity, graph: str) -> Identity:
        known = await here.sharing.on(identity, graph)
        if known is None and self.makes and not await here.graphs.exists(graph):
            return identity
        if known is None:
            raise no_such_graph(graph)
        return known


async def _on_run(here: Workspace, identity: Identity, run: str) -> Identity:
    known = await here.sharing.on(identity, await here.runs.graph_of(run), past=True)
    if known is None:
        raise no_such_run(run)
    return known


class NeedsInWorkspace:
    """A dependency like `Needs`, but for the role in the workspace on whatever route."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, identity: Annotated[Identity, Depends(signed_in)]) -> Identity:
        """The caller. Raises NotAllowed."""
        return enough(identity, self.role)


def enough(identity: Identity, needed: Role) -> Identity:
    """The identity, if its role allows what is needed. Raises NotAllowed."""
    if not identity.may(needed):
        raise NotAllowed(
            f"This needs the role {needed}, and {identity.name} has {_named(identity.role)}.",
            expected=needed,
            received=identity.role or "guest",
            advice="Ask an admin of the graph or of the workspace for a higher role.",
        )
    return identity


def _named(role: Role | None) -> str:
    return "no role in this workspace" if role is None else f"the role {role}"


SignedIn = Annotated[Identity, Depends(signed_in)]
Anyone = Annotated[Identity | None, Depends(perhaps_signed_in)]
Viewer = Annotated[Identity, Depends(Needs("viewer"))]
Commenter = Annotated[Identity, Depends(Needs("commenter"))]
Runner = Annotated[Identity, Depends(Needs("runner"))]
Editor = Annotated[Identity, Depends(Needs("editor"))]
Admin = Annotated[Identity, Depends(Needs("admin"))]
EditorOrMaker = Annotated[Identity, Depends(Needs("editor", makes=True))]
Maker = Annotated[Identity, Depends(NeedsInWorkspace("editor"))]
"""Whoever may make graphs."""
