"""What the engine costs beside a plain asyncio TaskGroup: `python benchmarks/engine.py`.

Async no-op nodes in three shapes, run by the real scheduler with the run log on (SQLite, `synchronous=FULL`) and
the view projected into a shared run document every 33 ms, against the same nodes awaited by hand. Rounds are
interleaved, so that a busy machine disturbs all of them alike; medians are printed. The engine's time runs from the
plan to the durable end of the run and the last write to the document. `loop CPU` is processor time of the event loop's
thread alone: other processes don't count in it, and neither does the thread that writes SQL.
"""

import argparse
import asyncio
import gc
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine import runlog
from engine.catalogue import Catalogue
from engine.journal import Journal
from engine.nodes.definition import Definition
from engine.peer import Projection
from engine.plan import compile
from engine.runs import new_run_id, view_of
from engine.scheduler import Scheduler
from engine.services import Services
from engine.settings import EngineSettings
from engine.stage import Setting
from engine.starting import create
from flowroom import collector
from flowroom.files.native import canonical, digest
from flowroom.model import Edge, EdgeId, Graph, Node, NodeId
from flowroom.node_types import Port
from flowroom.run_document import RunDocument
from flowroom.sql import create_engine
from flowroom.writer import Writer

Shape = Callable[[int], Graph]


async def noop(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """The node of all shapes."""
    return {"output": 1}


CATALOGUE = Catalogue(
    {
        "Noop": Definition(
            type="Noop",
            title="Noop",
            description="Nothing",
            category="Test",
            icon="box",
            inputs=(Port(name="input", arity="list"),),
            outputs=(Port(name="output"),),
            run=noop,
        )
    }
)


def graph(count: int, edges: list[tuple[int, int]]) -> Graph:
    """A graph of no-ops."""
    nodes = {NodeId(f"n{i}"): Node(id=NodeId(f"n{i}"), type="Noop") for i in range(count)}
    drawn = {
        EdgeId(f"e{i}"): Edge(id=EdgeId(f"e{i}"), source=NodeId(f"n{a}"), target=NodeId(f"n{b}"), order=i)
        for i, (a, b) in enumerate(edges)
    }
    return Graph(nodes=nodes, edges=drawn)


def chain(count: int) -> Graph:
    """One after another."""
    return graph(count, [(i, i + 1) for i in range(count - 1)])


def fan(count: int) -> Graph:
    """One, then all but two, then one."""
    middle = range(1, count - 1)
    return graph(count, [*((0, i) for i in middle), *((i, count - 1) for i in middle)])


def layered(count: int) -> Graph:
    """Layers of 100, each node after two of the layer before."""
    edges = [(i - 100 + shift if i % 100 + shift < 100 else i - 100, i) for i in range(100, count) for shift in (0, 1)]
    return graph(count, list(dict.fromkeys(edges)))


async def floor_chain(count: int) -> None:
    """A TaskGroup that awaits one task after another."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(count):
            await tasks.create_task(noop(None, {}))


async def floor_fan(count: int) -> None:
    """One, all, one."""
    async with asyncio.TaskGroup() as tasks:
        await tasks.create_task(noop(None, {}))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(count - 2):
            tasks.create_task(noop(None, {}))
    async with asyncio.TaskGroup() as tasks:
        await tasks.create_task(noop(None, {}))


async def floor_layered(count: int) -> None:
    """A TaskGroup per layer."""
    for _ in range(count // 100):
        async with asyncio.TaskGroup() as tasks:
            for _ in range(100):
                tasks.create_task(noop(None, {}))


SHAPES: dict[str, tuple[Shape, Callable[[int], Awaitable[None]]]] = {
    "chain": (chain, floor_chain),
    "fan": (fan, floor_fan),
    "layered": (layered, floor_layered),
}


class Bench:
    """One log for all rounds."""

    def __init__(self, folder: Path) -> None:
        self.engine = create_engine(f"sqlite:///{folder / 'runs.db'}")
        runlog.prepare(self.engine)
        self.writer = Writer(self.engine)
        self.services = Services(EngineSettings(data=folder))

    async def run(self, drawn: Graph, *, show: bool = True) -> tuple[float, float, float]:
        """Seconds of one run: to its durable, shown end; of processor time in the loop's thread; of planning it."""
        now = time.time()
        run = new_run_id(now)
        values = {
            "id": run, "graph": "bench", "snapshot": digest(drawn), "start": None, "inputs": "{}", "trigger": "bench",
            "by": "bench", "state": "created", "epoch": 0, "lease_until": 0.0, "last_seq": 0, "created": now,
            "key": None,
        }  # fmt: skip
        await self.writer.write(lambda c: create(c, values, canonical(drawn)))
        claim = await self.writer.write(lambda c: runlog.claim(c, run, owner="bench", was=None, lease_seconds=60))
        with self.engine.connect() as connection:
            record = runlog.record(connection, run)
        assert claim is not None and record is not None
        gc.collect()
        began = time.perf_counter()
        plan = compile(drawn, CATALOGUE.type_of)
        planned, used = time.perf_counter(), time.thread_time()
        document = RunDocument()
        async with Projection(view_of(record), document.write if show else None) as shown:
            journal = Journal(self.writer, claim, committed=shown.committed)
            setting = Setting(run_id=run, services=self.services, definition=CATALOGUE, viewers=shown)
            state = await Scheduler(plan, journal, setting).run()
        ended, used = time.perf_counter(), time.thread_time() - used
        assert state == "succeeded"
        assert shown.view.counters() == {"succeeded": len(drawn.nodes)}
        assert not show or document.view().counters() == shown.view.counters()
        return ended - planned, used, planned - began

    def close(self) -> None:
        """Let go of the database."""
        self.writer.close()
        self.engine.dispose()


async def measured(work: Awaitable[None]) -> tuple[float, float]:
    """Seconds of one round of the floor, and of processor time."""
    gc.collect()
    began, used = time.perf_counter(), time.thread_time()
    await work
    return time.perf_counter() - began, time.thread_time() - used


async def compare(bench: Bench, count: int, rounds: int) -> None:
    """Interleaved rounds of all shapes, and their medians."""
    drawn = {name: shape(count) for name, (shape, _) in SHAPES.items()}
    floors: dict[str, list[tuple[float, float]]] = {name: [] for name in SHAPES}
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SHAPES}
    unseen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SHAPES}
    for number in range(rounds + 1):
        for name, (_, floor) in SHAPES.items():
            base = await measured(floor(count))
            run, alone = await bench.run(drawn[name]), await bench.run(drawn[name], show=False)
            if number:  # the first round warms up
                floors[name].append(base)
                runs[name].append(run)
                unseen[name].append(alone)
    print(f"\n{count:,} nodes, {rounds} rounds; µs per node, and as a multiple of the TaskGroup in the same round")
    print(f"  {'':<10}{'TaskGroup':>16}{'log + document':>24}{'log alone':>24}{'plan':>8}")
    print(f"  {'':<10}{'wall':>8}{'CPU':>8}" + f"{'wall':>13}{'loop CPU':>11}" * 2 + f"{'wall':>8}")
    for name in SHAPES:
        cells = [f"{median(floors[name], i) / count * 1e6:>8.1f}" for i in (0, 1)]
        for some in (runs[name], unseen[name]):
            for i in (0, 1):
                times = statistics.median(run[i] / floor[i] for run, floor in zip(some, floors[name], strict=True))
                cells.append(f"{median(some, i) / count * 1e6:>{7 if i == 0 else 6}.1f} {times:>4.1f}×")
        cells.append(f"{median(runs[name], 2) / count * 1e6:>8.1f}")
        print(f"  {name:<10}" + "".join(cells))


def median(some: Sequence[tuple[float, ...]], column: int) -> float:
    """The median of one of the figures of all rounds."""
    return statistics.median(row[column] for row in some)


async def main(rounds: int, large_rounds: int) -> None:
    """All sizes."""
    collector.resume()  # as a worker does
    collector.look_rarely()
    print(f"Python {platform.python_version()}, {platform.machine()}, RSS after imports {rss():.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        await compare(bench, 1000, rounds)
        print(f"RSS {rss():.0f} MB")
        if large_rounds:
            await compare(bench, 10_000, large_rounds)
            print(f"RSS {rss():.0f} MB, highest {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        await bench.services.close()
        bench.close()


def rss() -> float:
    """Resident memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--large-rounds", type=int, default=3, help="rounds with 10,000 nodes")
    parser.add_argument("--uvloop", action="store_true", help="as a worker runs, for both sides; asyncio's own if not")
    chosen = parser.parse_args()
    (uvloop.run if chosen.uvloop else asyncio.run)(main(chosen.rounds, chosen.large_rounds))
