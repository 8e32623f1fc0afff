"""Starting runs and reading about them: what the server does with the engine.

`Runs` writes a run's row and its snapshot, and reads the log that workers write. It never executes anything.
"""

from typing import Any

from engine.record import RunRecord
from flowroom.model import Graph, NodeId
from flowroom.runs import RunEvent, RunId, RunView


class Runs:
    """All runs of one database. Use one per process, and `await close()` it."""

    def __init__(self, runs_url: str) -> None:
        self._url = runs_url

    async def start(
        self,
        graph_id: str,
        graph: Graph,
        *,
        start: NodeId | None = None,
        inputs: dict[str, Any] | None = None,
        by: str,
        trigger: str = "manual",
    ) -> RunRecord:
        """Pin the graph and queue a run of it; raises InvalidGraph when it can't be run as it stands.

        `inputs` maps node ids to values (a Chat's message). With `start`, a dataflow run covers what that node needs,
        or, if it is a trigger such as a Chat, what follows from it; a cascade begins there.
        """
        raise NotImplementedError

    async def get(self, run_id: str) -> RunRecord | None:
        """One run, or None."""
        raise NotImplementedError

    async def list(self, graph_id: str, *, before: str | None = None, limit: int = 50) -> "list[RunRecord]":
        """The runs of a graph, newest first; `before` is the id of the last one already seen."""
        raise NotImplementedError

    async def events(self, run_id: str, *, after: int = 0, limit: int = 500) -> "list[RunEvent]":
        """Events with `seq` > `after`, in order."""
        raise NotImplementedError

    async def view(self, run_id: str) -> RunView:
        """The run as people see it, folded from its whole log; raises NoSuchRun."""
        raise NotImplementedError

    async def snapshot(self, run_id: str) -> Graph:
        """The graph the run is pinned to; raises NoSuchRun."""
        raise NotImplementedError

    async def cancel(self, run_id: RunId | str, by: str) -> RunRecord:
        """Ask for a run to end; a finished run stays as it is. Raises NoSuchRun."""
        raise NotImplementedError

    async def history(
        self, graph_id: str, node_id: str, *, before: int | None = None, limit: int = 50
    ) -> "list[dict[str, Any]]":
        """Entries of a Chat or Log over all runs, oldest first; each has its number as `seq` for `before`."""
        raise NotImplementedError

    async def clear_history(self, graph_id: str, node_id: str) -> None:
        """Forget the entries of a Chat or Log."""
        raise NotImplementedError

    async def blob(self, hash: str) -> tuple[bytes, str] | None:
        """A large value by its content hash, and its media type; or None."""
        raise NotImplementedError

    async def delete_graph(self, graph_id: str) -> None:
        """Forget all runs and entries of a graph."""
        raise NotImplementedError

    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
        raise NotImplementedError
