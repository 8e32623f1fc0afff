"""The server's side of runs, where its database fails."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from collab_server.runs import GraphRuns


async def test_a_run_log_that_can_not_be_opened_ends_nothing_and_is_tried_again(tmp_path: Path) -> None:
    """ROOM-14"""
    place = tmp_path / "runs.db"
    place.mkdir()
    runs = GraphRuns(f"sqlite:///{place}")
    await runs.warm()
    with pytest.raises(OperationalError):
        await runs.of_graph("g", before=None, limit=1)
    place.rmdir()

    assert await runs.of_graph("g", before=None, limit=1) == []

    await runs.close()
