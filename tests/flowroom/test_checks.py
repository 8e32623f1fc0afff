"""What a graph means, by the vectors that the editor's tests read as well."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flowroom.checks import CODES, check, may_connect, visible
from flowroom.files import native
from flowroom.model import Edge, EdgeId, Graph, Node, NodeId
from flowroom.node_types import NodeType
from flowroom.wiring import cycles

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "checks.json").read_text())
TYPES = {raw["type"]: NodeType.model_validate(raw) for raw in VECTORS["types"]}


def graph_of(case: dict[str, Any]) -> Graph:
    return native.load(json.dumps(case["graph"]).encode())


def cases(part: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS["cases"] if part in case]


@pytest.mark.parametrize("case", cases("problems"))
def test_check_finds_these_problems_and_no_others(case: dict[str, Any]) -> None:
    """DOC-8."""
    found = check(graph_of(case), TYPES)

    assert [one.model_dump(exclude={"message"}, exclude_none=True) for one in found] == case["problems"]
    assert all(one.message and one.severity == CODES[one.code] for one in found)


@pytest.mark.parametrize("case", cases("visible"))
def test_visible_leaves_these_records(case: dict[str, Any]) -> None:
    """DOC-7."""
    graph, wanted = graph_of(case), case["visible"]
    seen = visible(graph)

    assert sorted(seen.nodes) == wanted["nodes"]
    assert sorted(seen.edges) == wanted.get("edges", [])
    assert sorted(seen.breakpoints) == wanted.get("breakpoints", [])
    for id, parent in wanted.get("parents", {}).items():
        assert seen.nodes[NodeId(id)].parent == parent
    assert visible(seen) == seen


@pytest.mark.parametrize("case", cases("connect"))
def test_may_connect_says_why_not(case: dict[str, Any]) -> None:
    """DOC-8."""
    graph = graph_of(case)
    for asked in case["connect"]:
        problem = may_connect(graph, TYPES, asked["source"], asked["sourcePort"], asked["target"], asked["targetPort"])
        assert (problem and problem.code) == asked["code"], asked
        assert problem is None or (problem.edge is None and problem.node is not None)


def test_a_cascade_may_be_connected_in_a_circle() -> None:
    case = next(case for case in VECTORS["cases"] if case["name"].startswith("a cascade"))
    a = NodeId("a")
    assert may_connect(graph_of(case), TYPES, a, "output", a, "input") is None


def test_every_code_is_found_in_some_vector() -> None:
    assert {one["code"] for case in VECTORS["cases"] for one in case["problems"]} == set(CODES)


def test_a_record_that_calls_itself_something_else_is_a_problem() -> None:
    a, e = NodeId("a"), EdgeId("e")
    graph = Graph(
        nodes={a: Node(id=NodeId("b"), type="Source")},
        edges={e: Edge(id=EdgeId("f"), source=a, target=a, target_port="x")},
    )
    found = [(one.code, one.node, one.edge) for one in check(graph, TYPES)]
    assert ("E-ID-DUPLICATE", "a", None) in found
    assert ("E-ID-DUPLICATE", None, "e") in found


def test_a_chain_of_many_thousand_nodes_is_no_trouble() -> None:
    """Without recursion: a hostile graph must not end a server."""
    ids = [NodeId(f"n{n}") for n in range(20_000)]
    edges = [Edge(id=EdgeId(f"e{n}"), source=a, target=b) for n, (a, b) in enumerate(pairwise(ids))]
    nodes = {id: Node(id=id, type="Step", parent=up) for id, up in zip(ids, [*ids[1:], ids[0]], strict=True)}
    graph = Graph(nodes=nodes, edges={edge.id: edge for edge in edges})

    assert cycles(graph, TYPES) == []
    assert all(node.parent is None for node in visible(graph).nodes.values())
