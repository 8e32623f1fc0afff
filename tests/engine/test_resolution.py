"""LIVE and DEAD: which node runs, and what becomes of the others."""

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.resolution import OPEN
from flowroom.model import Graph, Node, Ports
from tests.engine.graphs import graph, node
from tests.engine.walk import FAIL, Walk

EXAMPLES = int(os.environ.get("FLOWROOM_EXAMPLES", "60"))
SKIPPED, UPSTREAM, OK, FAILED = "skipped", "upstream_failed", "succeeded", "failed"


def test_values_flow_along_a_chain() -> None:
    walk = Walk(graph(["a", "b", "c"], "a>b", "b>c"))

    assert walk.order == ["a", "b", "c"]
    assert walk.inputs["c"] == {"input": "b"}


def test_a_port_without_a_value_kills_its_branch_and_no_other() -> None:
    """RUN-4: every edge resolves once, LIVE or DEAD."""
    walk = Walk(
        graph(["s", "left", "deep", "right"], "s.l>left", "left>deep", "s.r>right"),
        {"s": {"r": 1}},
    )

    assert walk.states == {"s": OK, "left": SKIPPED, "deep": SKIPPED, "right": OK}


def test_a_failure_kills_what_follows_and_spares_the_rest() -> None:
    """RUN-4."""
    walk = Walk(graph(["a", "b", "c", "d"], "a>b", "b>c"), {"a": FAIL})

    assert walk.states == {"a": FAILED, "b": UPSTREAM, "c": UPSTREAM, "d": OK}
    assert [step.path for step in walk.run.unhandled()] == ["a"]


def test_a_join_of_exclusive_branches_runs_on_the_live_one() -> None:
    walk = Walk(graph(["s", "x", "y", "join"], "s.x>x", "s.y>y", "x>join", "y>join"), {"s": {"x": 1}})

    assert walk.states["y"] == SKIPPED
    assert walk.inputs["join"] == {"input": "x"}


def test_two_live_edges_into_one_value_are_an_error() -> None:
    """RUN-5: E-RUN-MULTI-LIVE names the port and the edges."""
    walk = Walk(graph(["a", "b", "c", "d"], "a>c", "b>c", "c>d"))

    assert walk.errors["c"]["code"] == "E-RUN-MULTI-LIVE"
    assert walk.errors["c"]["edges"] == ["a>c#0", "b>c#1"]
    assert walk.states["d"] == UPSTREAM


def test_a_list_port_takes_live_values_in_edge_order() -> None:
    """RUN-5."""
    walk = Walk(graph(["b", "a", "s", node("l", "List")], "a>l", "s.no>l", "b>l"), {"s": {}})

    assert walk.inputs["l"] == {"input": ["a", "b"]}


def test_an_object_port_names_values_by_variable_or_source() -> None:
    """RUN-5."""
    drawn = graph([node("a", name="Ada"), node("b", name="Ada"), "c", node("o", "Object")], "a>o", "b>o", "c>o")
    named = drawn.edges["c>o#2"].model_copy(update={"var_name": "x"})  # type: ignore[index]
    walk = Walk(drawn.model_copy(update={"edges": {**drawn.edges, named.id: named}}))

    assert walk.inputs["o"] == {"input": {"Ada": "a", "b": "b", "x": "c"}}


def test_a_required_port_whose_edge_died_skips_the_node() -> None:
    walk = Walk(graph(["s", "x", node("n", "Needs")], "s.no>n", "x>n.extra"), {"s": {}})

    assert walk.states["n"] == SKIPPED


def test_a_required_port_without_an_edge_says_so() -> None:
    walk = Walk(graph([node("n", "Needs")]))

    assert walk.errors["n"]["code"] == "E-RUN-NOT-CONNECTED"


RUN_WHEN: list[tuple[str, list[Any], str]] = [
    # runWhen, what the three sources do (1 live, 0 dead, FAIL), what becomes of the node
    ("inputs", [1, 0, 0], OK),
    ("inputs", [0, 0, 0], SKIPPED),
    ("inputs", [1, FAIL, 0], UPSTREAM),
    ("all_live", [1, 1, 1], OK),
    ("all_live", [1, 1, 0], SKIPPED),
    ("all_live", [1, FAIL, 0], UPSTREAM),
    ("any", [1, FAIL, 0], OK),
    ("any", [0, FAIL, 0], UPSTREAM),
    ("any", [0, 0, 0], SKIPPED),
    ("first", [0, 1, FAIL], OK),
    ("first", [0, FAIL, 0], UPSTREAM),
    ("all_done", [0, FAIL, 0], OK),
    ("any_failed", [1, FAIL, 1], OK),
    ("any_failed", [1, 1, 0], SKIPPED),
    ("all_failed", [FAIL, FAIL, FAIL], OK),
    ("all_failed", [FAIL, FAIL, 1], SKIPPED),
    ("all_skipped", [0, 0, 0], OK),
    ("all_skipped", [0, 0, 1], SKIPPED),
    ("all_skipped", [0, 0, FAIL], SKIPPED),
    ("always", [FAIL, FAIL, FAIL], OK),
]


@pytest.mark.parametrize(("when", "sources", "state"), RUN_WHEN)
def test_run_when_decides(when: str, sources: list[Any], state: str) -> None:
    """RUN-6: the table of runWhen."""
    does = {f"s{i}": FAIL if what is FAIL else {"output": 1} if what else {} for i, what in enumerate(sources)}
    walk = Walk(graph(["s0", "s1", "s2", node("n", "List", run_when=when)], "s0>n", "s1>n", "s2>n"), does)

    assert walk.states["n"] == state


def test_first_runs_before_the_others_have_ended() -> None:
    """RUN-6: and keeps the input it started with."""
    walk = Walk(graph(["a", "b", node("n", "List", run_when="first")], "a>n", "b>n"), picks=[0, 1, 0])

    assert walk.order == ["a", "n", "b"]
    assert walk.inputs["n"] == {"input": ["a"]}


def test_always_waits_for_nothing() -> None:
    """RUN-6."""
    walk = Walk(graph([node("n", run_when="always"), "a"], "a>n"))

    assert walk.order[0] == "n"


def test_a_failure_that_another_node_asked_for_is_handled() -> None:
    """RUN-7."""
    walk = Walk(graph(["a", node("rescue", run_when="any_failed")], "a>rescue"), {"a": FAIL})

    assert walk.states["rescue"] == OK
    assert walk.run.unhandled() == []


def test_an_error_port_carries_the_error_and_spares_the_rest() -> None:
    """RUN-7: the other ports of the node are dead, but not by a failure."""
    walk = Walk(
        graph([node("a", on_error="port"), "normal", "rescue", "join"], "a>normal", "a.error>rescue",
              "normal>join", "rescue>join"),
        {"a": FAIL},
    )  # fmt: skip

    assert walk.states == {"a": FAILED, "normal": SKIPPED, "rescue": OK, "join": OK}
    assert walk.inputs["rescue"]["input"]["message"] == "no"
    assert walk.run.unhandled() == []


def test_an_error_port_that_leads_nowhere_handles_nothing() -> None:
    walk = Walk(graph([node("a", on_error="port"), "b"], "a>b"), {"a": FAIL})

    assert walk.states["b"] == UPSTREAM
    assert len(walk.run.unhandled()) == 1


def test_a_disabled_node_is_skipped_with_what_depends_on_it() -> None:
    walk = Walk(graph(["a", node("b", disabled=True), "c"], "a>b", "b>c"))

    assert walk.states == {"a": OK, "b": SKIPPED, "c": SKIPPED}


def test_a_pinned_value_stands_in_for_the_node() -> None:
    walk = Walk(graph([node("a", pinned={"x": 1}), "b"], "a>b"))

    assert walk.order == ["b"]
    assert walk.inputs["b"] == {"input": {"x": 1}}


def test_data_only_nodes_are_skipped() -> None:
    walk = Walk(graph([node("a", "Data"), "b"], "a>b"))

    assert walk.states == {"a": SKIPPED, "b": SKIPPED}


@pytest.mark.parametrize(("held", "state"), [(True, OK), (False, SKIPPED), ("no such name", UPSTREAM)])
def test_a_condition_decides_over_its_edge(held: bool | str, state: str) -> None:
    """RUN-8: one that can't be judged counts as a failure."""
    walk = Walk(graph(["a", "b", "c"], "a>b?value > 1", "a>c"), conditions={"value > 1": held})

    assert walk.states == {"a": OK, "b": state, "c": OK}


def test_feedback_is_delivered_without_being_waited_for() -> None:
    walk = Walk(graph([node("chat", "Chat"), "llm"], "chat.message>llm", "llm>chat.reply"), start="chat")

    assert walk.order == ["chat", "llm"]
    assert walk.delivered == [("chat", "llm")]


def test_a_chat_that_was_not_spoken_to_only_shows_answers() -> None:
    nodes: list[Node | str] = [node("asked", "Chat"), "llm", node("other", "Chat"), "more"]
    walk = Walk(graph(nodes, "asked.message>llm", "llm>other.reply", "other.message>more"), start="asked")

    assert walk.states == {"asked": OK, "llm": OK, "other": SKIPPED}
    assert walk.delivered == [("other", "llm")]


def grouped(*, inner: str = "Any", **fields: Any) -> Graph:
    """a → g(in → i → x → o → out) → b, with a loose node in the group."""
    nodes: list[Node | str] = [
        "a",
        node("g", "Group", ports=Ports(inputs=("in",), outputs=("out",)), **fields),
        node("i", "GroupInput", parent="g", params={"port": "in"}),
        node("x", inner, parent="g"),
        node("loose", parent="g"),
        node("o", "GroupOutput", parent="g", params={"port": "out"}),
        "b",
    ]
    return graph(nodes, "a>g.in", "i>x", "x>o", "g.out>b")


def test_values_pass_through_a_group() -> None:
    """RUN-9."""
    walk = Walk(grouped())

    assert walk.order == ["a", "g", "g/loose", "g/x", "b"] or walk.order == ["a", "g", "g/x", "g/loose", "b"]
    assert walk.inputs["g/x"] == {"input": "a"}
    assert walk.inputs["b"] == {"input": "g/x"}


def test_edges_that_name_no_port_of_a_group_mean_its_first() -> None:
    """RUN-9: Phase 1 edges carry no ports."""
    drawn = grouped()
    plain = {
        id: e.model_copy(update={"source_port": "output", "target_port": "input"}) for id, e in drawn.edges.items()
    }
    walk = Walk(drawn.model_copy(update={"edges": plain}))

    assert walk.inputs["b"] == {"input": "g/x"}


def test_a_failure_inside_is_the_groups_failure() -> None:
    """RUN-9."""
    walk = Walk(grouped(), {"g/x": FAIL})

    assert walk.states == {
        "a": OK,
        "g": FAILED,
        "g/i": OK,
        "g/x": FAILED,
        "g/loose": OK,
        "g/o": UPSTREAM,
        "b": UPSTREAM,
    }
    assert [step.path for step in walk.run.unhandled()] == ["g"]
    assert walk.errors["g"]["node"] == "g/x"


def test_a_group_can_hand_out_the_error_of_its_interior() -> None:
    drawn = grouped(on_error="port")
    rescued = graph([*drawn.nodes.values(), "rescue"], "a>g.in", "i>x", "x>o", "g.out>b", "g.error>rescue")
    walk = Walk(rescued, {"g/x": FAIL})

    assert walk.states["rescue"] == OK
    assert walk.run.unhandled() == []


@pytest.mark.parametrize(("a", "state"), [({}, SKIPPED), (FAIL, UPSTREAM)])
def test_a_group_that_is_not_reached_takes_its_interior_along(a: Any, state: str) -> None:
    """RUN-9: also what would run by itself."""
    walk = Walk(grouped(), {"a": a})

    assert {path: s for path, s in walk.states.items() if path != "a"} == dict.fromkeys(
        ["g", "g/i", "g/x", "g/loose", "g/o", "b"], state
    )


def test_groups_nest() -> None:
    nodes: list[Node | str] = [
        node("g", "Group"),
        node("h", "Group", parent="g"),
        node("x", parent="h"),
        node("y", parent="g"),
        "z",
    ]
    walk = Walk(graph(nodes, "h>y", "g>z"))

    assert walk.states["g/h/x"] == OK
    assert walk.states["g"] == OK


def test_cancelling_ends_everything_that_has_not_ended() -> None:
    walk = Walk(grouped())
    fresh = type(walk.run)(walk.plan)
    fresh.begin()
    ended = fresh.cancel()

    assert {d.step.path for d in ended} == {"a", "g", "g/i", "g/x", "g/loose", "g/o", "b"}
    assert fresh.done


WHENS = st.sampled_from(
    ["inputs", "all_live", "any", "first", "all_done", "any_failed", "all_failed", "all_skipped", "always"]
)
KINDS = st.sampled_from(["Any", "List", "Object", "Each", "Needs", "Data", "Group", "Chat"])


@st.composite
def random_graphs(draw: st.DrawFn) -> tuple[Graph, dict[str, Any], dict[str, bool | str], list[int]]:
    """A graph in which edges point to later nodes of the same container, what its nodes do, and an order of work."""
    count = draw(st.integers(1, 8))
    nodes: list[Node] = []
    groups: list[str | None] = [None]
    for i in range(count):
        kind = draw(KINDS)
        parent = draw(st.sampled_from(groups))
        if kind == "Group":
            groups.append(f"n{i}")
        nodes.append(
            node(
                f"n{i}",
                kind,
                parent=parent,
                run_when=draw(WHENS),
                on_error=draw(st.sampled_from(["fail", "port"])),
                disabled=draw(st.integers(0, 9)) == 0,
                pinned=7 if draw(st.integers(0, 9)) == 0 else None,
                ports=Ports(inputs=("in",), outputs=("out",)) if kind == "Group" else None,
            )
        )
        if kind == "Group":
            nodes.append(node(f"n{i}i", "GroupInput", parent=f"n{i}", params={"port": "in"}))
            nodes.append(node(f"n{i}o", "GroupOutput", parent=f"n{i}", params={"port": "out"}))
    texts = []
    for a in range(len(nodes)):
        for b in range(a + 1, len(nodes)):
            if nodes[a].parent == nodes[b].parent and draw(st.integers(0, 2)) == 0:
                port = draw(st.sampled_from(["", ".error", ".other"]))
                condition = draw(st.sampled_from(["", "", "?yes", "?no", "?bad"]))
                into = ".reply" if nodes[b].type == "Chat" else ""
                texts.append(f"{nodes[a].id}{port}>{nodes[b].id}{into}{condition}")
    drawn = graph(nodes, *texts)
    does = {
        path: draw(st.sampled_from([FAIL, {}, {"output": 1}, {"output": 1, "other": 2}])) for path in [*_paths(nodes)]
    }
    return drawn, does, {"yes": True, "no": False, "bad": "oops"}, draw(st.lists(st.integers(0, 20), max_size=30))


def _paths(nodes: list[Any]) -> list[str]:
    parents = {n.id: n.parent for n in nodes}

    def path(id: str) -> str:
        return id if parents[id] is None else f"{path(parents[id])}/{id}"

    return [path(n.id) for n in nodes]


@settings(max_examples=EXAMPLES, deadline=None)
@given(random_graphs())
def test_every_node_ends_once_and_every_edge_resolves_once(case: Any) -> None:
    """RUN-4: whatever the graph, what its nodes do and the order of work."""
    drawn, does, conditions, picks = case
    walk = Walk(drawn, does, conditions=conditions, picks=picks)  # Walk asserts that nothing ends twice

    assert set(walk.states) == set(walk.plan.by_path)
    assert walk.run.done
    assert OPEN not in walk.run.wires


@settings(max_examples=EXAMPLES, deadline=None)
@given(random_graphs())
def test_the_order_of_work_changes_no_result(case: Any) -> None:
    """RUN-4: unless a node asked to run early."""
    drawn, does, conditions, picks = case
    early = {"first", "always", "any_failed"}
    calm = drawn.model_copy(
        update={
            "nodes": {
                id: n.model_copy(update={"run_when": "any" if n.run_when in early else n.run_when})
                for id, n in drawn.nodes.items()
            }
        }
    )
    one = Walk(calm, does, conditions=conditions)
    other = Walk(calm, does, conditions=conditions, picks=picks)

    assert one.states == other.states
    assert one.inputs == other.inputs
