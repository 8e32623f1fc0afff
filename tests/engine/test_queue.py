"""Runs that are to be done are found and owned by exactly one worker, whatever else goes on."""

import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from engine import Runs, runlog
from engine.batch import Batch, append
from engine.errors import Fenced
from engine.queue import local, turns
from engine.queue.leases import Watch, given
from engine.queue.local import LocalQueue
from engine.queue.turns import share
from engine.tables import RUN
from flowroom.runs import NodePath, RunEvent
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.engine.graphs import graph, node
from tests.engine.test_worker import House, serving

T = TypeVar("T")
ONE_NODE = graph([node("a", "Log")])


class FailsAfter(Writer):
    """A writer whose disk is full once some works have been written, until it is mended."""

    def __init__(self, engine: Engine, works: int) -> None:
        super().__init__(engine)
        self.left = works

    async def write(
        self, work: Callable[[Connection], T], *, small: bool = False, locks: str = "", alone: bool = False
    ) -> T:
        """Write, or fail."""
        self.left -= 1
        if self.left < 0:
            raise OperationalError("claim", None, Exception("database or disk is full"))
        return await super().write(work, small=small, locks=locks, alone=alone)


@pytest.fixture
async def runs(database: str) -> AsyncIterator[Runs]:
    """A run log."""
    made = Runs(database)
    yield made
    await made.close()


@pytest.fixture
def engine(database: str, runs: Runs) -> Iterator[Engine]:
    """A worker's way to it."""
    engine = create_engine(database)
    yield engine
    engine.dispose()


async def test_runs_that_wait_are_found_behind_many_that_go_on(runs: Runs, engine: Engine) -> None:
    for _ in range(120):
        await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        busy = LocalQueue(engine, writer, lease_seconds=30, owner="another-machine/1/x")
        for _ in range(12):
            await busy.claim(10)
        waiting = await runs.start("g", ONE_NODE, by="ada")

        for queue in (busy, LocalQueue(engine, writer, lease_seconds=30)):
            [claim] = await queue.claim(5)
            assert claim.id == waiting.id
            await queue.release(claim)
    engine.dispose()


@pytest.mark.parametrize("works", [0, 1, 2])
async def test_a_claim_that_fails_half_way_leaves_no_run_behind(runs: Runs, engine: Engine, works: int) -> None:
    """A worker takes what it owns for being worked on, so what it doesn't know that it owns would wait for ever."""
    waiting = {(await runs.start("g", ONE_NODE, by="ada")).id for _ in range(3)}
    with FailsAfter(engine, works) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=30)
        claimed: set[str] = set()
        try:
            claimed |= {claim.id for claim in await queue.claim(10)}
        except OperationalError:
            pass
        writer.left = 1000
        claimed |= {claim.id for claim in await queue.claim(10)}

    assert claimed == waiting
    engine.dispose()


async def test_a_run_that_this_worker_has_lost_is_its_own_to_find_again(runs: Runs, engine: Engine) -> None:
    """It could not write how the run ended, say. One that goes on here is left alone, however late its lease is."""
    lost = await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=0.0)
        [first] = await queue.claim(5)

        assert await queue.claim(5, besides={lost.id: "g"}) == []
        [again] = await queue.claim(5)

    assert (again.id, again.epoch) == (lost.id, first.epoch + 1)
    engine.dispose()


async def test_a_run_that_was_given_back_until_a_time_is_not_kept_for_longer(runs: Runs, engine: Engine) -> None:
    """RUN-32: a lease that is renewed at that moment would have it taken up too soon, or, when none waits, too late."""
    await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=0.0)
        [claim] = await queue.claim(1)
        await queue.release(claim, until=9e9)
        with pytest.raises(Fenced):
            await queue.renew(claim)
        assert await queue.claim(1) == []
    engine.dispose()


async def test_how_often_the_engine_of_a_run_was_gone_is_counted_until_a_node_ends(runs: Runs, engine: Engine) -> None:
    """RUN-43: whoever gives a run back was not gone."""
    record = await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=0.0)

        async def lost() -> int:
            [claim] = await queue.claim(1)
            return claim.lost

        assert [await lost() for _ in range(4)] == [0, 1, 2, 3]
        [claim] = await queue.claim(1)
        await queue.release(claim)
        assert [await lost(), await lost()] == [4, 5]
        [claim] = await queue.claim(1)
        for seq, kind, after in ((1, "node.started", 7), (2, "node.succeeded", 1)):
            batch = Batch(rows=[(seq, 1.0, kind, "a", 0, 1, None)])
            await writer.write(partial(append, run=record.id, graph="g", epoch=claim.epoch, batch=batch))
            [claim] = await queue.claim(1)
            assert claim.lost == after
    engine.dispose()


def finish(connection: Connection, run: str) -> None:
    connection.execute(RUN.update().where(RUN.c.id == run).values(finished=1.0))


async def test_runs_that_may_have_ended_their_engines_are_taken_one_at_a_time(runs: Runs, engine: Engine) -> None:
    """RUN-43: beside any number of others."""
    first = [(await runs.start("g", ONE_NODE, by="ada")).id for _ in range(3)]
    with Writer(engine) as writer:
        for _ in range(turns.SUSPECT_FROM):
            gone = LocalQueue(engine, writer, lease_seconds=0.0)
            assert {claim.id for claim in await gone.claim(10)} == set(first)
        others = [(await runs.start("g", ONE_NODE, by="ada")).id for _ in range(2)]

        queue, going = LocalQueue(engine, writer, lease_seconds=0.0), dict[str, str]()

        async def taken() -> list[str]:
            claimed = [claim.id for claim in await queue.claim(10, besides=going)]
            going.update(dict.fromkeys(claimed, "g"))
            return claimed

        assert await taken() == [first[0], *others]
        for ended, after in pairwise(first):
            assert await taken() == []
            await writer.write(partial(finish, run=ended))
            del going[ended]
            assert await taken() == [after]
    engine.dispose()


async def test_a_lease_is_watched_by_the_clock_of_who_watches(runs: Runs, engine: Engine) -> None:
    """RUN-36: since it was last seen to change, for as long as its owner said, whatever its own time says."""
    await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer, engine.connect() as connection:
        owner, watch = LocalQueue(engine, writer, lease_seconds=9, owner="another-machine/1/x"), Watch(30)
        [claim] = await owner.claim(1)

        def run_out(now: float) -> bool:
            found = watch.run_out(given(connection), now) == {claim.id}
            connection.rollback()
            return found

        assert [run_out(100), run_out(108.9), run_out(109)] == [False, False, True]
        await owner.renew(claim)
        assert [run_out(109), run_out(117.9), run_out(118)] == [False, False, True]
        await writer.write(lambda c: c.execute(RUN.update().values(lease_until=0.0, lease_seconds=None)))
        assert [run_out(200), run_out(229.9), run_out(230)] == [False, False, True]
    engine.dispose()


async def test_an_engine_without_room_watches_leases_all_the_same(runs: Runs, engine: Engine) -> None:
    """RUN-36: a run of an engine that is gone waits for room, and then not for its lease once more."""
    now = 0.0
    await runs.start("g", ONE_NODE, by="ada")
    with Writer(engine) as writer:
        owner = LocalQueue(engine, writer, lease_seconds=9, owner="another-machine/1/x")
        full = LocalQueue(engine, writer, lease_seconds=9, clock=lambda: now)
        [claim] = await owner.claim(1)
        for _ in range(3):
            assert await full.claim(0) == []
            now += 3
        [taken] = await full.claim(1)

    assert (taken.id, taken.epoch) == (claim.id, claim.epoch + 1)
    engine.dispose()


async def started(runs: Runs, *graphs: str) -> list[str]:
    """Runs of these graphs, in this order."""
    return [(await runs.start(id, ONE_NODE, by="ada")).id for id in graphs]


async def test_the_first_run_of_each_graph_comes_before_the_second_of_any(runs: Runs, engine: Engine) -> None:
    """RUN-28"""
    a1, a2, a3, b1, b2, c1 = await started(runs, "a", "a", "a", "b", "b", "c")
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=30)

        assert [claim.id for claim in await queue.claim(4)] == [a1, b1, c1, a2]
        (d1,) = await started(runs, "d")
        assert [claim.id for claim in await queue.claim(3)] == [d1, b2, a3]
    engine.dispose()


async def test_one_graph_never_has_more_than_its_share_of_an_engine(runs: Runs, engine: Engine) -> None:
    """RUN-28: also when nobody else waits, for runs that hang would still be there when someone does."""
    hanging = await started(runs, *["a"] * 150)
    with Writer(engine) as writer:
        queue = LocalQueue(engine, writer, lease_seconds=30, most_of_graph=2)
        here = {claim.id: claim.graph for claim in await queue.claim(4)}
        assert list(here) == hanging[:2]
        assert await queue.claim(2, besides=here) == []
        (other,) = await started(runs, "b")
        assert [claim.id for claim in await queue.claim(2, besides=here)] == [other]

        del here[hanging[0]]
        await writer.write(lambda c: runlog.ask_to_cancel(c, hanging[0], "ada"))
        [claim] = await queue.claim(2, besides=here)
        assert claim.id == hanging[2]
        another = LocalQueue(engine, writer, lease_seconds=30, most_of_graph=2)
        assert [claim.id for claim in await another.claim(9)] == hanging[3:5]
    engine.dispose()


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (2, 1), (3, 2), (8, 4), (16, 8)])
def test_a_share_is_half_of_the_slots_and_never_none(slots: int, most: int) -> None:
    assert share(slots) == most


async def test_an_output_that_looks_like_a_reference_stays_what_it_is(runs: Runs, engine: Engine) -> None:
    event = RunEvent(1, 0.0, "node.succeeded", NodePath("a"), 0, 1, {"outputs": {"output": {"$blob": {"x": [1]}}}})

    with engine.connect() as connection:
        assert list(runlog.with_blobs(connection, [event])) == [event]
    engine.dispose()


async def test_only_what_is_committed_is_news_or_that_time_has_passed(
    runs: Runs, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RUN-33."""
    monkeypatch.setattr(local, "LONGEST_REST_SECONDS", math.inf)
    with Writer(engine) as writer, closing(LocalQueue(engine, writer, lease_seconds=30)) as queue:
        only_when_asked = engine.dialect.name != "sqlite"
        assert [queue.has_news(), queue.has_news()] == [True, only_when_asked]

        await runs.start("g", ONE_NODE, by="ada")
        assert [queue.has_news(), queue.has_news()] == [True, only_when_asked]
        [claim] = await queue.claim(1)
        assert [queue.has_news(), queue.has_news()] == [True, only_when_asked]
        await queue.release(claim)
        assert queue.has_news()

        monkeypatch.setattr(local, "LONGEST_REST_SECONDS", 0.0)
        assert queue.has_news()
        assert queue.has_news()
    engine.dispose()


async def test_an_engine_without_room_takes_the_next_run_as_soon_as_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RUN-33: nothing is committed between the end of a run and the room that it leaves."""
    house, news = House(tmp_path), [True]
    monkeypatch.setattr(LocalQueue, "has_news", lambda _: bool(news) and news.pop())
    house.settings = house.settings.model_copy(update={"max_runs": 1})
    started = [await house.runs.start("g1", graph([node("a", "Total")]), by="ada") for _ in range(3)]
    async with serving(house):
        for run in started:
            assert (await house.finished(run.id)).state == "succeeded"
