"""The one that writes to a database: works queued while a transaction commits share the next one.

So fifty people editing cost one flush of the disk, not fifty, and a lone edit never waits for company. Works are
committed by a thread. But to wake it, and to be woken by it, takes as long as a small commit on a quick disk, and two
threads hinder each other in one interpreter. So a small work that finds nothing before it is committed by the loop
itself, which waits for the disk meanwhile: on SQLite only, and only as long as the disk is quick.
"""

import asyncio
import concurrent.futures
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from flowroom import sql

T = TypeVar("T")

MAX_WORKS_PER_COMMIT = 1_000
"""Bounds how long the first work of a transaction waits for the last."""
IDLE_SECONDS = 1.0
"""How long a writer keeps a connection to a server when there is nothing to write. Taking one costs as much as a small
work; and one that was idle for long may be dead. SQLite's is kept: on a full disk there would be no other.
"""
PATIENCE_SECONDS = sql.BUSY_TIMEOUT_MS / 1000
"""How long it waits for another process that holds the lock of a SQLite database."""
QUICK_SECONDS = 0.002
"""How long the loop may wait for the disk, on average."""
SLOW_FOR_SECONDS = 30.0
"""How long the loop leaves everything to the thread once the disk was slower."""


class WriterClosed(RuntimeError):
    """A work was handed to a writer that has been closed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The {name} was closed and takes no more work.")


class Writer:
    """Writes to one database, in the order of submission. On a server, where other processes write at the same time,
    works that say which row they lock come after the others of their transaction, in the order of those names: two
    transactions that took the same rows in opposite orders would wait for each other, until the server ends one. For
    the same reason a work that locks what all others want, after rows of its own, is alone in its transaction.

    A work gets the connection of an open transaction, and its future resolves after the COMMIT. A work that
    raises fails alone: the others of its batch are run again without it. So a work must do nothing but SQL on
    that connection, since it may be run twice. When the database itself refuses (locked, disk full, gone),
    every work of the batch fails with the error of SQLAlchemy, and none of them is stored.

    The connection is the thread's while works are outstanding. Otherwise it is used by whoever holds the lock.
    """

    def __init__(self, engine: Engine, *, name: str = "writer") -> None:
        self._engine = engine
        self._name = name
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._outstanding = 0
        self._closed = False
        self._connection: Connection | None = None
        self._is_file = engine.dialect.name == "sqlite"
        self._disk = _Disk(is_file=self._is_file)
        self._gathered: list[_Awaited[Any]] | None = None
        """Small works of this turn of the loop, after its first."""
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> concurrent.futures.Future[T]:
        """Queue a work; the future has its result once that is durable. Raises WriterClosed."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._put([_Submitted(work, future)])
        return future

    async def write(
        self, work: Callable[[Connection], T], *, small: bool = False, locks: str = "", alone: bool = False
    ) -> T:
        """Queue a work and wait until its result is durable; cancelled while still queued, it is not run. A `small` one
        may be done before this returns to the loop. Small works come from one loop. `locks` names the row that it locks
        and that other processes lock, too; one that is `alone` shares its transaction with no other on a server.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = _Awaited(work, future, loop, locks, alone)
        if not small or not self._disk.is_quick:
            self._leave(self._take_gathered())
            self._put([job])
        elif self._gathered is None:
            self._gathered = []
            loop.call_soon(self._end_turn)
            self._commit_here([job])
        else:
            self._gathered.append(job)
        return await future

    def close(self) -> None:
        """Commit what is queued, then end the thread. Closing twice does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, jobs: "Sequence[_Job]") -> None:
        with self._lock:  # nothing may follow the None that ends the thread: its future would never resolve
            if self._closed:
                raise WriterClosed(self._name)
            self._outstanding += len(jobs)
            for job in jobs:
                self._queue.put(job)

    # In the loop

    def _end_turn(self) -> None:
        gathered = self._take_gathered()
        self._gathered = None
        self._commit_here(gathered)

    def _take_gathered(self) -> "list[_Awaited[Any]]":
        if not self._gathered:
            return []
        gathered, self._gathered = self._gathered, []
        return gathered

    def _commit_here(self, jobs: "list[_Awaited[Any]]") -> None:
        """Commit in one transaction if the connection is free, and leave it to the thread otherwise."""
        with self._lock:
            is_free = self._outstanding == 0 and self._connection is not None and not self._closed
            outcomes = self._try(jobs) if jobs and is_free else None
        if outcomes is None:
            self._leave(jobs)
        else:
            _tell_all(outcomes)

    def _leave(self, jobs: "list[_Awaited[Any]]") -> None:
        """Leave them to the thread."""
        try:
            self._put(jobs)
        except WriterClosed as error:
            _tell_all([_Outcome(job, None, error) for job in jobs])

    def _try(self, jobs: "list[_Awaited[Any]]") -> "list[_Outcome] | None":
        """How they went; or nothing, if anything was in the way, however trifling: the thread has patience."""
        assert self._connection is not None
        wanted = [job for job in jobs if job.begin()]
        try:
            _begin(self._connection)
            return _run(self._connection, wanted, self._disk)
        except Exception as error:
            if not sql.is_locked(error):  # if it is, nothing was begun
                self._undo()
            return None

    # In the thread

    def _work(self) -> None:
        ended = False
        while not ended:
            jobs, ended = self._take()
            wanted = [job for job in jobs if job.begin()]
            with self._lock:
                self._outstanding -= len(jobs) - len(wanted)
            for works in self._transactions(wanted):
                outcomes = self._commit(works)
                with self._lock:
                    self._outstanding -= len(works)
                _settle(outcomes)
        self._let_go()

    def _transactions(self, jobs: list["_Job"]) -> Iterator[list["_Job"]]:
        """Those that share a transaction: on a file all of them, for it has one lock for everything."""
        if self._is_file:
            yield from [jobs] if jobs else []
            return
        shared = sorted((job for job in jobs if not _is_alone(job)), key=_locked)
        yield from [shared] if shared else []
        yield from ([job] for job in jobs if _is_alone(job))

    def _take(self) -> tuple[list["_Job"], bool]:
        """Everything queued by now, at least one thing; and whether the end was among it."""
        job = self._wait()
        jobs: list[_Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == MAX_WORKS_PER_COMMIT:
                break
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
        return jobs, job is None

    def _wait(self) -> "_Job | None":
        if self._connection is not None and not self._is_file:
            try:
                return self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                self._let_go()
        return self._queue.get()

    def _commit(self, jobs: list["_Job"]) -> list["_Outcome"]:
        """Run the jobs in one transaction; how each went."""
        try:
            if self._connection is None:
                self._connection = sql.impatient(self._engine)
            _begin(self._connection, patience=PATIENCE_SECONDS)
            return _run(self._connection, jobs)
        except _WorkFailed as failed:
            self._undo()
            if len(jobs) > 1 or sql.is_circle(failed.error):  # of a circle one is ended, and the others go on
                return [outcome for job in jobs for outcome in self._commit([job])]
            return [_Outcome(job, None, failed.error) for job in jobs]
        except BaseException as error:  # whatever it is, someone waits for it, and the thread must go on
            self._undo()
            return [_Outcome(job, None, error) for job in jobs]

    def _undo(self) -> None:
        """Be ready for another transaction. A connection to a server may be broken: a pool looks at it before it gives
        it out again.
        """
        if self._connection is not None and self._is_file:
            with suppress(Exception):  # then it goes
                return sql.undo(self._connection)
        self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Disk:
    """Whether it is quick enough for a loop to wait for it. What is no file is behind a network, and never is."""

    def __init__(self, *, is_file: bool) -> None:
        self._slow_until = 0.0 if is_file else float("inf")
        self._average = 0.0

    @property
    def is_quick(self) -> bool:
        return time.monotonic() >= self._slow_until

    def took(self, seconds: float) -> None:
        """A loop has waited so long. Where that goes on it is left to the thread for a while, then tried again."""
        self._average += (seconds - self._average) / 5
        if self._average > QUICK_SECONDS:
            self._average = 0.0
            self._slow_until = time.monotonic() + SLOW_FOR_SECONDS


@dataclass(slots=True, eq=False)
class _Submitted(Generic[T]):
    """A work that a thread may wait for."""

    work: Callable[[Connection], T]
    future: concurrent.futures.Future[T]

    def begin(self) -> bool:
        """Whether it is still wanted; from then on it can't be cancelled."""
        return self.future.set_running_or_notify_cancel()


@dataclass(slots=True, eq=False)
class _Awaited(Generic[T]):
    """A work that a coroutine waits for: its future belongs to that loop, and is touched by no other thread."""

    work: Callable[[Connection], T]
    future: asyncio.Future[T]
    loop: asyncio.AbstractEventLoop
    locks: str = ""
    alone: bool = False

    def begin(self) -> bool:
        """As of a submitted one."""
        return not self.future.cancelled()


_Job = _Submitted[Any] | _Awaited[Any]


def _locked(job: _Job) -> str:
    """The row that a work says it locks; none comes first."""
    return job.locks if isinstance(job, _Awaited) else ""


def _is_alone(job: _Job) -> bool:
    """Whether a work says that it shares its transaction with no other."""
    return isinstance(job, _Awaited) and job.alone


class _Outcome(NamedTuple):
    """How a work went."""

    job: _Job
    result: Any
    error: BaseException | None = None

    def tell(self, future: "concurrent.futures.Future[Any] | asyncio.Future[Any]") -> None:
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(self.result)


class _WorkFailed(Exception):
    """It was one of the works that failed, and not the database as a whole."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _run(connection: Connection, jobs: Sequence[_Job], disk: _Disk | None = None) -> list[_Outcome]:
    """Run works in the transaction that was begun, and commit; `disk` hears how long the commit took. Raises
    _WorkFailed, or what committing raises.
    """
    outcomes = []
    for job in jobs:
        try:
            outcomes.append(_Outcome(job, job.work(connection)))
        except BaseException as error:
            raise _WorkFailed(error) from error
    began = time.perf_counter()
    sql.end(connection)
    if disk is not None:
        disk.took(time.perf_counter() - began)
    return outcomes


def _begin(connection: Connection, *, patience: float = 0.0) -> None:
    """Begin as soon as no other process has the lock. Raises OperationalError if that takes longer than `patience`."""
    deadline, pause = time.monotonic() + patience, 0.001
    while True:
        try:
            return sql.begin(connection)
        except OperationalError as error:
            if not sql.is_locked(error) or time.monotonic() >= deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def _settle(outcomes: list[_Outcome]) -> None:
    """Tell everyone who waits; each loop is woken once, however many of its coroutines do."""
    awaited: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        if isinstance(outcome.job, _Awaited):
            awaited.setdefault(outcome.job.loop, []).append(outcome)
        else:
            outcome.tell(outcome.job.future)
    for loop, of_loop in awaited.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_tell_all, of_loop)


def _tell_all(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.job.future.done():
            outcome.tell(outcome.job.future)
