"""The REST interface under /api: one FastAPI app, its routes in one table."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse

from collab_server.api.rest import (
    access,
    activity,
    files,
    graphs,
    invitations,
    members,
    notifications,
    oidc,
    operation,
    people,
    requests,
    runs,
    server,
    session,
    threads,
    versions,
    webhooks,
)
from collab_server.api.rest.problems import HANDLERS, Problem
from collab_server.api.rest.reference import reference
from flowroom import __version__

ROUTERS = (
    people.router,
    session.router,
    oidc.router,
    members.router,
    invitations.router,
    access.router,
    requests.router,
    graphs.router,
    files.router,
    runs.router,
    threads.router,
    versions.router,
    notifications.router,
    activity.router,
    webhooks.router,
    server.router,
    operation.router,
)
DESCRIPTION = "A multiplayer workflow editor that runs. What is refused is answered as application/problem+json."


class Described(FastAPI):
    """FastAPI, with the shape of problem documents in its description."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description."""
        if self.openapi_schema is None:
            schema = Problem.model_json_schema(by_alias=True, mode="serialization")
            super().openapi().setdefault("components", {}).setdefault("schemas", {})["Problem"] = schema
        return super().openapi()


def create_api() -> FastAPI:
    """The app to mount at /api; it finds its workspace in the state of each request."""
    api = Described(
        title="Flowroom",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
        servers=[{"url": "/api"}],
        exception_handlers=HANDLERS,
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        api.include_router(router)

    @api.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(reference(api.openapi()))

    return api


def _operation_id(route: APIRoute) -> str:
    """The function's name: what a generated client calls it."""
    return route.name
