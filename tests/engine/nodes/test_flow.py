"""Switch, Merge, Template and Code: values in, values out."""

from typing import Any

import pytest

from engine.expressions import ExpressionFailed, InvalidExpression, UnknownReference
from engine.nodes.errors import InvalidParams, MissingInput, NoMatch
from tests.engine.nodes.contexts import Bench, an_arrival

CASES = [{"name": "big", "when": "value.total > 100"}, {"name": "late", "when": "value.late"}]


@pytest.mark.parametrize(
    ("value", "port"), [({"total": 250, "late": True}, "big"), ({"total": 5.5, "late": True}, "late")]
)
async def test_a_switch_sends_the_value_through_the_first_case_that_holds(bench: Bench, value: Any, port: str) -> None:
    assert await bench.run(bench.context("Switch", {"cases": CASES}), {"input": value}) == {port: value}


async def test_a_switch_without_a_match_uses_else_or_fails_or_skips(bench: Bench) -> None:
    value = {"total": 1, "late": False}
    connected = bench.context("Switch", {"cases": CASES}, connected_outputs=frozenset({"else"}))
    assert await bench.run(connected, {"input": value}) == {"else": value}
    with pytest.raises(NoMatch):
        await bench.run(bench.context("Switch", {"cases": CASES}), {"input": value})
    assert await bench.run(bench.context("Switch", {"cases": CASES, "noMatch": "skip"}), {"input": value}) == {}


async def test_a_switch_case_sees_inputs_and_variables(bench: Bench) -> None:
    cases = [{"name": "a", "when": "vars.limit < value && input.input == value"}]
    ctx = bench.context("Switch", {"cases": cases}, variables={"vars": {"limit": 3}})
    assert await bench.run(ctx, {"input": 4}) == {"a": 4}


@pytest.mark.parametrize(("when", "error"), [("value >", InvalidExpression), ("value.x", ExpressionFailed)])
async def test_a_wrong_case_fails_the_switch(bench: Bench, when: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await bench.run(bench.context("Switch", {"cases": [{"name": "a", "when": when}]}), {"input": {}})


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("first", {"a": 1}),
        ("latest", "text"),
        ("list", [{"a": 1}, {"b": 2}, "text"]),
        ("accumulate", [{"a": 1}, {"b": 2}, "text"]),
        ("object", {"a": 1, "b": 2, "Writer": "text"}),
        ("concat", '{"a":1}|{"b":2}|text'),
    ],
)
async def test_merge_makes_one_value_of_several(bench: Bench, mode: str, expected: object) -> None:
    values = [{"a": 1}, {"b": 2}, "text"]
    arrivals = {"input": [an_arrival(value, name="Writer") for value in values]}
    ctx = bench.context("Merge", {"mode": mode, "separator": "|"}, arrivals=arrivals)
    assert await bench.run(ctx, {"input": values}) == {"output": expected}


async def test_merge_says_what_it_misses(bench: Bench) -> None:
    with pytest.raises(MissingInput):
        await bench.run(bench.context("Merge"), {})
    with pytest.raises(InvalidParams, match="sideways"):
        await bench.run(bench.context("Merge", {"mode": "sideways"}), {"input": [1]})


async def test_a_template_is_filled_in(bench: Bench) -> None:
    template = "{% for o in input.orders %}{{ o.id }}: {{ o.total }};{% endfor %} {{ vars.who }}"
    ctx = bench.context("Template", {"template": template}, variables={"vars": {"who": "Änna"}})
    given = {"orders": [{"id": 1, "total": 2.5}, {"id": 2, "total": 3}]}
    assert await bench.run(ctx, given) == {"output": "1: 2.5;2: 3; Änna"}
    with pytest.raises(UnknownReference):
        await bench.run(bench.context("Template", {"template": "{{ input.nothing }}"}), given)


async def test_code_gives_its_source_and_runs_nothing(bench: Bench) -> None:
    source = "raise SystemExit  # {{ input.x }}"
    assert await bench.run(bench.context("Code", {"language": "python", "source": source})) == {"output": source}


async def test_what_is_wrong_with_a_case_is_said_with_its_name(bench: Bench) -> None:
    """RUN-30"""
    for when, said in (("value.==", "Syntax error"), (" ", "The condition is empty")):
        params: dict[str, Any] = {"cases": [{"name": "größe", "when": when}]}
        with pytest.raises(InvalidExpression, match=f"Case 'größe': {said}"):
            await bench.run(bench.context("Switch", params), {"input": {}})
