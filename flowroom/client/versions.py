"""States of a graph that are kept: made, listed, and read."""

from typing import TYPE_CHECKING, Any

import orjson

from flowroom.files import native
from flowroom.model import Graph, GraphId, Value

if TYPE_CHECKING:
    from flowroom.client.workspace import Workspace


MAX_LABEL_CHARS = 200
KEEP_TRIES = 3
"""How often a graph is kept before it goes back, since others may change it while it is being kept."""


class Version(Value):
    """A state that is kept. `at` is seconds since 1970; `reason` is `kept` for one that somebody asked for, `copy` for
    a client's own copy of an older epoch, `restore` for what a restore put aside.
    """

    id: str
    label: str
    author: str = ""
    at: float = 0
    reason: str = "kept"
    nodes: int = 0
    edges: int = 0


def label_before(label: str) -> str:
    """What the graph was is kept under this label before it becomes one of its versions."""
    return f"Before going back to {label}"[:MAX_LABEL_CHARS]


class Versions:
    """The versions of one graph, for a client that has it open."""

    def __init__(self, graph: GraphId, workspace: "Workspace") -> None:
        self._path = f"/api/graphs/{graph}/versions"
        self._workspace = workspace

    async def keep(self, label: str) -> Version:
        """Keep what the server has. Raises NotAllowed, RequestRefused."""
        return Version.model_validate(await self._request("POST", "", params={"label": label}))

    async def all(self) -> list[Version]:
        """All that are kept, the newest first; pages are fetched until there are no more."""
        found: list[Version] = []
        before: dict[str, str] = {}
        while True:
            page = await self._request("GET", "", params=before)
            found += [Version.model_validate(item) for item in page["items"]]
            if page["next"] is None:
                return found
            before = {"before": page["next"]}

    async def graph(self, version: str) -> Graph:
        """What a version has. Raises NoSuchDocument, NewerSchema."""
        return native.load(orjson.dumps(await self._request("GET", f"/{version}")))

    async def _request(self, method: str, path: str, **arguments: Any) -> Any:
        return await self._workspace.request(method, f"{self._path}{path}", **arguments)
