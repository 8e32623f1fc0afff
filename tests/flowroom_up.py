"""`flowroom up` as a person starts it, for tests that want the whole house: a process of its own on a free port."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ADDRESS = re.compile(r"https?://[\w.:\[\]]+/\?token=\S+")


@contextmanager
def flowroom_up(data: Path, *options: str, **environment: str) -> Iterator[str]:
    """Start it in the folder `data` and give the address it prints; end it afterwards."""
    flowroom = str(Path(sys.executable).parent / "flowroom")
    command = [flowroom, "up", "--host", "127.0.0.1", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "COLUMNS": "400", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    try:
        yield _address(process, lines)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout
        process.stdout.close()


def _address(process: subprocess.Popen[str], lines: list[str]) -> str:
    """The first address it prints; what it prints afterwards is read, so that it never waits for a reader."""
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if found := _ADDRESS.search(line):
            threading.Thread(target=_drain, args=(process, lines), daemon=True).start()
            return found[0]
    raise AssertionError("flowroom up ended without an address:\n" + "".join(lines))


def _drain(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout
    try:
        lines.extend(process.stdout)
    except ValueError:  # closed while it was read: the test is over
        return
