"""SQL that both processes share: an engine for a URL, and the one thread that writes.

Works queued while a transaction commits share the next one, so fifty people editing cost one disk flush, not
fifty, and a lone edit never waits for company. What the tables are is each process's own business: see
collab_server/stores and engine/log.
"""

import asyncio
import concurrent.futures
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

import sqlalchemy
from sqlalchemy import Connection, Engine, QueuePool, event, make_url

from flowroom import statements

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
MAX_WORKS_PER_COMMIT = 1_000
"""Bounds how long the first work of a transaction waits for the last."""
IDLE_SECONDS = 1.0
"""How long a writer keeps its connection when there is nothing to write: taking one costs as much as a small work."""


class WriterClosed(RuntimeError):
    """A work was handed to a writer that has been closed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The {name} was closed and takes no more work.")


class Writer:
    """One thread that writes to one database, in the order of submission.

    A work gets the connection of an open transaction, and its future resolves after the COMMIT. A work that
    raises fails alone: the others of its batch are run again without it. So a work must do nothing but SQL on
    that connection, since it may be run twice. When the database itself refuses (locked, disk full, gone),
    every work of the batch fails with the error of SQLAlchemy, and none of them is stored.
    """

    def __init__(self, engine: Engine, *, name: str = "writer") -> None:
        self._engine = writing(engine)
        self._name = name
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> concurrent.futures.Future[T]:
        """Queue a work; the future has its result once that is durable. Raises WriterClosed."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._put(_Submitted(work, future))
        return future

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Queue a work and wait until its result is durable; cancelled while still queued, it is not run."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Awaited(work, future, loop))
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

    def _put(self, job: "_Job") -> None:
        with self._lock:  # nothing may follow the None that ends the thread: its future would never resolve
            if self._closed:
                raise WriterClosed(self._name)
            self._queue.put(job)

    def _work(self) -> None:
        ended = False
        while not ended:
            jobs, ended = self._take()
            wanted = [job for job in jobs if job.begin()]
            if wanted:
                self._commit(wanted)
        self._let_go()

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
        if self._connection is not None:
            try:
                return self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                self._let_go()
        return self._queue.get()

    def _commit(self, jobs: list["_Job"]) -> None:
        """Run the jobs in one transaction and tell each how it went."""
        running: _Job | None = None
        results: list[Any] = []
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            _begin(self._connection)
            for job in jobs:
                running = job
                results.append(job.work(self._connection))
            running = None
            _end(self._connection)
        except BaseException as error:  # whatever it is, someone waits for it, and the thread must go on
            self._let_go()  # it may be broken; the pool looks before it gives out another
            if running is not None and len(jobs) > 1:
                for job in jobs:
                    self._commit([job])
                return
            _settle([_Outcome(job, None, error) for job in jobs])
        else:
            _settle([_Outcome(job, result) for job, result in zip(jobs, results, strict=True)])

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def create_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…` (through psycopg), set up to lose nothing.

    SQLite: WAL, so that readers never wait for the writer; `synchronous=FULL`, so that a commit survives a power
    cut; 10 s of patience with another process's lock; foreign keys on. Raises ValueError for another database.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ValueError(
                    "A SQLite URL needs a file (sqlite:///folder/name.db): each thread would see its own memory."
                )
            engine = sqlalchemy.create_engine(parsed)
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        case "postgresql" | "postgres":
            url_of_psycopg = parsed.set(drivername="postgresql+psycopg")
            return sqlalchemy.create_engine(url_of_psycopg, pool_pre_ping=True, connect_args=_NOTICE_DEATH)
        case other:
            raise ValueError(f"Expected a sqlite: or postgresql: URL, got {other}:.")


def dispose(engine: Engine) -> None:
    """Let go of a database. Whoever gave up waiting for a read has left it to its thread: a connection that is still
    in use is waited for, LAST_READ_SECONDS at most, since nobody would close it afterwards.
    """
    until = time.monotonic() + LAST_READ_SECONDS
    while isinstance(engine.pool, QueuePool) and engine.pool.checkedout() > 0 and time.monotonic() < until:
        time.sleep(0.005)
    engine.dispose()


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write outside a Writer: on SQLite they take the lock at once, and so
    wait for another process with patience instead of failing in the middle.
    """
    return engine.execution_options(**{_WRITES: True})


LAST_READ_SECONDS = 1.0

_NOTICE_DEATH = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A machine that is gone without a word is noticed in about 15 s, and not in the two hours that TCP takes by itself."""

_WRITES = "flowroom_writes"
"""Execution option of a writer's connections."""


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

    def begin(self) -> bool:
        """As of a submitted one."""
        return not self.future.cancelled()


_Job = _Submitted[Any] | _Awaited[Any]


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


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # Python's driver would begin late and without asking; _begin_sqlite does
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on: in a new file SQLite does not wait for another process that does so, or writes."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: asking for it in mid-transaction fails without any patience."""
    if not cast(sqlite3.Connection, connection.connection.driver_connection).in_transaction:  # else a writer began it
        writes = connection.get_execution_options().get(_WRITES)
        statements.execute(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin(connection: Connection) -> None:
    """Begin as SQLAlchemy would, without its bookkeeping, which most works don't need."""
    if connection.dialect.name == "sqlite":
        _begin_sqlite(connection)


def _end(connection: Connection) -> None:
    """Commit what `_begin` began, whether a work had SQLAlchemy keep books or not."""
    if connection.in_transaction():
        connection.commit()
    else:
        statements.commit(connection)
