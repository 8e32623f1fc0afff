"""What the nodes of a graph are called where people read or type it: a title, or `Letters / Reply` inside a group."""

from typing import TYPE_CHECKING, Any

from collab_server.cli.client import by_client
from collab_server.cli.remote import Refused
from flowroom.checks import visible
from flowroom.client import Workspace
from flowroom.files import native
from flowroom.model import Graph, NodeId
from flowroom.node_types import NodeType
from flowroom.titles import title_of

if TYPE_CHECKING:
    from collab_server.cli.remote import Remote

MOST_LISTED = 20


class Nodes:
    """The nodes of one graph."""

    def __init__(self, graph: Graph, types: list[NodeType]) -> None:
        known = {type.type: type for type in types}
        nodes = visible(graph).nodes
        self.titles = {id: title_of(node, known.get(node.type)) for id, node in nodes.items()}
        self._parents = {id: node.parent for id, node in nodes.items()}

    def called(self, path: str) -> str:
        """A node as it is shown: its title, after those of the groups it is in."""
        return " / ".join(self.titles.get(NodeId(id), id) for id in path.split("/"))

    def id_of(self, named: str) -> NodeId:
        """The node with this id, or else the only one that is called so. Raises Refused, which says what there is."""
        if (id := NodeId(named)) in self.titles:
            return id
        places = {id: self.called(self._path(id)) for id in self.titles}
        found = [id for id, place in places.items() if named in (place, self.titles[id])]
        if len(found) == 1:
            return found[0]
        listed = [f"{places[id]} ({id})" for id in found or places]
        there = ", ".join([*listed[:MOST_LISTED], *["…"][: len(listed) > MOST_LISTED]]) or "none"
        if found:
            raise Refused(f"{len(found)} nodes are called {named!r}: use one of their ids. They are {there}.")
        raise Refused(f"There is no node {named!r} in this graph. Those there are: {there}.")

    def _path(self, id: NodeId) -> str:
        parent = self._parents[id]
        return id if parent is None else f"{self._path(parent)}/{id}"


def nodes_of_graph(server: "Remote", graph: str) -> Nodes:
    """Of a graph as it is now, read as any peer reads it: that its people are told of an export would be wrong here."""

    async def read(workspace: Workspace) -> Nodes:
        async with workspace.open(graph) as opened:
            return Nodes(opened.graph, await workspace.node_types())

    return by_client(server, read)


def nodes_of_run(server: "Remote", run: str) -> Nodes:
    """Of the graph that a run is pinned to."""
    types: list[dict[str, Any]] = server.get("/node-types")["items"]
    pinned = native.load(server.send("GET", f"/runs/{run}/snapshot").content)
    return Nodes(pinned, [NodeType.model_validate(type) for type in types])
