"""Where the files that came with a graph lie: the server writes them there, and the nodes of that graph read them."""

from pathlib import Path


def attachments_of(data: Path, graph: str) -> Path:
    """A graph's own folder in a data folder; it may not be there. Raises ValueError for what can't name a folder."""
    if "/" in graph or "\\" in graph or "\0" in graph or not graph.strip("."):
        raise ValueError(f"{graph!r} is no name of a folder")
    return data / "attachments" / graph
