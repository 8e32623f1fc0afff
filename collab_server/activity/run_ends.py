"""Tells of runs from the run log: that they ended, and who began or cancelled them, where nobody was there to say so.

Whoever starts or cancels a run tells it, and is killed perhaps in between; and an engine, another process, ends it. All
of it stands in the run log. A look each second at the runs that are not told to have ended, and now and then at those
that are new. Who cancelled a run is told with its end at the latest.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from anyio import to_thread
from sqlalchemy import Connection, Engine

from collab_server.activity.bursts import Person, Row
from collab_server.errors import NotFound
from collab_server.logging import logger
from collab_server.runs import Cancellation, GraphRuns, Run
from collab_server.stores import activity as store
from collab_server.stores import ended_runs
from collab_server.stores.ended_runs import OpenRun
from collab_server.stores.names import people
from flowroom.runs import TERMINAL_RUN_STATES
from flowroom.writer import Writer

log = logger("activity")

LOOK_SECONDS = 1.0
SWEEP_SECONDS = 30.0
SLACK_SECONDS = 300.0
"""How far back it looks for runs that nobody told of: more than clocks differ and a server takes to start again."""
GRACE_SECONDS = 5.0
"""How long whoever started a run may take to tell it."""
MAX_OPEN = 200
"""How many runs one look is at. The next look goes on after them, so those that hang keep no other from being told."""
MAX_ERROR_CHARS = 200

Add = Callable[[Connection, Sequence[Row]], None]


class RunEnds:
    """The beginnings and ends of runs. Runs by `run`; `started` says that there is one to wait for."""

    def __init__(self, engine: Engine, writer: Writer, runs: GraphRuns, *, add: Add) -> None:
        self._engine, self._writer, self._runs, self._add = engine, writer, runs, add
        self._since = 0.0
        self._looked_at: OpenRun | None = None
        self._open = asyncio.Event()

    def started(self) -> None:
        """There is a run whose end is to be told."""
        self._open.set()

    async def run(self) -> None:
        """Look, until cancelled."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self._every(SWEEP_SECONDS, self.sweep))
            work.create_task(self._every(LOOK_SECONDS, self.look))

    async def look(self) -> None:
        """Tell of the runs that have ended meanwhile."""
        await self._open.wait()
        self._open.clear()  # first, or one that starts while it asks would be waited for until the next sweep
        waiting = None
        try:
            waiting = await to_thread.run_sync(self._waiting)
        finally:
            if waiting != []:
                self._open.set()
        for id in waiting:
            await self._look_at(id)

    async def sweep(self) -> None:
        """Tell of runs that were started, and not told to be; also of those that another worker waited for."""
        now = time.time()
        found = await self._runs.since((self._since or now) - SLACK_SECONDS)
        ripe = [run for run in found if run.created < now - GRACE_SECONDS]
        for run in await to_thread.run_sync(self._unknown, ripe):
            await self._writer.write(partial(self._begin, run=run), alone=True)
        self._since = now
        self._open.set()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # a database that refuses just now: the next look tells
                log.warning("runs not told yet", error=repr(error))
            await asyncio.sleep(seconds)

    async def _look_at(self, id: str) -> None:
        try:
            run = await self._runs.get(id)
        except NotFound:  # deleted with its graph: there is no end to tell any more
            await self._writer.write(lambda connection: ended_runs.close(connection, id))
            return
        if run.state in TERMINAL_RUN_STATES:
            cancelled = await self._runs.cancellation(id)
            await self._writer.write(lambda connection: self._end(connection, run, cancelled), alone=True)

    def _waiting(self) -> list[str]:
        """The next runs whose end is to be told; after the last of them come the first."""
        with self._engine.connect() as connection:
            found = ended_runs.open_runs(connection, MAX_OPEN, after=self._looked_at)
            if not found and self._looked_at is not None:
                found = ended_runs.open_runs(connection, MAX_OPEN)
        self._looked_at = found[-1] if len(found) == MAX_OPEN else None
        return [one.run for one in found]

    def _unknown(self, runs: list[Run]) -> list[Run]:
        with self._engine.connect() as connection:
            unknown = ended_runs.unknown(connection, [run.id for run in runs])
        return [run for run in runs if run.id in unknown]

    def _begin(self, connection: Connection, run: Run) -> None:
        by = Person("", run.by, "", "person")  # the run log knows the name only
        if ended_runs.note(connection, run.id, run.graph, by, run.created):
            facts = {"run": run.id, "trigger": run.trigger}
            self._add(connection, [Row("run.started", run.created, by, run.graph, facts=facts)])

    def _end(self, connection: Connection, run: Run, cancelled: Cancellation | None) -> None:
        by = ended_runs.close(connection, run.id)
        if by is None:
            return
        rows = [Row("run.finished", run.finished or time.time(), by, run.graph, facts=facts_of(run))]
        if cancelled is not None and not is_told_as_cancelled(connection, run.graph, run.id):
            rows.insert(0, _cancelled(connection, run, cancelled))
        self._add(connection, rows)


def cancel_key(run: str) -> str:
    """The key of the row that says who cancelled a run."""
    return f"cancelled {run}"


def is_told_as_cancelled(connection: Connection, graph: str, run: str) -> bool:
    """Whether the list has who cancelled a run. Until this transaction is over nobody else puts that there."""
    store.hold(connection)
    return bool(store.about(connection, graph, cancel_key(run), ["run.cancelled"]))


def _cancelled(connection: Connection, run: Run, first: Cancellation) -> Row:
    known = people(connection, {first.person})[first.person] if first.person else Person(kind="person")
    by = replace(known, name=first.by)  # as they were called then
    return Row("run.cancelled", first.at, by, run.graph, facts={"run": run.id}, key=cancel_key(run.id))


def facts_of(run: Run) -> dict[str, object]:
    """How a run ended."""
    facts: dict[str, object] = {"run": run.id, "state": run.state, "trigger": run.trigger}
    if run.started is not None and run.finished is not None:
        facts["seconds"] = round(run.finished - run.started, 3)
    if run.error:
        facts["error"] = run.error[:MAX_ERROR_CHARS]
    return facts
