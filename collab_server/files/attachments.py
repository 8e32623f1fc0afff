"""Files that came with a graph: read by its nodes, written back with it, and gone when it is.

Each graph has a folder of its own (flowroom/files/places.py), which the engine looks into before the folder that all
graphs share. What an import brought is so read by nobody who may not see that graph. Blocking; call it in a thread.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from flowroom.files.places import attachments_of


class GraphFiles:
    """The files of all graphs of a data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def write(self, graph: str, files: Mapping[str, bytes]) -> None:
        """Keep files for a graph, by relative path. Raises ValueError for a path that leads out."""
        folder = attachments_of(self._data, graph)
        for name, content in files.items():
            place = _inside(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

    def read(self, graph: str) -> dict[str, bytes]:
        """All files kept for a graph, by relative path."""
        folder = attachments_of(self._data, graph)
        found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    def copy(self, source: str, target: str) -> None:
        """Give a graph its own copy of another's files."""
        folder = attachments_of(self._data, source)
        if folder.is_dir():
            shutil.copytree(folder, attachments_of(self._data, target))

    def forget(self, graph: str) -> None:
        """Forget what was kept for a graph."""
        shutil.rmtree(attachments_of(self._data, graph), ignore_errors=True)


def _inside(root: Path, name: str) -> Path:
    """A path below `root`, links followed to their end."""
    place = root.joinpath(*PurePosixPath(name).parts)
    if not place.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{name!r} leads out of the folder of files")
    return place
