"""The whole server as one ASGI application: doors for sockets, the REST interface, health, and the web app's pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from collab_server import examples, health, metrics, workspace
from collab_server.addresses import LimitedSockets
from collab_server.api import sync
from collab_server.api.rest import create_api
from collab_server.api.rest.callers import KnownWriters
from collab_server.api.rest.problems import HANDLERS
from collab_server.auth.origin import allowed
from collab_server.doorman import Doorman
from collab_server.settings import Settings
from collab_server.web import WebApp
from flowroom import telemetry

SAMPLES = Path(__file__).parent / "examples" / "samples"


def create_app(settings: Settings) -> Starlette:
    """The server for these settings; its lifespan opens and closes what it works on."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
        with telemetry.exported("flowroom-server"):
            async with workspace.opened(settings) as here:
                if settings.examples:
                    await examples.seed(here.graphs)
                app.state.end_streams = here.inbox.close
                try:
                    yield {"workspace": here, "lobby": _lobby_of(here)}
                finally:
                    app.state.is_over = True

    app = Application(
        sockets=LimitedSockets(sync.at_the_doors(sync.doors(_lobby)), settings),
        routes=[
            Route("/livez", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", metrics.show),
            Route("/examples/orders.json", _orders),
            Mount("/api", KnownWriters(create_api())),
            Route("/{path:path}", WebApp(settings).page, methods=["GET"]),
        ],
        middleware=[
            Middleware(Doorman, settings=settings),
            Middleware(CompressedJson, minimum_size=settings.compress_bytes),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.is_over = False
    return app


class Application(Starlette):
    """Requests go through the middleware to their routes, and sockets straight to their doors."""

    def __init__(self, *, sockets: ASGIApp, **parts: Any) -> None:
        super().__init__(**parts)
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the two apart."""
        if scope["type"] == "websocket":
            scope["app"] = self
            await self._sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _lobby(connection: HTTPConnection) -> sync.Lobby:
    lobby: sync.Lobby = connection.state.lobby
    return lobby


def _lobby_of(here: workspace.Workspace) -> sync.Lobby:
    return sync.Lobby(
        rooms=here.rooms,
        settings=here.settings,
        identify=here.accounts.identify,
        allowed=partial(allowed, settings=here.settings),
        attendance=here.attendance,
    )


class CompressedJson:
    """Gzip for the REST interface only: pages are kept compressed already, and sockets have their own way."""

    def __init__(self, app: ASGIApp, minimum_size: int) -> None:
        self._plain = app
        self._packed = GZipMiddleware(app, minimum_size=minimum_size, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rest = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self._packed if rest else self._plain)(scope, receive, send)


async def _orders(_request: Request) -> Response:
    """GET /examples/orders.json: what the second example graph fetches."""
    return FileResponse(SAMPLES / "orders.json", media_type="application/json")
