"""Plays as programs: seeds one after the other, a line for each, and one that sums up."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

Play = Callable[[int, list[str]], Awaitable[str | None]]
"""Plays a seed; answers what went wrong, if anything did. The list gets what happened."""


async def played(seeds: range, play: Play, explain: Callable[[], None] = lambda: None) -> int:
    """Play seeds; answers how many failed, and prints each. `explain` prints more of one that failed."""
    failed = 0
    for seed in seeds:
        told: list[str] = []
        begin = time.monotonic()
        try:
            wrong = await play(seed, told)
        except Exception as error:  # the others are played all the same
            wrong = f"{type(error).__name__}: {error}"
        failed += wrong is not None
        took = time.monotonic() - begin
        print(f"seed {seed}: {wrong or 'well'} ({', '.join(told)}; {took:.1f} s)", flush=True)
        if wrong:
            explain()
    return failed


def program(name: str, about: str | None, run: Callable[[range], Awaitable[int]]) -> int:
    """Play what the command line asks for, print a line that sums up, and answer 1 if anything failed."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0] if about else None)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    arguments = parser.parse_args()

    async def counted() -> int:
        return await run(range(arguments.first, arguments.first + arguments.seeds))

    begin = time.monotonic()
    failed = asyncio.run(counted())
    print(f"{name}: {arguments.seeds} seeds, {failed} failed, {time.monotonic() - begin:.1f} s")
    return int(failed > 0)
