"""What people call the parts of a graph."""

import pytest

from flowroom.model import Node, NodeId
from flowroom.node_types import NodeType, Port
from flowroom.titles import label_of, title_of

FETCH = NodeType(type="HTTPRequest", title="HTTP Request")


@pytest.mark.parametrize(
    ("fields", "type", "called"),
    [
        ({"type": "HTTPRequest", "name": "Größe"}, FETCH, "Größe"),
        ({"type": "HTTPRequest"}, FETCH, "HTTP Request"),
        ({"type": "Martian"}, None, "Martian"),
        ({"type": ""}, None, "n1"),
        ({"type": "GroupInput", "params": {"port": "question"}}, None, "question"),
        ({"type": "GroupInput", "params": {"port": 3}}, None, "GroupInput"),
        ({"type": "HTTPRequest", "params": {"port": "80"}}, FETCH, "HTTP Request"),
    ],
)
def test_a_node_is_called_by_the_best_there_is(fields: dict[str, object], type: NodeType | None, called: str) -> None:
    assert title_of(Node.model_validate({"id": NodeId("n1"), **fields}), type) == called


def test_a_port_is_called_by_its_label() -> None:
    assert [label_of(Port(name="input", label="Entries")), label_of(Port(name="input"))] == ["Entries", "input"]
