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
    from engine.settings import EngineSettings

    settings = EngineSettings()
    if sys.platform == "win32":
        asyncio.run(work(settings))
    else:
        import uvloop

        uvloop.run(work(settings))


async def work(settings: "EngineSettings") -> None:
    """Execute runs until told to stop."""
    from engine.peer import Peer
    from engine.worker import Worker
    from flowroom import telemetry

    collector.resume()
    collector.look_rarely()
    token = settings.service_token.get_secret_value() if settings.service_token else None
    audience = Peer(settings.server_url, token) if settings.server_url else None
    with telemetry.exported("flowroom-engine"):
        async with Worker(settings, audience=audience) as worker:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, worker.stop)
            await worker.serve()


if __name__ == "__main__":
    main()
