"""Kill -9 of an engine in the middle of a run: the next one goes on, and nothing is lost or told twice.

`FLOWROOM_KILLS=all` kills after every k-th log write (or a list such as `1,4,7`); by default a few ks are tried.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine import RunRecord, Runs
from engine.settings import EngineSettings
from engine.worker import MOST_LOST
from flowroom.model import Graph, Node, Retry
from flowroom.runs import TERMINAL_RUN_STATES, RunEvent, RunView
from tests.engine.graphs import at, error_at, graph, node
from tests.engine.test_worker import until

ALL_WRITES = 40
"""More log writes than the run below takes; a worker told to die later than that simply finishes."""


def chosen_kills() -> list[int]:
    """After how many log writes to kill."""
    chosen = os.environ.get("FLOWROOM_KILLS", "2,5,9")
    return list(range(1, ALL_WRITES + 1)) if chosen == "all" else [int(k) for k in chosen.split(",")]


def thirty_nodes(notes: Path) -> Graph:
    """Five layers: sums that take a while, a node that is tried again, entries, one instance per value, routes."""
    nodes: list[Node] = [node(f"a{i}", "SlowTotal", params={"add": i}) for i in range(6)]
    nodes += [node(f"b{i}", "SlowTotal", params={"add": 1}) for i in range(6)]
    nodes += [node(f"c{i}", "Chatty") for i in range(4)]
    retry = Retry(attempts=3, delay=0.05, jitter=False)
    nodes += [node(f"f{i}", "Flaky", params={"until": 2}, retry=retry) for i in range(3)]
    nodes += [node("each", "One"), node("route", "Route", params={"port": "left"})]
    nodes += [node("left", "Total"), node("right", "Total"), node("judged", "Total"), node("unjudged", "Total")]
    nodes += [node("broken", "Broken"), node("rescue", "Total", run_when="any_failed")]
    nodes += [node("note", "Note", params={"file": str(notes)}), node("end", "SlowTotal"), node("last", "Total")]
    edges = [f"a{i}>b{j}" for i in range(6) for j in (i, (i + 1) % 6)]
    edges += [f"b{i}>c{i}" for i in range(4)] + [f"c{i}>f{i}" for i in range(3)]
    edges += ["b0>each", "b1>each", "b2>each", "b3>route", "route.left>left", "route.right>right"]
    edges += ["b4>judged?value > 0", "b4>unjudged?value < 0", "b5>broken", "broken>rescue"]
    edges += ["f0>end", "f1>end", "f2>end", "left>end", "judged>end", "end>note", "note>last"]
    return graph(nodes, *edges)


@asynccontextmanager
async def engine_process(data: Path, writes: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.engine_process", str(data), str(writes)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def run_with_kills(data: Path, drawn: Graph, kills: list[int]) -> tuple[RunView, list[RunEvent], Runs]:
    """Run a graph with one worker after another, each but the last killed after so many writes."""
    runs = Runs(EngineSettings(data=data).log_url)
    record = await runs.start("g1", drawn, by="ada")

    async def over() -> bool:
        found: RunRecord | None = await runs.get(record.id)
        return found is not None and found.state in TERMINAL_RUN_STATES

    for writes in [*kills, 0]:
        async with engine_process(data, writes) as process:

            async def ended(worker: asyncio.subprocess.Process = process) -> bool:
                return worker.returncode is not None or await over()

            await until(ended, 40)
            if await over():
                break
            assert process.returncode == -signal.SIGKILL
    return await runs.view(record.id), await runs.events(record.id, limit=10_000), runs


def results(view: RunView) -> dict[str, tuple[str, str | None]]:
    """How every node ended and what it gave."""
    return {path: (shown.status, shown.preview) for path, shown in view.nodes.items()}


def ends(events: list[RunEvent]) -> Counter[tuple[str | None, int]]:
    """How often each instance ended."""
    return Counter((e.node, e.iteration) for e in events if e.type in ("node.succeeded", "node.failed", "node.skipped"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str | None]]:
    """The results of the run when nobody kills anything."""

    async def run() -> dict[str, tuple[str, str | None]]:
        folder = tmp_path_factory.mktemp("undisturbed")
        view, _, runs = await run_with_kills(folder, thirty_nodes(folder / "notes"), [])
        await runs.close()
        return results(view)

    return asyncio.run(run())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kill", chosen_kills())
async def test_a_run_survives_a_kill_after_every_kth_write(
    kill: int, tmp_path: Path, undisturbed: dict[str, tuple[str, str | None]]
) -> None:
    """RUN-14: same results, each recorded once, entries once, effects at most once."""
    notes = tmp_path / "notes"
    view, events, runs = await run_with_kills(tmp_path, thirty_nodes(notes), [kill, kill])

    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert set(ends(events).values()) == {1}
    assert sum(e.type == "run.finished" for e in events) == 1
    for number in range(4):
        assert len(await runs.history("g1", f"c{number}")) == 1
    written = (await asyncio.to_thread(notes.read_text)).splitlines() if notes.exists() else []
    assert len(written) <= 1
    if at(view, "note").error is None:
        assert results(view) == undisturbed
    else:  # killed at the one moment at which nobody can know
        assert error_at(view, "note")["code"] == "E-RUN-UNCERTAIN"
        changed = {path for path, ended in results(view).items() if ended != undisturbed[path]}
        assert changed == {"note", "last"}
    await runs.close()


@pytest.mark.timeout(120)
async def test_an_effect_that_was_under_way_is_not_repeated(tmp_path: Path) -> None:
    """RUN-15: it may have happened, and the run says so."""
    notes = tmp_path / "notes"
    drawn = graph(
        [node("note", "Note", params={"file": str(notes), "seconds": 30}), node("next", "Total")], "note>next"
    )
    runs = Runs(EngineSettings(data=tmp_path).log_url)
    record = await runs.start("g1", drawn, by="ada")
    async with engine_process(tmp_path, 0) as process:
        await until(notes.exists, 40)
        process.kill()
    async with engine_process(tmp_path, 0):

        async def over() -> bool:
            found = await runs.get(record.id)
            return found is not None and found.state == "failed"

        await until(over, 40)
    view = await runs.view(record.id)

    assert len((await asyncio.to_thread(notes.read_text)).splitlines()) == 1
    assert error_at(view, "note")["code"] == "E-RUN-UNCERTAIN"
    assert at(view, "next").status == "upstream_failed"
    assert "may have happened" in (view.error or "")
    await runs.close()


@pytest.mark.timeout(120)
async def test_a_retry_that_was_waited_for_keeps_its_time(tmp_path: Path) -> None:
    """RUN-10: the timer is in the log, so a restart neither loses nor restarts it."""
    flaky = node("f", "Flaky", params={"until": 2}, retry=Retry(attempts=2, delay=4, jitter=False))
    runs = Runs(EngineSettings(data=tmp_path).log_url)
    record = await runs.start("g1", graph([flaky]), by="ada")

    async def waiting() -> bool:
        return any(e.type == "node.retry" for e in await runs.events(record.id))

    async with engine_process(tmp_path, 0) as process:
        await until(waiting, 40)
        process.kill()
    async with engine_process(tmp_path, 0):

        async def over() -> bool:
            found = await runs.get(record.id)
            return found is not None and found.state == "succeeded"

        await until(over, 40)
    events = await runs.events(record.id)
    failed = next(e.at for e in events if e.type == "node.retry")
    tried = [e.at for e in events if e.type == "node.started"][1]

    resumed = next(e.at for e in events if e.type == "run.resumed")

    assert tried - failed >= 3.9
    assert tried - max(failed + 4, resumed) < 3  # a timer begun anew would take 4 s from there
    assert at(await runs.view(record.id), "f").attempt == 2
    await runs.close()


@pytest.mark.timeout(180)
async def test_a_run_that_ends_every_engine_is_given_up_and_no_other_with_it(tmp_path: Path) -> None:
    """RUN-43"""
    runs = Runs(EngineSettings(data=tmp_path).log_url)
    fatal = await runs.start("g1", graph([node("a", "Fatal")]), by="ada")
    patient = graph([node("a", "SlowTotal", params={"seconds": 2})])  # longer than an engine lives beside the other
    others = [await runs.start(f"g{number}", patient, by="ada") for number in (2, 3)]

    async def over() -> bool:
        found = [await runs.get(run.id) for run in (fatal, *others)]
        return all(run is not None and run.state in TERMINAL_RUN_STATES for run in found)

    engines = 0
    while not await over():
        engines += 1
        async with engine_process(tmp_path, 0) as process:

            async def ended(worker: asyncio.subprocess.Process = process) -> bool:
                return worker.returncode is not None or await over()

            await until(ended, 40)

    view = await runs.view(fatal.id)
    assert (view.status, engines) == ("failed", MOST_LOST + 1)
    assert view.error is not None and f"{MOST_LOST} engines in a row ended" in view.error
    assert [(await runs.view(run.id)).status for run in others] == ["succeeded", "succeeded"]
    await runs.close()
