"""What is in a backup can be recovered, or it is said when the backup is made."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from collab_server import backups
from collab_server.backups import CantBackUp
from collab_server.settings import Settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two databases, whose shared files lie elsewhere."""
    for folder in (tmp_path / "data", tmp_path / "elsewhere"):
        folder.mkdir()
    for name in ("flowroom.db", "runs.db"):
        with closing(sqlite3.connect(tmp_path / "data" / name)) as database:
            database.execute("CREATE TABLE kept (key text)")
    (tmp_path / "elsewhere" / "notes.txt").write_text("kept")
    (tmp_path / "data" / "files").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "data"


def test_files_that_lie_elsewhere_are_in_the_backup(data: Path, tmp_path: Path) -> None:
    """OPS-26"""
    (data / "files" / "same.txt").symlink_to("notes.txt")
    backups.make(Settings(data=data), tmp_path / "b.tar.gz")
    backups.recover(tmp_path / "b.tar.gz", tmp_path / "again")

    assert not (tmp_path / "again" / "files").is_symlink()
    assert [(tmp_path / "again" / "files" / name).read_text() for name in ("notes.txt", "same.txt")] == ["kept"] * 2


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_could_not_be_recovered_is_told_when_it_is_backed_up(data: Path, tmp_path: Path, kind: str) -> None:
    """OPS-26: and not when there is nothing left but the backup."""
    odd = data / "files" / "odd"
    if kind == "link":
        odd.symlink_to(tmp_path / "b.tar.gz")
    else:
        os.mkfifo(odd)

    with pytest.raises(CantBackUp, match="files/odd"):
        backups.make(Settings(data=data), tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()
