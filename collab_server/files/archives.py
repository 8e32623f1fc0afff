"""Zip files from strangers and for them: unpacked under limits into a folder of their own, packed from a folder.

Nothing of an archive is believed: not its names (`..`, absolute paths, links), not the sizes it announces, not the
number of its entries, and of a way of packing only that which gives its content out piece by piece. Blocking; call it
in a thread.
"""

import io
import stat
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from collab_server.errors import TooLarge
from collab_server.files.directory import count_entries
from flowroom.errors import InvalidFile
from flowroom.files.phase1 import Problem

CHUNK_BYTES = 1 << 20
MAX_NAME_CHARS = 400
MAX_DEPTH = 32
IGNORED = frozenset({"__MACOSX", ".git", ".DS_Store", "node_modules"})
ENTRIES_PER_FILE = 2
READ_IN_PIECES = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""zipfile takes the others out in one piece, however large: counting what comes out would come too late."""


def is_zip(file: BinaryIO) -> bool:
    """Whether a file starts as a zip does; leaves it at its start."""
    start = file.read(4)
    file.seek(0)
    return start[:2] == b"PK"


def unpack(file: BinaryIO, folder: Path, *, max_bytes: int, max_files: int) -> list[Problem]:
    """Write an archive's files below `folder`; what could not be taken, by name.

    Raises InvalidFile for what is no readable zip, TooLarge when it has more than the limits allow.
    """
    _require_few(file, max_files)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
            if len(entries) > max_files:
                raise TooLarge(
                    "The zip has too many files.", expected=f"at most {max_files} files", received=len(entries)
                )
            return _Unpacking(archive, folder, max_bytes).all(entries)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OverflowError, ValueError) as error:
        raise InvalidFile(f"expected a zip file, but this one can't be read as such: {error}") from error


def _require_few(file: BinaryIO, max_files: int) -> None:
    """Refuse a zip that can't have as few files as it may, before zipfile reads it: of its entries some are folders."""
    most = ENTRIES_PER_FILE * max_files
    if count_entries(file, most=most) > most:
        raise TooLarge(
            "The zip has too many files.",
            expected=f"at most {max_files} files, and {most} entries with its folders",
            received=f"more than {most} entries",
        )


class _Unpacking:
    def __init__(self, archive: zipfile.ZipFile, folder: Path, max_bytes: int) -> None:
        self._archive = archive
        self._folder = folder
        self._limit = max_bytes
        self._left = max_bytes
        self._problems: list[Problem] = []

    def all(self, entries: list[zipfile.ZipInfo]) -> list[Problem]:
        for entry in entries:
            refusal = _refusal(entry)
            if refusal is None:
                self._one(entry)
            elif refusal:
                self._problems.append(Problem(_shown(entry), refusal, kept=False))
        return self._problems

    def _one(self, entry: zipfile.ZipInfo) -> None:
        target = self._folder / PurePosixPath(entry.filename)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._archive.open(entry) as source, target.open("xb") as sink:
                while chunk := source.read(CHUNK_BYTES):
                    self._take(len(chunk))
                    sink.write(chunk)
        except FileExistsError:
            self._problems.append(
                Problem(_shown(entry), "a file of this name came before; the first one counts", False)
            )
        except TooLarge:
            raise
        except OSError as error:  # its text would tell where on this machine
            self._lose(entry, target, f"can't be kept under this name: {error.strerror or type(error).__name__}")
        except (zipfile.BadZipFile, RuntimeError, EOFError) as error:
            self._lose(entry, target, f"can't be read from the zip: {error}")
        except Exception as error:  # zlib raises errors of its own for damaged data
            self._lose(entry, target, f"is damaged: {error}")

    def _lose(self, entry: zipfile.ZipInfo, target: Path, why: str) -> None:
        with suppress(OSError):  # what could not be written under this name can't be removed under it either
            target.unlink()
        self._problems.append(Problem(_shown(entry), why, kept=False))

    def _take(self, size: int) -> None:
        """Count what really comes out, whatever the archive announced: this is what stops a zip bomb."""
        self._left -= size
        if self._left < 0:
            raise TooLarge(
                "The zip holds more than this server unpacks.",
                expected=f"at most {self._limit} bytes of files",
                received=f"more than {self._limit} bytes",
                advice="Import a part of it, or raise FLOWROOM_MAX_UNPACKED_BYTES.",
            )


def pack(folder: Path) -> bytes:
    """A folder's files as a zip, in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def _refusal(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is not unpacked; None when it is, an empty text when that needs no telling."""
    name = entry.filename
    parts = PurePosixPath(name).parts
    if IGNORED.intersection(parts):
        return ""
    if not parts:
        return "it has no name; files must have plain relative names"
    if name.startswith("/") or "\\" in name or ".." in parts or ":" in parts[0] or "\0" in name:
        return "its name points outside the archive; files must have plain relative names"
    if len(name) > MAX_NAME_CHARS or len(parts) > MAX_DEPTH:
        return f"its name is too long or too deep (at most {MAX_NAME_CHARS} characters, {MAX_DEPTH} folders)"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link; only plain files are read"
    if entry.flag_bits & 0x1:
        return "it is encrypted; import an archive without a password"
    if entry.compress_type not in READ_IN_PIECES:
        return "it is packed by a method that isn't read here; pack the archive with deflate, as zip programs do"
    return None


def _shown(entry: zipfile.ZipInfo) -> str:
    return entry.filename[:200]
