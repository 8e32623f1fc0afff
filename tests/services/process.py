"""A server program as tests use it: started, paused, killed and started again on the same port."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from random import SystemRandom

START_SECONDS = 90.0

_PORTS = cycle(SystemRandom().sample(range(20_000, 32_000), 12_000))
"""Below those that the system deals out, in an order of this process's own: `random` is seeded alike by several."""


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on.

    The system gives none of these to whoever connects or asks for any port, and no other process of tests is likely to
    come to the same one: it is free still when a server gets to it that has taken seconds to start.
    """
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def program(name: str, *folders: Path) -> str:
    """Where a program is. Raises FileNotFoundError that says what installs it."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ["PATH"], "/usr/sbin"]))
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; `make test-setup` installs it")
    return found


def unprivileged(user: str) -> str | None:
    """The account to run a server under that refuses to run as root; None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    pwd.getpwnam(user)
    return user


class Server:
    """One server process, which can be made to fail in the ways servers do."""

    def __init__(
        self, command: Sequence[str], *, log: Path, ready: Callable[[], bool], user: str | None = None
    ) -> None:
        """`ready` says whether it serves already."""
        self._command = list(command)
        self.log = log
        self._ready = ready
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it serves. Blocking."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                extra_groups=[] if self._user else None,
                cwd=self.log.parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} does not serve:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        """End it in order. Blocking; harmless when it has ended."""
        self._end(by)

    def kill(self) -> None:
        """End it as a crash does. Blocking."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it do nothing, while its connections stay open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End a pause."""
        self._signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self._process is not None
        return self._process.pid

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
