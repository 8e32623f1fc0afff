"""Zips from strangers: whatever an entry is called and however it is packed, it costs that entry and nothing else."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from collab_server.errors import TooLarge
from collab_server.files.archives import unpack
from flowroom.errors import InvalidFile
from flowroom.files.phase1 import Problem

MIB = 2**20


def zipped(entries: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer


def unpacked(folder: Path, file: io.BytesIO) -> tuple[list[Problem], list[str]]:
    problems = unpack(file, folder, max_bytes=MIB, max_files=50)
    return problems, sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_where_a_folder_is_needed_costs_only_what_is_below_it(tmp_path: Path) -> None:
    problems, found = unpacked(tmp_path, zipped([("a", b"1"), ("a/b", b"2"), ("a/b/c.json", b"3"), ("d.json", b"4")]))

    assert found == ["a", "d.json"]
    assert [problem.file for problem in problems] == ["a/b", "a/b/c.json"]


@pytest.mark.parametrize("name", ["x" * 300, "é" * 200, "f/" + "x" * 300 + "/g.json"])
def test_a_name_that_no_disk_takes_is_reported(tmp_path: Path, name: str) -> None:
    problems, found = unpacked(tmp_path, zipped([(name, b"1"), ("good.json", b"2")]))

    assert found == ["good.json"]
    assert len(problems) == 1


@pytest.mark.parametrize("name", [".", "./.", "././."])
def test_a_name_that_names_nothing_is_reported(tmp_path: Path, name: str) -> None:
    problems, found = unpacked(tmp_path, zipped([(name, b"1"), ("good.json", b"2")]))

    assert found == ["good.json"]
    assert len(problems) == 1


def test_an_entry_without_a_name_makes_a_zip_unreadable_and_nothing_worse(tmp_path: Path) -> None:
    content = zipped([("a", b"1")]).getvalue()
    at = content.index(b"PK\x01\x02")
    nameless = bytearray(content[:at] + content[at : at + 46] + content[at + 47 :])
    nameless[at + 28 : at + 30] = b"\0\0"
    end = nameless.index(b"PK\x05\x06")
    nameless[end + 12 : end + 16] = (46).to_bytes(4, "little")

    try:
        problems, found = unpacked(tmp_path, io.BytesIO(bytes(nameless)))
    except InvalidFile:
        return
    assert found == [] and len(problems) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_that_unpacks_in_one_piece_is_never_unpacked(tmp_path: Path, method: int) -> None:
    """zipfile limits what it takes out at once for deflate only: a megabyte of bzip2 may hold gigabytes."""
    bomb = zipped([("bomb.json", bytes(64 * MIB))], method)
    tracemalloc.start()
    try:
        problems, found = unpacked(tmp_path, bomb)
        _, most = tracemalloc.get_traced_memory()
    except TooLarge:
        _, most = tracemalloc.get_traced_memory()
        pytest.fail(f"it was unpacked before it was refused: {most / MIB:.0f} MiB")
    finally:
        tracemalloc.stop()

    assert found == []
    assert "deflate" in problems[0].what
    assert most < 16 * MIB
