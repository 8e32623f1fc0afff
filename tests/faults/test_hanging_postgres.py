"""A PostgreSQL that neither answers nor hangs up, as on a disk that stalls, costs what needs it and nothing else."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from collab_server.cli.remote import started
from collab_server.settings import Settings
from collab_server.stores import migrations
from collab_server.stores.documents import DocumentKey
from collab_server.stores.documents_sql import SqlDocuments
from flowroom import silence, sql
from flowroom.writer import Writer
from tests.services.postgres import Postgres, postgres_server

MANY = 60
"""More questions than a process has threads for anything else."""


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@contextmanager
def paused(database: Postgres) -> Iterator[None]:
    database.pause()
    try:
        yield
    finally:
        database.go_on()


def test_a_question_that_nobody_answers_fails(own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-20: whoever asked is told, and the next one asks by another connection."""
    engine = sql.create_engine(own_postgres.database())
    with engine.connect() as connection, paused(own_postgres), monkeypatch.context() as hasty:
        hasty.setattr(silence, "SILENT_SECONDS", 0.5)
        with pytest.raises(OperationalError, match="silent"):
            connection.execute(text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    sql.dispose(engine)


def test_a_process_that_is_stopped_in_a_transaction_keeps_no_other_from_going_on(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-20: what it has locked is free again, and nothing of its transaction is kept."""
    url = own_postgres.database()
    stopped, other = sql.create_engine(url), sql.create_engine(url)
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE kept (value integer)"))
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    with monkeypatch.context() as hasty:
        hasty.setattr(silence, "IDLE_SECONDS", 0.5)
        holding = stopped.connect()
    holding.execute(text("UPDATE kept SET value = 2"))
    with other.begin() as connection:
        assert connection.scalar(text("SELECT value FROM kept FOR UPDATE")) == 1
    with pytest.raises(DBAPIError, match="idle") as lost:
        holding.execute(text("UPDATE kept SET value = 3"))
    assert sql.may_pass(lost.value), "what it was about is done again"
    holding.close()
    for engine in (stopped, other):
        sql.dispose(engine)


async def test_what_needs_no_database_goes_on_while_that_is_silent(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-20: large documents are read and folded in threads, too, as passwords are hashed."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", 5.0)
    engine = sql.create_engine(own_postgres.database())
    migrations.upgrade(engine)
    with Writer(engine) as writer:
        documents = SqlDocuments(engine, writer)
        with paused(own_postgres):
            asking = [asyncio.create_task(documents.load(DocumentKey("graph", str(n)))) for n in range(MANY)]
            await asyncio.sleep(0)
            async with asyncio.timeout(3):
                assert await asyncio.to_thread(len, "abc") == 3
        await asyncio.gather(*asking, return_exceptions=True)
    await asyncio.to_thread(sql.dispose, engine)


def test_a_server_says_that_its_database_is_silent_and_is_ready_again_when_it_is_not(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    """OPS-20"""
    settings = Settings(data=tmp_path, port=0, examples=False, database_url=own_postgres.database())
    with started(settings) as here, httpx.Client(base_url=here.url, trust_env=False, timeout=20) as http:
        assert http.get("/readyz").status_code == 200
        with paused(own_postgres):
            answer = http.get("/readyz")
            assert answer.status_code == 503 and "no answer" in answer.json()["checks"]["sql"]
            assert http.get("/livez").status_code == 200
        assert http.get("/readyz").status_code == 200
