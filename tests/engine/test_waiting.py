"""Nodes that wait: nothing runs meanwhile, no slot is held, and neither restarts nor cancelling lose any of it."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine import stage
from engine.tables import RUN
from flowroom.model import Execution, Graph, Meta, NodeId, Retry
from flowroom.sql import create_engine
from tests.engine.graphs import at, graph, node
from tests.engine.test_resume import ENDS, Bench, results
from tests.engine.test_worker import House, serving, until

EXECUTIONS: list[Execution] = ["dataflow", "cascade"]
SOON = 0.6


def waits(execution: Execution, seconds: float) -> Graph:
    """A node, a wait, a node."""
    nodes = [node("a", "Echo", params={"value": 7}), node("w", "Wait", params={"seconds": seconds}), node("b", "Plain")]
    return graph(nodes, "a>w", "w>b", meta=Meta(execution=execution))


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """A run log, and no worker."""
    made = House(tmp_path, database)
    yield made
    await made.runs.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are put aside for the shortest wait."""
    monkeypatch.setattr(stage, "LONG_SECONDS", 0.01)


async def put_aside(house: House, run: str) -> None:
    """Until a run is in nobody's hands."""

    async def is_free() -> bool:
        engine = create_engine(house.settings.log_url)
        with engine.connect() as connection:
            row = connection.execute(select(RUN.c.owner, RUN.c.state).where(RUN.c.id == run)).one()
        engine.dispose()
        return row.owner is None and row.state == "waiting"

    await until(is_free)


def now_is_the_time(house: House, run: str) -> None:
    """Let what a run waits for be over, so that no test has to wait for it."""
    engine = create_engine(house.settings.log_url)
    with engine.begin() as connection:
        connection.execute(update(RUN).where(RUN.c.id == run).values(lease_until=0.0))
    engine.dispose()


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("patience", [0.01, 60.0])
async def test_a_value_goes_on_after_a_wait(
    house: House, monkeypatch: pytest.MonkeyPatch, execution: Execution, patience: float
) -> None:
    """RUN-32: whether the run is put aside meanwhile or not; and not before its time."""
    monkeypatch.setattr(stage, "LONG_SECONDS", patience)
    async with serving(house, close=False):
        view = await house.run(waits(execution, SOON), start=NodeId("a") if execution == "cascade" else None)
    events = await house.events(view.id)
    told = {event.type: event.at for event in events if event.node == "w"}

    assert view.status == "succeeded" and at(view, "w").preview == "7"
    assert told["node.succeeded"] - told["node.waiting"] >= SOON * 0.9
    assert [e.type for e in events if e.node == "w"] == ["node.started", "node.waiting", "node.succeeded"]
    assert ("run.waiting" in [e.type for e in events]) == (patience < SOON)


@pytest.mark.parametrize("execution", EXECUTIONS)
async def test_a_run_that_waits_holds_no_slot_and_another_worker_goes_on_with_it(
    house: House, execution: Execution
) -> None:
    """RUN-32: a hundred of them leave an engine free; what has ended before is not done again."""
    start = NodeId("a") if execution == "cascade" else None
    house.settings = house.settings.model_copy(update={"max_runs": 1})
    async with serving(house, close=False):
        first = await house.runs.start("g1", waits(execution, 3600), by="ada", start=start)
        await put_aside(house, first.id)
        second = await house.run(waits(execution, 0), start=start)
        assert second.status == "succeeded"
        view = await house.runs.view(first.id)
        assert (view.status, at(view, "w").status) == ("waiting", "waiting")
        assert at(view, "w").progress is not None and at(view, "w").progress["until"] > time.time() + 3500  # type: ignore[index]
        assert (await house.runs.attendance()).waiting == 0

    async with serving(house, close=False):
        now_is_the_time(house, first.id)

        async def resumed_and_aside_again() -> bool:
            return [e.type for e in await house.events(first.id)].count("run.waiting") == 2

        await until(resumed_and_aside_again)  # it was woken before its time: the wait is as long as it was
    waited = [e.payload for e in await house.events(first.id) if e.type == "run.waiting"]
    assert abs(waited[0]["until"] - waited[1]["until"]) < 1  # type: ignore[index]


@pytest.mark.parametrize("execution", EXECUTIONS)
async def test_a_run_goes_on_by_itself_when_its_time_comes_while_nobody_was_there(
    house: House, impatient: None, execution: Execution
) -> None:
    """RUN-32 and RUN-14: each result is recorded once."""
    start = NodeId("a") if execution == "cascade" else None
    async with serving(house, close=False):
        record = await house.runs.start("g1", waits(execution, SOON), by="ada", start=start)
        await put_aside(house, record.id)
    async with serving(house, close=False):
        assert (await house.finished(record.id)).state == "succeeded"
    ends = Counter(e.node for e in await house.events(record.id) if e.type in ENDS)
    assert ends == {"a": 1, "w": 1, "b": 1}


@pytest.mark.parametrize("execution", EXECUTIONS)
async def test_a_run_that_waits_is_cancelled_at_once(house: House, execution: Execution) -> None:
    """RUN-12 and RUN-32."""
    start = NodeId("a") if execution == "cascade" else None
    async with serving(house, close=False):
        record = await house.runs.start("g1", waits(execution, 3600), by="ada", start=start)
        await put_aside(house, record.id)
        await house.runs.cancel(record.id, by="bob")
        assert (await house.finished(record.id)).state == "cancelled"
    view = await house.runs.view(record.id)
    assert (at(view, "a").status, at(view, "w").status) == ("succeeded", "cancelled")


async def test_the_rest_of_a_graph_does_not_wait(house: House, impatient: None) -> None:
    """RUN-32: two waits, and what needs none of them."""
    nodes = [
        node("long", "Wait", params={"seconds": 2 * SOON}),
        node("short", "Wait", params={"seconds": SOON}),
        node("free", "SlowTotal", params={"seconds": SOON / 2}),
        node("both", "Plain"),
    ]
    async with serving(house, close=False):
        view = await house.run(graph(nodes, "long>both", "short>both", "free>both"))
    order = [e.node for e in await house.events(view.id) if e.type == "node.succeeded"]

    assert (order[0], set(order[1:3]), order[3]) == ("free", {"short", "long"}, "both")


async def test_a_wait_goes_on_from_any_point_of_the_log(tmp_path: Path, database: str) -> None:
    """RUN-14 and RUN-32: killed while it waits, it waits as long as it would have."""
    bench, drawn = Bench(tmp_path, database), waits("dataflow", SOON)
    whole = await bench.drive(drawn, await bench.claimed(drawn), [])
    for cut in range(1, len(whole) - 1):
        events = await bench.resumed_after(drawn, whole[:cut])
        assert results(events) == results(whole), f"after {whole[cut - 1]}"
        assert Counter(e.node for e in events if e.type in ENDS) == {"a": 1, "w": 1, "b": 1}
        [waiting] = [e for e in events if e.type == "node.waiting"]
        [ended] = [e for e in events if (e.type, e.node) == ("node.succeeded", "w")]
        assert waiting.payload is not None and ended.at >= waiting.payload["until"] - 0.1
    await bench.close()


@pytest.mark.parametrize("execution", EXECUTIONS)
async def test_an_effect_that_waits_for_its_turn_may_be_left_to_another_worker(
    house: House, impatient: None, execution: Execution
) -> None:
    """RUN-15 and RUN-39: nothing has happened yet that nobody could know of."""
    notes = house.folder / "notes"
    late = node("a", "LateNote", params={"file": str(notes), "after": SOON})
    start = NodeId("a") if execution == "cascade" else None
    async with serving(house, close=False):
        drawn = graph([late], meta=Meta(execution=execution))
        record = await house.runs.start("g1", drawn, by="ada", start=start)
        await put_aside(house, record.id)
    assert not notes.exists()
    async with serving(house, close=False):
        assert (await house.finished(record.id)).state == "succeeded"
    assert len(notes.read_text().splitlines()) == 1


async def test_an_effect_that_has_waited_for_its_turn_is_uncertain_from_then_on(tmp_path: Path) -> None:
    """RUN-15 and RUN-39: killed at any moment, it happens once at most."""
    bench, notes = Bench(tmp_path), tmp_path / "notes"
    drawn = graph([node("a", "LateNote", params={"file": str(notes), "after": 0.01})])
    whole = await bench.drive(drawn, await bench.claimed(drawn), [])
    assert [e.type for e in whole if e.node == "a"] == [
        "node.started",
        "node.waiting",
        "node.started",
        "node.succeeded",
    ]
    for cut, status in ((2, "failed"), (3, "succeeded"), (4, "failed")):
        notes.unlink(missing_ok=True)
        events = await bench.resumed_after(drawn, whole[:cut])
        assert results(events)["a"][0] == status, f"after {whole[cut - 1]}"
        assert notes.exists() == (status == "succeeded")
    await bench.close()


async def test_a_long_pause_before_another_try_holds_no_slot_either(house: House) -> None:
    """RUN-10 and RUN-32."""
    retry = Retry(attempts=2, delay=3600, max_delay=3600, jitter=False)
    async with serving(house, close=False):
        record = await house.runs.start("g1", graph([node("a", "Flaky", retry=retry)]), by="ada")
        await put_aside(house, record.id)
        assert at(await house.runs.view(record.id), "a").status == "retry_wait"
        await house.runs.cancel(record.id, by="bob")
        assert (await house.finished(record.id)).state == "cancelled"
