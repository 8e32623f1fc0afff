"""A seed of the discussion over three workers; `python -m tests.convergence.talk` plays as many as wanted."""

from pathlib import Path

import pytest

from tests.convergence.talk import SETTINGS, play
from tests.convergence.workers import deployed
from tests.services.postgres import Postgres

SEED = 1


@pytest.mark.timeout(240)
async def test_all_read_the_same_and_nothing_acknowledged_is_lost(tmp_path: Path, postgres: Postgres) -> None:
    """FAN-22, TALK-2 and TALK-14 with several workers."""
    async with deployed(tmp_path, postgres, **SETTINGS) as here:
        told: list[str] = []
        assert await play(here, SEED, told) is None, told
