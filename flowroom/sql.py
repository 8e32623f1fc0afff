"""Databases that both processes write to: an engine for a URL, and transactions that lose nothing.

The one that writes all the time is in writer.py. What the tables are is each process's own business: see
collab_server/stores and engine/tables.py.
"""

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

import sqlalchemy
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine, ExceptionContext, QueuePool, event, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    StatementError,
)

from flowroom import statements

T = TypeVar("T")
BUSY_TIMEOUT_MS = 10_000


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
            from flowroom.silence import connected  # with a library that most deployments don't need

            url_of_psycopg = parsed.set(drivername="postgresql+psycopg")
            engine = sqlalchemy.create_engine(url_of_psycopg, pool_pre_ping=True, connect_args=_NOTICE_DEATH)
            event.listen(engine, "do_connect", connected)
            event.listen(engine, "handle_error", _leave_a_standby)
            return engine
        case other:
            raise ValueError(f"Expected a sqlite: or postgresql: URL, got {other}:.")


async def ask(engine: Engine, question: Callable[[Connection], T]) -> T:
    """The answer to a question, asked in one of the threads that only ask: where a database is silent they wait for it,
    and nothing else does.
    """

    def work() -> T:
        with engine.connect() as connection:
            return question(connection)

    return await to_thread.run_sync(work, limiter=_ASKING.setdefault(engine, CapacityLimiter(MAX_ASKING)))


def at_one_moment(connection: Connection) -> Connection:
    """For several questions that belong together, whatever is committed between them. On SQLite they always do."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def shown(url: str) -> str:
    """A database's URL for people and logs: without the password, wherever that stands."""
    parsed = make_url(url)
    secret = [name for name in parsed.query if "password" in name]
    return parsed.difference_update_query(secret).render_as_string(hide_password=True)


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
MAX_ASKING = 40
"""More than there are connections: who waits for one is told so after a while."""
_ASKING: WeakKeyDictionary[Engine, CapacityLimiter] = WeakKeyDictionary()

_NOTICE_DEATH = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A machine that is gone without a word is noticed in about 15 s, and not in the two hours that TCP takes by itself."""


def _leave_a_standby(context: ExceptionContext) -> None:
    """Let go of all connections to a server that takes no writes: since another took over from it, it stands by, and
    would keep them for ever. The next lead to whoever has its place.
    """
    if statements.is_standby(context.original_exception):
        context.is_disconnect = True


_WRITES = "flowroom_writes"
"""Execution option of a writer's connections."""


def impatient(engine: Engine) -> Connection:
    """A connection for transactions that write, for whoever has a patience of its own: on SQLite it is told at once
    that another process holds the lock (`is_locked`), and is never given to anybody else.
    """
    connection = writing(engine).connect()
    if connection.dialect.name == "sqlite":
        connection.detach()  # a pool would hand it on as it is
        statements.execute(connection, "PRAGMA busy_timeout=0")
    return connection


def begin(connection: Connection) -> None:
    """Begin as SQLAlchemy would, without its bookkeeping, which most works don't need."""
    if connection.dialect.name == "sqlite":
        _begin_sqlite(connection)


def end(connection: Connection) -> None:
    """Commit what `begin` began, whether a work had SQLAlchemy keep books or not."""
    if connection.in_transaction():
        connection.commit()
    else:
        statements.commit(connection)


def undo(connection: Connection) -> None:
    """Roll back what `begin` began, if anything, and the books that a work may have had SQLAlchemy keep."""
    connection.rollback()
    statements.rollback(connection)


_OF_CONTENT = ("22", "23", "54")
"""Classes of SQLSTATE by which PostgreSQL refuses the values themselves: they are wrong, break a constraint, or are
more than it can hold, such as in a row of an index. The last its driver calls operational, like a lost connection.
"""
_OF_VALUES = StatementError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError
"""What a value comes as that a driver, or SQLAlchemy, can't even hand over."""


def may_pass(error: BaseException | None) -> bool:
    """Whether the database failed (away, full, locked), and not what it was asked to do: asked again, it may do it."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        if _refuses_content(error):
            return False
    return isinstance(error, OperationalError | InterfaceError | InternalError | sqlalchemy.exc.TimeoutError)


def is_unstorable(error: BaseException) -> bool:
    """Whether what was to be stored is at fault, and not the database: asked again, it would refuse it again."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError) or _refuses_content(error)
    return isinstance(error, _OF_VALUES)


def _refuses_content(error: DBAPIError) -> bool:
    """Whether PostgreSQL says that it is the values; SQLite has no such codes."""
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return state.startswith(_OF_CONTENT)


def is_circle(error: BaseException) -> bool:
    """Whether PostgreSQL ended a transaction because it and others waited for each other: run again, it may pass."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == "40P01"


def is_locked(error: Exception) -> bool:
    """Whether it says that another process holds the lock of a SQLite database."""
    cause = error.orig if isinstance(error, OperationalError) else None
    return isinstance(cause, sqlite3.OperationalError) and _is_busy(cause)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """By the primary code: another process may hold the lock because it writes, or because it recovers the log."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # Python's driver would begin late and without asking; _begin_sqlite does
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.create_function("lower", 1, _lower, deterministic=True)
    _use_wal(connection)


def _lower(value: str | bytes | float | None) -> str | bytes | float | None:
    """As PostgreSQL's: SQLite's own knows the letters of ASCII alone."""
    return value.lower() if isinstance(value, str) else value


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on: in a new file SQLite does not wait for another process that does so, or writes."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: asking for it in mid-transaction fails without any patience."""
    if not cast(sqlite3.Connection, connection.connection.dbapi_connection).in_transaction:  # else a writer began it
        writes = connection.get_execution_options().get(_WRITES)
        statements.execute(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")
