"""Phase 1's file reader (§8.6): what one action does to what the node remembers, and what it emits."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.context import Files
from engine.errors import writable
from engine.nodes.errors import FileProblem
from engine.phase1.prompts import Diagnostic
from flowroom.model import Json

NO_TEXT = "names_not_utf8"
"""What is said of files whose names no log can hold: they are passed over."""
ACTIONS = ("read", "scan", "next", "reset", "sendNext")
DEFAULT_MAX_BYTES = 512_000


@dataclass(frozen=True, slots=True)
class FileStep:
    """What an action came to: the file emitted, if any, and the props that change. `done` clears the action."""

    emitted: dict[str, Any] | None = None
    diagnostics: Sequence[Diagnostic] = ()
    patch: Mapping[str, Json] = field(default_factory=dict)
    done: bool = True


async def file_step(props: Mapping[str, Json], action: str | None, files: Files) -> FileStep:
    """Do one action. `props` are the node's stored ones, with what it remembers laid over them."""
    if not action:
        return _said("info", "no_action")
    match props.get("mode") or "single", action:
        case "single", "read" | "sendNext":
            return await _read_one(props, files)
        case "directory", "scan":
            return await _scan(props, files)
        case "directory", "next" | "sendNext":
            return await _next(props, files, wraps=action == "sendNext")
        case "directory", "reset":
            return FileStep(patch={"scannedFiles": [], "cursorIndex": -1, "lastError": None})
        case mode, _:
            return _said("warn", "unsupported_action_or_mode", {"action": action, "mode": mode})


async def payload_of(path: str, props: Mapping[str, Json], files: Files, **place: Json) -> dict[str, Any]:
    """A file as Phase 1 emitted it: facts, its place in a folder, and its content if it is asked for and fits."""
    info = await files.stat(path)
    payload: dict[str, Any] = {
        "path": info.path,
        "size": info.size,
        "modifiedMs": round(info.modified * 1000),
        **place,
    }
    encoding = props.get("encodedAs") or "text"
    most = int(props.get("maxFileSizeBytes") or DEFAULT_MAX_BYTES)
    if props.get("emitContent") and info.size <= most and encoding != "none":
        content = await files.read(path, limit=most)
        if encoding == "base64":
            payload |= {"contentEncoding": "base64", "content": base64.b64encode(content).decode()}
        else:
            payload |= {"contentEncoding": "utf-8", "content": content.decode(errors="replace")}
    return payload


def in_text(names: Sequence[str]) -> list[str]:
    """The names that are UTF-8: a file system has others, too."""
    return [name for name in names if writable(name) == name]


def matching(names: Sequence[str], patterns: str) -> list[str]:
    """The names that fit one of the patterns: `*` only, without regard to case, split at commas and new lines."""
    wanted = [part.strip() for part in re.split(r"[,\n]", patterns) if part.strip()] or ["*"]
    tests = [re.compile(".*".join(map(re.escape, part.split("*"))), re.IGNORECASE | re.DOTALL) for part in wanted]
    return [name for name in names if any(test.fullmatch(name) for test in tests)]


async def _read_one(props: Mapping[str, Json], files: Files) -> FileStep:
    path = props.get("filePath")
    if not path:
        return _said("error", "filePath_missing")
    try:
        payload = await payload_of(str(path), props, files)
    except FileProblem as problem:
        return _failed("read_failed", problem)
    return FileStep(emitted=payload, patch={"lastError": None}, done=False)


async def _scan(props: Mapping[str, Json], files: Files) -> FileStep:
    folder = str(props.get("dirPath") or "")
    if not folder:
        return _said("error", "dirPath_missing")
    try:
        listed = await files.names(folder)
    except FileProblem as problem:
        return _failed("scan_failed", problem)
    names = in_text(listed)
    passed = len(listed) - len(names)
    found: list[Json] = [*matching(names, str(props.get("includePatterns") or "*"))]
    return FileStep(
        diagnostics=(Diagnostic("warn", NO_TEXT, {"count": passed}),) if passed else (),
        patch={"scannedFiles": found, "cursorIndex": -1, "lastError": None},
    )


async def _next(props: Mapping[str, Json], files: Files, *, wraps: bool) -> FileStep:
    listed = props.get("scannedFiles") or []
    if not listed:
        return _said("warn", "empty_scanned_files")
    cursor = props.get("cursorIndex")
    index = int(-1 if cursor is None else cursor) + 1
    place: dict[str, Json] = {}
    if index >= len(listed):
        if not wraps:
            return _said("info", "end_of_list")
        index, place = 0, {"wrapped": True}
    folder = str(props.get("dirPath") or "").replace("\\", "/").rstrip("/")
    path = f"{folder}/{listed[index]}" if folder else str(listed[index])
    try:
        payload = await payload_of(path, props, files, index=index, total=len(listed), **place)
    except FileProblem as problem:
        failed = _failed("read_failed", problem)
        return FileStep(diagnostics=failed.diagnostics, patch={"cursorIndex": index, **failed.patch})
    return FileStep(emitted=payload, patch={"cursorIndex": index, "lastError": None})


def _said(level: Any, message: str, data: Mapping[str, Json] | None = None) -> FileStep:
    return FileStep(diagnostics=(Diagnostic(level, message, data),))


def _failed(message: str, problem: FileProblem) -> FileStep:
    code = str(problem.facts.get("code", "not_readable"))
    return FileStep(diagnostics=(Diagnostic("error", message, {"code": code}),), patch={"lastError": code})
