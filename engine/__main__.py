"""`python -m engine`: one engine worker, until SIGTERM or SIGINT. Its settings are FLOWROOM_* variables."""

import asyncio
import signal
import sys

from engine.peer import Peer
from engine.settings import EngineSettings
from engine.worker import Worker, calm_collector
from flowroom import telemetry


async def main(settings: EngineSettings) -> None:
    """Execute runs until told to stop."""
    calm_collector()
    token = settings.service_token.get_secret_value() if settings.service_token else None
    audience = Peer(settings.server_url, token) if settings.server_url else None
    with telemetry.exported("flowroom-engine"):
        async with Worker(settings, audience=audience) as worker:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, worker.stop)
            await worker.serve()


if __name__ == "__main__":
    if sys.platform == "win32":
        asyncio.run(main(EngineSettings()))
    else:
        import uvloop

        uvloop.run(main(EngineSettings()))
