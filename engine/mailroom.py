"""A cascade's queue and buffers: who gets what, in which order. Pure: it runs nothing; cascade.py does.

A value waits in one queue, first in first out. Taken from it, it is kept in its target's buffers, for good.
"""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.context import Arrival
from engine.plan import TypeOf, in_order
from flowroom.model import CONTAINER_TYPES, GROUP_INPUT, GROUP_OUTPUT, Edge, Graph, Json, Node, NodeId
from flowroom.titles import variable_of

VERBATIM = frozenset({"LLM", "Chat", "Log", "FileReader"})
"""Types that Phase 1 had: they take values by the port these came from, and nothing fills in their params."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One value on its way along one edge."""

    edge: Edge
    port: str
    value: Json


@dataclass(slots=True)
class Buffers:
    """What has reached one node: all arrivals by the port they came from, and the newest along each edge."""

    by_port: dict[str, list[Arrival]] = field(default_factory=dict)
    by_edge: dict[str, Arrival] = field(default_factory=dict)

    def latest(self) -> dict[str, Json]:
        """Port → newest value."""
        return {port: arrivals[-1].value for port, arrivals in self.by_port.items()}


class Queue:
    """Who gets what, in which order. Pure: it runs nothing."""

    def __init__(self, graph: Graph, type_of: TypeOf) -> None:
        self.graph = graph
        self.incoming: dict[NodeId, list[Edge]] = {node: [] for node in graph.nodes}
        self.buffers: dict[NodeId, Buffers] = {node: Buffers() for node in graph.nodes}
        self._type_of = type_of
        self._outgoing: dict[NodeId, list[Edge]] = {node: [] for node in graph.nodes}
        self._waiting: deque[Envelope] = deque()
        self._proxies: dict[tuple[NodeId, str, str], NodeId] = {}
        for edge in in_order(graph.edges.values()):
            if edge.source in graph.nodes and edge.target in graph.nodes:
                self._outgoing[edge.source].append(edge)
                self.incoming[edge.target].append(edge)
        for node in graph.nodes.values():
            if node.type in (GROUP_INPUT, GROUP_OUTPUT) and node.parent is not None:
                self._proxies[node.parent, node.type, str(node.params.get("port") or "")] = node.id

    def send(self, node: NodeId, outputs: Mapping[str, Json]) -> None:
        """Queue what a node gives: to every edge, the value of the edge's port."""
        for edge in self._outgoing[node]:
            port = self._port(edge)
            if port in outputs:
                self._waiting.append(Envelope(edge, port, outputs[port]))

    @property
    def first(self) -> Envelope | None:
        """The value whose turn it is; None when all is done."""
        return self._waiting[0] if self._waiting else None

    def drop(self) -> None:
        """Let the value go whose turn it is."""
        self._waiting.popleft()

    def take(self) -> Envelope | None:
        """The next value, put into its target's buffers; None when all is done."""
        if not self._waiting:
            return None
        envelope = self._waiting.popleft()
        source = self.graph.nodes[envelope.edge.source]
        arrival = Arrival(envelope.value, envelope.edge, source, envelope.port, time.time())
        buffers = self.buffers[envelope.edge.target]
        buffers.by_port.setdefault(envelope.port, []).append(arrival)
        buffers.by_edge[envelope.edge.id] = arrival
        return envelope

    def pass_through(self, envelope: Envelope) -> bool:
        """Carry a value over the edge of a group, in or out; False when its target is nothing of the kind."""
        target = self.graph.nodes[envelope.edge.target]
        if target.type == GROUP_OUTPUT and target.parent is not None:
            self.send(target.parent, {str(target.params.get("port") or ""): envelope.value})
            return True
        if target.type not in CONTAINER_TYPES:
            return target.type == GROUP_INPUT
        ports = target.ports.inputs if target.ports else ()
        port = envelope.edge.target_port if envelope.edge.target_port in ports else (ports[0] if ports else "")
        proxy = self._proxies.get((target.id, GROUP_INPUT, port))
        if proxy is not None:
            self.send(proxy, {"output": envelope.value})
        return True

    def inputs(self, node: Node) -> dict[str, Json]:
        """What a node runs with: by source port for Phase 1's types, else the newest of each edge by target port."""
        buffers = self.buffers[node.id]
        if node.type in VERBATIM:
            return buffers.latest()
        arities = {port.name: port.arity for port in self._type_of(node.type).inputs}
        found: dict[str, Json] = {}
        for edge in self.incoming[node.id]:
            arrival = buffers.by_edge.get(edge.id)
            if arrival is None:
                continue
            match arities.get(edge.target_port, "single"):
                case "single" | "each":
                    found[edge.target_port] = arrival.value
                case "list":
                    found.setdefault(edge.target_port, []).append(arrival.value)
                case "object":
                    found.setdefault(edge.target_port, {})[variable_of(edge, arrival.source)] = arrival.value
        return found

    def _port(self, edge: Edge) -> str:
        """The port an edge leaves from; Phase 1's edges named none, and meant the first."""
        source = self.graph.nodes[edge.source]
        if source.ports is not None:
            ports = source.ports.outputs
        else:
            ports = tuple(port.name for port in self._type_of(source.type).outputs_with(source.params))
        return edge.source_port if edge.source_port in (*ports, "error") else (ports[0] if ports else edge.source_port)
