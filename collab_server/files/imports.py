"""Files that people bring: a graph, a zip of graphs, or a zip of a Phase 1 workspace. Blocking; call it in a thread.

Reads and reports; what becomes of the graphs is graphs.py's business. One bad file never costs the others.
"""

import tempfile
from pathlib import Path
from typing import BinaryIO

from collab_server.files.archives import is_zip, unpack
from collab_server.settings import Settings
from flowroom.errors import FlowroomError, InvalidFile, InvalidGraph
from flowroom.files import native
from flowroom.files.phase1 import ImportedGraph, ImportReport, Problem, read_workspace, workspace_roots

MAX_STEM_BYTES = 240
"""A folder is named by it, and most disks take 255 bytes."""


def read_upload(file: BinaryIO, name: str, settings: Settings) -> ImportReport:
    """The graphs of an uploaded file. Raises InvalidFile or TooLarge when nothing of it can be read."""
    if is_zip(file):
        with tempfile.TemporaryDirectory(prefix="flowroom-import-") as scratch:
            root = Path(scratch) / _stem(name)
            root.mkdir()
            lost = unpack(file, root, max_bytes=settings.max_unpacked_bytes, max_files=settings.max_unpacked_files)
            report = read_folder(_inner(root), settings)
            report.problems[:0] = lost
            return report
    report = ImportReport()
    report.graphs.append(_native(file.read(), name, settings))
    return report


def read_folder(folder: Path, settings: Settings) -> ImportReport:
    """The graphs of a folder: Phase 1 workspaces if there are any, else native files. Raises InvalidFile."""
    report = ImportReport()
    for root in workspace_roots(folder):
        _add(report, read_workspace(root), root.name, settings)
    if not report.graphs and not report.problems:
        _read_natives(folder, report, settings)
    if not report.graphs and not report.problems:
        raise InvalidFile(
            "expected graph files (.json) or a Phase 1 workspace (a folder with nodes/ in it), but there is neither"
        )
    return report


def _read_natives(folder: Path, report: ImportReport, settings: Settings) -> None:
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        try:
            report.graphs.append(_native(path.read_bytes(), name, settings))
        except FlowroomError as error:
            report.problem(name, str(error), kept=False)


def _native(data: bytes, name: str, settings: Settings) -> ImportedGraph:
    graph = native.load(data)
    _check_size(len(graph.nodes), settings)
    title = graph.meta.title if graph.meta.title != "Untitled" else _stem(name)
    return ImportedGraph(title, graph)


def _add(report: ImportReport, found: ImportReport, name: str, settings: Settings) -> None:
    report.problems += found.problems
    for imported in found.graphs:
        try:
            _check_size(len(imported.graph.nodes), settings)
            report.graphs.append(imported)
        except InvalidGraph as error:
            report.problems.append(Problem(name, str(error), kept=False))


def _check_size(nodes: int, settings: Settings) -> None:
    if nodes > settings.max_graph_nodes:
        raise InvalidGraph(f"A graph may have at most {settings.max_graph_nodes} nodes, and this one has {nodes}.")


def _inner(root: Path) -> Path:
    """The one folder that a zip of a folder holds, so that a workspace is named like it."""
    while not workspace_roots(root):
        inside = list(root.iterdir())
        if len(inside) != 1 or not inside[0].is_dir():
            break
        root = inside[0]
    return root


def _stem(name: str) -> str:
    """A title from a file name that a stranger chose."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = "".join(c if c.isalnum() or c in " _-." else "-" for c in plain).strip(" .")
    return kept[:80].encode()[:MAX_STEM_BYTES].decode(errors="ignore") or "Import"
