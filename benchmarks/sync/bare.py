"""A log on disk, and nothing else: what a server that stores before it tells can't go below.

A commit is two rows in SQLite with WAL and `synchronous=FULL`, which ends in one fsync.
"""

import sqlite3
from pathlib import Path


class BareLog:
    """A log of documents with nothing between it and the driver. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE document (id TEXT PRIMARY KEY, next_seq INTEGER) WITHOUT ROWID;"
            "CREATE TABLE log (document TEXT, seq INTEGER, bytes BLOB, PRIMARY KEY (document, seq)) WITHOUT ROWID;"
        )

    def commit(self, entries: list[tuple[str, bytes]]) -> None:
        """Append each to the log of its document, all in one transaction."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for document, data in entries:
            execute(
                "INSERT INTO document VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET next_seq = next_seq + 1",
                (document,),
            )
            execute("INSERT INTO log SELECT id, next_seq, ? FROM document WHERE id = ?", (data, document))
        execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
