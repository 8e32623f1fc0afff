"""What people call the parts of a graph: one place for every sentence that names a node or a port.

The editor has the same in web/src/document/titles.ts. Ids stay what programs go by; a person sees one only where
there is nothing else to call a thing by.
"""

from flowroom.model import GROUP_INPUT, GROUP_OUTPUT, Edge, Node
from flowroom.node_types import NodeType, Port


def title_of(node: Node, type: NodeType | None) -> str:
    """A node's name; else the port it stands for, if it is an end of a group; else what it is; else its id."""
    return name_of(node) or (type.title if type else "") or node.type or node.id


def name_of(node: Node) -> str:
    """The name that people gave a node, if only as the port of a group; templates know its value by it."""
    port = node.params.get("port") if node.type in (GROUP_INPUT, GROUP_OUTPUT) else None
    return node.name or (port if isinstance(port, str) else "")


def variable_of(edge: Edge | None, source: Node) -> str:
    """What a value is called where several are gathered: its edge's variable, else its source's name, else its id."""
    return (edge.var_name if edge else None) or name_of(source) or source.id


def label_of(port: Port) -> str:
    """What a port is called on its node; a port that a node names itself has no other label."""
    return port.label or port.name
