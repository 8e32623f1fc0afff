"""Starts that can't be: one sentence that says what is wrong and what to do, and nothing overwritten.

That the command line prints the sentence and no traceback is in tests/collab_server/cli; a taken port and a second
server on a folder, too.
"""

import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from collab_server.folder import CantStart, RunningServer
from collab_server.serving import serve
from collab_server.settings import Settings


def refusal(data: Path) -> str:
    """What a server says that is expected to refuse to start on a data folder."""

    def announce(server: RunningServer) -> None:
        raise AssertionError(f"it started: {server}")

    with pytest.raises(CantStart) as refused:
        serve(Settings(data=data, port=0), with_engine=True, announce=announce)
    return str(refused.value)


def test_a_data_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        said = refusal(place)
        assert str(place) in said and "--data" in said
    assert (tmp_path / "file").read_text() == "not a folder"


@pytest.mark.parametrize("name", ["flowroom.db", "runs.db"])
@pytest.mark.parametrize("start", [b"", b"SQLite format 3\0"])
def test_a_damaged_database_is_named_and_left_as_it_is(name: str, start: bytes, tmp_path: Path) -> None:
    damaged = tmp_path / name
    damaged.write_bytes(start + b"\xa5" * 20_000)
    before = hashlib.sha256(damaged.read_bytes()).digest()

    said = refusal(tmp_path)

    assert str(damaged) in said and "backup" in said
    assert hashlib.sha256(damaged.read_bytes()).digest() == before
    assert not (tmp_path / "server.json").exists()


def test_a_database_whose_table_of_contents_is_damaged_is_named(tmp_path: Path) -> None:
    file = tmp_path / "flowroom.db"
    with sqlite3.connect(file) as connection:
        for number in range(100):
            connection.execute(f"CREATE TABLE t{number} (a TEXT)")
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    assert str(file) in refusal(tmp_path)


def test_settings_that_can_not_be_are_named_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "collab_server", "serve", "--port", "99999", "--data", str(tmp_path)]
    environment = os.environ | {"FLOWROOM_MAX_PAGE": "many"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    first, second = ended.stderr.splitlines()
    assert {"FLOWROOM_MAX_PAGE", "FLOWROOM_PORT"} == {line.split("(")[1].split(")")[0] for line in (first, second)}
