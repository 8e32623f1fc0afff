"""Going on from any point of the log gives the same results, and owners that lost a run can't write to it."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Runs, runlog
from engine.batch import Batch, Row, append
from engine.cascade import Cascading
from engine.errors import Fenced
from engine.journal import Journal
from engine.plan import compile
from engine.queue.local import LocalQueue, here, is_dead
from engine.queue.turns import waiting
from engine.runlog import Claim
from engine.scheduler import Scheduler
from engine.services import Services
from engine.settings import EngineSettings
from engine.stage import Setting
from engine.worker import Worker
from flowroom.model import Execution, Graph, Meta, NodeId, Ports, Retry
from flowroom.runs import RunEvent, RunId, RunView, fold
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.engine.graphs import graph, node
from tests.engine.kinds import KINDS
from tests.engine.test_worker import House, serving, until

GONE = 2**22 + 7
"""A number that no process has."""
ENDS = ("node.succeeded", "node.failed", "node.skipped")
EXAMPLES = int(os.environ.get("FLOWROOM_EXAMPLES", "60"))


class Bench:
    """Runs and resumes graphs without a worker process."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.settings = EngineSettings(data=folder, runs_url=database)
        self.runs = Runs(self.settings.log_url)
        self.engine = create_engine(self.settings.log_url)
        self.writer = Writer(self.engine)
        self.services = Services(self.settings)

    async def claimed(self, drawn: Graph, *, start: NodeId | None = None) -> Claim:
        """A new run of a graph, owned."""
        record = await self.runs.start("g1", drawn, by="ada", start=start)
        return await self.claim(record.id)

    async def claim(self, run: str) -> Claim:
        """A run taken over from whoever has it."""
        with self.engine.connect() as connection:
            owner = next(found.owner for found in waiting(connection, 9e9, 1000) if found.id == run)
        claim = await self.writer.write(lambda c: runlog.claim(c, run, owner="test", was=owner, lease_seconds=0.0))
        assert claim is not None
        return claim

    async def drive(self, drawn: Graph, claim: Claim, past: list[RunEvent]) -> list[RunEvent]:
        """Go on from a past, and return the whole log."""
        plan = compile(drawn, KINDS.type_of)
        journal = Journal(self.writer, claim)
        setting = Setting(run_id=RunId(claim.id), services=self.services, definition=KINDS, limit=4)
        run = Scheduler(plan, journal, setting)
        if past:
            await run.replay(past)
        await run.run()
        return await self.runs.events(claim.id, limit=10_000)

    async def resumed_after(self, drawn: Graph, events: list[RunEvent]) -> list[RunEvent]:
        """What becomes of a run whose log is cut off after these events."""
        claim = await self.claimed(drawn)
        rows: list[Row] = [
            (e.seq, e.at, e.type, e.node, e.iteration, e.attempt,
             None if e.payload is None else orjson.Fragment(orjson.dumps(e.payload)))
            for e in events
        ]  # fmt: skip
        batch = Batch(rows=rows)
        await self.writer.write(lambda c: append(c, claim.id, "g1", claim.epoch, batch))
        again = await self.claim(claim.id)
        return await self.drive(drawn, again, events)

    async def close(self) -> None:
        """Let go."""
        await self.services.close()
        await self.runs.close()
        self.writer.close()
        self.engine.dispose()


@pytest.fixture
async def bench(tmp_path: Path, database: str) -> AsyncIterator[Bench]:
    """A place to run things."""
    made = Bench(tmp_path, database)
    yield made
    await made.close()


def results(events: list[RunEvent]) -> dict[str, tuple[str, str | None]]:
    """How every node ended and what it gave."""
    view = fold(RunView(RunId("r")), events)
    return {path: (shown.status, shown.preview) for path, shown in view.nodes.items()}


def decisions(events: list[RunEvent]) -> list[list[RunEvent]]:
    """A log in pieces that were written together: an end goes with what was decided by it."""
    pieces: list[list[RunEvent]] = []
    for event in events:
        if (pieces and event.type in ("node.skipped", "node.entry")) or (
            event.type == "node.failed" and not event.attempt
        ):
            pieces[-1].append(event)
        else:
            pieces.append([event])
    return pieces


def mixed() -> Graph:
    """A bit of everything."""
    retry = Retry(attempts=2, delay=0.001, jitter=False)
    nodes = [
        node("a", "Total", params={"add": 2}),
        node("b", "Total", params={"add": 3}),
        node("each", "One"),
        node("flaky", "Flaky", retry=retry),
        node("route", "Route", params={"port": "left"}),
        node("left", "Total", params={"add": 1}),
        node("right", "Total"),
        node("bad", "Broken", on_error="port"),
        node("rescue", "Plain"),
        node("yes", "Total"),
        node("no", "Total"),
        node("g", "Group", ports=Ports(inputs=("in",), outputs=("out",))),
        node("i", "GroupInput", parent="g", params={"port": "in"}),
        node("x", "Total", parent="g", params={"add": 1}),
        node("o", "GroupOutput", parent="g", params={"port": "out"}),
        node("end", "Total"),
        node("early", "Plain", run_when="first"),
    ]
    return graph(
        nodes, "a>each", "b>each", "a>flaky", "a>route", "route.left>left", "route.right>right",
        "b>bad", "bad.error>rescue",
        "a>yes?value > 1", "a>no?value > 5", "b>g.in", "i>x", "x>o", "g.out>end?value > 3", "left>end", "yes>end",
        "flaky>early", "left>early",
    )  # fmt: skip


async def test_a_run_goes_on_from_any_decision_in_its_log(bench: Bench) -> None:
    """RUN-14: with the same results, each recorded once."""
    drawn = mixed()
    whole = await bench.drive(drawn, await bench.claimed(drawn), [])
    pieces = decisions(whole)
    assert len(results(whole)) == 17

    for cut in range(len(pieces) - 1):
        past = [event for piece in pieces[: cut + 1] for event in piece]
        events = await bench.resumed_after(drawn, past)

        assert results(events) == results(whole), f"after {cut + 1} decisions: {past[-1]}"
        ends = Counter((e.node, e.iteration) for e in events if e.type in ENDS)
        assert set(ends.values()) == {1}, f"after {cut + 1} decisions: {past[-1]}"


async def test_a_taken_over_run_refuses_its_old_owner(bench: Bench) -> None:
    """RUN-18: the late worker stops and nothing of it is written."""
    drawn = graph([node("slow", "SlowTotal", params={"seconds": 2}), node("next", "Total")], "slow>next")
    old = await bench.claimed(drawn)
    going = asyncio.create_task(bench.drive(drawn, old, []))

    async def begun() -> bool:
        return len(await bench.runs.events(old.id)) >= 2

    await until(begun)
    new = await bench.claim(old.id)
    before = await bench.runs.events(old.id)

    assert new.epoch == old.epoch + 1
    with pytest.raises(Fenced):
        await going
    assert await bench.runs.events(old.id) == before


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_a_run_whose_end_is_being_written_can_not_be_cancelled(bench: Bench, execution: Execution) -> None:
    """RUN-12: its end is the last that is said of it, and what it was stays."""
    drawn = graph([node("a", "Total")], meta=Meta(execution=execution))
    claim = await bench.claimed(drawn, start=NodeId("a"))
    run: Scheduler | Cascading

    def cancelled_at_the_end(events: list[RunEvent]) -> None:
        if any(event.type == "run.finished" for event in events):
            run.cancel("ada")

    journal = Journal(bench.writer, claim, committed=cancelled_at_the_end)
    setting = Setting(run_id=RunId(claim.id), services=bench.services, definition=KINDS)
    if execution == "dataflow":
        run = Scheduler(compile(drawn, KINDS.type_of), journal, setting)
    else:
        run = Cascading(drawn, NodeId("a"), KINDS.type_of, journal, setting)

    assert await run.run() == "succeeded"
    await journal.durable()
    assert [event.type for event in await bench.runs.events(claim.id)][-1] == "run.finished"


async def test_an_expired_lease_is_taken_over_by_another_worker(tmp_path: Path, database: str) -> None:
    """RUN-18."""
    house = House(tmp_path, database)
    record = await house.runs.start("g1", graph([node("a", "Total", params={"add": 1})]), by="ada")
    engine = create_engine(house.settings.log_url)
    with Writer(engine) as writer:
        other = LocalQueue(engine, writer, lease_seconds=0.3, owner="another-machine/1/x")
        [claim] = await other.claim(1)
        async with serving(house):
            assert (await house.finished(record.id)).state == "succeeded"
        with pytest.raises(Fenced):
            await other.renew(claim)
    engine.dispose()


async def test_a_lease_that_is_kept_is_left_alone(tmp_path: Path, database: str) -> None:
    """RUN-18."""
    house = House(tmp_path, database)
    await house.runs.start("g1", graph([node("a", "Total")]), by="ada")
    engine = create_engine(house.settings.log_url)
    with Writer(engine) as writer:
        one = LocalQueue(engine, writer, lease_seconds=30, owner="another-machine/1/x")
        two = LocalQueue(engine, writer, lease_seconds=30)

        assert len(await one.claim(5)) == 1
        assert await two.claim(5) == []
    engine.dispose()
    await house.runs.close()


def test_an_owner_is_dead_when_its_process_here_is_gone() -> None:
    """RUN-18."""
    assert not is_dead(f"{here()}/{os.getpid()}/x")
    assert is_dead(f"{here()}/{GONE}/x")
    assert not is_dead("elsewhere/1/x")
    assert not is_dead(None)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells its boots and PID namespaces apart")
def test_an_owner_of_another_namespace_or_boot_is_never_known_to_be_dead() -> None:
    """RUN-18: containers on the network of their machine have its name, and process numbers of their own."""
    name, boot, namespace = here().split(":")

    assert not is_dead(f"{name}:{boot}:{int(namespace) + 1}/{GONE}/x")
    assert not is_dead(f"{name}:{boot[::-1]}:{namespace}/{GONE}/x")
    assert not is_dead(f"{name}/{GONE}/x")  # as owners signed before


async def test_a_stopped_worker_gives_its_runs_back_at_once(tmp_path: Path, database: str) -> None:
    """RUN-18: and not when its lease ends, which nobody here lives to see."""
    house = House(tmp_path, database)
    house.settings = house.settings.model_copy(update={"lease_seconds": 600.0})
    record = await house.runs.start("g1", graph([node("a", "Deaf", params={"seconds": 0.5})]), by="ada")

    async def begun() -> bool:
        return "a" in (await house.runs.view(record.id)).nodes

    async with serving(house, close=False):
        await until(begun)
    async with Worker(house.settings, catalogue=KINDS) as worker, serving(house, worker):
        assert (await house.finished(record.id)).state == "succeeded"


@st.composite
def small_graphs(draw: st.DrawFn) -> Graph:
    """Sums, failures and routes in random acyclic shapes."""
    count = draw(st.integers(2, 9))
    kinds = st.sampled_from(["Total", "Plain", "Broken", "Flaky", "One"])
    whens = st.sampled_from(["inputs", "any", "all_done", "all_live", "all_failed"])
    retry = Retry(attempts=2, delay=0, jitter=False)
    nodes = [node(f"n{i}", draw(kinds), run_when=draw(whens), retry=retry) for i in range(count)]
    edges = [f"n{a}>n{b}" for a in range(count) for b in range(a + 1, count) if draw(st.integers(0, 2)) == 0]
    return graph(nodes, *edges)


@settings(max_examples=max(EXAMPLES // 4, 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(small_graphs(), st.data())
def test_any_graph_goes_on_from_anywhere(tmp_path_factory: Any, drawn: Graph, data: Any) -> None:
    """RUN-14."""

    async def run() -> None:
        bench = Bench(tmp_path_factory.mktemp("any"))
        try:
            whole = await bench.drive(drawn, await bench.claimed(drawn), [])
            pieces = decisions(whole)
            cut = data.draw(st.integers(1, len(pieces) - 1))
            past = [event for piece in pieces[:cut] for event in piece]
            assert results(await bench.resumed_after(drawn, past)) == results(whole)
        finally:
            await bench.close()

    asyncio.run(run())
