"""What a run of a graph consists of: steps, wires between them, and which step lies in which container.

Pure: a `Graph` and its node types go in, a frozen `Plan` comes out; resolution.py walks it. A container becomes two
steps, one that opens it (its inputs are settled) and one that closes it (everything inside has ended), and its
interior is planned beside them, so a run of nested groups is one flat walk. Feedback edges are wires that deliver
without being waited for.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import Unplannable
from flowroom.model import CONTAINER_TYPES, GROUP_INPUT, GROUP_OUTPUT, MAX_NESTING, Edge, Graph, Json, Node, NodeId
from flowroom.node_types import Arity, NodeType, Port
from flowroom.runs import NodePath
from flowroom.titles import title_of
from flowroom.wiring import find_port

ERROR_PORT = "error"

TypeOf = Callable[[str], NodeType]
StepKind = Literal["node", "open", "close"]
Role = Literal["run", "input", "output", "open", "close", "pinned", "disabled", "idle", "inert"]
"""What is to do when a step's turn comes: only `run` steps reach a worker, the rest is settled by the plan alone.
`idle` is a trigger that the run did not start from; `inert` is a type that only holds data."""

NO_SCOPE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """An edge between two steps, resolved exactly once in a run. `edge` is None between a group and its proxies."""

    index: int
    source: int
    source_port: str
    target: int
    target_port: str
    edge: Edge | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.edge.id if self.edge else f"{self.source_port}→{self.target_port}"


@dataclass(slots=True, eq=False)
class Step:
    """One thing that ends exactly once: a node, or the opening or closing of a container.

    `incoming` (in edge order) is waited for, `feedback` is not; `scope` is the index of the step that opens the
    container this step is in. `required`, `lists`, `objects` and `eaches` name input ports.
    """

    index: int
    path: NodePath
    node: Node
    type: NodeType
    kind: StepKind = "node"
    scope: int = NO_SCOPE
    partner: int = NO_SCOPE
    incoming: list[Wire] = field(default_factory=list)
    outgoing: list[Wire] = field(default_factory=list)
    feedback: list[Wire] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    required: tuple[str, ...] = ()
    arities: dict[str, Arity] = field(default_factory=dict)
    crowded: tuple[str, ...] = ()
    """Ports of arity `single` that more than one wire reaches: the only ones where MultiLive can happen."""
    role: Role = "run"
    simple: bool = False
    """Runs as soon as one wire is live and none failed, and no port needs a second look: the common, fast case."""
    each: str | None = None
    conditional: tuple[Wire, ...] = ()
    """The outgoing wires that are live only when a condition holds."""

    @property
    def title(self) -> str:
        """What people call it."""
        return title_of(self.node, self.type)

    def input_port(self, name: str) -> Port:
        """One of its inputs; a name that its type does not have is a port of its own."""
        return find_port(self.type.inputs, name) or Port(name=name)

    @property
    def handles_errors(self) -> bool:
        """Whether an error of this step has somewhere to go."""
        return self.node.on_error == "port" and any(w.source_port == ERROR_PORT for w in self.outgoing)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All steps of a run, in an order in which every wire points forward."""

    steps: tuple[Step, ...]
    wires: tuple[Wire, ...]
    by_path: Mapping[NodePath, Step]
    """The step that ends for a path: for a container, the one that closes it."""


def compile(graph: Graph, type_of: TypeOf, *, start: NodeId | None = None) -> Plan:
    """Plan a dataflow run of a whole graph, or of the part that `start` asks for.

    From a trigger (a Chat) the part is what follows from it with what that needs; from any other node, what that
    node needs. Raises Unplannable: a circle, a start that isn't there. Dangling edges are left out.
    """
    paths = paths_of(graph, type_of)
    draft = _Draft(graph, type_of, paths)
    draft.add_steps()
    draft.add_wires()
    draft.check_order()
    part = draft.part(start)
    return _finish(draft.steps, draft.wires, part, _idle(draft.steps, part, start))


def paths_of(graph: Graph, type_of: TypeOf) -> dict[NodeId, NodePath]:
    """Every node's path through its containers; raises Unplannable for containers inside themselves."""
    paths: dict[NodeId, NodePath] = {}
    for node in graph.nodes.values():
        chain = [node.id]
        above = container_of(graph, node, type_of)
        while above is not None:
            if above.id in chain:
                called = title_of(above, type_of(above.type))
                raise Unplannable(f"The container {called!r} is inside itself; move it out to run the graph.")
            if len(chain) > MAX_NESTING:
                called = title_of(node, type_of(node.type))
                raise Unplannable(f"Containers nest more than {MAX_NESTING} deep above {called!r}; move some out.")
            chain.append(above.id)
            above = container_of(graph, above, type_of)
        paths[node.id] = NodePath("/".join(reversed(chain)))
    return paths


def container_of(graph: Graph, node: Node, type_of: TypeOf) -> Node | None:
    """The container a node is in; a parent that is missing or no container counts as none."""
    parent = graph.nodes.get(node.parent) if node.parent is not None else None
    return parent if parent is not None and is_container(parent, type_of) else None


def is_container(node: Node, type_of: TypeOf) -> bool:
    """Whether a node holds other nodes."""
    return node.type in CONTAINER_TYPES or type_of(node.type).container


def is_trigger(type: NodeType) -> bool:
    """Whether a run starts at such a node with a value from outside."""
    return type.body == "chat" or type.category == "Triggers"


def in_order(edges: Iterable[Edge]) -> list[Edge]:
    """Edges in the order in which they were drawn."""
    return sorted(edges, key=lambda edge: (edge.order, edge.id))


class _Draft:
    """Steps and wires while they are being put together."""

    def __init__(self, graph: Graph, type_of: TypeOf, paths: dict[NodeId, NodePath]) -> None:
        self.graph = graph
        self.type_of = type_of
        self.paths = paths
        self.steps: list[Step] = []
        self.wires: list[Wire] = []
        self.first: dict[NodeId, int] = {}
        self.last: dict[NodeId, int] = {}

    def add_steps(self) -> None:
        """One step a node, two a container; then each step learns its scope."""
        types: dict[str, NodeType] = {}
        for node in self.graph.nodes.values():
            if node.type not in types:
                types[node.type] = self.type_of(node.type)
            self._add_node(node, types[node.type])
        for node in self.graph.nodes.values():
            container = container_of(self.graph, node, self.type_of) if node.parent is not None else None
            if container is not None:
                self._put_inside(node.id, self.first[container.id])

    def _add_node(self, node: Node, type: NodeType) -> None:
        held = node.type in CONTAINER_TYPES or type.container
        kinds: tuple[StepKind, ...] = ("open", "close") if held else ("node",)
        for kind in kinds:
            step = Step(len(self.steps), self.paths[node.id], node, type, kind)
            self.steps.append(step)
        self.last[node.id] = len(self.steps) - 1
        self.first[node.id] = len(self.steps) - len(kinds)
        if held:
            self.steps[-2].partner, self.steps[-1].partner = self.last[node.id], self.first[node.id]

    def _put_inside(self, node: NodeId, scope: int) -> None:
        for index in range(self.first[node], self.last[node] + 1):
            self.steps[index].scope = scope
            self.steps[scope].children.append(index)

    def add_wires(self) -> None:
        """Edges between steps, and a group's ports bound to the proxies inside it."""
        for edge in in_order(self.graph.edges.values()):
            if edge.source in self.first and edge.target in self.first:
                source, target = self.steps[self.last[edge.source]], self.steps[self.first[edge.target]]
                self._wire(source, _source_port(source, edge), target, _target_port(target, edge), edge)
        for step in list(self.steps):
            if step.scope != NO_SCOPE and step.kind == "node":
                opening = self.steps[step.scope]
                port = str(step.node.params.get("port") or "")
                if step.node.type == GROUP_INPUT:
                    self._wire(opening, port, step, "input", None)
                elif step.node.type == GROUP_OUTPUT:
                    self._wire(step, "output", self.steps[opening.partner], port, None)

    def _wire(self, source: Step, source_port: str, target: Step, target_port: str, edge: Edge | None) -> None:
        wire = Wire(len(self.wires), source.index, source_port, target.index, target_port, edge)
        self.wires.append(wire)
        source.outgoing.append(wire)
        port = find_port(target.type.inputs, target_port)
        (target.feedback if port is not None and port.feedback else target.incoming).append(wire)

    def check_order(self) -> None:
        """Raise Unplannable, naming the nodes, when steps wait for each other in a circle."""
        waits = [len(step.incoming) for step in self.steps]
        after: list[list[int]] = [[] for _ in self.steps]
        for step in self.steps:
            for wire in step.incoming:
                after[wire.source].append(step.index)
            for child in step.children if step.kind == "open" else ():
                after[step.index].append(child)
                waits[child] += 1
                after[child].append(step.partner)
                waits[step.partner] += 1
            if step.kind == "open":
                after[step.index].append(step.partner)
                waits[step.partner] += 1
        queue = deque(index for index, count in enumerate(waits) if not count)
        seen = 0
        while queue:
            seen += 1
            for index in after[queue.popleft()]:
                waits[index] -= 1
                if not waits[index]:
                    queue.append(index)
        if seen < len(self.steps):
            titles = {self.steps[i].path: self.steps[i].title for i, count in enumerate(waits) if count}
            names = [title for _, title in sorted(titles.items())]
            raise Unplannable(
                f"These nodes wait for each other, so none can start: {', '.join(names[:10])}"
                f"{' …' if len(names) > 10 else ''}. Remove an edge of the circle, or lead it into a feedback input."
            )

    def part(self, start: NodeId | None) -> set[int] | None:
        """The steps that a run from `start` covers; None for all of them."""
        if start is None:
            return None
        if start not in self.first:
            raise Unplannable(f"The run should start at node {start!r}, which this graph does not have.")
        if not is_trigger(self.steps[self.first[start]].type):
            return self._with_closings(self._needs({self.first[start], self.last[start]}, frozenset()))
        following = self._follow(self.first[start])
        return self._with_closings(self._needs(following, frozenset(following)))

    def _follow(self, start: int) -> set[int]:
        """What is downstream of a step; a container's closing follows from what is inside it."""
        found, queue = {start}, deque([start])
        while queue:
            step = self.steps[queue.popleft()]
            late = {w.target for w in step.outgoing if w in self.steps[w.target].feedback}
            found |= late
            reached = [w.target for w in step.outgoing if w.target not in late]
            if step.kind == "open":
                reached += step.children
            if step.scope != NO_SCOPE:
                reached.append(self.steps[step.scope].partner)
            fresh = [index for index in reached if index not in found]
            found.update(fresh)
            queue.extend(fresh)
        return found

    def _needs(self, wanted: set[int], from_inside: frozenset[int]) -> set[int]:
        """What is upstream of some steps. A closing needs its whole interior, unless we came from inside it."""
        found, queue = set(wanted), deque(wanted)
        while queue:
            step = self.steps[queue.popleft()]
            reached = [w.source for w in step.incoming]
            if step.scope != NO_SCOPE:
                reached.append(step.scope)
            if step.kind == "close":
                reached.append(step.partner)
                if step.index not in from_inside or step.partner in from_inside:
                    reached += self.steps[step.partner].children
            fresh = [index for index in reached if index not in found]
            found.update(fresh)
            queue.extend(fresh)
        return found

    def _with_closings(self, part: set[int]) -> set[int]:
        return part | {self.steps[i].partner for i in part if self.steps[i].kind == "open"}


def _idle(steps: list[Step], part: set[int] | None, start: NodeId | None) -> set[int]:
    """The triggers of a part that no message was given to: they show answers, but start nothing."""
    if part is None or start is None:
        return set()
    return {i for i in part if is_trigger(steps[i].type) and steps[i].node.id != start and not steps[i].incoming}


def _finish(drafts: list[Step], wires: list[Wire], part: set[int] | None, idle: set[int]) -> Plan:
    """Number the chosen steps and wires anew, and work out what deciding needs to know about each."""
    chosen = [step for step in drafts if part is None or step.index in part]
    number = {step.index: new for new, step in enumerate(chosen)}
    number[NO_SCOPE] = NO_SCOPE
    kept: dict[int, Wire] = {}
    for wire in wires:
        if wire.source in number and wire.target in number:
            kept[wire.index] = Wire(
                len(kept), number[wire.source], wire.source_port, number[wire.target], wire.target_port, wire.edge
            )
    steps = []
    for old in chosen:
        step = Step(number[old.index], old.path, old.node, old.type, old.kind)
        step.scope, step.partner = number[old.scope], number[old.partner]
        step.incoming = [kept[w.index] for w in old.incoming if w.index in kept]
        step.outgoing = [kept[w.index] for w in old.outgoing if w.index in kept]
        step.feedback = [kept[w.index] for w in old.feedback if w.index in kept]
        step.children = [number[child] for child in old.children if child in number]
        step.role = "idle" if old.index in idle else _role(step)
        _describe_inputs(step)
        steps.append(step)
    ends = {step.path: step for step in steps if step.kind != "open"}
    return Plan(tuple(steps), tuple(kept.values()), ends)


def _role(step: Step) -> Role:
    if step.kind == "close":
        return "close"
    if step.node.disabled:
        return "disabled"
    if step.node.pinned is not None:
        return "pinned"
    if step.kind == "open":
        return "open"
    if step.node.type == GROUP_INPUT:
        return "input"
    if step.node.type == GROUP_OUTPUT:
        return "output"
    return "run" if step.type.runnable else "inert"


def _describe_inputs(step: Step) -> None:
    ports = {port.name: port for port in step.type.inputs}
    counts: dict[str, int] = {}
    for wire in step.incoming:
        counts[wire.target_port] = counts.get(wire.target_port, 0) + 1
    step.arities = {name: ports[name].arity if name in ports else "single" for name in counts}
    step.conditional = tuple(w for w in step.outgoing if w.edge is not None and w.edge.condition)
    step.each = next((name for name, arity in step.arities.items() if arity == "each"), None)
    step.crowded = tuple(n for n, arity in step.arities.items() if arity == "single" and counts[n] > 1)
    step.required = tuple(p.name for p in step.type.inputs if p.required and not p.feedback)
    step.simple = step.role == "run" and step.node.run_when == "inputs" and not step.crowded and not step.required


def _target_port(target: Step, edge: Edge) -> str:
    """The port an edge enters. Phase 1's edges name no port of a group: they mean its first."""
    if target.kind == "open" and target.node.ports is not None:
        return edge.target_port if edge.target_port in target.node.ports.inputs else _first(target.node.ports.inputs)
    return edge.target_port


def _source_port(source: Step, edge: Edge) -> str:
    if source.kind == "close" and source.node.ports is not None and edge.source_port != ERROR_PORT:
        outputs = source.node.ports.outputs
        return edge.source_port if edge.source_port in outputs else _first(outputs)
    return edge.source_port


def _first(ports: tuple[str, ...]) -> str:
    return ports[0] if ports else ""


def pinned_outputs(step: Step) -> dict[str, Json]:
    """A pinned value as outputs: by port when it names nothing but ports of the node, else on its first port."""
    pinned = step.node.pinned
    own = [port.name for port in step.type.outputs_with(step.node.params)]
    ports = own if step.node.ports is None else [*step.node.ports.outputs, *own]
    if isinstance(pinned, dict) and pinned and all(name in ports for name in pinned):
        return dict(pinned)
    return {ports[0] if ports else "output": pinned}
