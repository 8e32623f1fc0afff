"""A Redis of the tests' own."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from tests.services.process import Server, free_port, program


class Redis:
    """A Redis server without persistence, on a free port of the loopback address."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self.server = Server(
            [program("redis-server"), "--port", str(self.port), *options, *more],
            log=folder / "redis.log",
            ready=self._answers,
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
def redis_cluster(folder: Path) -> Iterator[list[Redis]]:
    """Three nodes of a running Redis Cluster."""
    with ExitStack() as stack:
        nodes = []
        for number in range(3):
            (folder / str(number)).mkdir()
            node = Redis(folder / str(number), "--cluster-enabled", "yes", "--cluster-port", str(free_port()))
            node.server.start()
            stack.callback(node.server.stop)
            nodes.append(node)
        addresses = [f"127.0.0.1:{node.port}" for node in nodes]
        command = [program("redis-cli"), "--cluster", "create", *addresses, "--cluster-yes"]
        subprocess.run(command, check=True, capture_output=True, timeout=40)
        yield nodes


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """A running Redis that keeps its files in `folder`."""
    here = Redis(folder)
    here.server.start()
    try:
        yield here
    finally:
        here.server.stop()
