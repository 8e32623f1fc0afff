"""What is looked at before a server starts, so that a person reads one sentence instead of a traceback."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from collab_server.folder import CantStart
from collab_server.settings import Settings

DAMAGED = frozenset({"SQLITE_NOTADB", "SQLITE_CORRUPT"})


class DatabaseDamaged(CantStart):
    """A file that should be a database is none, or a damaged one."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"The database {file} can't be read: {reason}. Nothing was changed. Put a backup in its place (with the "
            "files of the same name that end in -wal and -shm, if it has any), or move it away to begin anew."
        )
        self.file = file


def check_databases(settings: Settings) -> None:
    """Raise DatabaseDamaged for a SQLite file that shows damage at first sight. Writes nothing."""
    for url in (settings.documents_url, settings.run_log_url):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            _check(Path(parsed.database))


def _check(file: Path) -> None:
    if not file.is_file() or file.stat().st_size == 0:
        return
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") in DAMAGED:
            raise DatabaseDamaged(file, str(error)) from error
        # locked, or not readable by this user: whoever opens it in earnest says so
