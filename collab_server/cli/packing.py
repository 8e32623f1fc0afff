"""Files of this machine made ready for an import: a file as it is, a folder as a zip."""

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv"})


@contextmanager
def upload_of(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """A name and an open file to send."""
    if path.is_file():
        with path.open("rb") as file:
            yield _text(path.name), file
        return
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file_path in _files(path):
                archive.write(file_path, _text(file_path.relative_to(path).as_posix()))
        packed.seek(0)
        yield f"{_text(path.resolve().name)}.zip", packed


def _text(name: str) -> str:
    """A name as it can be sent: a file system has names that are no text."""
    return name.encode(errors="replace").decode()


def _files(folder: Path) -> Iterator[Path]:
    """The plain files of a folder in order; links are left out, they may lead anywhere."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(names):
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path
