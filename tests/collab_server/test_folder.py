"""A data folder belongs to one server at a time, and says where that one is."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from collab_server import folder
from collab_server.folder import FolderTaken, RunningServer, claimed, note, running


def test_a_note_that_a_killed_server_left_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    """Between its start and its first page the next server is nowhere yet, least of all at the old address."""
    note(tmp_path, RunningServer(1, "http://127.0.0.1:1", "old"))

    with claimed(tmp_path):
        assert running(tmp_path) is None
        with pytest.raises(FolderTaken, match="has not started listening yet"), claimed(tmp_path):
            pass
        here = RunningServer(2, "http://127.0.0.1:2", "new")
        note(tmp_path, here)
        assert running(tmp_path) == here

    assert running(tmp_path) is None


def looking(at: Path) -> int:
    """The lock as whoever looks whether a server runs has it, for a moment; a descriptor to close."""
    descriptor = os.open(at / "server.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, folder.LOOKING)
    return descriptor


def test_a_server_starts_while_somebody_looks_whether_one_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = looking(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _seconds: os.close(descriptor))

    with claimed(tmp_path):
        pass


def test_two_who_look_at_once_believe_no_server_that_was_killed(tmp_path: Path) -> None:
    note(tmp_path, RunningServer(1, "http://127.0.0.1:1", "old"))
    descriptor = looking(tmp_path)

    assert running(tmp_path) is None

    os.close(descriptor)


def test_what_a_server_makes_nobody_else_on_the_machine_may_read(tmp_path: Path) -> None:
    """OPS-24: nor what its workers and its engine make, which are its children."""
    before, here = os.umask(0o022), tmp_path / "data"
    try:
        with claimed(here):
            subprocess.run(["mkdir", "-p", here / "attachments" / "g"], check=True)
            (here / "flowroom.db").write_bytes(b"")
        (tmp_path / "another").write_bytes(b"")
    finally:
        os.umask(before)

    made = [here, *here.rglob("*")]
    assert len(made) == 5
    assert [path for path in made if path.stat().st_mode & 0o077] == []
    assert (tmp_path / "another").stat().st_mode & 0o777 == 0o644
