"""What a list shows of a graph."""

from collab_server.rooms.summary import summarise
from flowroom.model import Edge, Graph, Node


def test_what_lies_in_a_group_is_pictured_in_it_and_over_it() -> None:
    graph = Graph(
        nodes={
            "inner": Node(id="inner", type="Template", parent="group", pos=(40, 60), size=(100, 50)),
            "deep": Node(id="deep", type="Log", parent="second", pos=(1, 2), size=(10, 10)),
            "second": Node(id="second", type="Group", parent="group", pos=(200, 60), size=(80, 80)),
            "group": Node(id="group", type="Group", pos=(1000, 2000), size=(400, 300)),
            "beside": Node(id="beside", type="Log", parent="inner", pos=(5, 6), size=(10, 10)),
        },
        edges={"e": Edge(id="e", source="inner", target="deep")},
    )

    preview = summarise(graph).preview

    assert preview["nodes"] == [
        [1000, 2000, 400, 300, "Group"],
        [5, 6, 10, 10, "Log"],
        [1040, 2060, 100, 50, "Template"],
        [1200, 2060, 80, 80, "Group"],
        [1201, 2062, 10, 10, "Log"],
    ]
    assert preview["edges"] == [[2, 4]]
