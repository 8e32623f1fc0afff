"""A graph as a shared document: gestures, what they write, and what concurrent ones leave."""

import gc
import weakref
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from flowroom.checks import visible
from flowroom.errors import InvalidGraph, NewerSchema, NoSuchEdge, NoSuchNode
from flowroom.model import Breakpoint, Edge, EdgeId, Graph, Meta, Node, NodeId, Retry
from flowroom.ydoc import Change, GraphDocument


@pytest.fixture
def document() -> GraphDocument:
    return GraphDocument(origin="test")


def nodes_of(document: GraphDocument) -> "Map[Any]":
    root: Map[Any] = document.doc.get("nodes", type=Map)
    return root


def copy_of(document: GraphDocument) -> GraphDocument:
    copy = GraphDocument()
    copy.doc.apply_update(document.doc.get_update())
    return copy


def exchange(one: GraphDocument, other: GraphDocument) -> None:
    for source, target in ((one, other), (other, one)):
        target.doc.apply_update(source.doc.get_update(target.doc.get_state()))


def test_the_layout_is_camel_case_with_defaults_left_out(document: GraphDocument) -> None:
    """DOC-1."""
    document.add_node("LLM", id="a", params={"prompt": "hi", "model": "m"}, run_when="any", retry=Retry(attempts=2))
    document.add_node("Log", id="b")
    document.connect("a", "b", id="e", var_name="x")

    raw = document.raw()
    a, b = raw["nodes"]["a"], raw["nodes"]["b"]
    assert sorted(a) == ["name", "params", "pos", "retry", "runWhen", "type", "typeVersion"]
    assert a["retry"]["attempts"] == 2 and a["retry"]["maxDelay"] == 60
    assert b == {"name": "", "params": {}, "pos": [0, 0], "type": "Log", "typeVersion": 1}
    assert raw["edges"]["e"] == {
        "source": "a", "sourcePort": "output", "target": "b", "targetPort": "input",
        "kind": "flow", "order": 0, "varName": "x",
    }  # fmt: skip


def test_prose_is_a_text_and_everything_else_a_plain_value(document: GraphDocument) -> None:
    """DOC-5."""
    document.add_node("LLM", id="a", params={"prompt": "hi", "code": 5, "model": "m"})
    params = nodes_of(document)["a"]["params"]
    assert isinstance(params["prompt"], Text)
    assert (params["code"], params["model"]) == (5, "m")


def test_numbers_come_back_as_they_went_in(document: GraphDocument) -> None:
    """DOC-3: pycrdt gives floats for all of them."""
    document.add_node("X", id="a", pos=(3.4, -1.5), params={"i": 3, "f": 1.5, "whole": 2.0, "huge": 2**60, "no": True})
    node = document.node("a")
    assert node.pos == (3, -2)
    assert [type(node.params[key]) for key in ("i", "f", "whole", "no")] == [int, float, int, bool]
    assert node.params["huge"] == 2**60


def test_fields_of_a_stranger_that_break_the_model_count_as_absent(document: GraphDocument) -> None:
    """DOC-6."""
    nodes = nodes_of(document)
    nodes["plain"] = 5
    nodes["odd"] = Map({"type": 7, "pos": "left", "name": None, "params": [1], "size": [1.4, 2], "runWhen": "never"})
    nodes["bytes"] = Map({"type": "X", "blob": b"ab", "nan": float("nan")})

    found = document.graph().nodes
    assert found[NodeId("plain")] == Node(id=NodeId("plain"), type="")
    assert found[NodeId("odd")] == Node(id=NodeId("odd"), type="", size=(1, 2))
    assert found[NodeId("bytes")].model_extra == {"blob": [97, 98], "nan": None}
    document.update_node("odd", name="mended", params={"prompt": "x"})
    assert document.node("odd").params == {"prompt": "x"}
    with pytest.raises(NoSuchNode):
        document.update_node("plain", name="x")


def test_unknown_keys_are_kept(document: GraphDocument) -> None:
    """DOC-2."""
    document.add_node("X", id="a", zIndex=4)
    document.update_node("a", name="n", plugin={"b": 1})
    assert document.node("a").model_extra == {"plugin": {"b": 1}, "zIndex": 4}
    document.update_node("a", plugin=None)
    assert document.node("a").model_extra == {"zIndex": 4}


def test_setting_what_is_there_already_writes_nothing(document: GraphDocument) -> None:
    """DOC-4: or it would win over what somebody else sets at the same moment."""
    document.add_node("X", id="a", name="n", params={"n": 1, "prompt": "p", "d": {"a": 1, "b": [2]}}, timeout=2)
    state = document.doc.get_state()
    document.update_node("a", name="n", timeout=2.0, run_when="inputs", params=document.node("a").params)
    document.set_param("a", "n", 1.0)
    document.set_param("a", "d", {"b": [2], "a": 1})
    document.move({NodeId("a"): (0, 0)})
    assert document.doc.get_state() == state
    document.set_param("a", "n", True)
    assert document.node("a").params["n"] is True


def test_params_can_be_replaced_removed_and_change_their_kind(document: GraphDocument) -> None:
    document.add_node("X", id="a", params={"prompt": "p", "n": 1, "gone": 2})
    document.update_node("a", params={"prompt": 5, "n": None})
    assert document.node("a").params == {"prompt": 5, "n": None}
    document.set_param("a", "prompt", "text again")
    assert isinstance(nodes_of(document)["a"]["params"]["prompt"], Text)
    document.remove_param("a", "prompt")
    document.remove_param("a", "prompt")
    assert document.node("a").params == {"n": None}


def test_text_is_made_when_missing_and_from_a_plain_string(document: GraphDocument) -> None:
    document.add_node("X", id="a")
    document.text("a", "prompt").insert(0, "new")
    nodes_of(document)["a"]["params"]["code"] = "plain"
    document.text("a", "code").append("!")
    assert document.node("a").params == {"code": "plain!", "prompt": "new"}


def test_text_says_what_it_can_not_do(document: GraphDocument) -> None:
    document.add_node("X", id="a", params={"prompt": 5})
    with pytest.raises(InvalidGraph, match="no text but 5"):
        document.text("a", "prompt")
    with pytest.raises(InvalidGraph, match="set_param"):
        document.text("a", "model")
    with pytest.raises(NoSuchNode):
        document.text("b", "prompt")
    text = document.text("a", "code")
    for start, stop in ((-1, 0), (0, 1), (1, 0)):
        with pytest.raises(IndexError):
            text.delete(start, stop)
    with pytest.raises(InvalidGraph, match="surrogate"):
        text.insert(0, "\ud83d")
    text.set("abc")
    text.delete(0, 2)
    assert str(text) == "c"


def test_a_text_is_found_again_after_its_node_was_made_anew(document: GraphDocument) -> None:
    """DOC-9: undoing a delete makes a new map; nobody may hold the old one."""
    document.add_node("LLM", id="a", params={"prompt": "one"})
    text = document.text("a", "prompt")
    before = document.graph().nodes[NodeId("a")]
    document.delete(["a"])
    with pytest.raises(NoSuchNode):
        str(text)
    document.add_node(before.type, id="a", params=before.params)
    text.append(" more")
    assert document.node("a").params["prompt"] == "one more"


def test_deleting_takes_edges_contents_and_breakpoints_along(document: GraphDocument) -> None:
    for id, parent in (("out", None), ("group", None), ("in", "group"), ("deep", "in"), ("self", "self")):
        document.add_node("Group", id=id, parent=parent)
    document.connect("in", "deep", id="inner")
    document.connect("group", "out", id="outer")
    document.connect("out", "out", id="loop")
    document.set_breakpoint("deep", Breakpoint())

    document.delete(["group", "self", "nothing like that"])

    left = document.graph()
    assert (list(left.nodes), list(left.edges), left.breakpoints) == (["out"], ["loop"], {})
    document.delete(["loop"])
    assert document.edges == {}


def test_edges_keep_the_order_in_which_they_were_drawn(document: GraphDocument) -> None:
    document.add_node("X", id="a")
    drawn = [document.connect("a", "a", target_port=str(n)) for n in range(20)]
    copy = copy_of(document)
    drawn.append(copy.connect("a", "a", order=50))
    exchange(document, copy)
    drawn.append(document.connect("a", "a"))
    assert list(document.edges) == drawn
    document.update_edge(drawn[0], order=99, label="last")
    assert list(document.edges)[-1] == drawn[0]
    assert document.edge(drawn[0]).label == "last"
    document.disconnect(drawn[0])
    with pytest.raises(NoSuchEdge):
        document.disconnect(drawn[0])


def test_drawing_many_edges_does_not_read_all_of_them_each_time() -> None:
    class Counting(GraphDocument):
        reads = 0

        @property
        def edges(self) -> dict[EdgeId, Edge]:
            self.reads += 1
            return super().edges

    document = Counting()
    document.add_node("X", id="a")
    for n in range(50):
        document.connect("a", "a", target_port=str(n))
    assert document.reads <= 2
    assert [edge.order for edge in document.edges.values()] == list(range(50))


def test_what_can_not_be_done_is_said_and_changes_nothing(document: GraphDocument) -> None:
    document.add_node("X", id="a")
    state = document.doc.get_state()
    wrong: list[tuple[Any, str]] = [
        (lambda: document.add_node("X", id="a"), "taken"),
        (lambda: document.add_node("X", id="a/b"), "'/'"),
        (lambda: document.add_node("X", id=""), "not empty"),
        (lambda: document.add_node("X", params={"n": float("nan")}), "nan"),
        (lambda: document.add_node("X", params={"n": object()}), "JSON can hold"),
        (lambda: document.add_node("X", params={"n": {1: 2}}), "key"),
        (lambda: document.add_node("X", params={"n": 10**400}), "larger"),
        (lambda: document.add_node("X", params={"n": "\ud800"}), "surrogate"),
        (lambda: document.update_node("a", run_when="never"), "runWhen"),
        (lambda: document.update_node("a", timeout=-1), "timeout"),
        (lambda: document.connect("a", "b"), "no node 'b'"),
        (lambda: document.seed(Graph()), "empty"),
    ]
    for act, message in wrong:
        with pytest.raises(InvalidGraph, match=message):
            act()
    nested: list[Any] = []
    for _ in range(30):
        nested = [nested]
    with pytest.raises(InvalidGraph, match="nests too deep"):
        document.set_param("a", "n", nested)
    assert document.doc.get_state() == state


def test_meta_breakpoints_and_templates_are_written_and_taken_away(document: GraphDocument) -> None:
    document.add_node("X", id="a")
    document.set_meta(title="T", live=True, last_run="r1")
    document.set_breakpoint("a", Breakpoint(when="after"))
    document.set_template("t", {"nodes": [1]})
    graph = document.graph()
    assert (graph.meta.title, graph.meta.live, graph.meta.last_run) == ("T", True, "r1")
    assert graph.breakpoints[NodeId("a")].when == "after"
    assert graph.templates == {"t": {"nodes": [1]}}
    document.set_meta(live=False, last_run=None)
    document.set_breakpoint("a", None)
    document.set_template("t", None)
    assert document.raw()["meta"] == {"title": "T"}
    assert document.raw()["breakpoints"] == document.raw()["templates"] == {}


def test_seeding_is_one_transaction_and_only_into_nothing() -> None:
    """DOC-10."""
    document = GraphDocument()
    updates: list[bytes] = []
    document.doc.observe(lambda event: updates.append(event.update))
    document.seed(Graph(nodes={NodeId("a"): Node(id=NodeId("a"), type="X")}))
    assert len(updates) == 1 and not document.is_empty()


def test_a_newer_schema_is_refused(document: GraphDocument) -> None:
    """DOC-11."""
    document.seed(Graph(meta=Meta(schema_version=7)))
    with pytest.raises(NewerSchema) as raised:
        document.graph()
    assert (raised.value.found, raised.value.known) == (7, 1)


def test_an_update_against_a_concurrent_delete_leaves_no_ghost(document: GraphDocument) -> None:
    """DOC-4."""
    document.add_node("LLM", id="a", params={"prompt": "p"})
    document.add_node("LLM", id="b")
    other = copy_of(document)
    document.delete(["a"])
    other.update_node("a", name="new", params={"prompt": "q", "n": 1})
    other.text("a", "prompt").append("!")
    other.move({NodeId("a"): (5, 5)})
    other.connect("a", "b", id="e")
    exchange(document, other)
    for one in (document, other):
        assert one.node_ids() == ["b"]
        assert list(one.edges) == ["e"]
        assert visible(one.graph()).edges == {}


def test_a_node_put_into_a_container_that_is_deleted_at_once_is_not_lost(document: GraphDocument) -> None:
    """DOC-7."""
    document.add_node("Group", id="g")
    other = copy_of(document)
    document.delete(["g"])
    other.add_node("X", id="a", parent="g")
    exchange(document, other)
    assert visible(document.graph()).nodes == {NodeId("a"): Node(id=NodeId("a"), type="X")}


def test_changes_are_told_once_per_transaction_in_words_of_the_model(document: GraphDocument) -> None:
    told: list[list[Change]] = []
    titles: list[str] = []

    def tell(changes: list[Change]) -> None:
        told.append(changes)
        titles.append(document.graph().meta.title)

    with document.changes(tell):
        with document.transaction():
            document.add_node("X", id="a", params={"prompt": "p"})
            document.update_node("a", name="n")
            document.set_meta(title="T")
        with document.transaction():
            document.text("a", "prompt").append("!")
            document.set_param("a", "n", 1)
            document.update_node("a", run_when="any")
        document.set_breakpoint("a", Breakpoint())
        document.delete(["a"])
        with document.transaction():
            document.add_node("X", id="passing")
            document.delete(["passing"])
    document.add_node("X")

    def change(kind: Any, action: Any, id: str, *fields: str) -> Change:
        return Change(kind, action, id, frozenset(fields), "test")

    assert [sorted(one, key=lambda change: change.kind) for one in told] == [
        [change("meta", "updated", "", "title"), change("node", "added", "a")],
        [change("node", "updated", "a", "params.prompt", "params.n", "runWhen")],
        [change("breakpoint", "added", "a")],
        [change("breakpoint", "removed", "a"), change("node", "removed", "a")],
    ]
    assert titles == ["T"] * 4


def test_changes_of_others_have_no_origin_and_a_replaced_record_is_updated_whole(document: GraphDocument) -> None:
    document.add_node("X", id="a", params={"list": 1})
    other = copy_of(document)
    nodes_of(other)["a"] = Map({"type": "Y", "params": Map({})})
    told: list[Change] = []
    document.changes(told.extend)
    exchange(document, other)
    assert told == [Change("node", "updated", "a", frozenset(), None)]
    document.close()
    document.close()


def test_a_document_is_freed_once_its_subscriptions_are_closed() -> None:
    """DOC-12."""

    def use() -> "weakref.ref[Doc[Any]]":
        document = GraphDocument()
        document.changes(lambda changes: None)
        document.add_node("X", params={"prompt": "p"})
        document.graph()
        document.close()
        return weakref.ref(document.doc)

    doc = use()
    gc.collect()
    assert doc() is None
