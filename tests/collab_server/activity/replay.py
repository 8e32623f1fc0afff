"""Doing again what was told: whoever replays a list over the graph before gets the graph after."""

from typing import Any

from collab_server.activity.edits import Told
from flowroom.model import Graph, Json
from flowroom.records import written

Records = dict[str, dict[str, Any]]


class Replayed:
    """A graph as plain records, which things told are done to."""

    def __init__(self, graph: Graph) -> None:
        self.meta = written(graph.meta)
        self.nodes: Records = {id: _node(written(node)) for id, node in graph.nodes.items()}
        self.edges: Records = {id: written(edge) for id, edge in graph.edges.items()}
        self.templates: dict[str, Json] = dict(graph.templates)

    def do(self, told: Told) -> None:
        """Do one thing again."""
        match told.kind:
            case "node.added" | "group.made":
                self.nodes |= {id: _node(record) for id, record in told.after.items()}
            case "node.removed":
                for id in told.before:
                    del self.nodes[id]
                for id in told.facts["edges"]:
                    del self.edges[id]
            case "node.moved" | "node.resized":
                for id, value in told.after.items():
                    _set(self.nodes[id], told.field, value)
            case "node.placed":
                for id, values in told.after.items():
                    for key, value in values.items():
                        _set(self.nodes[id], key, value)
            case "node.changed" | "node.renamed":
                if told.field != "breakpoint":
                    _set(self.nodes[told.nodes[0].id], told.field, told.after)
            case "edge.connected":
                self.edges |= told.after
            case "edge.removed":
                for id in told.before:
                    del self.edges[id]
            case "edge.changed":
                _set(self.edges[told.facts["edge"]], told.field, told.after)
            case "graph.changed" if told.field == "templates":
                _set(self.templates, told.facts["template"], told.after)
            case _:
                _set(self.meta, told.field, told.after)


def _node(record: dict[str, Any]) -> dict[str, Any]:
    """A node with its parameters one level up, as fields are told."""
    params = {f"params.{key}": value for key, value in record["params"].items() if value is not None}
    return {**{key: value for key, value in record.items() if key != "params"}, **params}


def _set(record: dict[str, Any], key: str, value: Json) -> None:
    if value is None:
        record.pop(key, None)
    else:
        record[key] = value
