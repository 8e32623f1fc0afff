"""Files that came with a graph: kept to be written back with it, and shared with the nodes that read them.

Each graph has a folder of its own under `attachments`, which is what an export gives back. What a FileReader may want
is also put into the server's files folder under the same relative path, as it was in the workspace it came from; a
file that is there already is never overwritten. Blocking; call it in a thread.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

PRIVATE = frozenset({"nodes", "groups", "schemas", "settings"})
"""Folders of a workspace that describe it; no node reads them."""


class GraphFiles:
    """The files of all graphs: `kept` has a folder a graph, `shared` is the folder that nodes read."""

    def __init__(self, kept: Path, shared: Path) -> None:
        self._kept = kept
        self._shared = shared

    def write(self, graph: str, files: Mapping[str, bytes]) -> list[str]:
        """Keep files for a graph, by relative path; the names whose place in the shared folder has another file.

        Raises ValueError for a path that leads out.
        """
        taken = []
        for name, content in files.items():
            _write(_inside(self._kept / _plain(graph), name), content)
            if not PRIVATE.intersection(PurePosixPath(name).parts[:1]) and not name.startswith("."):
                if not self._share(name, content):
                    taken.append(name)
        return taken

    def _share(self, name: str, content: bytes) -> bool:
        """Put a file where nodes read it; whether they will read this content there."""
        place = _inside(self._shared, name)
        try:
            if place.exists():
                return place.is_file() and place.read_bytes() == content
            _write(place, content)
        except (FileExistsError, NotADirectoryError):  # a file lies where a folder of its path would have to be
            return False
        return True

    def read(self, graph: str) -> dict[str, bytes]:
        """All files kept for a graph, by relative path."""
        folder = self._kept / _plain(graph)
        found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    def copy(self, source: str, target: str) -> None:
        """Give a graph its own copy of another's files."""
        if (self._kept / _plain(source)).is_dir():
            shutil.copytree(self._kept / _plain(source), self._kept / _plain(target))

    def forget(self, graph: str) -> None:
        """Forget what was kept for a graph; what nodes read in the shared folder may be another's too, and stays."""
        shutil.rmtree(self._kept / _plain(graph), ignore_errors=True)


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _plain(graph: str) -> str:
    if "/" in graph or "\\" in graph or not graph.strip("."):
        raise ValueError(f"{graph!r} is no name of a folder")
    return graph


def _inside(root: Path, name: str) -> Path:
    """A path below `root`, links followed to their end."""
    place = root.joinpath(*PurePosixPath(name).parts)
    if not place.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{name!r} leads out of the folder of files")
    return place
