"""What nodes and ports are called in a run."""

from flowroom.model import Ports
from tests.engine.graphs import graph, node
from tests.engine.walk import FAIL, Walk


def test_an_object_port_in_a_group_names_a_value_by_the_port_it_came_in_by() -> None:
    """RUN-5: as people read it on the canvas."""
    inside = [node("g", "Group", ports=Ports(inputs=("question",))), node("o", "Object", parent="g")]
    end = node("in", "GroupInput", parent="g", params={"port": "question"})
    walk = Walk(graph(["a", *inside, end], "a>g.question", "in>o"))

    assert walk.inputs["g/o"] == {"input": {"question": "a"}}


def test_what_is_said_of_a_failure_names_nodes_as_people_do() -> None:
    """RUN-30: a group says which of its nodes failed, by its title; what waited for it, too."""
    inside = [node("g", "Group", name="Letters", ports=Ports(outputs=("out",))), node("x", "Needs", parent="g")]
    walk = Walk(graph([*inside, "after", "last"], "g.out>after", "after>last"), {"x": FAIL})

    assert walk.errors["g"]["message"].startswith("Needs failed: ")
    assert walk.errors["g"]["node"] == "g/x"
    assert "'Needed value'" in walk.errors["g/x"]["message"]
    assert walk.errors["g/x"]["port"] == "input"
