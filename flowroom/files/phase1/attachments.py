"""The rest of a workspace: files that nodes may read and that an export writes back. Secrets stay out."""

import re
from pathlib import Path, PurePosixPath

import orjson

from flowroom.files.phase1.report import ImportReport

LEFTOVER = re.compile(r"\.tmp-\d+$")
"""What an interrupted write leaves behind, possibly older than the file it was to replace: never read."""

MAX_FILE_BYTES = 5 * 2**20
MAX_FILES_BYTES = 20 * 2**20
MAX_FILES = 2_000
DESCRIBING = frozenset({"nodes", "groups", "schemas", "settings"})
"""Folders of a workspace that describe it."""


def attachments(root: Path, used: set[Path], report: ImportReport) -> dict[str, bytes]:
    """The files below `root` that are neither in `used` nor made anew by an export, by relative path."""
    files: dict[str, bytes] = {}
    total = left_out = 0
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path in used or not path.is_file() or not path.resolve().is_relative_to(root) or _derived(name):
            continue
        if name == "settings/mcp-servers.yaml":
            report.problem(name, "may hold secrets: left out", kept=False)
            continue
        size = path.stat().st_size
        if size > MAX_FILE_BYTES or total + size > MAX_FILES_BYTES or len(files) >= MAX_FILES:
            left_out += 1
            continue
        data = path.read_bytes()
        files[name] = _without_key(data) if name == "settings/system.json" else data
        total += size
    if left_out:
        report.problem(".", f"{left_out} further files left out: they are larger than is kept", kept=False)
    for orphan in sorted({name.split("/")[1] for name in files if name.startswith("groups/") and name.count("/") > 1}):
        report.problem(f"groups/{orphan}", "belongs to no group node: kept for export, not shown", kept=True)
    return files


def share(files: dict[str, bytes], report: ImportReport) -> None:
    """Give the graphs that the workspace bundled the files that nodes may read.

    Together they keep no more than one workspace may: thousands of small bundles would multiply large files.
    """
    shared = {name: data for name, data in files.items() if _is_content(name)}
    if not shared:
        return
    most = min(MAX_FILES_BYTES // max(1, sum(map(len, shared.values()))), MAX_FILES // len(shared))
    for number, bundled in enumerate(report.graphs):
        if number < most:
            bundled.files = dict(shared)
        else:
            report.problem(bundled.title, "came without the files of the workspace: too many for it", kept=True)


def _is_content(name: str) -> bool:
    return not name.startswith(".") and PurePosixPath(name).parts[0] not in DESCRIBING


def _derived(name: str) -> bool:
    """Whether an export makes this file anew, or it means nothing: indexes, and leftovers of writes."""
    return ".awb" in PurePosixPath(name).parts or LEFTOVER.search(name) is not None or name == "flowroom.json"


def _without_key(settings: bytes) -> bytes:
    """System settings without the API key, which belongs into no document, file or export."""
    try:
        parsed = orjson.loads(settings)
    except ValueError:
        return settings
    llm = parsed.get("llm") if isinstance(parsed, dict) else None
    if not isinstance(llm, dict) or llm.get("apiKey") in (None, "", "***"):
        return settings
    llm["apiKey"] = ""
    return orjson.dumps(parsed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
