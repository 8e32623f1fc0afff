"""Phase 1's file reader, one action at a time, from the specification (§8.6)."""

import os
from pathlib import Path
from typing import Any

import pytest

from engine.files import FilesFolder
from engine.phase1 import FileStep, file_step
from engine.phase1.files import matching


async def step(root: Path, action: str | None, **props: Any) -> FileStep:
    return await file_step(props, action, FilesFolder(root))


def codes(taken: FileStep) -> list[str]:
    return [one.message for one in taken.diagnostics]


async def test_a_single_file_is_emitted_with_content_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff")
    taken = await step(tmp_path, "read", filePath="a.bin", emitContent=True, encodedAs="base64")
    assert taken.emitted is not None
    assert (taken.emitted["contentEncoding"], taken.emitted["content"]) == ("base64", "/w==")
    assert not taken.done
    (tmp_path / "b").write_text("too much")
    for quiet in (
        {},
        {"emitContent": True, "encodedAs": "none"},
        {"emitContent": True, "maxFileSizeBytes": 7},
    ):
        emitted = (await step(tmp_path, "sendNext", filePath="b", **quiet)).emitted
        assert emitted is not None and "content" not in emitted


async def test_a_folder_is_scanned_walked_and_wrapped(tmp_path: Path) -> None:
    for name in ("b.md", "A.md", "c.txt"):
        (tmp_path / name).write_text(name)
    props: dict[str, Any] = {"mode": "directory", "dirPath": ".", "includePatterns": "*.MD"}
    props |= (await step(tmp_path, "scan", **props)).patch
    assert (props["scannedFiles"], props["cursorIndex"]) == (["A.md", "b.md"], -1)
    places = []
    for action in ("next", "next", "next", "sendNext"):
        taken = await step(tmp_path, action, **props)
        props |= taken.patch
        places.append(taken.emitted and (taken.emitted["index"], taken.emitted.get("wrapped")))
    assert places == [(0, None), (1, None), None, (0, True)]


async def test_a_scan_passes_over_names_that_are_no_text(tmp_path: Path) -> None:
    """RUN-37."""
    for name in (b"caf\xe9", b"tea"):
        (tmp_path / os.fsdecode(name)).touch()
    taken = await step(tmp_path, "scan", mode="directory", dirPath=".")
    assert (taken.patch["scannedFiles"], codes(taken)) == (["tea"], ["names_not_utf8"])


@pytest.mark.parametrize(
    ("action", "props", "expected"),
    [
        (None, {}, ["no_action"]),
        ("read", {}, ["filePath_missing"]),
        ("read", {"filePath": "../x"}, ["read_failed"]),
        ("scan", {}, ["unsupported_action_or_mode"]),
        ("scan", {"mode": "directory"}, ["dirPath_missing"]),
        ("scan", {"mode": "directory", "dirPath": "no"}, ["scan_failed"]),
        ("next", {"mode": "directory"}, ["empty_scanned_files"]),
        ("next", {"mode": "directory", "scannedFiles": ["a"], "cursorIndex": 0}, ["end_of_list"]),
        ("next", {"mode": "directory", "scannedFiles": ["gone"]}, ["read_failed"]),
        ("read", {"mode": "directory"}, ["unsupported_action_or_mode"]),
    ],
)
async def test_what_can_not_be_done_is_said(
    tmp_path: Path, action: str | None, props: dict[str, Any], expected: list[str]
) -> None:
    taken = await step(tmp_path, action, **props)
    assert taken.emitted is None
    assert codes(taken) == expected


def test_patterns_know_only_the_star() -> None:
    names = ["a.txt", "B.TXT", "c[1].log", "d"]
    assert matching(names, "*.txt") == ["a.txt", "B.TXT"]
    assert matching(names, "c[1].*, d\n") == ["c[1].log", "d"]
    assert matching(names, " ") == names
