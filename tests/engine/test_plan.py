"""What a run covers, and how its steps hang together."""

import pytest

from engine.errors import Unplannable
from engine.plan import Plan, compile
from flowroom.model import Node, NodeId, Ports
from tests.engine.graphs import graph, node, type_of


def paths(plan: Plan) -> set[str]:
    """The paths that end in a plan."""
    return set(plan.by_path)


def test_a_circle_is_refused_and_named() -> None:
    """RUN-2: steps that wait for each other can't run. They are called as people call them."""
    first = node("a", name="Ask")
    with pytest.raises(Unplannable, match=r"start: Ask, Any, Any\. Remove"):
        compile(graph([first, "b", "c"], "a>b", "b>a", "b>c"), type_of)


def test_a_circle_through_a_feedback_input_is_no_circle() -> None:
    """RUN-2: a feedback input holds nothing up."""
    plan = compile(graph([node("chat", "Chat"), "llm"], "chat.message>llm", "llm>chat.reply"), type_of)

    assert len(plan.steps) == 2


def test_an_edge_to_nowhere_is_left_out() -> None:
    plan = compile(graph(["a", "b"], "a>b", "a>gone", "gone>b"), type_of)

    assert len(plan.wires) == 1


def test_running_to_a_node_covers_what_it_needs_and_nothing_after_it() -> None:
    """RUN-3."""
    plan = compile(graph(["a", "b", "c", "d", "x"], "a>b", "b>c", "c>d", "x>d"), type_of, start=NodeId("c"))

    assert paths(plan) == {"a", "b", "c"}


def test_running_from_a_chat_covers_what_follows_and_what_that_needs() -> None:
    """RUN-3."""
    nodes: list[Node | str] = [node("chat", "Chat"), "file", "llm", "log", "other"]
    plan = compile(
        graph(nodes, "chat.message>llm", "file>llm.context", "llm>log", "file>other"), type_of, start=NodeId("chat")
    )

    assert paths(plan) == {"chat", "file", "llm", "log"}


def test_a_group_brings_its_interior_along() -> None:
    nodes: list[Node | str] = [
        "a",
        node("g", "Group", ports=Ports(inputs=("in",), outputs=("out",))),
        node("i", "GroupInput", parent="g", params={"port": "in"}),
        node("x", parent="g"),
        node("o", "GroupOutput", parent="g", params={"port": "out"}),
        node("side", parent="g"),
        "b",
        "c",
    ]
    plan = compile(graph(nodes, "a>g", "i>x", "x>o", "g>b", "b>c"), type_of, start=NodeId("b"))

    assert paths(plan) == {"a", "g", "g/i", "g/x", "g/o", "g/side", "b"}


def test_a_container_inside_itself_is_refused() -> None:
    nodes = [node("g", "Group", parent="h"), node("h", "Group", parent="g")]

    with pytest.raises(Unplannable, match="inside itself"):
        compile(graph(nodes), type_of)


def test_a_start_that_is_not_there_is_refused() -> None:
    with pytest.raises(Unplannable, match="'gone'"):
        compile(graph(["a"]), type_of, start=NodeId("gone"))
