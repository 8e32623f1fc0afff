"""Engines whose machines have clocks that differ, or are set while runs go on."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.tables import RUN
from flowroom.sql import create_engine
from tests.engine.graphs import at, graph, node
from tests.engine.test_worker import House, serving, until
from tests.faults.engine_clock import LEASE_SECONDS
from tests.services.postgres import Postgres

HOUR = 3600.0
OFF = pytest.mark.parametrize("off", [-HOUR, HOUR], ids=["behind", "ahead"])


@asynccontextmanager
async def engine_with_clock_off(house: House, seconds: float) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.engine_clock", str(house.folder), house.settings.log_url]
    process = await asyncio.create_subprocess_exec(*command, str(seconds))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def begun(house: House, run: str) -> None:
    """Until an engine has begun with a run."""

    async def has_begun() -> bool:
        return bool((await house.runs.view(run)).nodes)

    await until(has_begun, 30)


@OFF
async def test_an_engine_whose_clock_is_off_keeps_its_runs(tmp_path: Path, database: str, off: float) -> None:
    """RUN-36: nobody takes them, whose clock is right, and in the end is set right, for several leases."""
    house, notes = House(tmp_path, database), tmp_path / "notes"
    house.settings = house.settings.model_copy(update={"lease_seconds": LEASE_SECONDS})
    seconds = 3 * LEASE_SECONDS
    nodes = [node(id, "Note", params={"file": str(notes), "seconds": seconds}) for id in "ab"]
    record = await house.runs.start("g1", graph(nodes, "a>b"), by="ada")
    async with engine_with_clock_off(house, off) as process:
        await begun(house, record.id)
        async with serving(house):
            await until(lambda: _lines(notes) == 2, 30)
            process.send_signal(signal.SIGUSR1)
            assert (await house.finished(record.id)).state == "succeeded"
            assert "run.resumed" not in [event.type for event in await house.events(record.id)]
            assert _lines(notes) == 2


def _lines(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


@OFF
async def test_what_waits_waits_as_long_as_it_should_whatever_the_clocks_of_engines_say(
    tmp_path: Path, postgres: Postgres, off: float
) -> None:
    """RUN-36: until when is said by the clock of PostgreSQL, and so is who is there."""
    house = House(tmp_path, postgres.database())
    nodes = [node("a", "Noop"), node("w", "Wait", params={"seconds": HOUR})]
    record = await house.runs.start("g1", graph(nodes, "a>w"), by="ada")
    async with engine_with_clock_off(house, off), serving(house):

        async def waits() -> Any:
            engine = create_engine(house.settings.log_url)
            with engine.connect() as connection:
                due = connection.scalar(
                    select(RUN.c.lease_until).where(RUN.c.state == "waiting", RUN.c.owner.is_(None))
                )
            engine.dispose()
            return due

        await until(waits, 30)
        left = await waits() - time.time()
        assert HOUR - 60 < left < HOUR + 60
        assert at(await house.runs.view(record.id), "w").status == "waiting"
        await until(lambda: _there(house), 30)


async def _there(house: House) -> bool:
    seen = await house.runs.attendance()
    return (len(seen.workers), seen.waiting) == (2, 0)
