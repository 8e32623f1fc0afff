"""What is looked at before a server starts, so that a person reads one sentence instead of a traceback."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from collab_server.folder import CantStart
from collab_server.settings import Settings
from flowroom.sql import create_engine, shown

DAMAGED = frozenset({"SQLITE_NOTADB", "SQLITE_CORRUPT"})


class DatabaseDamaged(CantStart):
    """A file that should be a database is none, or a damaged one."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"The database {file} can't be read: {reason}. Nothing was changed. Put a backup in its place (with the "
            "files of the same name that end in -wal and -shm, if it has any), or move it away to begin anew."
        )
        self.file = file


class NoDatabaseUrl(CantStart):
    """A setting that should say where a database is does not."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(
            f"{setting} does not say where a database is: {reason} Expected "
            "postgresql://user:password@host/name, or sqlite:////folder/name.db."
        )
        self.setting = setting


class DatabaseAway(CantStart):
    """A database server does not answer, or lets nobody in."""

    def __init__(self, setting: str, url: str, reason: str) -> None:
        super().__init__(
            f"The database {shown(url)} can't be opened: {reason}. See that it runs, that this machine reaches it, and "
            f"that user and password in {setting} are right."
        )
        self.setting = setting


def check_databases(settings: Settings) -> None:
    """Raise what of DatabaseDamaged, NoDatabaseUrl and DatabaseAway shows at first sight. Writes nothing."""
    for setting, url in (
        ("FLOWROOM_DATABASE_URL", settings.documents_url),
        ("FLOWROOM_RUNS_URL", settings.run_log_url),
    ):
        try:
            parsed = make_url(url)
            engine = create_engine(url)
        except ArgumentError:
            raise NoDatabaseUrl(setting, "it is no URL.") from None  # whose text may hold a password
        except ValueError as error:
            raise NoDatabaseUrl(setting, str(error)) from error
        if parsed.get_backend_name() == "sqlite":
            _check(Path(parsed.database or ""))
            continue
        try:
            engine.connect().close()
        except OperationalError as error:
            raise DatabaseAway(setting, url, str(error.orig).splitlines()[0]) from error
        finally:
            engine.dispose()


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
