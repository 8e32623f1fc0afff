"""What a process looks at before it works on a database, so that a person reads one sentence instead of a traceback.

That an address can be one of a database at all is checked with the settings: see setting_values.py.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from flowroom.errors import CantStart
from flowroom.sql import create_engine, shown

DAMAGED = frozenset({"SQLITE_NOTADB", "SQLITE_CORRUPT"})


class DatabaseUnusable(CantStart):
    """A process can't work on a database: what was found, and what to do."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(f"{found} {advice}")
        self.found = found
        self.advice = advice


class DatabaseDamaged(DatabaseUnusable):
    """A file that should be a database is none, or a damaged one."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"The database {file} can't be read: {reason}. Nothing was changed.",
            "Put a backup in its place (with the files of the same name that end in -wal and -shm, if it has any), or "
            "move it away to begin anew.",
        )


class DatabaseUnwritable(DatabaseUnusable):
    """There is no place for a SQLite database, or this user may not write there."""

    def __init__(self, setting: str, file: Path, reason: str) -> None:
        super().__init__(
            f"The database {file} can't be written: {reason}.",
            "It has to be a file in a folder that is there, and this user has to be allowed to write to both; mend "
            f"{setting} if it should be elsewhere.",
        )


class DatabaseAway(DatabaseUnusable):
    """A database server does not answer, or lets nobody in."""

    def __init__(self, setting: str, url: str, reason: str) -> None:
        super().__init__(
            f"The database {shown(url)} can't be opened: {reason}.",
            "See that it runs, that this machine reaches it, and that user, password and whatever else is in "
            f"{setting} are right.",
        )


def check_database(setting: str, url: str) -> None:
    """Raise what of DatabaseDamaged, DatabaseUnwritable and DatabaseAway shows at first sight. Writes nothing.

    `setting` is the variable that says where the database is, for whoever has to mend it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(setting, Path(parsed.database or ""))
        return
    engine = create_engine(url)
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise DatabaseAway(setting, url, str(error.orig).splitlines()[0]) from error
    finally:
        engine.dispose()


def check_file(setting: str, file: Path) -> None:
    """The same of a SQLite database, which is made where there is none yet."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise DatabaseUnwritable(setting, file, f"there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):  # SQLite keeps its log beside the database
        raise DatabaseUnwritable(setting, file, f"this user may not write in {folder}")
    if not file.exists():
        return
    if not file.is_file():
        raise DatabaseUnwritable(setting, file, "it is there, and no file")
    if not os.access(file, os.W_OK):
        raise DatabaseUnwritable(setting, file, "this user may only read it")
    if file.stat().st_size > 0:
        _read(file)


def _read(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") in DAMAGED:
            raise DatabaseDamaged(file, str(error)) from error
        # locked, say: whoever opens it in earnest says so
