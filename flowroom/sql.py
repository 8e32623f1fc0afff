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
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, event, make_url

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
MAX_WORKS_PER_COMMIT = 1_000
"""Bounds how long the first work of a transaction waits for the last."""


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
        self._queue: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> concurrent.futures.Future[T]:
        """Queue a work; the future has its result once that is durable. Raises WriterClosed."""
        job = _Job(work, concurrent.futures.Future())
        with self._lock:  # nothing may follow the None that ends the thread: its future would never resolve
            if self._closed:
                raise WriterClosed(self._name)
            self._queue.put(job)
        return job.future

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Queue a work and wait until its result is durable; cancelled while still queued, it is not run."""
        return await asyncio.wrap_future(self.submit(work))

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

    def _work(self) -> None:
        ended = False
        while not ended:
            jobs, ended = self._take()
            wanted = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            if wanted:
                _commit(self._engine, wanted)

    def _take(self) -> tuple[list["_Job[Any]"], bool]:
        """Everything queued by now, at least one thing; and whether the end was among it."""
        job = self._queue.get()
        jobs: list[_Job[Any]] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == MAX_WORKS_PER_COMMIT:
                break
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
        return jobs, job is None


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
            return sqlalchemy.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        case other:
            raise ValueError(f"Expected a sqlite: or postgresql: URL, got {other}:.")


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write outside a Writer: on SQLite they take the lock at once, and so
    wait for another process with patience instead of failing in the middle.
    """
    return engine.execution_options(**{_WRITES: True})


_WRITES = "flowroom_writes"
"""Execution option of a writer's connections."""


@dataclass(slots=True, eq=False)
class _Job(Generic[T]):
    """A work and whoever waits for it."""

    work: Callable[[Connection], T]
    future: concurrent.futures.Future[T]


def _commit(engine: Engine, jobs: list[_Job[Any]]) -> None:
    """Run the jobs in one transaction and tell each how it went."""
    running: _Job[Any] | None = None
    results: list[Any] = []
    try:
        with engine.begin() as connection:
            for job in jobs:
                running = job
                results.append(job.work(connection))
            running = None
    except BaseException as error:  # whatever it is, someone waits for it, and the thread must go on
        if running is not None and len(jobs) > 1:
            for job in jobs:
                _commit(engine, [job])
            return
        for job in jobs:
            job.future.set_exception(error)
    else:
        for job, result in zip(jobs, results, strict=True):
            job.future.set_result(result)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # Python's driver would begin late and without asking; _begin_sqlite does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: asking for it in mid-transaction fails without any patience."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
