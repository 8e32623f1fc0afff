"""Graphs and JSON values for property tests."""

from typing import Any

from hypothesis import strategies as st

from flowroom.model import Breakpoint, Edge, EdgeId, Graph, Meta, Node, NodeId, Ports, Retry

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any text of whole characters: emoji and combining marks too, no half surrogate pairs."""

numbers = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-1000, 1000).map(float)
)
"""Numbers as they come from JavaScript: whole ones as floats, too."""

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
something = json_values.filter(lambda value: value is not None)
unknown = st.dictionaries(st.sampled_from(["zIndex", "colour", "plugin", "später"]), something, max_size=2)
params = st.dictionaries(st.sampled_from(["prompt", "code", "model", "n", "cases", "ключ"]), json_values, max_size=4)
NODE_IDS = [NodeId(f"n{n}") for n in range(5)]
EDGE_IDS = [EdgeId(f"e{n}") for n in range(4)]
units = st.integers(-10_000, 10_000)


@st.composite
def nodes(draw: st.DrawFn, id: NodeId) -> Node:
    """A node with any of its fields set, some unknown ones among them."""
    ports = st.builds(Ports, inputs=st.tuples(texts), outputs=st.tuples())
    return Node(
        id=id,
        type=draw(st.sampled_from(["LLM", "Log", "Group", "Martian"])),
        type_version=draw(st.integers(1, 3)),
        name=draw(texts),
        pos=draw(st.tuples(units, units)),
        size=draw(st.none() | st.tuples(units, units)),
        params=draw(params),
        parent=draw(st.none() | st.sampled_from(NODE_IDS)),
        ports=draw(st.none() | ports),
        run_when=draw(st.sampled_from(["inputs", "any"])),
        retry=draw(st.none() | st.builds(Retry, attempts=st.integers(1, 5))),
        timeout=draw(st.none() | st.sampled_from([0.5, 3.0])),
        on_error=draw(st.sampled_from(["fail", "port"])),
        disabled=draw(st.booleans()),
        pinned=draw(json_values),
        **draw(unknown),
    )


@st.composite
def edges(draw: st.DrawFn, id: EdgeId, ends: list[NodeId]) -> Edge:
    """An edge between two of these nodes."""
    return Edge(
        id=id,
        source=draw(st.sampled_from(ends)),
        source_port=draw(st.sampled_from(["output", "error"])),
        target=draw(st.sampled_from(ends)),
        kind=draw(st.sampled_from(["flow", "data"])),
        var_name=draw(st.none() | texts),
        condition=draw(st.none() | texts),
        order=draw(st.integers(0, 3)),
        **draw(unknown),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A whole graph whose edges have both their ends."""
    ids = draw(st.lists(st.sampled_from(NODE_IDS), unique=True))
    edge_ids = draw(st.lists(st.sampled_from(EDGE_IDS), unique=True)) if ids else []
    return Graph(
        meta=Meta(title=draw(texts), description=draw(texts), live=draw(st.booleans()), **draw(unknown)),
        nodes={id: draw(nodes(id)) for id in ids},
        edges={id: draw(edges(id, ids)) for id in edge_ids},
        breakpoints={id: Breakpoint(condition=draw(st.none() | texts)) for id in ids[:1]},
        templates=draw(st.dictionaries(texts, something, max_size=2)),
    )
