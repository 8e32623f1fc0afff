"""An expression is given what it names, and all there is where that can't be told."""

import pytest

from engine.expressions.needed import needed
from flowroom.model import Json

ALL: dict[str, Json] = {
    "value": 1,
    "input": {"input": 1},
    "nodes": {"a": {"output": 1}, "My node": {"output": 2}, "x-1": {"output": 3}},
    "vars": {},
}
EVERY = ["a", "My node", "x-1"]


@pytest.mark.parametrize(
    ("language", "source", "nodes"),
    [
        ("cel", "value == 1 && nodes.a.output == 1", ["a"]),
        ("jq", '.nodes."My node".output + .nodes["x-1"].output', ["My node", "x-1"]),
        ("template", "{{ nodes['My node'].output | upper }}", ["My node"]),
        ("cel", "nodes [ 'x-1' ] == 1", ["x-1"]),
        ("jq", ".nodes | keys", EVERY),
        ("jq", ".nodes[.value].output + .nodes.a.output", EVERY),
        ("template", "{% for name in nodes %}{{ name }}{% endfor %}", EVERY),
        ("template", "{% for name, node in nodes.items() %}{{ name }}{% endfor %}", EVERY),
        ("cel", "nodes.exists(name, nodes[name].output == 1)", EVERY),
        ("cel", "nodes[value].output == 1", EVERY),
        ("cel", "nodes['x' + '-1'].output == 1", EVERY),
        ("jq", '.nodes["My" + " node"].output', EVERY),
        ("jq", r'.nodes["My\u0020node"].output', EVERY),
    ],
)
def test_of_the_nodes_there_are_those_that_are_named(language: str, source: str, nodes: list[str]) -> None:
    """RUN-42: or all, where it can't be told which."""
    assert list(needed(language, source, ALL)["nodes"]) == nodes


def test_what_gathers_others_is_there_where_it_is_named() -> None:
    """RUN-42"""
    assert needed("cel", "value == 1", ALL) == {"value": 1, "input": {}, "nodes": {}, "vars": {}}
    assert needed("cel", "input.input", ALL) == {**ALL, "nodes": {}}


@pytest.mark.parametrize(
    "program",
    [
        ".value",
        "[.value.orders[] | select(.total > 100) | {id, total}]",
        '{count: (.value | length), "first": .value[0].name // "none", sum: 1.5e3}',
        ".value[1:3] | map(. as $one | {one: $one, more: keys})",
        ".value | if . == null then 0 else length end",
        ".value.a != null and (.value.b >= 1 or true)",
        '.value."a b"[.value.index]? | tostring',
    ],
)
def test_a_jq_program_that_names_all_it_wants_is_given_nothing_else(program: str) -> None:
    """RUN-42"""
    assert needed("jq", program, ALL) == {"value": 1, "input": {}, "nodes": {}, "vars": {}}


@pytest.mark.parametrize(
    "program",
    [
        ".",
        "keys",
        "..",
        ".[]",
        ".value as $value | .",
        ".value |= 1",
        ".value += 1",
        "[.value | length, 1], .",
        "{value: .value | length, rest: .}",
        "(.value | length) as $length | to_entries",
        "reduce .value[] as $one (.; .)",
        'if .value then . else "" end',
        '.["no" + "des"]',
        '.value | "\\(.)"',
        ".value # |\n, .",
        ". | .value",
        "[.value)], .",
        "$__prog_args",
        "{value}, {rest: .}",
    ],
)
def test_a_jq_program_that_may_look_at_everything_is_given_it(program: str) -> None:
    """RUN-42"""
    assert needed("jq", program, ALL) == ALL
