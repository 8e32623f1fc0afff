"""What a request is answered while the database can't be asked."""

from collections.abc import Callable
from pathlib import Path

import httpx
from sqlalchemy import QueuePool, create_engine, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collab_server.api.rest.problems import HANDLERS
from flowroom import sql
from tests.services.postgres import Postgres


async def test_a_database_with_no_connection_free_is_storage_that_refuses(tmp_path: Path) -> None:
    """OPS-19: one that stalls keeps every connection busy, and that passes."""
    engine = create_engine(
        f"sqlite:///{tmp_path}/one.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01
    )

    def ask() -> None:
        with engine.connect():
            pass

    with engine.connect():
        answer = await answered(ask)
    engine.dispose()

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/not-ready"


async def test_a_database_server_that_stands_by_is_storage_that_refuses(postgres: Postgres) -> None:
    """OPS-25"""
    engine = sql.create_engine(postgres.database())

    def ask() -> None:
        with engine.begin() as connection:
            connection.execute(text("SET transaction_read_only = on"))
            connection.execute(text("CREATE TABLE kept (key text)"))

    answer = await answered(ask)
    sql.dispose(engine)

    assert answer.status_code == 503


async def answered(ask: Callable[[], None]) -> httpx.Response:
    """What is answered to a request that asks that of a database."""

    async def do(_request: Request) -> Response:
        ask()
        return Response()

    app = Starlette(routes=[Route("/", do)], exception_handlers=HANDLERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        return await client.get("/")
