"""`python -m engine`: one engine worker, until SIGTERM or SIGINT. Its settings are FLOWROOM_* variables."""

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from flowroom import collector

if TYPE_CHECKING:
    from engine.settings import EngineSettings


def main() -> None:
    """Load, and be a worker."""
    collector.pause()
    from engine import refused_settings
    from engine.settings import EngineSettings
    from flowroom import logging
    from flowroom.errors import CantStart
    from flowroom.preflight import check_database

    if refused := refused_settings():
        sys.exit("\n".join(refused))
    settings = EngineSettings()
    logging.set_up(settings.log_level, settings.log_format)
    try:
        check_database("FLOWROOM_RUNS_URL", settings.log_url)
    except CantStart as error:
        sys.exit(str(error))
    if sys.platform == "win32":
        asyncio.run(work(settings))
    else:
        import uvloop

        uvloop.run(work(settings))


async def work(settings: "EngineSettings") -> None:
    """Execute runs until told to stop."""
    import structlog

    from engine.peer import Peer
    from engine.worker import Worker
    from flowroom import telemetry
    from flowroom.deadline import Deadline
    from flowroom.sql import shown

    collector.resume()
    collector.look_rarely()
    collector.give_back()
    token = settings.service_token.get_secret_value() if settings.service_token else None
    audience = Peer(settings.server_url, token) if settings.server_url else None
    log = structlog.get_logger("engine")
    deadline = Deadline(
        settings.shutdown_seconds,
        lambda: log.error("did not end in time and stops at once; another engine goes on with its runs"),
    )
    with telemetry.exported("flowroom-engine"):
        async with Worker(settings, audience=audience) as worker:

            def stop() -> None:
                deadline.begin()
                worker.stop()

            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop)
            log.info("engine works", run_log=shown(settings.log_url), server=settings.server_url)
            await worker.serve()


if __name__ == "__main__":
    main()
