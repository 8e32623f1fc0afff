"""A whole data folder as one file, made while a server runs on it, and a data folder made of such a file.

The databases are copied by SQLite's own backup, each at one moment, documents before runs: a run whose graph is not in
the copy yet is harmless, a graph whose newest run is missing would not be. The file holds the tokens, so only its owner
may read it. What lies in PostgreSQL is PostgreSQL's to back up (`pg_dump`).
"""

import gzip
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url

from collab_server.folder import FolderUnusable
from collab_server.settings import Settings
from flowroom.errors import CantStart

OTHER = ("attachments", "files", "token", "service-token", "secret-key")


class CantBackUp(CantStart):
    """Why there is no backup, in words for the person who asked for one."""


def make(settings: Settings, file: Path) -> int:
    """Write a backup; how many bytes it has. Blocking. Raises CantBackUp, and leaves nothing half-written."""
    databases = _databases(settings)
    if file.exists() and not file.is_file():
        raise CantBackUp(f"{file} is there and no file: name one to write.")  # a device would be replaced
    draft = file.with_name(f".{file.name}.part")
    try:
        with _private(draft) as archive, tempfile.TemporaryDirectory(prefix="flowroom-backup-") as scratch:
            for name, source in databases:
                archive.add(_copied(source, Path(scratch) / name), name)
            for name in OTHER:
                if (settings.data / name).exists():
                    archive.add((settings.data / name).resolve(), name, filter=partial(_recoverable, folder=scratch))
        draft.replace(file)
    except (OSError, sqlite3.Error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise CantBackUp(f"The backup {file} can't be written: {reason}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def _recoverable(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """What is put into a backup. Raises CantBackUp for what `recover` would refuse the whole backup for: nothing else
    may be left by then. `folder` is any that it could be taken out into.
    """
    try:
        tarfile.data_filter(member, folder)
    except tarfile.FilterError as error:
        raise CantBackUp(
            f"{member.name} in the data folder can't be backed up: {error}. Put the file itself in its place, or take "
            "it away."
        ) from error
    return member


def recover(file: Path, data: Path) -> list[str]:
    """Make a data folder of a backup; what is in it. Blocking. Raises CantBackUp for a folder that has something."""
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise CantBackUp(f"{data} is there and not empty: choose another folder, or move that one away first.")
    is_new = not data.exists()
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FolderUnusable(data, error) from error
    try:
        _unpack(file, data)
    except BaseException:
        _empty(data)
        if is_new:
            data.rmdir()
        raise
    for path in data.iterdir():
        path.chmod(0o700 if path.is_dir() else 0o600)
    return sorted(path.name for path in data.iterdir())


def _unpack(file: Path, data: Path) -> None:
    """Raises CantBackUp unless all of the file is there and nothing of it was changed."""
    try:
        with gzip.open(file) as raw, tarfile.open(fileobj=raw, mode="r:") as archive:
            archive.extractall(data, filter="data")
            while raw.read(2**20):  # tarfile takes a damaged middle for the end; the checksum behind it tells
                pass
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CantBackUp(
            f"{file} is no backup, or a damaged one: {error}. Nothing was made of it; try an older one."
        ) from error
    except OSError as error:
        raise CantBackUp(f"{file} can't be unpacked into {data}: {error.strerror or error}.") from error
    if missing := [name for name in ("flowroom.db", "runs.db") if not (data / name).is_file()]:
        raise CantBackUp(f"{file} is no backup of Flowroom: {' and '.join(missing)} is not in it.")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _databases(settings: Settings) -> list[tuple[str, Path]]:
    found = []
    for name, url in (("flowroom.db", settings.documents_url), ("runs.db", settings.run_log_url)):
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            raise CantBackUp(
                f"{name.removesuffix('.db')} is in PostgreSQL: back it up with pg_dump, and the data folder's "
                "attachments, files and tokens with any tool. docs/operations.md has the commands."
            )
        source = Path(parsed.database or "")
        if not source.is_file():
            raise CantBackUp(f"There is no database {source} to back up: is this the right data folder?")
        found.append((name, source))
    return found


def _copied(source: Path, target: Path) -> Path:
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as live:
        with closing(sqlite3.connect(target)) as copy:
            live.backup(copy)  # in one step: one that is made in several begins anew whenever someone writes
    return target


@contextmanager
def _private(file: Path) -> Iterator[tarfile.TarFile]:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as archive:
        yield archive
