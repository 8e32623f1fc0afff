"""A data folder belongs to one server at a time, and says where that one is."""

from pathlib import Path

import pytest

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
