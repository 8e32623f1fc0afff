"""An engine worker that kills itself: `python -m tests.faults.engine_process DATA WRITES`.

After so many transactions that wrote to a run's log it dies by SIGKILL, with the next one under way and lost. With
0 it lives on.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from engine.settings import EngineSettings
from engine.worker import Worker
from tests.engine.kinds import KINDS


def die_after(engine: Engine, writes: int) -> None:
    """Kill this process when transaction number `writes` + 1 is about to be committed."""
    written = 0
    wrote = False

    @event.listens_for(engine, "before_cursor_execute")
    def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal wrote
        wrote = wrote or statement.startswith("INSERT INTO run_event")

    @event.listens_for(engine, "commit")
    def committing(_connection: Any) -> None:
        nonlocal written, wrote
        if wrote:
            wrote = False
            written += 1
            if written > writes:
                os.kill(os.getpid(), signal.SIGKILL)


async def main(data: Path, writes: int) -> None:
    """Serve until killed or told to stop."""
    settings = EngineSettings(data=data, poll_seconds=0.01, lease_seconds=30, max_nodes_at_once=3)
    async with Worker(settings, catalogue=KINDS) as worker:
        if writes:
            die_after(worker.log_engine, writes)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.serve()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
