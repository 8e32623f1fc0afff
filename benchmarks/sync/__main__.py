"""`python -m benchmarks.sync [--quick] [--rounds N] [--only SCENARIO] [--json FILE]`: one run, ratios to the floor.

Every round measures each server once, one after the other, so that noise of the machine meets all of them; the
tables show medians over the rounds, and how many times the raw broadcast each figure is. The last table says which
aims are met.
"""

import argparse
import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import orjson
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.sync import aims, scenarios
from benchmarks.sync.disk import DISK, appends, bare_commits
from benchmarks.sync.scenarios import (
    FULL,
    QUICK,
    Figures,
    Size,
    bulky,
    crash,
    idle,
    opening,
    paced,
    presence,
    saturated,
)
from benchmarks.sync.servers import KEEPING, NAMES, Server, started

Scenario = Callable[[Server, Size], Awaitable[Figures]]
Results = dict[str, list[Figures]]
"""The figures of each round, by server."""

SCENARIOS: dict[str, tuple[Scenario, tuple[str, ...]]] = {
    scenarios.LONE: (lambda s, z: paced(s, z, peers=10, writers=10, rate=10), NAMES),
    scenarios.PACED: (lambda s, z: paced(s, z, peers=50, writers=5, rate=20), NAMES),
    scenarios.FIFTY: (lambda s, z: saturated(s, z, peers=50, writers=5), NAMES),
    scenarios.HUNDRED: (lambda s, z: saturated(s, z, peers=100, writers=5), NAMES),
    scenarios.ROOMS: (lambda s, z: paced(s, z, peers=3, writers=3, rate=2, rooms=z.rooms), NAMES),
    scenarios.BULKY: (lambda s, z: bulky(s, z, stalled=0), ("raw", "flowroom")),
    scenarios.STALLED: (lambda s, z: bulky(s, z, stalled=10), NAMES),
    scenarios.PRESENCE: (presence, NAMES),
    scenarios.THOUSAND: (lambda s, z: opening(s, 1_000), KEEPING),
    scenarios.LARGE: (lambda s, z: opening(s, z.nodes), KEEPING),
    scenarios.CRASH: (crash, KEEPING),
    scenarios.IDLE: (idle, NAMES),
}
WIDTH = 160
"""Columns that the widest table takes."""


async def measure(scenario: Scenario, name: str, size: Size) -> Figures:
    """One scenario against a fresh server."""
    with started(name) as server:
        try:
            return await asyncio.wait_for(scenario(server, size), 120)
        except (TimeoutError, ConnectionError) as error:
            Console().print(f"[red]{name}: {type(error).__name__} {error}[/red]")
            return {}


async def measure_disk(size: Size) -> Figures:
    """What a commit takes on this disk."""
    return {**await asyncio.to_thread(bare_commits, size), **await appends(size)}


def main() -> None:
    """Run every scenario and print one table for each."""
    parser = argparse.ArgumentParser(
        description="Flowroom's sync beside a raw broadcast and the servers people would otherwise run."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, for trying the benchmark itself")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which medians are shown")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    parser.add_argument("--json", type=Path, help="file that gets the figures of every round")
    options = parser.parse_args()
    size, rounds = (QUICK, 1) if options.quick else (FULL, options.rounds)
    console, everything = Console(width=max(Console().width, WIDTH)), {}
    medians: dict[tuple[str, str, str], float] = {}
    for title, results in _measured(options.only, size, rounds):
        everything[title] = {"load": os.getloadavg()[0], "rounds": results}
        medians |= {(title, *which): value for which, value in _medians(results).items()}
        console.print(_table(title, results))
    if not options.quick:  # they are of the full sizes
        console.print(aims.table_of_aims(medians))
    if options.json:
        options.json.write_bytes(orjson.dumps(everything, option=orjson.OPT_INDENT_2))


def _measured(only: str, size: Size, rounds: int) -> Iterator[tuple[str, Results]]:
    if only in DISK:
        yield DISK, {"flowroom": [_run(measure_disk(size)) for _ in range(rounds)]}
    for title, (scenario, servers) in SCENARIOS.items():
        if only not in title:
            continue
        results: Results = {name: [] for name in servers}
        for _ in range(rounds):
            for name in servers:
                results[name].append(_run(measure(scenario, name, size)))
        yield title, results


def _run(work: Coroutine[Any, Any, Figures]) -> Figures:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _table(title: str, results: Results) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in results:
        table.add_column(name, justify="right")
    floor, medians = next(iter(results)), _medians(results)
    for figure in dict.fromkeys(figure for _, figure in medians):
        row = {name: medians.get((name, figure), float("nan")) for name in results}
        table.add_row(figure, *(_cell(value, row[floor], name == floor) for name, value in row.items()))
    return table


def _medians(results: Results) -> dict[tuple[str, str], float]:
    """By server and figure; one that a round failed to measure is no number."""
    return {
        (name, figure): statistics.median([run.get(figure, float("nan")) for run in rounds])
        for name, rounds in results.items()
        for figure in dict.fromkeys(figure for run in rounds for figure in run)
    }


def _cell(value: float, floor: float, is_floor: bool) -> str:
    shown = aims.shown(value)
    return shown if is_floor or not floor else f"{shown}  ({value / floor:.2f} ×)"


if __name__ == "__main__":
    main()
