"""The process that walks large updates, so that no room waits for it and it can be ended at any time.

Started by walker_pool.py as `python -m collab_server.rooms.walker_child`. It reads jobs from stdin and writes answers
to stdout, each a pickle behind its length; the pickles come from our own processes, the hostile bytes are inside.
"""

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from collab_server.rooms.gate import Admitted, Gate
from collab_server.rooms.walker import Malformed

LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Job:
    """An update for a gate; with a `document` to try it on first, for at most so many seconds of CPU."""

    gate: Gate
    update: bytes
    document: bytes | None = None
    cpu_seconds: float = 0.0


def answer(job: Job) -> Admitted | Malformed:
    """What the gate says; Malformed also if the engine fails on the update. May end the process: see `_ended_after`."""
    try:
        admitted = job.gate.admit(job.update, any_roots=job.document is None)
        if job.document is not None and admitted.update is not None:
            _try(job.document, admitted.update, job.cpu_seconds)
    except Malformed as error:
        return error
    return admitted


def _try(document: bytes, update: bytes, cpu_seconds: float) -> None:
    """Apply an update to a copy of the document, whatever that does to this process."""
    from pycrdt import Doc

    copy: Doc[Any] = Doc()
    copy.apply_update(document)
    with _ended_after(cpu_seconds):
        try:
            copy.apply_update(update)
        except BaseException as error:  # the engine's panics are no Exceptions
            raise Malformed(f"The engine fails on the update: {error}") from None


@contextmanager
def _ended_after(cpu_seconds: float) -> Iterator[None]:
    """End this process when it has used so much CPU, in the middle of whatever the engine is doing."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    while head := jobs.read(LENGTH_BYTES):
        job = pickle.loads(jobs.read(int.from_bytes(head, "big")))
        reply = pickle.dumps(answer(job))
        answers.write(len(reply).to_bytes(LENGTH_BYTES, "big") + reply)
        answers.flush()


if __name__ == "__main__":
    os.nice(5)
    _serve(sys.stdin.buffer, sys.stdout.buffer)
