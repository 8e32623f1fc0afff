"""Files that came with a graph lie in its own folder, and nowhere else."""

from pathlib import Path

import pytest

from collab_server.files.attachments import GraphFiles
from flowroom.files.places import attachments_of


def test_each_graph_has_its_own_and_nothing_is_shared(tmp_path: Path) -> None:
    """FILE-19."""
    files = GraphFiles(tmp_path)

    files.write("a", {"data/orders.csv": b"1", "notes.txt": b"2"})
    files.write("b", {"data/orders.csv": b"3"})
    files.copy("a", "c")
    files.forget("a")

    assert files.read("a") == {}
    assert files.read("b") == {"data/orders.csv": b"3"}
    assert files.read("c") == {"data/orders.csv": b"1", "notes.txt": b"2"}
    assert [path.name for path in tmp_path.iterdir()] == ["attachments"]


@pytest.mark.parametrize("name", ["../b/notes.txt", "/etc/flowroom", "out/notes.txt"])
def test_no_file_is_written_outside_the_folder_of_its_graph(tmp_path: Path, name: str) -> None:
    """FILE-17."""
    folder = attachments_of(tmp_path, "a")
    folder.mkdir(parents=True)
    (folder / "out").symlink_to(tmp_path)

    with pytest.raises(ValueError, match="leads out"):
        GraphFiles(tmp_path).write("a", {name: b"x"})
    assert not (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize("graph", ["", ".", "..", "a/b", "a\\b", "a\0"])
def test_what_is_no_name_of_a_folder_has_no_files(tmp_path: Path, graph: str) -> None:
    with pytest.raises(ValueError, match="no name of a folder"):
        attachments_of(tmp_path, graph)
