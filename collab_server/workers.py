"""The parent of `flowroom serve --workers N`: it owns the port and the data folder, and keeps the workers running.

All workers accept from one socket, which stays open while they come and go, so no connection is refused meanwhile. A
worker that dies is started again, after a while if it keeps dying. SIGTERM ends all at once. SIGHUP replaces one after
the other: its peers are told to come back (1012) and land at the others, and the next has its turn when the new one
serves.
"""

import os
import queue
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from collab_server import folder
from collab_server.folder import RunningServer
from collab_server.logging import logger
from collab_server.serving import bound, check_databases, engine_beside, url_of
from collab_server.settings import Settings
from collab_server.supervisor import Supervisor
from flowroom.logging import resolved

START_SECONDS = 60.0
"""How long a worker may take to serve before the next is seen to."""
LAST_SECONDS = 0.5
"""How much sooner than the parent the workers have to end."""
ENDS, ROLLS = (signal.SIGTERM, signal.SIGINT), signal.SIGHUP

log = logger("workers")


class Worker:
    """One worker process after another."""

    def __init__(self, number: int, settings: Settings, listener: socket.socket) -> None:
        self.number = number
        self._ready, told = os.pipe()
        self._told = told
        seconds = max(settings.shutdown_seconds - LAST_SECONDS, settings.shutdown_seconds / 2)
        self._keeper = Supervisor(
            [sys.executable, "-m", "collab_server.worker", str(listener.fileno()), str(told)],
            _environment(settings, examples=settings.examples and number == 0, shutdown_seconds=seconds),
            name=f"worker {number}",
            grace=settings.shutdown_seconds,
            descriptors=(listener.fileno(), told),
        )

    def start(self) -> None:
        """Start the process, and look after it."""
        self._keeper.start()

    def wait_until_it_serves(self) -> bool:
        """Whether it did, in time. Blocking."""
        serves = bool(select.select([self._ready], [], [], START_SECONDS)[0])
        if serves:
            os.read(self._ready, 1)
        else:
            log.error("worker does not serve", worker=self.number, seconds=START_SECONDS)
        return serves

    def replace(self) -> None:
        """End the process in order and wait until the next one serves. Blocking."""
        while select.select([self._ready], [], [], 0)[0]:
            os.read(self._ready, 1)  # said by one that died since
        self._keeper.replace()
        self.wait_until_it_serves()

    def stop(self) -> None:
        """End it for good. Blocking."""
        self._keeper.stop()
        os.close(self._ready)
        os.close(self._told)


def keep(settings: Settings, *, with_engine: bool, announce: Callable[[RunningServer], None]) -> None:
    """Serve by `settings.workers` processes until a signal. Blocking, in the main thread. Raises CantStart."""
    with folder.claimed(settings.data), bound(settings) as listener, _signals() as signals, ExitStack() as stack:
        check_databases(settings)
        from collab_server.workspace import service_token, sign_in_token

        here = RunningServer(os.getpid(), url_of(settings, listener), sign_in_token(settings))
        service = service_token(settings)  # made here if at all, and not by each worker
        workers = [Worker(number, settings, listener) for number in range(settings.workers)]
        stack.callback(_stop, workers)
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_until_it_serves()
        folder.note(settings.data, here)
        if with_engine:
            stack.enter_context(engine_beside(settings, here, service))
        announce(here)
        while signals.get() == ROLLS:
            _roll(workers)


def _roll(workers: list[Worker]) -> None:
    log.info("workers are replaced one after the other", workers=len(workers))
    for worker in workers:
        worker.replace()
    log.info("workers replaced")


def _stop(workers: list[Worker]) -> None:
    """End all of them at the same time."""
    ending = [threading.Thread(target=worker.stop, name=f"ending {worker.number}") for worker in workers]
    for thread in ending:
        thread.start()
    for thread in ending:
        thread.join()


@contextmanager
def _signals() -> Iterator["queue.SimpleQueue[int]"]:
    """The signals that are for us, in the order they come."""
    heard: queue.SimpleQueue[int] = queue.SimpleQueue()
    before = {number: signal.signal(number, lambda number, _: heard.put(number)) for number in (*ENDS, ROLLS)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _environment(settings: Settings, **chosen: object) -> dict[str, str]:
    """What a worker reads its settings from: this process's environment, and what was chosen on the command line."""
    chosen = {"host": settings.host, "port": settings.port, "data": settings.data, "workers": settings.workers} | chosen
    chosen["log_format"] = resolved(settings.log_format)
    return dict(os.environ) | {f"FLOWROOM_{name.upper()}": str(value) for name, value in chosen.items()}
