"""What time it is by a database, which processes on many machines share, whatever the clocks of these say.

On PostgreSQL that is the time of its machine. A SQLite database lies on one machine with all who use it.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection, text

Clock = Callable[[], float]
"""Says what time it is, in seconds since 1970."""

_NOW = text("SELECT extract(epoch FROM clock_timestamp())::float8")


def time_at(connection: Connection) -> float:
    """What time it is there now, in seconds since 1970."""
    if connection.dialect.name != "postgresql":
        return time.time()
    now: float = connection.execute(_NOW).scalar_one()
    return now


def clock_at(connection: Connection) -> Clock:
    """A clock that was set by it, and goes on by itself: asking for each event would take longer than most nodes do."""
    if connection.dialect.name != "postgresql":
        return time.time
    was, set_at = time_at(connection), time.monotonic()
    return lambda: was + time.monotonic() - set_at
