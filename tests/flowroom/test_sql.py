"""An engine loses nothing, or is refused; what is still read from is waited for."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, QueuePool, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from flowroom import sql, statements
from flowroom.sql import create_engine, dispose, may_pass
from flowroom.writer import Writer
from tests.services.postgres import Postgres


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def test_an_impatient_connection_is_told_of_a_lock_at_once_and_leaves_others_patient(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    impatient = sql.impatient(engine)
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError) as told:
        sql.begin(impatient)
    assert sql.is_locked(told.value)
    assert not sql.is_locked(ValueError("locked"))
    other.close()
    impatient.close()
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
    engine.dispose()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_SNAPSHOT])
def test_a_lock_is_known_whatever_it_is_held_for(code: int) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = code
    assert sql.is_locked(OperationalError("BEGIN IMMEDIATE", None, busy))

    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert not sql.is_locked(OperationalError("BEGIN IMMEDIATE", None, full))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_an_url_that_could_lose_data_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite"):
        create_engine(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_through_psycopg(scheme: str) -> None:
    assert create_engine(f"{scheme}://user@host/name").dialect.driver == "psycopg"


def test_a_url_is_shown_without_its_password() -> None:
    """OPS-23: wherever PostgreSQL's library takes one from."""
    shown = sql.shown("postgresql://me:pass-word@h/x?password=pass-word&sslpassword=pass-word&sslmode=require")
    assert shown == "postgresql://me:***@h/x?sslmode=require"


def test_a_connection_that_is_still_read_from_is_waited_for(database: str) -> None:
    """Whoever gave up waiting for a read left it to its thread."""
    engine = create_engine(database)
    begun, ended = threading.Event(), threading.Event()

    def read() -> None:
        with engine.connect():
            begun.set()
            ended.wait(0.1)

    pool = engine.pool
    reader = threading.Thread(target=read)
    reader.start()
    begun.wait(10)
    dispose(engine)
    assert isinstance(pool, QueuePool) and pool.checkedout() == 0
    reader.join()


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        ("INSERT INTO kept SELECT string_agg(md5(n::text), '') FROM generate_series(1, 200) n", False),
        ("INSERT INTO kept VALUES ('once')", False),
        ("SELECT 1 / 0", False),
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
        ("SELECT * FROM kept FOR UPDATE NOWAIT", True),
    ],
)
def test_what_postgresql_refuses_for_good_does_not_pass(postgres: Postgres, statement: str, passes: bool) -> None:
    """RUN-29: a row too large for an index is "operational" to the driver, as a lost connection is."""
    engine = create_engine(postgres.database())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (key text PRIMARY KEY)"))
        connection.execute(text("INSERT INTO kept VALUES ('once')"))
    with engine.connect() as other, engine.connect() as connection:
        other.execute(text("SELECT * FROM kept FOR UPDATE"))
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text(statement))
    assert may_pass(refused.value) == passes
    engine.dispose()


async def test_a_server_that_another_took_over_from_is_let_go_of(postgres: Postgres) -> None:
    """OPS-25: it takes no writes by the connections that it keeps; new ones lead to whoever has its place."""
    engine = create_engine(postgres.database())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (key text)"))
    keep = text("INSERT INTO kept VALUES ('1')")
    with Writer(engine) as writer:
        for write in (lambda connection: connection.execute(keep).close(), lambda c: statements.execute(c, keep.text)):
            await writer.write(turn_read_only)
            with pytest.raises(InternalError) as refused:
                await writer.write(write)
            assert may_pass(refused.value)
            await writer.write(write)
    dispose(engine)


def turn_read_only(connection: Connection) -> None:
    """What becomes of a connection when its server stands by."""
    connection.execute(text("SET default_transaction_read_only = on"))
