"""An engine that is told to stop does so, whatever it waits for."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine import Runs
from tests.engine.test_worker import until
from tests.services.postgres import postgres_server


@pytest.mark.timeout(120)
async def test_an_engine_ends_in_time_though_its_database_does_not_answer(tmp_path: Path) -> None:
    """RUN-18."""
    with postgres_server() as postgres:
        url = postgres.database()
        runs = Runs(url)
        environment = os.environ | {
            "FLOWROOM_DATA": str(tmp_path),
            "FLOWROOM_RUNS_URL": url,
            "FLOWROOM_SHUTDOWN_SECONDS": "2",
        }
        engine = await asyncio.create_subprocess_exec(sys.executable, "-m", "engine", env=environment)
        try:

            async def there() -> bool:
                return bool((await runs.attendance()).workers)

            await until(there, 60)
            await runs.close()
            postgres.pause()
            engine.send_signal(signal.SIGTERM)

            async with asyncio.timeout(15):
                assert await engine.wait() == 1
        finally:
            postgres.kill()
            if engine.returncode is None:
                engine.kill()
                await engine.wait()
