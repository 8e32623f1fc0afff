"""Large or laborious updates go through the gate in child processes, so that no other room waits for them.

    async with WalkerPool() as pool:
        gate = await pool.open_gate(doc.get_update(), doc.get_state())
        admitted = await pool.admit(gate, update, doc.get_update)       # instead of gate.admit(update)

Small updates are decided in place, without a child. Others are walked in a child, and tried there on a copy
of the document before the real one meets them: some updates of a few kB, made on purpose, keep an engine busy for
minutes, and no walk can tell them from honest ones. A child that takes too long is ended and replaced.

    NotReady
    └── Undecided        no child can be started, or it was ended by somebody else: nothing is known of the update
        └── TookTooLong  no answer in time, be it that the update is large or that the machine is busy
"""

import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from collab_server.errors import NotReady
from collab_server.rooms.gate import Admitted, Gate
from collab_server.rooms.walker import Malformed
from collab_server.rooms.walker_child import LENGTH_BYTES, Job

INLINE_WALK_BYTES = 2**14
"""The largest update that is walked where it arrives: 30 ms of the smallest blocks there are, less than 5 of others."""
INLINE_EFFORT = 2**21
"""The most `Admitted.effort` that is applied without a try; a few hundred milliseconds in the worst case."""
TRY_CPU = timedelta(milliseconds=300)
"""How much CPU applying one update may take."""
DEADLINE, DEADLINE_FOR_A_MB = timedelta(seconds=20), timedelta(seconds=2)
"""How long a child may take over one update, on however busy a machine; a walk takes 0.4 s for a MB on an idle one."""
KILLED = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}
"""How a child ends that somebody else has ended, as a kernel without memory does."""


class Undecided(NotReady):
    """Whether an update may be taken can't be told just now; the same one may be tried again."""


class TookTooLong(Undecided):
    """A child was given all the time there is for an update of its size."""


class WalkerPool:
    """At most `size` children, started when first needed. One pool serves all rooms of a process."""

    def __init__(
        self,
        size: int = 2,
        *,
        deadline: timedelta = DEADLINE,
        deadline_for_a_mb: timedelta = DEADLINE_FOR_A_MB,
        try_cpu: timedelta = TRY_CPU,
    ) -> None:
        self._free = anyio.Semaphore(size)
        self._checks = anyio.Lock()
        self._deadline, self._deadline_for_a_mb = deadline.total_seconds(), deadline_for_a_mb.total_seconds()
        self._try_cpu = try_cpu.total_seconds()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._learning: WeakKeyDictionary[Gate, anyio.Lock] = WeakKeyDictionary()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            for child in [*self._idle, *self._busy]:
                await child.end()

    async def admit(self, gate: Gate, update: bytes, document: Callable[[], bytes] | None = None) -> Admitted:
        """As `gate.admit`, and with a `document` also tried on it where that seems wise; raises Malformed, Undecided.

        The first update with a `document` has the gate look at all of it, a second for 3 MB; others wait for that. What
        came meanwhile counts, too: whoever awaits this may apply it at once.
        """
        if gate.unseen and document is not None:
            async with self._learning.setdefault(gate, anyio.Lock()):
                if gate.unseen:
                    await self._learn(gate, document())
        while True:
            admitted = self.admit_small(gate, update, tried=document is not None)
            if admitted is None:
                admitted = await self._ask(Job(gate, update, document() if document else None, self._try_cpu))
            if gate.still_admits(admitted):
                return admitted

    def admit_small(self, gate: Gate, *updates: bytes, tried: bool = True) -> Admitted | None:
        """As `gate.admit`, if no child is needed for that; None if one is, to try it too unless that is not wanted."""
        if sum(map(len, updates)) > INLINE_WALK_BYTES:
            return None
        admitted = gate.admit(*updates, any_roots=not tried)
        return None if tried and admitted.effort > INLINE_EFFORT else admitted

    async def open_gate(self, document: bytes, state_vector: bytes, *, at_once: bool = False) -> Gate:
        """The gate of a loaded document, given whole; a large one is looked at when the first edit comes, unless that
        is wanted at once.
        """
        gate = Gate(state_vector)
        if at_once or len(document) <= INLINE_WALK_BYTES:
            await self._learn(gate, document)
        return gate

    async def _learn(self, gate: Gate, document: bytes) -> None:
        try:
            gate.learn(await self.admit(gate.blank(), document))
        except Malformed:  # stored before there was a rule that it breaks: the next snapshot will tell
            gate.unseen = False

    async def check(self, document: bytes) -> Admitted:
        """Walk a whole document, as before it is stored; raises Malformed if anything in it is loose or wrong, and
        Undecided.

        One at a time: it may take a minute, in which edits have the other child. To have an engine read the
        document and write it again takes a ninth of that, but finds nothing that only other engines stumble over.
        """
        async with self._checks:
            admitted = await self.admit(Gate(), document)
        if admitted.trimmed:
            raise Malformed("The document refers to what it does not have")
        return admitted

    async def _ask(self, job: Job) -> Admitted:
        async with self._free:
            child = await self._child()
            self._busy.add(child)
            try:
                with anyio.fail_after(self._seconds(job)):
                    reply = await child.ask(job)
            except TimeoutError:
                raise TookTooLong("It takes too long to look at this just now; try again in a moment.") from None
            except (OSError, anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead):
                raise _told(job, await child.returned()) from None
            else:
                self._idle.append(child)
            finally:
                self._busy.discard(child)
                if child not in self._idle:
                    with anyio.CancelScope(shield=True):
                        await child.end()
        if isinstance(reply, Malformed):
            raise reply
        return reply

    async def _child(self) -> "_Child":
        while self._idle:
            child = self._idle.pop()
            if child.is_alive:
                return child
            await child.end()
        return await _Child.start()

    def _seconds(self, job: Job) -> float:
        size = len(job.update) + len(job.document or b"")
        return self._deadline + self._deadline_for_a_mb * size / 2**20


def _told(job: Job, code: int) -> Malformed | Undecided:
    """What is known of an update whose child has returned a code: that it did it, if it was a signal during a try."""
    if job.document is not None and code < 0 and code not in KILLED:
        return Malformed("The update takes too long, or ended the process that looked at it")
    return Undecided("What looks at large edits has ended; try again in a moment.")


class _Child:
    """One process, and one job at a time."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._jobs = process.stdin
        self._answers = BufferedByteReceiveStream(process.stdout)

    @classmethod
    async def start(cls) -> "_Child":
        """Raises Undecided when the machine has no place for another process, or for its pipes."""
        command = [sys.executable, "-m", "collab_server.rooms.walker_child"]
        try:
            return cls(await anyio.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None))
        except OSError as error:
            raise Undecided(f"Large edits can't be looked at just now: {error.strerror}.") from error

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def returned(self) -> int:
        return await self._process.wait()

    async def ask(self, job: Job) -> Admitted | Malformed:
        data = pickle.dumps(job)
        await self._jobs.send(len(data).to_bytes(LENGTH_BYTES, "big") + data)
        head = await self._answers.receive_exactly(LENGTH_BYTES)
        reply: Admitted | Malformed = pickle.loads(await self._answers.receive_exactly(int.from_bytes(head, "big")))
        return reply

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.aclose()
