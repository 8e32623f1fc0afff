"""One engine process: claims runs, drives several at once, renews their leases, and lets go when told to stop.

Killing it at any moment loses nothing: the next worker claims its runs with a higher epoch, tells a fresh scheduler
what the log knows, and goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Protocol, Self

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from engine import runlog
from engine.attendance import present
from engine.cascade import Cascading
from engine.catalogue import CATALOGUE, Catalogue
from engine.errors import EndsEngines, Fenced, Unplannable, message_of, writable
from engine.journal import RETRY_SECONDS, Journal
from engine.plan import compile
from engine.queue import RunQueue
from engine.queue.local import LocalQueue
from engine.queue.turns import share
from engine.runlog import Claim
from engine.runs import view_of
from engine.scheduler import Scheduler
from engine.services import Services
from engine.settings import EngineSettings
from engine.spans import NodeSpans
from engine.stage import FinalState, PutAside, Setting, Viewers, end_of_run
from flowroom import tracing
from flowroom.files.native import load
from flowroom.model import Graph, Json, NodeId
from flowroom.runs import RunEvent, RunId, RunView, fold
from flowroom.sql import create_engine, dispose, may_pass
from flowroom.writer import Writer, WriterClosed

_log = structlog.get_logger(__name__)

MOST_LOST = 5
"""How many engines in a row may be gone that went on with a run before it is given up."""


class Screen(Viewers, Protocol):
    """Where one run is shown while it goes."""

    def committed(self, events: list[RunEvent]) -> None:
        """Events that are durable now."""
        ...

    async def close(self) -> None:
        """Show the last of it and leave."""
        ...


class Audience(Protocol):
    """Opens screens; see peer.py. A run never waits for one, and goes on without."""

    def show(self, view: RunView) -> Screen:
        """A screen for a run, which begins with what is known of it."""
        ...

    async def close(self) -> None:
        """Leave all documents."""
        ...


class RunInProgress(Protocol):
    """What the worker does with a run, whichever way it executes."""

    async def replay(self, events: Sequence[RunEvent]) -> None:
        """Take over what the log knows."""
        ...

    async def run(self) -> FinalState:
        """Run to the end, or to where nothing is to be done for a while (raises PutAside)."""
        ...

    def cancel(self, by: str) -> None:
        """End it early."""
        ...

    def abandon(self, error: BaseException) -> None:
        """Stop at once, writing nothing."""
        ...


class History:
    """Reads what the nodes of one graph said in earlier runs."""

    def __init__(self, engine: Engine, graph: str) -> None:
        self._engine = engine
        self._graph = graph

    async def history(self, node: NodeId, limit: int) -> list[dict[str, Json]]:
        """A node's newest entries, oldest first. As with what a run writes, a database that is away is waited for."""
        while True:
            try:
                return await runlog.in_thread(self._engine, lambda c: runlog.history(c, self._graph, node, limit=limit))
            except SQLAlchemyError as error:
                if not may_pass(error):
                    raise
                _log.warning("can't read what a node said, trying again", graph=self._graph, error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


class Worker:
    """Executes runs until `stop()`. Use it as `async with Worker(settings) as worker: await worker.serve()`."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        catalogue: Catalogue = CATALOGUE,
        services: Services | None = None,
        audience: Audience | None = None,
        queue: RunQueue | None = None,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._services = services or Services(settings)
        self._audience = audience
        self._engine = create_engine(settings.log_url)
        runlog.prepare(self._engine)
        self._writer = Writer(self._engine, name="run log")
        self._queue = queue or LocalQueue(
            self._engine,
            self._writer,
            lease_seconds=settings.lease_seconds,
            most_of_graph=share(settings.max_runs),
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._going: dict[str, RunInProgress] = {}
        self._claims: dict[str, Claim] = {}
        self._stopping = asyncio.Event()
        self._has_room_again = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._let_go()
        if self._audience is not None:
            await self._audience.close()
        await self._services.close()
        self._queue.close()
        await asyncio.to_thread(self._writer.close)
        dispose(self._engine)

    @property
    def log_engine(self) -> Engine:
        """The database of the run log."""
        return self._engine

    def stop(self) -> None:
        """Take no more runs, and give back those in progress for another worker."""
        self._stopping.set()

    async def serve(self) -> None:
        """Claim and drive runs until `stop()`."""
        async with present(self._writer), asyncio.TaskGroup() as tasks:
            renewing = tasks.create_task(self._keep_leases())
            while not self._stopping.is_set():
                await self._look()
                await self._rest()
            renewing.cancel()

    async def _look(self) -> None:
        """Take what there is to do, and pass on who wants what cancelled."""
        if not (self._queue.has_news() or self._has_room_again):
            return
        self._has_room_again = False
        try:
            here = {run: claim.graph for run, claim in self._claims.items()}
            for claim in await self._queue.claim(self._settings.max_runs - len(here), besides=here):
                self._begin(claim)
            if self._tasks:
                for run, by in (await self._queue.cancellations()).items():
                    if run in self._going:
                        self._going[run].cancel(by)
        except Exception as error:  # the database is away: what goes on goes on, and the next look may find it
            _log.warning("can't read the run queue", error=str(error))

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._settings.poll_seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            for run, claim in list(self._claims.items()):
                try:
                    await self._queue.renew(claim)
                except Fenced as error:
                    self._abandon(run, error)
                except Exception as error:
                    _log.warning("can't renew a lease", run=run, error=str(error))

    def _begin(self, claim: Claim) -> None:
        task = asyncio.get_running_loop().create_task(self._execute(claim), name=f"run {claim.id}")
        self._tasks[claim.id] = task
        self._claims[claim.id] = claim

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.pop(claim.id, None)
            self._claims.pop(claim.id, None)
            self._going.pop(claim.id, None)
            self._has_room_again = True

        task.add_done_callback(ended)

    async def _execute(self, claim: Claim) -> None:
        trace = tracing.begun(claim.trace)
        tracing.current.set(trace)  # of this task, and of all that the run does in it
        structlog.contextvars.bind_contextvars(trace=trace.id)
        state = "left"
        try:
            state = await self._drive(claim)
            self._services.mail.give_up(RunId(claim.id))
            _log.info("run finished", run=claim.id, graph=claim.graph, state=state)
        except PutAside as pause:
            state = "waiting"
            await self._queue.release(claim, until=pause.until)
            _log.info("run waits", run=claim.id, graph=claim.graph, seconds=round(pause.until - claim.now(), 1))
        except asyncio.CancelledError:
            await self._queue.release(claim)
            raise
        except Fenced as error:
            _log.warning("run taken over", run=claim.id, error=str(error))
        except WriterClosed:
            _log.warning("a run went on after it was given back, and nothing of that is kept", run=claim.id)
        except Exception as error:
            if may_pass(error):
                _log.warning("can't read a run, so it is given back", run=claim.id, error=str(error))
                await self._give_back(claim)
            else:
                _log.exception("run failed in the engine", run=claim.id)
                state = "failed"
                await self._give_up(claim, error)
        finally:
            facts = {"flowroom.run": claim.id, "flowroom.graph": claim.graph, "flowroom.state": state}
            tracing.ended("run", trace, facts, kind="consumer", error=state if state == "failed" else None)

    async def _let_go(self) -> None:
        """Have every run stop and give itself back. One that doesn't in half of the time there is, for a node in it
        ignores that it is cancelled, is given back all the same: another engine needn't wait for the lease.
        """
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._settings.shutdown_seconds / 2)
        if self._claims:
            _log.warning("runs do not stop, and are given back as they are", runs=[*self._claims])
            releases = [self._queue.release(claim) for claim in self._claims.values()]
            await asyncio.gather(*releases, return_exceptions=True)

    async def _drive(self, claim: Claim) -> FinalState:
        if claim.lost >= MOST_LOST:
            raise EndsEngines(claim.lost)
        graph, events, view = await self._recall(claim)
        screen = self._audience.show(view) if self._audience is not None else None
        lost = partial(self._abandon, claim.id)
        journal = Journal(self._writer, claim, committed=_watching(claim, screen), lost=lost)
        try:
            run = await self._prepare(claim, graph, journal, screen)
            self._going[claim.id] = run
            if claim.last_seq:
                await run.replay(events)
            if claim.cancel_by is not None:
                run.cancel(claim.cancel_by)
            return await run.run()
        except PutAside:
            raise
        except Exception as error:  # whatever is written next comes after all that was written here
            self._abandon(claim.id, error)
            await journal.stop()
            raise
        finally:
            if screen is not None:
                await screen.close()

    def _abandon(self, run: str, error: BaseException) -> None:
        if run in self._going:
            self._going[run].abandon(error)

    async def _recall(self, claim: Claim) -> tuple[Graph, list[RunEvent], RunView]:
        """The pinned graph, and what the log knows of the run."""

        def read(connection: Connection) -> tuple[Graph, list[RunEvent], RunView]:
            record = runlog.record(connection, claim.id)
            pinned = runlog.snapshot(connection, claim.snapshot)
            if record is None or pinned is None:
                raise Unplannable("The graph of this run is gone.")
            events = runlog.events(connection, claim.id) if claim.last_seq else []
            view = fold(view_of(record), events)
            return load(pinned), list(runlog.with_blobs(connection, events)), view

        return await runlog.in_thread(self._engine, read)

    async def _prepare(self, claim: Claim, graph: Graph, journal: Journal, screen: Screen | None) -> RunInProgress:
        setting = Setting(
            run_id=RunId(claim.id),
            services=self._services,
            definition=self._catalogue,
            viewers=screen,
            entries=History(self._engine, claim.graph),
            files=self._services.files_of(claim.graph),
            memory=await runlog.in_thread(self._engine, lambda c: runlog.states(c, claim.graph)),
            given={NodeId(node): value for node, value in claim.inputs.items()},
            limit=self._settings.max_nodes_at_once,
        )
        start = None if claim.start is None else NodeId(claim.start)
        if graph.meta.execution == "cascade":
            return Cascading(graph, start, self._catalogue.type_of, journal, setting)
        return Scheduler(compile(graph, self._catalogue.type_of, start=start), journal, setting)

    async def _give_back(self, claim: Claim) -> None:
        """Leave a run to another attempt, here or elsewhere. Not at once: whatever is the matter needs time to pass."""
        try:
            await asyncio.sleep(RETRY_SECONDS)
        finally:
            try:
                await self._queue.release(claim)
            except Exception as error:  # still away: once the lease has run out, whoever finds the run goes on with it
                _log.warning("can't give a run back", run=claim.id, error=str(error))

    async def _give_up(self, claim: Claim, error: Exception) -> None:
        """End a run that the engine itself can't go on with, so that nobody waits for it. Its journal was stopped."""
        told = writable(message_of(error))
        try:
            last = await runlog.in_thread(self._engine, lambda c: runlog.last_seq(c, claim.id))
            journal = Journal(self._writer, claim, after=last)
            end_of_run(journal, "failed", told)
            await journal.durable()
        except Exception:  # the database is away: once the lease has run out, whoever finds the run goes on with it
            _log.exception("could not write the end of a run", run=claim.id)


def _watching(claim: Claim, screen: Screen | None) -> Callable[[list[RunEvent]], None] | None:
    """Whoever is told of what is durable in a run; None when nobody is."""
    watchers = [] if screen is None else [screen.committed]
    if tracing.is_collected() and (trace := tracing.current.get()) is not None:
        watchers.append(NodeSpans(claim.id, trace).committed)

    def committed(events: list[RunEvent]) -> None:
        for watch in watchers:
            watch(events)

    return committed if watchers else None
