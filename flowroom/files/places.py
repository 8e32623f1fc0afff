"""Where the files lie that nodes may read: those that came with a graph, which the server writes and the graph's own
nodes read, and those that all graphs share. The rest of a data folder, databases and tokens, is nobody's to read.
"""

from pathlib import Path


def attachments_of(data: Path, graph: str) -> Path:
    """A graph's own folder in a data folder; it may not be there. Raises ValueError for what can't name a folder."""
    if "/" in graph or "\\" in graph or "\0" in graph or not graph.strip("."):
        raise ValueError(f"{graph!r} is no name of a folder")
    return data / "attachments" / graph


def shared_by_all(files: Path, data: Path) -> Path:
    """The folder that the nodes of all graphs may read, which has to leave the data folder alone: it is `files` in it,
    or lies beside it. Links are followed. Raises ValueError.
    """
    if is_withheld(files.resolve(), data) or data.resolve().is_relative_to(files.resolve()):
        raise ValueError(
            f"expected a folder that has nothing of the data folder {data} in it, not {files}: graphs could read "
            "databases and tokens there; move what they may read elsewhere, or into `files` in the data folder"
        )
    return files


def is_withheld(place: Path, data: Path) -> bool:
    """Whether a place, with all links followed, is in a data folder and not among the files that graphs share there."""
    folder = data.resolve()
    return place.is_relative_to(folder) and not place.is_relative_to(folder / "files")
