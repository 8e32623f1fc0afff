"""A seed of the runs over three workers; `python -m tests.convergence.runs` plays as many as wanted."""

from pathlib import Path

import pytest

from tests.convergence.runs import play, staged
from tests.convergence.workers import deployed
from tests.services.postgres import Postgres

SEEDS = (6, 25)
"""In the first, workers end while it runs; in the second, the engine does, too."""


@pytest.mark.timeout(240)
async def test_everyone_sees_how_a_run_ends_whatever_fails_meanwhile(tmp_path: Path, postgres: Postgres) -> None:
    """FAN-24, and RUN-14 with several workers."""
    async with deployed(tmp_path, postgres) as here, staged(tmp_path, here) as stage:
        for seed in SEEDS:
            told: list[str] = []
            assert await play(stage, seed, told) is None, f"seed {seed}: {told}"
