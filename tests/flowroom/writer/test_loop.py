"""Small works are committed by the loop: in order, failing alone, and never where it would have to wait for long."""

import asyncio
import math
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from flowroom import sql
from flowroom import writer as writer_module
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer, WriterClosed
from tests.flowroom.writer.words import Add, Hold, connected, counted, thread_of_work, words


async def test_a_small_work_with_nothing_before_it_is_durable_in_the_same_turn_of_the_loop(
    engine: Engine, writer: Writer
) -> None:
    """ROOM-29"""
    connected(writer)
    turns: list[str] = []
    asyncio.get_running_loop().call_soon(turns.append, "next")

    assert await writer.write(thread_of_work, small=True) == threading.get_ident()

    assert not turns
    await asyncio.sleep(0)
    assert await writer.write(Add("one"), small=True) == "one"
    assert words(engine) == ["one"]


async def test_small_works_of_one_turn_share_a_transaction_after_the_first(
    engine: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ROOM-29"""
    connected(writer)
    commits = counted(monkeypatch)

    await asyncio.gather(*(writer.write(Add(f"{n:02}"), small=True) for n in range(20)))

    assert len(commits) == 2
    assert len(words(engine)) == 20


async def test_a_small_work_waits_for_those_before_it(engine: Engine, writer: Writer) -> None:
    connected(writer)
    hold = Hold()
    held, before = writer.submit(hold), writer.submit(Add("before"))
    hold.held.wait(10)
    small = asyncio.ensure_future(writer.write(lambda _: words(engine), small=True))
    await asyncio.sleep(0.05)
    assert not small.done()

    hold.released.set()

    await asyncio.wait_for(small, 10)
    assert held.done() and before.done()


async def test_works_are_done_in_order_whichever_are_small(engine: Engine, writer: Writer) -> None:
    connected(writer)
    done: list[int] = []
    smallness = [True, True, False, True, True, False]
    works = [(lambda _, n=n: done.append(n)) for n in range(len(smallness))]

    await asyncio.gather(*(writer.write(work, small=small) for work, small in zip(works, smallness, strict=True)))

    assert done == sorted(done) and set(done) == set(range(6))


async def test_a_small_work_that_fails_fails_alone(engine: Engine, writer: Writer) -> None:
    connected(writer)
    await writer.write(Add("a"), small=True)

    with pytest.raises(IntegrityError):
        await writer.write(Add("a"), small=True)
    results = await asyncio.gather(
        *(writer.write(Add(word), small=True) for word in ("b", "c", "a", "d")), return_exceptions=True
    )

    assert [isinstance(result, IntegrityError) for result in results] == [False, False, True, False]
    assert words(engine) == ["a", "b", "c", "d"]


async def test_a_small_work_that_is_not_wanted_any_more_is_not_made(engine: Engine, writer: Writer) -> None:
    connected(writer)
    tasks = [asyncio.ensure_future(writer.write(Add(word), small=True)) for word in ("a", "b", "c")]
    asyncio.get_running_loop().call_soon(tasks[1].cancel)  # before the turn ends, and after all have begun

    await asyncio.wait(tasks)

    assert words(engine) == ["a", "c"]


async def test_the_loop_goes_on_while_another_process_has_the_lock(
    tmp_path: Path, engine: Engine, writer: Writer
) -> None:
    """ROOM-29"""
    connected(writer)
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    small = asyncio.ensure_future(writer.write(Add("one"), small=True))
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert not small.done()

    other.execute("ROLLBACK")

    assert await asyncio.wait_for(small, 10) == "one"
    other.close()


async def test_a_slow_disk_is_left_to_the_thread_for_a_while(
    engine: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ROOM-29"""
    connected(writer)
    monkeypatch.setattr(writer_module, "SLOW_FOR_SECONDS", 0.5)
    end, here = sql.end, threading.get_ident()

    def slow(connection: Connection) -> None:
        time.sleep(0.02)
        end(connection)

    monkeypatch.setattr(sql, "end", slow)
    assert await writer.write(thread_of_work, small=True) == here
    assert await writer.write(thread_of_work, small=True) != here
    monkeypatch.undo()

    deadline = time.monotonic() + 10
    while await writer.write(thread_of_work, small=True) != here:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_loop_never_waits_for_a_network(database: str) -> None:
    engine = create_engine(database)
    with Writer(engine) as writer:
        connected(writer)
        thread = await writer.write(thread_of_work, small=True)
    assert (thread == threading.get_ident()) is database.startswith("sqlite")
    dispose(engine)


async def test_small_works_of_a_turn_in_which_the_writer_is_closed_fail(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowroom.writer.QUICK_SECONDS", math.inf)  # the loop waits for any disk
    writer = Writer(engine)
    connected(writer)
    tasks = [asyncio.ensure_future(writer.write(Add(word), small=True)) for word in ("a", "b")]
    asyncio.get_running_loop().call_soon(writer.close)  # before the turn ends, and after both have begun

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert results[0] == "a" and isinstance(results[1], WriterClosed)
    assert words(engine) == ["a"]
    with pytest.raises(WriterClosed):
        await writer.write(Add("c"), small=True)
