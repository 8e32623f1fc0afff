"""Zips from strangers: whatever an entry is called and however it is packed, it costs that entry and nothing else."""

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from collab_server.errors import TooLarge
from collab_server.files.archives import unpack
from collab_server.files.directory import count_entries
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


def directory_of(count: int, *, announced: int, wide: bool = False, comment: bytes = b"", before: bytes = b"") -> bytes:
    """A zip of `count` entries that share one empty file, as small as one can be."""
    file = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    start, size = len(file), len(entry) * count
    narrow = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if wide else (announced, announced, size, start)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *narrow, len(comment)) + comment
    if wide:
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, announced, announced, size, start)
        end = record + struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1) + end
    return before + file + entry * count + end


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("comment", [b"", b"a comment", b"c" * 0xFFFF])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh"])
def test_entries_are_counted_as_zipfile_counts_them(wide: bool, comment: bytes, before: bytes) -> None:
    """FILE-20: whatever is announced, in both kinds of zip, with what may stand before and after."""
    for count in (0, 1, 7):
        file = io.BytesIO(directory_of(count, announced=3, wide=wide, comment=comment, before=before))
        assert len(zipfile.ZipFile(file).infolist()) == count
        assert count_entries(file, most=100) == count
        assert count_entries(file, most=3) == min(count, 4)
        assert file.tell() == 0


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("announced", [1, 0xFFFF])
def test_a_zip_of_too_many_entries_is_refused_before_they_are_read(tmp_path: Path, wide: bool, announced: int) -> None:
    """FILE-20"""
    file = io.BytesIO(directory_of(400_000, announced=announced, wide=wide))
    tracemalloc.start()
    with pytest.raises(TooLarge, match="too many files"):
        unpack(file, tmp_path, max_bytes=MIB, max_files=20_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MIB


def test_folders_are_no_files(tmp_path: Path) -> None:
    folders, files = [(f"{n}/", b"") for n in range(50)], [(f"{n}.json", b"1") for n in range(50)]

    problems, found = unpacked(tmp_path, zipped(folders + files))

    assert (problems, len(found)) == ([], 50)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6", b"PK\5\6" + b"\xff" * 18, b"x" * 100_000])
def test_what_is_no_zip_has_no_entries(content: bytes) -> None:
    assert count_entries(io.BytesIO(content), most=10) == 0
