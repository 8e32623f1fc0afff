"""`python -m benchmarks.sync [--quick] [--rounds N] [--only SCENARIO]`: one run, ratios to the floor.

Every round measures each server once, one after the other, so that noise of the machine meets all of them; the
table shows medians over the rounds, and how many times the raw broadcast each figure is.
"""

import argparse
import asyncio
import statistics
from collections.abc import Awaitable, Callable

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.sync.scenarios import FULL, QUICK, Figures, Size, idle, opening, paced, presence, saturated, stalled
from benchmarks.sync.servers import NAMES, Server, started

Scenario = Callable[[Server, Size], Awaitable[Figures]]

SCENARIOS: dict[str, tuple[Scenario, tuple[str, ...]]] = {
    "1 room, 10 peers × 10 edits/s": (lambda s, z: paced(s, z, peers=10, writers=10, rate=10), NAMES),
    "1 room, 50 peers, 5 writers × 20/s": (lambda s, z: paced(s, z, peers=50, writers=5, rate=20), NAMES),
    "saturated: 50 peers, 5 writers": (lambda s, z: saturated(s, z, peers=50, writers=5), NAMES),
    "many rooms × 3 peers × 2 edits/s": (
        lambda s, z: paced(s, z, peers=3, writers=3, rate=2, rooms=z.rooms),
        NAMES,
    ),
    "10 of 30 readers stalled": (stalled, NAMES),
    "presence: 50 peers × 10/s": (presence, NAMES),
    "opening a large document": (opening, ("stock", "flowroom")),
    "idle connections": (idle, NAMES),
}


async def measure(scenario: Scenario, name: str, size: Size) -> Figures:
    """One scenario against a fresh server."""
    with started(name) as server:
        try:
            return await asyncio.wait_for(scenario(server, size), 120)
        except (TimeoutError, ConnectionError) as error:
            Console().print(f"[red]{name}: {type(error).__name__} {error}[/red]")
            return {}


def main() -> None:
    """Run every scenario and print one table for each."""
    parser = argparse.ArgumentParser(description="Flowroom's sync beside a raw broadcast and stock pycrdt-websocket.")
    parser.add_argument("--quick", action="store_true", help="small sizes, for trying the benchmark itself")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which medians are shown")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    console = Console()
    for title, (scenario, servers) in SCENARIOS.items():
        if options.only not in title:
            continue
        results: dict[str, list[Figures]] = {name: [] for name in servers}
        for _ in range(1 if options.quick else options.rounds):
            for name in servers:
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    results[name].append(runner.run(measure(scenario, name, size)))
        console.print(_table(title, results))


def _table(title: str, results: dict[str, list[Figures]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in results:
        table.add_column(name, justify="right")
    floor = next(iter(results))
    figures = list(dict.fromkeys(figure for rounds in results.values() for run in rounds for figure in run))
    for figure in figures:
        medians = {
            name: statistics.median([run.get(figure, float("nan")) for run in rounds])
            for name, rounds in results.items()
        }
        table.add_row(figure, *(_cell(medians[name], medians[floor], name == floor) for name in results))
    return table


def _cell(value: float, floor: float, is_floor: bool) -> str:
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return shown if is_floor or not floor else f"{shown}  ({value / floor:.2f} ×)"


if __name__ == "__main__":
    main()
