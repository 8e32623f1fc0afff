"""An expression is given what it names."""

import pytest

from engine.expressions.needed import needed
from flowroom.model import Json

ALL: dict[str, Json] = {
    "value": 1,
    "input": {"input": 1},
    "nodes": {"a": {"output": 1}, "My node": {"output": 2}, "x-1": {"output": 3}},
    "vars": {},
}


@pytest.mark.parametrize(
    ("source", "nodes"),
    [
        (".value", []),
        ("value == 1 && nodes.a.output == 1", ["a"]),
        ('.nodes."My node".output + .nodes["x-1"].output', ["My node", "x-1"]),
        ("{{ nodes['My node'].output | upper }}", ["My node"]),
        (". nodes [ 'x-1' ]", ["x-1"]),
        (".nodes | keys", ["a", "My node", "x-1"]),
        (".nodes[.value].output + .nodes.a.output", ["a", "My node", "x-1"]),
        ("{% for name in nodes %}{{ name }}{% endfor %}", ["a", "My node", "x-1"]),
        ("nodes[value].output == 1", ["a", "My node", "x-1"]),
        (r'.nodes["My\u0020node"].output', ["a", "My node", "x-1"]),
    ],
)
def test_of_the_nodes_there_are_those_that_are_named(source: str, nodes: list[str]) -> None:
    """RUN-42: or all, where it can't be told which."""
    assert list(needed(source, ALL)["nodes"]) == nodes


def test_what_gathers_others_is_there_where_it_is_named() -> None:
    """RUN-42."""
    assert needed(".value", ALL) == {"value": 1, "input": {}, "nodes": {}, "vars": {}}
    assert needed("input.input", ALL) == {**ALL, "nodes": {}}
