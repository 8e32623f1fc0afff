"""A child process that is kept running: the engine of `flowroom up`, or one of the workers of `flowroom serve`.

It is started again when it dies, ended with its parent, and replaced by a new one on request. A thread looks after it
and not a task: it has to be seen to even while the event loop is busy, and its death must not depend on which loop is
used.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, get_args

from pydantic import SecretStr

from collab_server.logging import logger
from collab_server.settings import Settings
from flowroom.logging import resolved

log = logger("supervisor")

FIRST_DELAY = 0.25
LONGEST_DELAY = 30.0
SETTLED_SECONDS = 20.0
"""A child that lived this long was well: its death begins a new series of tries."""
ENGINE: tuple[str, ...] = (sys.executable, "-m", "engine")
SERVERS_ALONE = frozenset(
    {"FLOWROOM_URL", "FLOWROOM_DATABASE_URL", "FLOWROOM_REDIS_URL"}
    | {
        f"FLOWROOM_{name.upper()}"
        for name, field in Settings.model_fields.items()
        if SecretStr in get_args(field.annotation)
    }
)
"""Keys and tokens of the server, and addresses that hold passwords. An engine runs graphs of many people."""


class Supervisor:
    """Keeps one child process running until it is told to stop."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        name: str = "engine",
        grace: float = 5.0,
        descriptors: Sequence[int] = (),
    ) -> None:
        """`grace` is how long the child may take to end by itself, in seconds; `descriptors` are open in it too."""
        self._command = list(command)
        self._environment = dict(environment)
        self._name = name
        self._grace = grace
        self._descriptors = tuple(descriptors)
        self._replacing = threading.Event()
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def starts(self) -> int:
        """How many times starting the child was tried."""
        return self._starts

    def start(self) -> None:
        """Start the child, and look after it in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the child: politely, then after the grace for good. Blocking."""
        self._stopping.set()
        self._end()
        if self._thread.is_alive():
            self._thread.join(self._grace)

    def replace(self) -> None:
        """End the child as `stop` does, and have another started at once. Blocking, until the first has ended."""
        self._replacing.set()
        self._end()

    def _end(self) -> None:
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(self._grace)
        except subprocess.TimeoutExpired:
            log.warning(f"{self._name} did not end in time and is killed", pid=child.pid, grace=self._grace)
            child.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _keep(self) -> None:
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            began = time.monotonic()
            status = self._run_once()
            if self._stopping.is_set():
                return
            if self._replacing.is_set():
                self._replacing.clear()
                continue
            lived = time.monotonic() - began
            delay = FIRST_DELAY if lived > SETTLED_SECONDS else min(delay * 2, LONGEST_DELAY)
            if status is not None:
                log.warning(
                    f"{self._name} ended and is started again", status=status, lived=round(lived, 1), delay=delay
                )
            self._stopping.wait(delay)

    def _run_once(self) -> int | None:
        """Start the child, pass on what it says, and wait for its end; None when it could not be started."""
        self._starts += 1
        try:
            child = self._born()
        except (OSError, subprocess.SubprocessError) as error:  # no memory for a fork, say: that passes
            log.error(f"{self._name} can't be started, trying again", error=str(error))
            return None
        self._child = child
        if self._stopping.is_set():  # stop() came between; it has not seen this child
            child.terminate()
        log.info(f"{self._name} started", pid=child.pid)
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                # Whoever read our own standard error may be gone. The child's pipe is emptied all the same: full or
                # closed it would stop an engine that has work to do.
                with suppress(OSError, ValueError):
                    sys.stderr.write(line.decode(errors="replace"))
        return child.wait()

    def _born(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self._descriptors,
            start_new_session=True,  # Ctrl+C in the terminal reaches the server, which then ends the engine in order
            preexec_fn=_die_with_parent() if sys.platform == "linux" else None,
        )


def engine_environment(settings: Settings, *, server_url: str, service_token: str) -> dict[str, str]:
    """What the engine is told, on top of this process's environment without what is the server's alone."""
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in SERVERS_ALONE}
    return inherited | {
        "FLOWROOM_SERVER_URL": server_url,
        "FLOWROOM_SERVICE_TOKEN": service_token,
        "FLOWROOM_RUNS_URL": settings.run_log_url,
        "FLOWROOM_DATA": str(settings.data),
        "FLOWROOM_FILES": str(settings.files_folder),
        "FLOWROOM_LOG_LEVEL": settings.log_level,
        "FLOWROOM_LOG_FORMAT": resolved(settings.log_format),
    }


def _die_with_parent() -> Callable[[], None]:
    """Have the kernel end the child when the server is killed without a chance to do it."""
    libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork: nothing but a system call is safe after it
    death_signal = 1
    server = os.getpid()

    def ask_kernel() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until the program is loaded it would be the server's handler
        libc.prctl(death_signal, signal.SIGTERM)
        if os.getppid() != server:  # it was killed before the kernel was asked
            os._exit(1)

    return ask_kernel
