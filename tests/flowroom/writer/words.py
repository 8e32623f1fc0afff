"""Works for a writer, on a table of words, and what became of them."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, text

from flowroom import sql, statements
from flowroom.writer import Writer


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


def thread_of_work(_connection: Connection) -> int:
    """A work that tells which thread runs it."""
    return threading.get_ident()


def connected(writer: Writer) -> None:
    """Have a writer take its connection."""
    writer.submit(thread_of_work).result(10)


def counted(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[int, bool], bool] = lambda _nth, _open: True
) -> list[Connection]:
    """The commits from now on. `check` is asked of each whether SQLAlchemy's transaction may be open, or not."""
    commits: list[Connection] = []
    end = sql.end

    def end_counted(connection: Connection) -> None:
        assert check(len(commits), connection.in_transaction())
        commits.append(connection)
        end(connection)

    monkeypatch.setattr(sql, "end", end_counted)
    return commits


async def eventually(check: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def words(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT word FROM word ORDER BY word")))
