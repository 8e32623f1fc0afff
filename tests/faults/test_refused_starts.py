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

from collab_server.folder import RunningServer
from collab_server.serving import serve
from collab_server.settings import Settings
from flowroom.errors import CantStart


def refusal(data: Path, **settings: str) -> str:
    """What a server says that is expected to refuse to start on a data folder."""

    def announce(server: RunningServer) -> None:
        raise AssertionError(f"it started: {server}")

    with pytest.raises(CantStart) as refused:
        serve(Settings(data=data, port=0).model_copy(update=settings), with_engine=True, announce=announce)
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


PLACES = {"{}/none/x.db": "there is no folder ", "{}/file/x.db": "there is no folder ", "{}": "no file"}
"""Where no database can be, below a folder, and why."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("setting", ["database_url", "runs_url"])
def test_a_place_where_no_database_can_be_is_named(setting: str, place: str, tmp_path: Path) -> None:
    """OPS-23"""
    (tmp_path / "file").touch()
    file = place.format(tmp_path)

    said = refusal(tmp_path / "data", **{setting: f"sqlite:///{file}"})

    assert said.startswith(f"The database {file} can't be written: ") and PLACES[place] in said
    assert f"mend FLOWROOM_{setting.upper()}" in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///{}/none/x.db", "The database {}/none/x.db can't be written: "),
        ("sqlite:///{}/damaged.db", "The database {}/damaged.db can't be read: "),
        ("postgresql://me:pass-word@127.0.0.1:1/x", "The database postgresql://me:***@127.0.0.1:1/x can't be opened: "),
        ("postgresql://127.0.0.1:1/x?password=pass-word&odd=1", 'can\'t be opened: invalid connection option "odd"'),
    ],
)
def test_an_engine_says_in_one_sentence_what_is_wrong_with_its_run_log(url: str, said: str, tmp_path: Path) -> None:
    """OPS-23"""
    (tmp_path / "damaged.db").write_bytes(b"\xa5" * 20_000)
    environment = os.environ | {"FLOWROOM_RUNS_URL": url.format(tmp_path), "FLOWROOM_DATA": str(tmp_path)}

    command = [sys.executable, "-m", "engine"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert said.format(tmp_path) in ended.stderr and len(ended.stderr.splitlines()) == 1
    assert "pass-word" not in ended.stderr


def test_settings_that_can_not_be_are_named_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "collab_server", "serve", "--port", "99999", "--data", str(tmp_path)]
    environment = os.environ | {"FLOWROOM_MAX_PAGE": "many"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    first, second = ended.stderr.splitlines()
    assert {"FLOWROOM_MAX_PAGE", "FLOWROOM_PORT"} == {line.split("(")[1].split(")")[0] for line in (first, second)}
