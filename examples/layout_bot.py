"""A bot that lays a graph out: arrows to the right, few crossings, each group in itself, one step of undo.

    python examples/layout_bot.py "http://127.0.0.1:8000/?token=…" "Orders of the day"

With --stay it stays in the graph and lays it out whenever a comment says `@layout`. The layout itself is in layered.py;
this is what a graph means to it: how large a card is, what lies in which group, and whom not to disturb. What someone
is dragging, or moved while the bot was thinking, stays where they put it.
"""

import argparse
import asyncio
from collections.abc import Mapping

from flowroom.checks import visible
from flowroom.client import GraphClient, GraphInfo, Workspace, connect
from flowroom.errors import FlowroomError
from flowroom.model import Graph, Node, NodeId
from flowroom.node_types import NodeType

from asked import asked
from layered import Place, Size, layered

GRID = 8
HEADER, PORT_ROW = 48, 24
WIDTHS = {"chat": 304, "log": 288, "text": 288}
BODIES = {"chat": 176, "log": 148, "text": 96}
EMPTY_GROUP: Size = (320, 200)
INSIDE: Place = (24, 64)
"""Where the contents of a group begin: below its header."""


def arranged(graph: Graph, types: Mapping[str, NodeType]) -> tuple[dict[NodeId, Place], dict[NodeId, Size]]:
    """Where every node goes, and the size that each group needs. Contents are placed relative to their group."""
    places: dict[NodeId, Place] = {}
    frames: dict[NodeId, Size] = {}
    levels = _levels(graph)
    for container in sorted(levels, key=lambda id: -_depth(graph, id)):  # the innermost first
        nodes, arrows = levels[container]
        sizes: dict[str, Size] = {
            node.id: frames.get(node.id) or card_size(node, types.get(node.type)) for node in nodes
        }
        placed = layered(sizes, arrows, {node.id: node.pos for node in nodes})
        left, top = INSIDE if container else (min(n.pos[0] for n in nodes), min(n.pos[1] for n in nodes))
        places |= {NodeId(id): (_snapped(x + left), _snapped(y + top)) for id, (x, y) in placed.items()}
        if container:
            frames[container] = _frame(graph.nodes[container], [(*places[node.id], *sizes[node.id]) for node in nodes])
    return places, frames


def card_size(node: Node, type: NodeType | None) -> Size:
    """How large a card is drawn, as well as one can know without drawing it."""
    if node.size:
        return node.size
    if type is None:
        return 256, HEADER + BODIES["text"]
    if type.container:
        return EMPTY_GROUP
    ends = node.type in ("GroupInput", "GroupOutput")
    rows = max(len(type.inputs), len(type.outputs_with(node.params)))
    height = HEADER + (rows * PORT_ROW + 4 if rows > 1 else 0) + BODIES.get(type.body, 24)
    return 168 if ends else WIDTHS.get(type.body, 256), height


async def lay_out(g: GraphClient, types: Mapping[str, NodeType]) -> int:
    """Lay a graph out in one transaction; gives how many nodes moved."""
    before = visible(g.graph)
    places, frames = await asyncio.to_thread(arranged, before, types)
    held = {id for other in g.presence.others if other.drag for id in other.drag.ids}
    now = g.nodes
    moves = {
        id: place
        for id, place in places.items()
        if id in now and id not in held and now[id].pos == before.nodes[id].pos != place
    }
    g.presence.set(selection=tuple(moves)[:50])
    with g.transaction():
        g.move(moves)
        for id, size in frames.items():
            if id in now and now[id].size not in (None, size):  # one without a size of its own grows by itself
                g.update_node(id, size=size)
    await g.saved()
    return len(moves)


async def find(workspace: Workspace, wanted: str) -> GraphInfo:
    """The graph with this id, or the only one with this title."""
    found = [graph for graph in await workspace.graphs() if wanted in (graph.id, graph.title)]
    if len(found) != 1:
        raise SystemExit(f"Expected one graph with the id or title {wanted!r}, found {len(found)}.")
    return found[0]


def _levels(graph: Graph) -> dict[NodeId | None, tuple[list[Node], list[tuple[str, str]]]]:
    """By container: its nodes, and the arrows between them; one that crosses a border joins what it crosses there."""
    levels: dict[NodeId | None, tuple[list[Node], list[tuple[str, str]]]] = {}
    for node in graph.nodes.values():
        levels.setdefault(node.parent, ([], []))[0].append(node)
    for edge in graph.edges.values():
        for source, target in zip(_path(graph, edge.source), _path(graph, edge.target), strict=False):
            if source != target:
                levels[graph.nodes[source].parent][1].append((source, target))
                break
    return levels


def _path(graph: Graph, id: NodeId) -> list[NodeId]:
    """The containers that a node lies in, from the outermost, and the node."""
    parent = graph.nodes[id].parent
    return [*(_path(graph, parent) if parent else []), id]


def _depth(graph: Graph, container: NodeId | None) -> int:
    return len(_path(graph, container)) if container else 0


def _frame(group: Node, boxes: list[tuple[float, float, float, float]]) -> Size:
    """What holds these boxes, and is no smaller than someone made it."""
    width, height = group.size or EMPTY_GROUP
    right = max(x + width for x, _, width, _ in boxes) + INSIDE[0]
    bottom = max(y + height for _, y, _, height in boxes) + INSIDE[0]
    return max(right, width), max(bottom, height)


def _snapped(value: float) -> float:
    return round(value / GRID) * GRID


async def when_asked(g: GraphClient, types: Mapping[str, NodeType], me: str) -> None:
    """Lay the graph out whenever a comment says `@layout`, and answer there."""
    async for thread, _ in asked(g, "layout", me):
        await g.reply(thread.id, _told(await lay_out(g, types)))


def _told(moved: int) -> str:
    return f"Laid out: {moved} {'node' if moved == 1 else 'nodes'} moved."


async def main(given: argparse.Namespace) -> None:
    """Lay one graph out and leave, or stay and do so when asked."""
    async with connect(given.url, token=given.token) as workspace:
        types = {type.type: type for type in await workspace.node_types()}
        async with workspace.open(await find(workspace, given.graph)) as g:
            if given.stay:
                await when_asked(g, types, (await workspace.me()).id)
            else:
                print(_told(await lay_out(g, types)))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Lay a Flowroom graph out from left to right.")
    options.add_argument("url", help="where the server is; the address that `flowroom up` prints has a token in it")
    options.add_argument("graph", help="the title of a graph, or its id")
    options.add_argument("--token", help="who to be, if the address doesn't say")
    options.add_argument("--stay", action="store_true", help="stay, and lay it out whenever a comment says @layout")
    try:
        asyncio.run(main(options.parse_args()))
    except FlowroomError as error:
        raise SystemExit(f"{error}") from None
    except KeyboardInterrupt:
        pass
