"""What a request is answered while the database can't be asked."""

from pathlib import Path

import httpx
from sqlalchemy import QueuePool, create_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collab_server.api.rest.problems import HANDLERS


async def test_a_database_with_no_connection_free_is_storage_that_refuses(tmp_path: Path) -> None:
    """OPS-19: one that stalls keeps every connection busy, and that passes."""
    engine = create_engine(
        f"sqlite:///{tmp_path}/one.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01
    )

    async def ask(_request: Request) -> Response:
        with engine.connect():
            return Response()

    app = Starlette(routes=[Route("/", ask)], exception_handlers=HANDLERS)
    with engine.connect():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            answer = await client.get("/")
    engine.dispose()

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/not-ready"
