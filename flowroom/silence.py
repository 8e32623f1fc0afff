"""A PostgreSQL that neither answers nor hangs up, because its disk stalls or its process is stopped.

The machine it runs on still acknowledges what is sent, so no timeout of TCP ends that, and none of the server's own.
Whoever asks it waits SILENT_SECONDS for the next word, and then takes the connection for lost.

The other way round, a process of ours that is stopped in a transaction holds its locks, and all others wait for them.
So PostgreSQL is told to end a transaction in which nothing is said for IDLE_SECONDS.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.sql import SQL
from sqlalchemy import Connection as SqlConnection

T = TypeVar("T")
SILENT_SECONDS = 30.0
"""How long a statement may take before the first of its rows comes: none of ours takes a second on a healthy server."""

IDLE_SECONDS = 15.0
"""How long a transaction may wait for its next statement: less than those are patient who wait for its locks."""


class Listening(Connection[Any]):
    """A connection that is lost when nothing is heard on it for so long while somebody waits."""

    is_patient = False

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """As psycopg's, which looks every `interval` whether it was interrupted. Raises OperationalError."""
        return super().wait(gen if self.is_patient else self._heard(gen), interval, timeout)

    def _heard(self, gen: PQGen[T]) -> PQGen[T]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENT_SECONDS:
                    self.pgconn.finish()
                    raise OperationalError(
                        f"The database was silent for {SILENT_SECONDS:g} s; its connection is given up."
                    )
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result


def connected(_dialect: object, _record: object, arguments: tuple[Any, ...], named: dict[str, Any]) -> Listening:
    """What SQLAlchemy uses instead of psycopg's own."""
    found = Listening.connect(*arguments, **named)
    found.execute(SQL("SET idle_in_transaction_session_timeout = {}").format(int(IDLE_SECONDS * 1000)))
    found.commit()
    return found


@contextmanager
def patience(connection: SqlConnection) -> Iterator[None]:
    """Wait on a connection for however long it takes, as where tables are altered, while the block lasts; and have the
    database wait for the rest of its transaction.
    """
    found = connection.connection.dbapi_connection
    assert isinstance(found, Listening)
    found.is_patient = True
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    try:
        yield
    finally:
        found.is_patient = False
