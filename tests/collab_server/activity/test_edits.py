"""What an edit did, in words."""

import pytest

from collab_server.activity.bursts import Done, Person, row_of
from collab_server.activity.edits import edits, title_of
from collab_server.activity.sentences import EDITS, KINDS, sentence
from collab_server.runs import node_types
from flowroom.model import Breakpoint, Json
from flowroom.ydoc import GraphDocument

ADA = Person("p-ada", "Ada", "#112233", "person")


@pytest.fixture
def document() -> GraphDocument:
    """Summarise, which asks a model, and a log called Out."""
    document = GraphDocument()
    document.set_meta(title="Letters")
    document.add_node("LLM", id="a", name="Summarise", params={"model": "gpt-4", "prompt": "Be short."})
    document.add_node("Log", id="b", name="Out", pos=(300, 0))
    return document


class Saying:
    """Remembers a graph, and says what was done to it since."""

    def __init__(self, document: GraphDocument) -> None:
        self._document = document
        self._before = document.graph()

    def said(self) -> list[str]:
        told = edits(self._before, self._document.graph())
        assert {one.kind for one in told} <= EDITS <= KINDS.keys()
        return [sentence(row_of(one, Done(ADA, 1.0, [], "g", "Letters"))) for one in told]


def test_a_parameter_is_told_from_what_to_what(document: GraphDocument) -> None:
    """ACT-1"""
    saying = Saying(document)
    document.set_param("a", "model", "local")
    assert saying.said() == ["model of Summarise changed from “gpt-4” to “local”"]


@pytest.mark.parametrize(("before", "after"), [(0, False), (True, 1), ({"n": [1]}, {"n": [True]})])
def test_a_parameter_that_python_takes_for_the_same_is_told(document: GraphDocument, before: Json, after: Json) -> None:
    """ACT-1: values are JSON, in which 0 is not false."""
    document.set_param("a", "strict", before)
    saying = Saying(document)
    document.set_param("a", "strict", after)
    assert [words.startswith("strict of Summarise changed from") for words in saying.said()] == [True]


def test_a_text_is_told_by_its_characters(document: GraphDocument) -> None:
    saying = Saying(document)
    document.text("a", "prompt").set("Be very short.")
    assert saying.said() == ["prompt of Summarise changed: 5 characters added, 0 removed"]


def test_nodes_that_come_and_go_take_their_edges_along(document: GraphDocument) -> None:
    edge = document.connect("a", "b")
    saying = Saying(document)
    document.delete(["a"])
    assert saying.said() == ["removed Summarise, and 1 of its connections"]
    assert edge not in document.edges
    saying = Saying(document)
    for _ in range(5):
        document.add_node("Log")
    assert saying.said() == ["added Log, Log, Log and 2 more"]


def test_a_node_without_a_name_is_told_by_the_title_of_its_type(document: GraphDocument) -> None:
    """ACT-1"""
    assert {one.type: title_of(one.type) for one in node_types()} == {one.type: one.title for one in node_types()}
    saying = Saying(document)
    document.add_node("GroupOutput")
    assert saying.said() == ["added Group Output"]


def test_edges_are_told_by_the_names_of_their_ends(document: GraphDocument) -> None:
    saying = Saying(document)
    edge = document.connect("a", "b")
    assert saying.said() == ["connected Summarise to Out"]
    saying = Saying(document)
    document.update_edge(edge, condition="value > 1")
    assert saying.said() == ["condition of the edge from Summarise to Out changed from nothing to “value > 1”"]
    saying = Saying(document)
    document.disconnect(edge)
    assert saying.said() == ["removed the connection of Summarise to Out"]


def test_moving_many_nodes_is_one_thing(document: GraphDocument) -> None:
    saying = Saying(document)
    document.move({node.id: (5, 5) for node in document.nodes.values()})
    assert saying.said() == ["moved Summarise and Out"]


def test_a_group_is_made_of_what_is_put_into_it(document: GraphDocument) -> None:
    saying = Saying(document)
    with document.transaction():
        group = document.add_node("Group", id="g", name="Team")
        for id in ("a", "b"):
            document.update_node(id, parent=group, pos=(1, 1))
    assert saying.said() == ["made the group Team of 2 nodes"]
    saying = Saying(document)
    document.update_node("b", parent=None)
    assert saying.said() == ["took Out out of its group"]
    saying = Saying(document)
    document.update_node("b", parent="g")
    assert saying.said() == ["put Out into Team"]


def test_a_group_around_one_node_is_of_one_node(document: GraphDocument) -> None:
    saying = Saying(document)
    with document.transaction():
        document.update_node("a", parent=document.add_node("Group", id="g", name="Team"), pos=(1, 1))
    assert saying.said() == ["made the group Team of 1 node"]


def test_names_settings_and_the_title_are_told(document: GraphDocument) -> None:
    saying = Saying(document)
    document.update_node("a", name="Sum", disabled=True, size=(10, 20))
    document.set_breakpoint("b", Breakpoint(when="after"))
    document.set_meta(title="Mail", live=True)
    assert saying.said() == [
        "live of the graph changed from nothing to true",
        "title changed from “Letters” to “Mail”",
        "renamed Summarise from “Summarise” to “Sum”",
        "disabled of Summarise changed from nothing to true",
        "resized Summarise",
        'breakpoint of Out changed from nothing to {"when": "after"}',
    ]


def test_what_nobody_sets_by_hand_is_not_told(document: GraphDocument) -> None:
    saying = Saying(document)
    document.set_meta(last_run="r1")
    assert saying.said() == []
