"""Files that came with a graph and that its nodes may read: a folder per graph under `files` in the data folder.

Blocking; call it in a thread.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath


class GraphFiles:
    """The files of all graphs."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, graph: str, files: Mapping[str, bytes]) -> None:
        """Keep files for a graph, by relative path. Raises ValueError for a path that leads out of its folder."""
        for name, content in files.items():
            target = self._path(graph, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def read(self, graph: str) -> dict[str, bytes]:
        """All files of a graph, by relative path."""
        folder = self._path(graph)
        found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    def copy(self, source: str, target: str) -> None:
        """Give a graph its own copy of another's files."""
        if self._path(source).is_dir():
            shutil.copytree(self._path(source), self._path(target))

    def _path(self, graph: str, name: str = ".") -> Path:
        parts = PurePosixPath(graph, name).parts
        if ".." in parts or PurePosixPath(name).is_absolute() or "/" in graph or not graph.strip("."):
            raise ValueError(f"{graph}/{name} leads out of the folder of files")
        return self._root.joinpath(*parts)
