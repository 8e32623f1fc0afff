"""A Redis of the tests' own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.services.process import Server, free_port, program


class Redis:
    """A Redis server without persistence, on a free port of the loopback address."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self.server = Server(
            [program("redis-server"), "--port", str(self.port), *options], log=folder / "redis.log", ready=self._answers
        )

    def flush(self) -> None:
        """Forget every key."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """A running Redis that keeps its files in `folder`."""
    here = Redis(folder)
    here.server.start()
    try:
        yield here
    finally:
        here.server.stop()
