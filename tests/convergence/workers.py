"""Three workers behind a round-robin balancer, with PostgreSQL and Redis, each of which can be made to fail.

Each worker reaches Redis through a cable of its own, so that one of them can be cut off.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.convergence.server import TOKEN, Address, Cable
from tests.services.nginx import nginx_server
from tests.services.postgres import Postgres
from tests.services.process import Server, free_port
from tests.services.redis import Redis, redis_server

WORKERS = 3


class Worker:
    """One server process on a port of its own, that is started again on the same one."""

    def __init__(self, folder: Path, database: str, redis: Address, **settings: str) -> None:
        self.address = Address("127.0.0.1", free_port())
        environment = {
            "FLOWROOM_TOKEN": TOKEN,
            "FLOWROOM_SERVICE_TOKEN": f"{TOKEN}-service",
            "FLOWROOM_CREATE_ON_JOIN": "true",
            "FLOWROOM_DATABASE_URL": database,
            "FLOWROOM_RUNS_URL": database,
            "FLOWROOM_REDIS_URL": f"redis://{redis.host}:{redis.port}/0",
            "FLOWROOM_SNAPSHOT_ROWS": "60",
            "FLOWROOM_EVICT_SECONDS": "2",
            "FLOWROOM_SHUTDOWN_SECONDS": "5",
            **settings,
        }
        self.server = Server(
            [
                "env", *(f"-u{name}" for name in os.environ if name.startswith("FLOWROOM_")),
                *(f"{name}={value}" for name, value in environment.items()),
                sys.executable, "-m", "collab_server", "serve", "--no-examples",
                "--port", str(self.address.port), "--data", str(folder),
            ],
            log=folder.with_suffix(".log"),
            ready=self._serves,
        )  # fmt: skip

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)

    async def kill(self) -> None:
        """End it as kill -9 does, and start it again."""
        await asyncio.to_thread(self.server.kill)
        await self.start()

    async def roll(self) -> None:
        """Replace it in order."""
        await asyncio.to_thread(self.server.stop)
        await self.start()

    def _serves(self) -> bool:
        try:
            return httpx.get(f"{self.address.http}/livez", timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False


@dataclass
class Deployment:
    """All of it."""

    address: Address
    """Of the balancer."""
    workers: list[Worker]
    redis: Redis
    cables: list[Cable]
    """From each worker to Redis."""
    database: str
    """The SQLAlchemy URL of what they share."""

    def heal(self) -> None:
        """Let everything that was paused or cut off go on."""
        self.redis.server.go_on()
        for cable in self.cables:
            cable.unblock()


@asynccontextmanager
async def deployed(folder: Path, postgres: Postgres, **settings: str) -> AsyncIterator[Deployment]:
    """Start all of it in a folder; `settings` are FLOWROOM_ variables of each worker."""
    async with AsyncExitStack() as stack:
        for name in ("redis", "nginx"):
            (folder / name).mkdir(parents=True)
        redis = stack.enter_context(redis_server(folder / "redis"))
        cables = [Cable(Address("127.0.0.1", redis.port)) for _ in range(WORKERS)]
        ends = [await stack.enter_async_context(cable.plugged()) for cable in cables]
        database = postgres.database()
        workers = [Worker(folder / f"worker-{at}", database, end, **settings) for at, end in enumerate(ends)]
        for worker in workers:
            stack.push_async_callback(asyncio.to_thread, worker.server.kill)
        await asyncio.gather(*(worker.start() for worker in workers))
        ports = [worker.address.port for worker in workers]
        nginx = stack.enter_context(nginx_server(folder / "nginx", ports))
        yield Deployment(Address("127.0.0.1", nginx.port), workers, redis, cables, database)
