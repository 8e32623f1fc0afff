"""Whether anything was committed to a database: what lets one that looks for news many times a second look for nothing.

To ask costs a few microseconds on SQLite, which counts commits in memory that all its processes share. Other databases
can't say, so there it always may have been.
"""

import sqlite3

from sqlalchemy import Engine


class Commits:
    """Watches one database for commits, by whichever process or connection. Close it."""

    def __init__(self, engine: Engine) -> None:
        self._url = engine.url
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None

    def may_be_new(self) -> bool:
        """Whether something may have been committed since this was last asked; True the first time."""
        if self._url.get_backend_name() != "sqlite":
            return True
        try:
            if self._connection is None:
                # Its own, since a connection isn't told of what it commits itself; and it never waits for a lock.
                self._connection = sqlite3.connect(self._url.database or "", timeout=0, isolation_level=None)
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:  # locked, or the file is away: whoever reads it will find out
            return True
        before, self._version = self._version, version
        return version != before

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
