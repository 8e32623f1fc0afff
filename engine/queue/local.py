"""The queue of one machine: the run log itself, looked at whenever something was committed to it.

A run belongs to whoever wrote its name beside it, for as long as the lease lasts (leases.py). A worker whose process is
seen from here to have died needn't be waited for: the next one takes its runs over at once.
"""

import math
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine

from engine import runlog
from engine.queue import leases, turns
from engine.queue.leases import Watch
from engine.queue.turns import Waiting
from engine.runlog import Claim
from flowroom.clock import time_at
from flowroom.commits import Commits
from flowroom.writer import Writer

AT_ONCE = 100
"""Runs that are looked at, of all that wait."""
WATCHED_OF_LEASE = 1 / 3
"""How often leases are looked at while there is no room, as a part of how long they count."""
LONGEST_REST_SECONDS = 0.25
"""How long nobody looks where nothing was committed: a run is due, a lease runs out and a worker dies without that."""


class LocalQueue:
    """Claims runs from the run log for one worker."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        *,
        lease_seconds: float,
        owner: str | None = None,
        most_of_graph: int = sys.maxsize,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of one graph it claims `most_of_graph` runs at most, those that go on here included."""
        self.owner = owner or signature()
        self._engine = engine
        self._writer = writer
        self._lease_seconds = lease_seconds
        self._watch = Watch(lease_seconds)
        self._watched = -math.inf
        self._clock = clock
        self._most_of_graph = most_of_graph
        self._commits = Commits(engine)
        self._looked = -math.inf
        self._suspect: str | None = None
        """The last run taken that may end its engine; of such there is one at a time."""

    def has_news(self) -> bool:
        """Whether anything was committed to the run log since the last time, or so much time has passed."""
        now = self._clock()
        has = self._commits.may_be_new() or now - self._looked >= LONGEST_REST_SECONDS
        if has:
            self._looked = now
        return has

    async def claim(self, limit: int, *, besides: Mapping[str, str] | None = None) -> list[Claim]:
        """Become the owner of runs that are new, whose worker is dead, or whose lease ran out: this worker's own too,
        if they are not `besides`, for then it has lost them.
        """
        if limit <= 0:
            await self._only_watch()
            return []
        here = besides or {}
        free = [run for run in await runlog.in_thread(self._engine, self._free) if run.id not in here]
        free = turns.within(self._most_of_graph, free, here.values())
        free = turns.one_suspect(free, has_one=self._suspect in here)
        claimed = await self._writer.write(self._taking(free, limit)) if free else []
        self._suspect = next((claim.id for claim in claimed if claim.lost >= turns.SUSPECT_FROM), self._suspect)
        return claimed

    async def renew(self, claim: Claim) -> None:
        """Say that a run is still being worked on. Raises Fenced."""
        seconds = self._lease_seconds
        await self._writer.write(lambda connection: runlog.renew(connection, claim.id, claim.epoch, seconds))

    async def release(self, claim: Claim, *, until: float = 0.0) -> None:
        """Give a run back."""
        await self._writer.write(lambda connection: runlog.release(connection, claim.id, claim.epoch, until))

    async def cancellations(self) -> dict[str, str]:
        """Which of this worker's runs someone wants to end."""
        return await runlog.in_thread(self._engine, lambda connection: runlog.cancellations(connection, self.owner))

    def close(self) -> None:
        """Watch the run log no longer."""
        self._commits.close()

    async def _only_watch(self) -> None:
        """See now and then how old leases are, though no run can be taken: one whose worker is gone has waited long
        enough when there is room, and needn't be watched from then on.
        """
        if self._clock() - self._watched >= self._lease_seconds * WATCHED_OF_LEASE:
            await runlog.in_thread(self._engine, self._abandoned)

    def _abandoned(self, connection: Connection) -> Set[str]:
        """The runs whose worker is dead, or has been silent for too long."""
        owned, self._watched = leases.given(connection), self._clock()
        dead = {lease.run for lease in owned if is_dead(lease.owner)}
        return dead | self._watch.run_out(owned, self._watched)

    def _free(self, connection: Connection) -> list[Waiting]:
        """The runs that nobody works on."""
        abandoned = self._abandoned(connection)
        found = turns.waiting(connection, time_at(connection), AT_ONCE, abandoned)
        return [run for run in found if run.owner is None or run.id in abandoned]

    def _taking(self, free: list[Waiting], limit: int) -> Callable[[Connection], list[Claim]]:
        """All claims in one transaction: one that failed half way would leave runs that nobody knows to be his."""

        def work(connection: Connection) -> list[Claim]:
            seconds = self._lease_seconds
            claimed: list[Claim] = []
            for run in free:
                if len(claimed) < limit:
                    got = runlog.claim(connection, run.id, owner=self.owner, was=run.owner, lease_seconds=seconds)
                    claimed += [got] if got is not None else []
            return claimed

        return work


def signature() -> str:
    """A name for one that works in this process, by which others here can tell that it has died."""
    return f"{here()}/{os.getpid()}/{secrets.token_hex(4)}"


@cache
def here() -> str:
    """Where a process number means the same process as here. A machine's name alone doesn't say: containers may share
    it, each counting its processes from one, and machines may be called alike.
    """
    parts = [socket.gethostname()]
    with suppress(OSError):  # only Linux says so
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return ":".join(parts)


def is_dead(owner: str | None) -> bool:
    """Whether an owner is known to be gone: a process that would be seen from here, and isn't there any more."""
    host, _, rest = (owner or "").partition("/")
    number = rest.partition("/")[0]
    if host != here() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
