"""A backup that is made while people edit is a data folder to start on."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from collab_server import backups
from collab_server.backups import CantBackUp
from collab_server.settings import Settings
from flowroom.client import connect
from tests.collab_server.cli.test_cli import as_json, flowroom, up


@pytest.mark.timeout(120)
async def test_a_backup_made_while_edits_come_has_all_that_was_acknowledged(tmp_path: Path) -> None:
    """OPS-12, OPS-24: made and recovered by command, with tokens, and a server starts on it."""
    data, copy, file = tmp_path / "data", tmp_path / "copy", tmp_path / "backup.tar.gz"
    with up(data, "--no-examples") as (_, here):
        async with connect(here["url"], token=here["token"]) as workspace:
            id = (await workspace.create_graph("Kept")).id
            async with workspace.open(id) as graph:
                for number in range(50):
                    graph.add_node("Log", id=f"n{number}")
                await graph.saved()
                made = asyncio.create_task(asyncio.to_thread(as_json, "backup", file, "--data", data))
                number = 50
                while not made.done():
                    graph.add_node("Log", id=f"n{number}")
                    await graph.saved()
                    number += 1
    assert (await made)["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    assert number > 50, "nothing was edited meanwhile"

    found = as_json("recover", file, "--data", copy)
    assert {"flowroom.db", "runs.db", "token", "service-token"} <= set(found["holds"])
    copy.chmod(0o755)
    with up(copy) as (_, there):
        open_to_others = [path for path in (data, *data.rglob("*"), *copy.rglob("*")) if path.stat().st_mode & 0o077]
        assert open_to_others == []
        assert there["token"] == here["token"]
        async with connect(there["url"], token=there["token"]) as workspace, workspace.open(id) as graph:
            assert {f"n{number}" for number in range(50)} <= set(graph.nodes)


def test_what_can_not_be_backed_up_or_recovered_is_said(tmp_path: Path) -> None:
    """OPS-12: nothing is overwritten, and nothing half-made is left."""
    nothing = flowroom("backup", tmp_path / "b", "--data", tmp_path / "none", check=False)
    assert nothing.returncode == 1 and "no database" in nothing.stderr
    elsewhere = flowroom("backup", tmp_path / "b", check=False, FLOWROOM_DATABASE_URL="postgresql://x/y")
    assert elsewhere.returncode == 1 and "pg_dump" in elsewhere.stderr
    (tmp_path / "odd").write_text("no backup")
    odd = flowroom("recover", tmp_path / "odd", "--data", tmp_path / "new", check=False)
    assert odd.returncode == 1 and "no backup" in odd.stderr
    full = flowroom("recover", tmp_path / "odd", "--data", tmp_path, check=False)
    assert full.returncode == 1 and "not empty" in full.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["odd"]


def test_a_database_that_can_not_be_copied_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-12: SQLite says in its own way that the disk is full."""
    for name in ("flowroom.db", "runs.db"):
        (tmp_path / name).touch()

    def full(_source: Path, _target: Path) -> Path:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backups, "_copied", full)
    with pytest.raises(CantBackUp, match=r"backup\.tar\.gz can't be written: database or disk is full\."):
        backups.make(Settings(data=tmp_path), tmp_path / "backup.tar.gz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flowroom.db", "runs.db"]
