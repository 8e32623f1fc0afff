"""The writer commits in groups, fails works one by one, and says so when the database refuses."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import QueuePool

from flowroom import sql, statements
from flowroom.sql import Writer, WriterClosed, create_engine, dispose


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE word (word TEXT PRIMARY KEY)"))
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    with Writer(engine) as writer:
        yield writer


class Add:
    """A work that inserts one word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self, connection: Connection) -> str:
        connection.execute(text("INSERT INTO word VALUES (:word)"), {"word": self.word})
        return self.word


class AddPast(Add):
    """A work that inserts one word past SQLAlchemy."""

    def __call__(self, connection: Connection) -> str:
        statements.execute(connection, "INSERT INTO word VALUES (?)", [self.word])
        return self.word


class Hold:
    """A work that keeps the writer busy until it is released, so that others queue up behind it."""

    def __init__(self) -> None:
        self.held = threading.Event()
        self.released = threading.Event()

    def __call__(self, connection: Connection) -> None:
        self.held.set()
        self.released.wait(10)


def words(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT word FROM word ORDER BY word")))


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
    commits: list[Connection] = []
    commit = sql._end

    def counted(connection: Connection) -> None:
        assert connection.in_transaction() is (keeps_books and bool(commits))  # the first was to hold the others up
        commits.append(connection)
        commit(connection)

    monkeypatch.setattr(sql, "_end", counted)
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


async def test_a_locked_database_fails_the_caller_and_later_works_succeed(tmp_path: Path, engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    event.listen(engine, "checkout", _impatient)
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


def test_a_writer_with_nothing_to_write_gives_its_connection_back(engine: Engine, writer: Writer) -> None:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    writer.submit(Add("one")).result(10)
    assert pool.checkedout() == 1
    deadline = time.monotonic() + 10
    while pool.checkedout():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    writer.submit(Add("two")).result(10)
    assert words(engine) == ["one", "two"]


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


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_an_url_that_could_lose_data_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite"):
        create_engine(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_through_psycopg(scheme: str) -> None:
    assert create_engine(f"{scheme}://user@host/name").dialect.driver == "psycopg"


def _impatient(connection: sqlite3.Connection, *_: object) -> None:
    connection.execute("PRAGMA busy_timeout=10").close()


class _Full:
    """A disk with room for a few pages."""

    pages = 8

    def limit(self, connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={self.pages}").close()


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
