"""An engine worker whose machine has a clock that is off: `python -m tests.faults.engine_clock DATA URL SECONDS`.

SIGUSR1 sets the clock right, while everything goes on.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path

from engine.settings import EngineSettings
from engine.worker import Worker
from tests.engine.kinds import KINDS

LEASE_SECONDS = 0.6


async def main(data: Path, runs_url: str, off: float) -> None:
    """Serve until told to stop."""
    loop, right = asyncio.get_running_loop(), time.time
    time.time = lambda: right() + off
    settings = EngineSettings(data=data, runs_url=runs_url, poll_seconds=0.01, lease_seconds=LEASE_SECONDS)
    async with Worker(settings, catalogue=KINDS) as worker:
        loop.add_signal_handler(signal.SIGTERM, worker.stop)
        loop.add_signal_handler(signal.SIGUSR1, setattr, time, "time", right)
        await worker.serve()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
