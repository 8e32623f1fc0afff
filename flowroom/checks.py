"""What a graph means, whoever wrote it: what is visible in it, what is wrong with it, what may be connected.

Pure functions that every peer runs, so that all see the same graph after concurrent edits; the editor has the same in
TypeScript, held to the same cases (tests/vectors). Codes are in problems.py, ports and paths in wiring.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flowroom.model import CONTAINER_TYPES, MAX_NESTING, Edge, EdgeId, Graph, Json, Node, NodeId
from flowroom.node_types import NodeType, PortType
from flowroom.problems import CODES, Problem, problem
from flowroom.titles import label_of, title_of
from flowroom.wiring import cycles, find_port, input_ports, is_feedback, output_ports, surely_exclusive

__all__ = ["CODES", "Problem", "check", "may_connect", "visible"]

Types = Mapping[str, NodeType]


def visible(graph: Graph) -> Graph:
    """The graph that people see: without ghosts (nodes that lost their type), edges with a missing end, and
    breakpoints on nothing; a node whose container is gone, contains itself or lies too deep stands at the top level.
    """
    nodes = {id: node for id, node in graph.nodes.items() if node.type}
    lost = {id for id, node in nodes.items() if node.parent is not None and node.parent not in nodes}
    lost |= _inside_themselves(nodes)
    lost |= _too_deep(nodes, lost)
    nodes = {id: node.model_copy(update={"parent": None}) if id in lost else node for id, node in nodes.items()}
    return graph.model_copy(
        update={
            "nodes": nodes,
            "edges": {id: e for id, e in graph.edges.items() if e.source in nodes and e.target in nodes},
            "breakpoints": {id: stop for id, stop in graph.breakpoints.items() if id in nodes},
        }
    )


def check(graph: Graph, types: Types) -> list[Problem]:
    """Everything that is wrong with a graph, in order of code, then node and edge id."""
    found = [*_ids(graph), *_ghosts(graph)]
    seen = visible(graph)
    found += [*_parents(graph, seen, types), *_lost_edges(graph, seen)]
    for node in seen.nodes.values():
        if node.type not in types:
            text = f"This Flowroom has no node type {node.type!r}: the node is kept as it is and not run."
            found.append(problem("W-NODE-UNKNOWN-TYPE", text, node=node.id))
    for edge in seen.edges.values():
        wrong = _edge(seen, types, edge)
        found += [wrong] if wrong else []
    found += [*_twins(seen), *_unconnected(seen, types)]
    if seen.meta.execution == "dataflow":
        found += [*_empty(seen, types), *_cycles(seen, types), *_collisions(seen, types)]
    else:
        found += _waiting(seen)
    return sorted(found, key=lambda one: (one.code, one.node or "", one.edge or ""))


def may_connect(
    graph: Graph, types: Types, source: NodeId, source_port: str, target: NodeId, target_port: str
) -> Problem | None:
    """Why these two ports can't be connected, or None if they can."""
    seen = visible(graph)
    for end in (source, target):
        if end not in seen.nodes:
            return problem("E-EDGE-END", f"There is no node {end!r} to connect.", node=end)
    edge = Edge(id=EdgeId(""), source=source, source_port=source_port, target=target, target_port=target_port)
    wrong = _edge(seen, types, edge)
    if wrong is None and any(_ends(other) == _ends(edge) for other in seen.edges.values()):
        wrong = problem("E-EDGE-DUPLICATE", "These two ports are connected already.", node=target)
    if wrong is None and seen.meta.execution == "dataflow" and not is_feedback(seen, types, edge):
        drawn = seen.model_copy(update={"edges": {**seen.edges, edge.id: edge}})
        wrong = next(_cycles(drawn, types, through=edge), None)
    return wrong.model_copy(update={"edge": None, "node": target}) if wrong else None


def _inside_themselves(nodes: Mapping[NodeId, Node]) -> set[NodeId]:
    """The nodes on a cycle of parents; those that merely hang below one are not among them."""
    looped: set[NodeId] = set()
    done: set[NodeId] = set()
    for start in nodes:
        trail: list[NodeId] = []
        at: NodeId | None = start
        while at is not None and at in nodes and at not in done:
            done.add(at)
            trail.append(at)
            at = nodes[at].parent
        if at in trail:
            looped.update(trail[trail.index(at) :])
    return looped


def _too_deep(nodes: Mapping[NodeId, Node], lost: set[NodeId]) -> set[NodeId]:
    """The nodes that would be one container too deep; what is in them is counted from there anew."""
    found: set[NodeId] = set()
    depths: dict[NodeId, int] = {}
    for start in nodes:
        trail: list[NodeId] = []
        at: NodeId | None = start
        while at is not None and at not in depths:
            trail.append(at)
            at = None if at in lost else nodes[at].parent
        depth = -1 if at is None else depths[at]
        for id in reversed(trail):
            depth = 0 if depth >= MAX_NESTING else depth + 1
            if depth == 0 and id not in lost and nodes[id].parent is not None:
                found.add(id)
            depths[id] = depth
    return found


def _ids(graph: Graph) -> Iterator[Problem]:
    for node_id, node in graph.nodes.items():
        if node.id != node_id:
            text = f"A node is kept as {node_id!r} but calls itself {node.id!r}."
            yield problem("E-ID-DUPLICATE", text, node=node_id)
    for edge_id, edge in graph.edges.items():
        if edge.id != edge_id:
            text = f"An edge is kept as {edge_id!r} but calls itself {edge.id!r}."
            yield problem("E-ID-DUPLICATE", text, edge=edge_id)
        if str(edge_id) in graph.nodes:
            yield problem("E-ID-DUPLICATE", f"A node and an edge are both called {edge_id!r}.", edge=edge_id)


def _ghosts(graph: Graph) -> Iterator[Problem]:
    for id, node in graph.nodes.items():
        if not node.type:
            yield problem("E-NODE-TYPE", "This node has no type: it was deleted while someone edited it.", node=id)


def _parents(graph: Graph, seen: Graph, types: Types) -> Iterator[Problem]:
    for id, node in seen.nodes.items():
        wanted = graph.nodes[id].parent
        if wanted != node.parent:
            text = f"Its container {wanted!r} is gone, contains itself or lies too deep; the node is shown at the top."
            yield problem("W-NODE-PARENT", text, node=id)
        elif node.parent is not None and (held := seen.nodes[node.parent]).type not in CONTAINER_TYPES:
            text = f"{title_of(held, types.get(held.type))!r} is no container, so nothing can be in it."
            yield problem("W-NODE-PARENT", text, node=id)


def _lost_edges(graph: Graph, seen: Graph) -> Iterator[Problem]:
    for id, edge in graph.edges.items():
        if id not in seen.edges:
            gone = edge.source if edge.source not in seen.nodes else edge.target
            yield problem("E-EDGE-END", f"This edge ends at {gone!r}, which is gone; remove it.", edge=id)


def _edge(graph: Graph, types: Types, edge: Edge) -> Problem | None:
    """What is wrong with an edge whose ends are both there; unknown types take and give everything."""
    source, target = graph.nodes[edge.source], graph.nodes[edge.target]
    if source.parent != target.parent:
        text = "Its ends are in different containers; go through a port of the container."
        return problem("E-EDGE-LEVEL", text, edge=edge.id)
    out = find_port(output_ports(source, types), edge.source_port)
    into = find_port(input_ports(target, types), edge.target_port)
    if out is None:
        return _no_port(edge, title_of(source, types.get(source.type)), "output", edge.source_port)
    if into is None:
        return _no_port(edge, title_of(target, types.get(target.type)), "input", edge.target_port)
    if not _fits(out.type, into.type):
        gives, takes = f"{label_of(out)!r} gives {out.type}", f"{label_of(into)!r} takes {into.type}"
        text = f"{gives}, and {takes}; put a node between that converts."
        return problem("E-EDGE-TYPE", text, edge=edge.id)
    return None


def _no_port(edge: Edge, title: str, kind: str, port: str) -> Problem:
    return problem("E-EDGE-PORT", f"{title} has no {kind} port {port!r}; draw it again.", edge=edge.id)


def _fits(given: PortType, taken: PortType) -> bool:
    return given == taken or "any" in (given, taken) or taken in ("text", "json")


def _ends(edge: Edge) -> tuple[str, ...]:
    return (edge.source, edge.source_port, edge.target, edge.target_port, edge.kind)


def _twins(graph: Graph) -> Iterator[Problem]:
    drawn: set[tuple[object, ...]] = set()
    for id, edge in graph.edges.items():
        ends = (*_ends(edge), edge.condition, edge.var_name)
        if ends in drawn:
            yield problem("E-EDGE-DUPLICATE", "These two ports are connected twice; remove one edge.", edge=id)
        drawn.add(ends)


def _arriving(graph: Graph) -> dict[tuple[NodeId, str], list[Edge]]:
    arriving: dict[tuple[NodeId, str], list[Edge]] = {}
    for edge in graph.edges.values():
        arriving.setdefault((edge.target, edge.target_port), []).append(edge)
    return arriving


def _unconnected(graph: Graph, types: Types) -> Iterator[Problem]:
    arriving = _arriving(graph)
    for id, node in graph.nodes.items():
        if node.disabled or node.pinned is not None:
            continue
        for port in input_ports(node, types) or ():
            if port.required and (id, port.name) not in arriving:
                text = f"Nothing is connected to {label_of(port)!r}, which needs something."
                yield problem("W-PORT-REQUIRED", text, node=id)


def _empty(graph: Graph, types: Types) -> Iterator[Problem]:
    """Parameters that nodes need and don't have. Not in a cascade: what Phase 1 left empty does something there."""
    arriving = _arriving(graph)
    for id, node in graph.nodes.items():
        if node.type not in types or node.disabled or node.pinned is not None:
            continue
        for field in _lacking(node, types[node.type].params.get("properties", {})):
            if not any((id, port) in arriving for port in field.get("x-ports", ())):
                text = f"{field.get('title')!r} is empty, and the node can't run without it."
                yield problem("W-PARAM-REQUIRED", text, node=id)


def _lacking(node: Node, fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The fields that a node can't run without as it is set, and that are empty."""

    def value(name: str) -> Json:
        return node.params.get(name, fields.get(name, {}).get("default"))

    for name, field in fields.items():
        needed = field.get("x-needed", False)
        if isinstance(needed, dict):
            needed = all(value(other) in values for other, values in needed.items())
        given = value(name)
        if needed and (given is None or (isinstance(given, str) and not given.strip())):
            yield field


def _waiting(graph: Graph) -> Iterator[Problem]:
    """Nodes of a cascade that are to wait for something: nothing waits there."""
    for id, node in graph.nodes.items():
        if node.run_when != "inputs":
            text = "With event flow a node runs for every value that reaches it: what 'Runs when' says has no effect."
            yield problem("W-NODE-RUN-WHEN", text, node=id)


def _cycles(graph: Graph, types: Types, through: Edge | None = None) -> Iterator[Problem]:
    """Each group of nodes that wait for each other; `through` keeps to cycles that contain that edge."""
    for cycle in cycles(graph, types):
        if through is None or {through.source, through.target} <= set(cycle):
            some = (graph.nodes[id] for id in cycle[:5])
            names = ", ".join(title_of(node, types.get(node.type)) for node in some)
            text = f"These nodes wait for each other for ever: {names}; remove one edge between them."
            yield problem("E-EDGE-CYCLE", text, node=cycle[0])


def _collisions(graph: Graph, types: Types) -> Iterator[Problem]:
    for (target, name), edges in _arriving(graph).items():
        port = find_port(input_ports(graph.nodes[target], types), name)
        takes_one = port is not None and port.arity == "single" and graph.nodes[target].type in types
        if port and takes_one and len(edges) > 1 and not surely_exclusive(graph, types, edges):
            text = f"{len(edges)} edges may be live at {label_of(port)!r}, which takes one; put a Merge before it."
            yield problem("E-RUN-MULTI-LIVE", text, node=target)
