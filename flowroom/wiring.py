"""Which ports a node has, and how nodes depend on each other through the edges between them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from flowroom.model import Edge, Graph, Node, NodeId
from flowroom.node_types import NodeType, Port

Types = Mapping[str, NodeType]
ERROR_PORT = Port(name="error", label="Error", type="json")


def input_ports(node: Node, types: Types) -> tuple[Port, ...] | None:
    """The inputs of a node, those it names itself first; None when its type is unknown, which takes everything."""
    known = types.get(node.type)
    if known is None:
        return None
    return (*_own(node.ports.inputs if node.ports else ()), *known.inputs)


def output_ports(node: Node, types: Types) -> tuple[Port, ...] | None:
    """The outputs of a node, with `error` where errors leave by a port; None when its type is unknown."""
    known = types.get(node.type)
    if known is None:
        return None
    errors = (ERROR_PORT,) if node.on_error == "port" else ()
    return (*_own(node.ports.outputs if node.ports else ()), *known.outputs_with(node.params), *errors)


def find_port(ports: Iterable[Port] | None, name: str) -> Port | None:
    """The port with this name, or None if there is none; a node of unknown type (None) has them all."""
    if ports is None:
        return Port(name=name)
    return next((port for port in ports if port.name == name), None)


def _own(names: tuple[str, ...]) -> tuple[Port, ...]:
    return tuple(Port(name=name) for name in names)


def is_feedback(graph: Graph, types: Types, edge: Edge) -> bool:
    """Whether the edge ends at a port that holds nobody back."""
    port = find_port(input_ports(graph.nodes[edge.target], types), edge.target_port)
    return port is not None and port.feedback


def cycles(graph: Graph, types: Types) -> list[list[NodeId]]:
    """Groups of nodes that depend on each other, sorted; edges into feedback ports are no dependency.

    Tarjan's strongly connected components, without recursion: a graph may be a chain of 10,000 nodes.
    """
    after: dict[NodeId, list[NodeId]] = {id: [] for id in graph.nodes}
    for edge in graph.edges.values():
        if not is_feedback(graph, types, edge):
            after[edge.source].append(edge.target)
    found = [sorted(group) for group in _components(after) if len(group) > 1 or group[0] in after[group[0]]]
    return sorted(found)


def _components(after: Mapping[NodeId, list[NodeId]]) -> Iterator[list[NodeId]]:
    number: dict[NodeId, int] = {}
    lowest: dict[NodeId, int] = {}
    open_nodes: list[NodeId] = []
    is_open: set[NodeId] = set()
    for root in after:
        work = [(root, iter(after[root]))] if root not in number else []
        while work:
            node, rest = work[-1]
            if node not in number:
                number[node] = lowest[node] = len(number)
                open_nodes.append(node)
                is_open.add(node)
            for following in rest:
                if following not in number:
                    work.append((following, iter(after[following])))
                    break
                if following in is_open:
                    lowest[node] = min(lowest[node], number[following])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == number[node]:
                    group: list[NodeId] = []
                    while not group or group[-1] != node:
                        group.append(open_nodes.pop())
                    is_open.difference_update(group)
                    yield group


def surely_exclusive(graph: Graph, types: Types, edges: list[Edge]) -> bool:
    """Whether at most one of these edges can be live, because they come from different ways out of one node: the cases
    of a Switch, or the outputs and the error port of any node.

    Only what is certain counts: the way up is followed through nodes with a single incoming edge.
    """
    arriving: dict[NodeId, list[Edge]] = {}
    for edge in graph.edges.values():
        arriving.setdefault(edge.target, []).append(edge)
    ways = [_choices(graph, types, arriving, edge) for edge in edges]
    return all(
        any(one[switch] != other[switch] for switch in one.keys() & other.keys())
        for one, other in combinations(ways, 2)
    )


def _choices(graph: Graph, types: Types, arriving: Mapping[NodeId, list[Edge]], edge: Edge) -> dict[NodeId, str]:
    """The nodes above an edge that must have gone one way for it to be live: the port, or "" for all ports at once."""
    chosen: dict[NodeId, str] = {}
    at: Edge | None = edge
    while at is not None and at.source not in chosen:
        node = graph.nodes[at.source]
        known = types.get(node.type)
        routes = known is not None and known.ports_from is not None
        failed = node.on_error == "port" and at.source_port == ERROR_PORT.name
        chosen[node.id] = at.source_port if routes or failed else ""
        above = arriving.get(node.id, [])
        at = above[0] if len(above) == 1 else None
    return chosen
