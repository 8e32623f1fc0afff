"""Folders made ready for an import."""

import os
import zipfile
from pathlib import Path

from collab_server.cli.packing import upload_of


def test_a_file_whose_name_is_no_text_is_sent_under_one_that_is(tmp_path: Path) -> None:
    """FILE-23."""
    for name in (b"caf\xe9.txt", b"tea.txt"):
        (tmp_path / os.fsdecode(name)).write_bytes(name)

    with upload_of(tmp_path) as (_, packed), zipfile.ZipFile(packed) as archive:
        sent = {name: archive.read(name) for name in archive.namelist()}
    assert sent == {"caf?.txt": b"caf\xe9.txt", "tea.txt": b"tea.txt"}
