"""What holds of every graph: round trips, convergence, no ghosts. Seeds are printed by hypothesis on a failure."""

import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Map, Text

from flowroom.becoming import become
from flowroom.checks import visible
from flowroom.errors import InvalidGraph
from flowroom.files import native
from flowroom.model import Graph, Node, NodeId
from flowroom.plain import put_right
from flowroom.ydoc import GraphDocument
from tests.flowroom import strategies

settings.register_profile(
    "flowroom",
    max_examples=int(os.environ.get("FLOWROOM_EXAMPLES", "40")),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("flowroom")


@given(strategies.graphs())
def test_a_graph_survives_the_document_and_the_file(graph: Graph) -> None:
    """DOC-1, DOC-3, FILE-1: model, Yjs and native JSON hold the same."""
    document = GraphDocument()
    document.seed(graph)
    remote = GraphDocument()
    remote.doc.apply_update(document.doc.get_update())
    file = native.dump(graph)

    assert native.dump(document.graph()) == native.dump(remote.graph()) == file
    assert native.dump(native.load(file)) == file
    assert native.digest(remote.graph()) == native.digest(native.load(file)) == native.digest(graph)


@given(strategies.json_values)
def test_a_value_put_right_stays_as_it_is(value: Any) -> None:
    """DOC-3."""
    right = put_right(value)
    assert native._sorted(put_right(right)) == native._sorted(right)
    doc: Doc[Any] = Doc()
    shared: Map[Any] = doc.get("m", type=Map)
    shared["v"] = right
    assert put_right(shared["v"]) == right


@given(strategies.graphs(), strategies.graphs())
def test_a_document_becomes_any_other_graph_and_then_has_nothing_to_do(before: Graph, after: Graph) -> None:
    """DOC-10."""
    document = GraphDocument()
    document.seed(before)

    become(document, after)
    assert native.dump(document.graph()) == native.dump(after)

    updates: list[bytes] = []
    document.doc.observe(lambda event: updates.append(event.update))
    become(document, after)
    assert updates in ([], [b"\x00\x00"])


@pytest.mark.parametrize(("before", "after"), [(0, False), (True, 1), ([1], [True]), ({"a": 0}, {"a": False})])
def test_a_number_becomes_a_truth_value_and_the_other_way_round(before: Any, after: Any) -> None:
    """DOC-10: Python takes 0 for false."""
    document = GraphDocument()
    document.seed(graph_with(before))

    become(document, graph_with(after))
    assert native.dump(document.graph()) == native.dump(graph_with(after))


def graph_with(value: Any) -> Graph:
    """A graph of one node that has a value as a parameter and as a field of its own."""
    node = Node(id=NodeId("a"), type="Log", params={"n": value}, plugin=value)  # an unknown field is kept
    return Graph(nodes={NodeId("a"): node})


gestures = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 2**30)), max_size=25)


@given(gestures, st.randoms(use_true_random=False))
def test_documents_converge_whatever_the_order_of_exchange(
    steps: list[tuple[int, int, int]], rng: random.Random
) -> None:
    """DOC-4: three peers edit at once and exchange updates late, doubled and out of step."""
    peers = [GraphDocument(Doc(client_id=n + 1)) for n in range(3)]
    sent: list[bytes] = []
    for peer in peers:
        peer.doc.observe(lambda event: sent.append(event.update))
    for who, what, seed in steps:
        _gesture(peers[who], what, random.Random(seed))
        if rng.random() < 0.4:
            one, other = rng.sample(peers, 2)
            other.doc.apply_update(one.doc.get_update(other.doc.get_state()))
    states = [peer.doc.get_update() for peer in peers]
    for peer in peers:
        for state in rng.sample(states, 3) + rng.sample(states, 1):
            peer.doc.apply_update(state)

    graphs = [peer.graph() for peer in peers]
    assert graphs[0] == graphs[1] == graphs[2]
    assert len({native.dump(visible(graph)) for graph in graphs}) == 1
    assert all(node.type for node in graphs[0].nodes.values()), "a ghost"


def _gesture(document: GraphDocument, what: int, rng: random.Random) -> None:
    """Do one thing a person could do; what can't be done any more is what they would be told."""
    ids = document.node_ids()
    some = rng.choice(ids) if ids else NodeId("none")
    try:
        match what:
            case 0 | 1:
                document.add_node("LLM", params={"prompt": "hé😀", "n": rng.random()})
            case 2:
                document.add_node("LLM", id=rng.choice(strategies.NODE_IDS))
            case 3:
                document.connect(some, rng.choice(ids) if ids else some)
            case 4:
                document.delete([some])
            case 5:
                document.update_node(some, name=f"name {rng.randrange(9)}", run_when=rng.choice(["any", "inputs"]))
            case 6:
                text = document.text(some, "prompt")
                at = rng.randint(0, len(text))
                text.replace(at, rng.randint(at, len(text)), rng.choice(["", "a", "😀é"]))
            case 7:
                document.move({some: (rng.randrange(99), rng.randrange(99))})
            case 8:
                document.update_node(some, parent=rng.choice([*ids, None]))
            case _:
                document.set_param(some, rng.choice(["n", "prompt"]), rng.choice([1, "x", "yz", None, [True]]))
    except InvalidGraph:
        pass


@given(st.text(), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), strategies.texts), max_size=8))
def test_text_is_edited_like_a_python_string(start: str, edits: list[tuple[int, int, str]]) -> None:
    """DOC-5: positions are characters, whatever their width."""
    plain = start.encode("utf-16", "ignore").decode("utf-16")
    document = GraphDocument()
    node = document.add_node("LLM", params={"prompt": plain})
    text = document.text(node, "prompt")
    for one, other, added in edits:
        first, last = sorted((min(one, len(plain)), min(other, len(plain))))
        text.replace(first, last, added)
        plain = plain[:first] + added + plain[last:]
    assert str(text) == plain and len(text) == len(plain)


@given(strategies.texts, strategies.texts)
def test_setting_a_text_keeps_what_is_the_same(before: str, after: str) -> None:
    """DOC-5: others' insertions elsewhere in the text stay."""
    document = GraphDocument()
    node = document.add_node("LLM", params={"prompt": f"{before}|{before}"})
    other = GraphDocument()
    other.doc.apply_update(document.doc.get_update())
    other.text(node, "prompt").append("…")

    document.set_param(node, "prompt", f"{before}|{after}")
    document.doc.apply_update(other.doc.get_update())

    shown = str(document.text(node, "prompt"))
    assert shown.startswith(f"{before}|") and "…" in shown
    assert isinstance(document.doc.get("nodes", type=Map)[node]["params"]["prompt"], Text)
