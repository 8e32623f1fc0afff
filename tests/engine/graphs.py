"""Small graphs and node types for the engine's tests."""

from collections.abc import Sequence
from typing import Any

from flowroom.model import Edge, EdgeId, Graph, Node, NodeId
from flowroom.node_types import NodeType, Port
from flowroom.runs import NodePath, NodeView, RunView

ANY = NodeType(type="Any", title="Any", inputs=(Port(name="input"),), outputs=(Port(name="output"),))
LIST = NodeType(type="List", title="List", inputs=(Port(name="input", arity="list"),), outputs=(Port(name="output"),))
OBJECT = NodeType(
    type="Object", title="Object", inputs=(Port(name="input", arity="object"),), outputs=(Port(name="output"),)
)
EACH = NodeType(type="Each", title="Each", inputs=(Port(name="input", arity="each"),), outputs=(Port(name="output"),))
NEEDS = NodeType(
    type="Needs",
    title="Needs",
    inputs=(Port(name="input", label="Needed value", required=True),),
    outputs=(Port(name="output"),),
)
CHAT = NodeType(
    type="Chat",
    title="Chat",
    category="Triggers",
    inputs=(Port(name="reply", arity="list", feedback=True),),
    outputs=(Port(name="message"),),
    body="chat",
)
GROUP = NodeType(type="Group", title="Group", container=True, runnable=False)
GROUP_INPUT = NodeType(type="GroupInput", title="In", outputs=(Port(name="output"),), runnable=False)
GROUP_OUTPUT = NodeType(
    type="GroupOutput", title="Out", inputs=(Port(name="input", arity="list", required=True),), runnable=False
)
DATA = NodeType(type="Data", title="Data", runnable=False)

TYPES = {type.type: type for type in (ANY, LIST, OBJECT, EACH, NEEDS, CHAT, GROUP, GROUP_INPUT, GROUP_OUTPUT, DATA)}


def type_of(name: str) -> NodeType:
    """The test type of a name."""
    return TYPES[name]


def node(id: str, type: str = "Any", **fields: Any) -> Node:
    """A node with the defaults."""
    return Node(id=NodeId(id), type=type, **fields)


def graph(nodes: Sequence[Node | str], *edges: str, **fields: Any) -> Graph:
    """A graph from nodes (or just their ids) and edges like `a>b`, `a.port>b.port` or `a>b?condition`."""
    made = [each if isinstance(each, Node) else node(each) for each in nodes]
    drawn = [edge(text, order) for order, text in enumerate(edges)]
    return Graph(nodes={n.id: n for n in made}, edges={e.id: e for e in drawn}, **fields)


def edge(text: str, order: int = 0) -> Edge:
    """An edge as `graph` reads it; its id is its text and its number."""
    ends, _, condition = text.partition("?")
    source, _, target = ends.partition(">")
    source, _, source_port = source.partition(".")
    target, _, target_port = target.partition(".")
    return Edge(
        id=EdgeId(f"{text}#{order}"),
        source=NodeId(source),
        source_port=source_port or "output",
        target=NodeId(target),
        target_port=target_port or "input",
        condition=condition or None,
        order=order,
    )


def at(view: RunView, path: str) -> NodeView:
    """What is seen of a node in a run."""
    return view.nodes[NodePath(path)]


def error_at(view: RunView, path: str) -> dict[str, Any]:
    """The error that a node ended with."""
    error = at(view, path).error
    assert error is not None
    return error
