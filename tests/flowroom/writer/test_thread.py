"""The writer commits in groups, fails works one by one, and says so when the database refuses."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, QueuePool, event
from sqlalchemy.exc import IntegrityError, OperationalError

from flowroom import statements
from flowroom import writer as writer_module
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer, WriterClosed
from tests.flowroom.writer.words import Add, AddPast, Hold, connected, counted, eventually, words
from tests.services.postgres import Postgres


def test_a_result_is_there_only_after_the_commit(engine: Engine, writer: Writer) -> None:
    assert writer.submit(Add("one")).result(10) == "one"
    assert words(engine) == ["one"]


async def test_write_awaits_the_commit(engine: Engine, writer: Writer) -> None:
    assert await writer.write(Add("one")) == "one"
    assert words(engine) == ["one"]


@pytest.mark.parametrize("keeps_books", [False, True])
async def test_works_queued_meanwhile_share_one_transaction(
    engine: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch, keeps_books: bool
) -> None:
    """Whether the works go through SQLAlchemy's own statements or past them."""
    commits = counted(monkeypatch, lambda nth, open: open is (keeps_books and nth > 0))  # the first only holds up
    hold = Hold()
    first = writer.submit(hold)
    hold.held.wait(10)
    add = Add if keeps_books else AddPast
    later = [writer.write(add(f"word {n:02}")) for n in range(50)]
    waiting = asyncio.gather(*later)
    await asyncio.sleep(0)  # lets every write be queued

    hold.released.set()
    await waiting

    assert first.done()
    assert len(words(engine)) == 50
    assert len(commits) == 2


@pytest.mark.parametrize("kinds", [(Add, AddPast), (AddPast, Add), (AddPast, AddPast)])
async def test_works_of_both_kinds_are_stored_together_or_fail_alone(
    engine: Engine, writer: Writer, kinds: tuple[type[Add], type[Add]]
) -> None:
    one, other = kinds
    hold = Hold()
    writer.submit(hold)
    hold.held.wait(10)
    both = [writer.submit(one("a")), writer.submit(other("b"))]
    hold.released.set()
    assert [future.result(10) for future in both] == ["a", "b"]

    hold = Hold()
    writer.submit(hold)
    hold.held.wait(10)
    good, twice = writer.submit(one("c")), writer.submit(other("a"))
    hold.released.set()
    assert good.result(10) == "c"
    with pytest.raises(IntegrityError):
        twice.result(10)
    assert words(engine) == ["a", "b", "c"]


def test_a_failing_work_fails_alone(engine: Engine, writer: Writer) -> None:
    hold = Hold()
    writer.submit(hold)
    hold.held.wait(10)
    good, twice, other = writer.submit(Add("a")), writer.submit(Add("a")), writer.submit(Add("b"))

    hold.released.set()

    assert (good.result(10), other.result(10)) == ("a", "b")
    with pytest.raises(IntegrityError):
        twice.result(10)
    assert words(engine) == ["a", "b"]


def test_what_a_failing_work_had_written_is_undone(engine: Engine, writer: Writer) -> None:
    def half(connection: Connection) -> None:
        Add("half")(connection)
        raise KeyError("enough")

    with pytest.raises(KeyError):
        writer.submit(half).result(10)
    assert words(engine) == []


async def test_a_locked_database_fails_the_caller_and_later_works_succeed(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "PATIENCE_SECONDS", 0.01)
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Writer(engine) as writer:
        with pytest.raises(OperationalError, match="locked"):
            await writer.write(Add("one"))
        other.execute("ROLLBACK")
        other.close()
        assert await writer.write(Add("two")) == "two"
    assert words(engine) == ["two"]


async def test_a_full_disk_fails_the_caller_and_later_works_succeed(engine: Engine) -> None:
    full = _Full()
    event.listen(engine, "checkout", full.limit)
    with Writer(engine) as writer:
        writes = (writer.write(Add(str(n) * 50_000)) for n in range(5))
        errors = await asyncio.gather(*writes, return_exceptions=True)
        assert all(isinstance(error, OperationalError) and "full" in str(error) for error in errors)
        full.pages = 2**30
        assert await writer.write(Add("two")) == "two"
    assert words(engine) == ["two"]


async def test_a_writer_with_nothing_to_write_gives_its_connection_to_a_server_back(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "IDLE_SECONDS", 0.1)
    engine = create_engine(postgres.database())
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    with Writer(engine) as writer:
        connected(writer)
        assert pool.checkedout() == 1
        await eventually(lambda: pool.checkedout() == 0)
        connected(writer)
        assert pool.checkedout() == 1
    dispose(engine)


@pytest.mark.parametrize("add", [Add, AddPast])
def test_a_commit_that_fails_is_undone(
    engine: Engine, writer: Writer, add: type[Add], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = engine.dialect.do_commit
    failing = [sqlite3.OperationalError("disk I/O error")]

    def commit(connection: Any) -> None:
        if failing:
            raise failing.pop()
        driver(connection)

    monkeypatch.setattr(engine.dialect, "do_commit", commit)
    monkeypatch.setattr(statements, "commit", lambda connection: commit(connection.connection.dbapi_connection))
    with pytest.raises((OperationalError, sqlite3.OperationalError), match="I/O"):
        writer.submit(add("a")).result(10)
    assert writer.submit(add("b")).result(10) == "b"
    assert words(engine) == ["b"]


def test_a_file_stays_open_whatever_fails(tmp_path: Path, engine: Engine, writer: Writer) -> None:
    """Else SQLite would tidy up, and on a full disk nobody could read any more."""
    connected(writer)
    with pytest.raises(ZeroDivisionError):
        writer.submit(lambda _: 1 // 0).result(10)
    dispose(engine)
    assert (tmp_path / "test.db-shm").exists()
    writer.close()
    assert not (tmp_path / "test.db-shm").exists()


async def test_a_write_that_is_not_wanted_any_more_is_not_made(engine: Engine, writer: Writer) -> None:
    hold = Hold()
    first = writer.submit(hold)
    hold.held.wait(10)
    unwanted = asyncio.create_task(writer.write(Add("unwanted")))
    wanted = asyncio.create_task(writer.write(Add("wanted")))
    await asyncio.sleep(0)
    unwanted.cancel()
    await asyncio.sleep(0)

    hold.released.set()

    assert await wanted == "wanted"
    assert first.done()
    assert words(engine) == ["wanted"]


def test_closing_commits_what_is_queued_and_takes_no_more(engine: Engine) -> None:
    writer = Writer(engine, name="log writer")
    futures = [writer.submit(Add(str(n))) for n in range(100)]
    writer.close()
    writer.close()

    assert all(future.done() for future in futures)
    assert len(words(engine)) == 100
    with pytest.raises(WriterClosed, match="log writer"):
        writer.submit(Add("late"))


def test_a_cancelled_work_is_not_run(engine: Engine, writer: Writer) -> None:
    hold = Hold()
    writer.submit(hold)
    hold.held.wait(10)
    cancelled, kept = writer.submit(Add("a")), writer.submit(Add("b"))
    assert cancelled.cancel()

    hold.released.set()

    assert kept.result(10) == "b"
    assert words(engine) == ["b"]


class _Full:
    """A disk with room for a few pages."""

    pages = 8

    def limit(self, connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={self.pages}").close()
