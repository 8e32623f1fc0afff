"""Files that came with a graph: read by its nodes, written back with it, and gone when it is.

Each graph has a folder of its own (flowroom/files/places.py), which the engine looks into before the folder that all
graphs share. What an import brought is so read by nobody who may not see that graph. Blocking; call it in a thread.

Files are brought before their graph is made, and until it is there is a mark in the folder `unfinished`: by that it is
found what a server has left that was killed in between.
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
        self.finish(graph)

    def begin(self, graph: str) -> None:
        """Mark a graph that is about to be made with files."""
        mark = self._mark(graph)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()

    def finish(self, graph: str) -> None:
        """Take the mark of a graph away, which is made now or never will be."""
        self._mark(graph).unlink(missing_ok=True)

    def unfinished(self, before: float) -> list[str]:
        """The graphs that were begun before a moment, and not finished."""
        marks = (self._data / "unfinished").glob("*")
        return [mark.name for mark in marks if mark.stat().st_mtime < before]

    def _mark(self, graph: str) -> Path:
        return self._data / "unfinished" / attachments_of(self._data, graph).name


def _inside(root: Path, name: str) -> Path:
    """A path below `root`, links followed to their end."""
    place = root.joinpath(*PurePosixPath(name).parts)
    if not place.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{name!r} leads out of the folder of files")
    return place
