"""A run that is asked for twice, under one key, is one run; who first asks for its end is known."""

import asyncio
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import Connection

from engine import AlreadyStarted, RunRecord, Runs, TooManyRuns, runlog
from engine.starting import create
from flowroom.sql import create_engine, dispose, writing
from tests.engine.graphs import graph, node

ONE_NODE = graph([node("a", "Log")])


async def test_of_those_who_start_it_at_once_one_does(database: str) -> None:
    """RUN-20: in one process and in another; the others are told which run it is."""
    here, there = Runs(database), Runs(database)
    starts = [runs.start("g", ONE_NODE, by="ada", key="k") for _ in range(5) for runs in (here, there)]
    outcomes = await asyncio.gather(*starts, return_exceptions=True)
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, RunRecord)]
    told = [outcome.run for outcome in outcomes if isinstance(outcome, AlreadyStarted)]
    assert told == [made.id] * 9
    assert await here.of_key("g", "k") == made == (await there.list("g"))[0]
    assert len(await there.list("g")) == 1
    await here.close()
    await there.close()


async def test_two_processes_may_pin_the_same_graph_at_once(database: str) -> None:
    """RUN-1"""
    here, there = Runs(database), Runs(database)
    await asyncio.gather(*(runs.start("g", ONE_NODE, by="ada") for _ in range(5) for runs in (here, there)))
    assert len(await here.list("g")) == 10
    await here.close()
    await there.close()


async def test_a_key_is_of_one_graph_and_none_is_like_no_other(database: str) -> None:
    """RUN-20"""
    runs = Runs(database)
    made = [
        await runs.start("g", ONE_NODE, by="ada", key="k"),
        await runs.start("h", ONE_NODE, by="ada", key="k"),
        await runs.start("g", ONE_NODE, by="ada"),
        await runs.start("g", ONE_NODE, by="ada"),
    ]
    assert len({record.id for record in made}) == 4
    await runs.delete_graph("g")
    assert await runs.of_key("g", "k") is None
    with pytest.raises(AlreadyStarted, match=made[1].id):
        await runs.start("h", ONE_NODE, by="ada", key="k")
    await runs.close()


async def test_a_graph_has_only_so_many_runs_that_have_not_ended(database: str) -> None:
    """RUN-27: however many are started at once, from however many processes; another graph has its own."""
    here, there = (Runs(database, most_unfinished=3) for _ in range(2))
    starts = [runs.start("g", ONE_NODE, by="ada", key=f"k{n}") for n in range(6) for runs in (here, there)]
    outcomes = await asyncio.gather(*starts, return_exceptions=True)

    made = [outcome for outcome in outcomes if isinstance(outcome, RunRecord)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, TooManyRuns)]
    assert len(made) == 3
    assert {(error.graph, error.unfinished, error.most) for error in refused} == {("g", 3, 3)}
    await there.start("h", ONE_NODE, by="ada")
    await here.cancel(made[0].id, "ada")
    await here.start("g", ONE_NODE, by="ada")
    with pytest.raises(TooManyRuns, match="3 runs of the graph 'g' have not ended"):
        await there.start("g", ONE_NODE, by="ada")
    await here.close()
    await there.close()


@pytest.mark.parametrize("claimed", [False, True])
async def test_it_is_kept_who_was_the_first_to_cancel_a_run(database: str, claimed: bool) -> None:
    """ACT-18: of one that no engine has, which ends at once, and of one that goes on meanwhile."""
    runs = Runs(database)
    run = (await runs.start("g", ONE_NODE, by="ada")).id
    if claimed:
        await runs._writer.write(lambda c: runlog.claim(c, run, owner="w", was=None, lease_seconds=0.0))
    assert await runs.cancellation(run) is None
    for name in ("bo", "cleo"):
        await runs.cancel(run, name, person=f"p-{name}")

    first, events = await runs.cancellation(run), await runs.events(run)
    assert first is not None and (first.by, first.person) == ("bo", "p-bo")
    assert [event.at for event in events] == ([] if claimed else [first.at] * 2)
    await runs.close()


async def test_a_run_that_is_asked_for_again_is_none_too_many(database: str) -> None:
    """RUN-20, RUN-27."""
    runs = Runs(database, most_unfinished=1)
    made = await runs.start("g", ONE_NODE, by="ada", key="k")
    with pytest.raises(AlreadyStarted, match=made.id):
        await runs.start("g", ONE_NODE, by="ada", key="k")
    await runs.close()


def test_who_starts_a_run_counts_those_that_are_being_started(database: str) -> None:
    """RUN-27: by another process, in a transaction that is still open; so the count waits for its end."""
    engine = writing(create_engine(database))
    runlog.prepare(engine)

    def start(connection: Connection, id: str) -> None:
        texts = {"graph": "g", "inputs": "{}", "trigger": "manual", "by": "ada", "state": "created", "key": None}
        numbers = {"epoch": 0, "lease_until": 0.0, "last_seq": 0, "created": 0.0}
        values: dict[str, Any] = {"id": id, "snapshot": id, **texts, **numbers}
        create(connection, values, b"{}", most=1)

    def start_another() -> None:
        with engine.begin() as connection:
            start(connection, "second")

    with ThreadPoolExecutor() as threads:
        with engine.begin() as connection:
            start(connection, "first")
            second = threads.submit(start_another)
            wait([second], timeout=0.3)
        with pytest.raises(TooManyRuns):
            second.result()
    dispose(engine)
