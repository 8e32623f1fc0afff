"""The whole application without a port: what is asked of it goes straight in, and its workspace is at hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from collab_server.app import create_app
from collab_server.settings import Settings
from collab_server.workspace import Workspace

ORIGIN = "http://127.0.0.1"


@asynccontextmanager
async def without_a_port(settings: Settings) -> AsyncIterator[tuple[Workspace, httpx.AsyncClient, str]]:
    """A running application: its workspace, a client that nobody has signed in, and the sign-in token."""
    app: ASGIApp = create_app(settings)
    async with app.router.lifespan_context(app) as state:  # type: ignore[attr-defined]  # of Starlette

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        transport = httpx.ASGITransport(app=with_state)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield state["workspace"], client, (settings.data / "token").read_text().strip()
