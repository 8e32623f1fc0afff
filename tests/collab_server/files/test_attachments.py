"""Files that came with a graph never stop it from coming, whatever already lies in the shared folder."""

from pathlib import Path

import pytest

from collab_server.files.attachments import GraphFiles


@pytest.mark.parametrize("name", ["data/orders.csv", "data/deep/orders.csv"])
def test_a_file_in_the_place_of_a_folder_is_left_as_it_is_and_told(tmp_path: Path, name: str) -> None:
    shared = tmp_path / "files"
    shared.mkdir()
    (shared / "data").write_bytes(b"mine")
    files = GraphFiles(kept=tmp_path / "attachments", shared=shared)

    taken = files.write("g", {name: b"1", "notes.txt": b"2"})

    assert taken == [name]
    assert (shared / "data").read_bytes() == b"mine"
    assert (shared / "notes.txt").read_bytes() == b"2"
    assert files.read("g") == {name: b"1", "notes.txt": b"2"}
