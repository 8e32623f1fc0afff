"""In which order the works of a transaction are run: where other processes lock the same rows, in that of the rows."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, text

from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer
from tests.flowroom.writer.words import Hold
from tests.services.postgres import Postgres

MEET_SECONDS = 0.5


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Engine]:
    """A database on a server, with two rows that everyone changes."""
    engine = create_engine(postgres.database())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER)"))
        connection.execute(text("INSERT INTO tally VALUES ('a', 0), ('b', 0)"))
    yield engine
    dispose(engine)


class Both:
    """A work that changes both rows, one after the other, and waits in between until another has changed one, too."""

    def __init__(self, names: str, meet: threading.Barrier) -> None:
        self._counts = [Count(name, meet) for name in names]

    def __call__(self, connection: Connection) -> None:
        for count in self._counts:
            count(connection)


class Count:
    """A work that changes one row, and waits a moment for another writer to hold a row too."""

    def __init__(self, name: str, meet: threading.Barrier) -> None:
        self.name = name
        self.runs = 0
        self._meet = meet

    def __call__(self, connection: Connection) -> None:
        self.runs += 1
        connection.execute(text("UPDATE tally SET count = count + 1 WHERE name = :name"), {"name": self.name})
        with suppress(threading.BrokenBarrierError):
            self._meet.wait(MEET_SECONDS)


async def run_in(writer: Writer, names: list[tuple[str, str]]) -> list[str]:
    """Queue works by name, with the rows they lock, for one transaction; the names in the order they were run."""
    done: list[str] = []
    hold = Hold()
    held = writer.submit(hold)
    await asyncio.to_thread(hold.held.wait, 10)

    def note(name: str) -> Callable[[Connection], None]:
        return lambda _connection: done.append(name)

    writing = [asyncio.ensure_future(writer.write(note(name), locks=row)) for name, row in names]
    await asyncio.sleep(0)  # lets every write be queued
    hold.released.set()
    await asyncio.gather(*writing)
    held.result(10)
    return done


MIXED = [("1", "b"), ("2", ""), ("3", "a"), ("4", "b"), ("5", ""), ("6", "a")]


async def test_works_are_run_in_the_order_of_the_rows_that_other_processes_lock_too(shared: Engine) -> None:
    """FAN-25: those of one row keep their order, and those of none, which come first."""
    with Writer(shared) as writer:
        assert await run_in(writer, MIXED) == ["2", "5", "3", "6", "1", "4"]


async def test_a_file_has_one_lock_for_all_so_works_are_run_as_they_came(writer: Writer) -> None:
    assert await run_in(writer, MIXED) == ["1", "2", "3", "4", "5", "6"]


async def test_a_work_that_is_alone_shares_its_transaction_with_no_other(shared: Engine) -> None:
    """FAN-25: what it locks last it keeps from others no longer than until its own commit."""
    with Writer(shared) as writer:
        hold = Hold()
        writer.submit(hold)
        await asyncio.to_thread(hold.held.wait, 10)
        number = text("SELECT pg_current_xact_id()::text")
        wanted = [("a", False), ("", True), ("b", False), ("", True)]
        writing = [
            asyncio.ensure_future(writer.write(lambda connection: connection.scalar(number), locks=row, alone=alone))
            for row, alone in wanted
        ]
        await asyncio.sleep(0)
        hold.released.set()
        a, first, b, second = await asyncio.gather(*writing)
    assert a == b and len({a, first, second}) == 3


async def test_a_work_that_was_ended_to_let_another_go_on_is_run_again(shared: Engine) -> None:
    """FAN-25: whoever waits for it hears that it was done, where no order of rows could have kept it from that."""
    meet = threading.Barrier(2)
    with Writer(shared) as one, Writer(shared) as two:
        await asyncio.gather(one.write(Both("ab", meet), alone=True), two.write(Both("ba", meet), alone=True))
    with shared.connect() as connection:
        assert list(connection.scalars(text("SELECT count FROM tally"))) == [2, 2]


async def test_two_writers_that_take_the_same_rows_in_opposite_orders_do_not_end_each_other(shared: Engine) -> None:
    """FAN-25: the server would look for the circle a second long, end one, and its works would be run again."""
    meet = threading.Barrier(2)
    works: list[Count] = []
    with Writer(shared) as one, Writer(shared) as two:
        holds = [Hold(), Hold()]
        for writer, hold in zip((one, two), holds, strict=True):
            writer.submit(hold)
            await asyncio.to_thread(hold.held.wait, 10)
        writing = []
        for writer, names in ((one, "ab"), (two, "ba")):
            for name in names:
                works.append(Count(name, meet))
                writing.append(asyncio.ensure_future(writer.write(works[-1], locks=name)))
        await asyncio.sleep(0)
        for hold in holds:
            hold.released.set()
        await asyncio.gather(*writing)

    assert [work.runs for work in works] == [1, 1, 1, 1]
    with shared.connect() as connection:
        assert list(connection.scalars(text("SELECT count FROM tally"))) == [2, 2]
