"""What a list shows of a graph: title, counts and a small picture. Pure."""

from collections.abc import Iterator
from typing import Any

from collab_server.stores.documents import Summary
from flowroom.checks import visible
from flowroom.model import CONTAINER_TYPES, Graph, Node

MAX_SHOWN_NODES = 400
MAX_TITLE_CHARS, MAX_DESCRIPTION_CHARS, MAX_TYPE_CHARS = 200, 10_000, 60
"""A list has a row for many graphs; whoever edits one may have written anything of any length."""
NODE_SIZE = (220, 96)
"""Canvas units, for nodes that have no size of their own."""
SIZE_STEP = 2**14
"""Bytes that the size in lists is rounded up to, so that not every edit writes it."""


def summarise(graph: Graph) -> Summary:
    """The summary of a graph; nodes beyond MAX_SHOWN_NODES are counted but not in the picture."""
    seen = visible(graph)
    return Summary(
        title=_shown(seen.meta.title, MAX_TITLE_CHARS),
        description=_shown(seen.meta.description, MAX_DESCRIPTION_CHARS),
        nodes=len(seen.nodes),
        edges=len(seen.edges),
        preview=_preview(seen),
    )


def shown_size(size: int) -> int:
    """A document's bytes as a list shows them."""
    return -(-size // SIZE_STEP) * SIZE_STEP


def _preview(graph: Graph) -> dict[str, Any]:
    holders = {node.id: list(_holders(graph, node)) for node in list(graph.nodes.values())[:MAX_SHOWN_NODES]}
    shown = sorted((graph.nodes[id] for id in holders), key=lambda node: len(holders[node.id]))
    places = {node.id: place for place, node in enumerate(shown)}
    return {
        "nodes": [
            [
                *(sum(axis) for axis in zip(node.pos, *(holder.pos for holder in holders[node.id]), strict=True)),
                *(node.size or NODE_SIZE),
                _shown(node.type, MAX_TYPE_CHARS),
            ]
            for node in shown
        ],
        "edges": [
            [places[edge.source], places[edge.target]]
            for edge in graph.edges.values()
            if edge.source in places and edge.target in places
        ],
    }


def _holders(graph: Graph, node: Node) -> Iterator[Node]:
    """The containers that a node is in, from the inside: its place is one in them, and it lies over them."""
    holder = graph.nodes.get(node.parent) if node.parent is not None else None
    while holder is not None and holder.type in CONTAINER_TYPES:
        yield holder
        holder = graph.nodes.get(holder.parent) if holder.parent is not None else None


def _shown(text: str, most: int) -> str:
    """The beginning of a text, without the one character that PostgreSQL has no place for."""
    return text[:most].replace("\0", "\ufffd")
