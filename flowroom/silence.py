"""A PostgreSQL that neither answers nor hangs up, because its disk stalls or its process is stopped.

The machine it runs on still acknowledges what is sent, so no timeout of TCP ends that, and none of the server's own.
Whoever asks it waits SILENT_SECONDS for the next word, and then takes the connection for lost.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from sqlalchemy import Connection as SqlConnection

T = TypeVar("T")
SILENT_SECONDS = 30.0
"""How long a statement may take before the first of its rows comes: none of ours takes a second on a healthy server."""


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
    return Listening.connect(*arguments, **named)


@contextmanager
def patience(connection: SqlConnection) -> Iterator[None]:
    """Wait on a connection for however long it takes, as where tables are altered, while the block lasts."""
    found = connection.connection.dbapi_connection
    assert isinstance(found, Listening)
    found.is_patient = True
    try:
        yield
    finally:
        found.is_patient = False
