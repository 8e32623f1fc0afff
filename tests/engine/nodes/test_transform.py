"""Transform: another value of one, by jq."""

from typing import Any

import pytest

from engine.expressions import ExpressionError
from engine.expressions.pool import MAX_REQUEST_BYTES
from tests.engine.nodes.contexts import Bench

ORDERS = {"orders": [{"id": 1, "total": 50}, {"id": 2, "total": 150}]}


@pytest.mark.parametrize(
    ("program", "made"),
    [
        ("[.value.orders[] | select(.total > 100) | .id]", [2]),
        ("{sum: ([.value.orders[].total] | add), of: (.value.orders | length)}", {"sum": 200, "of": 2}),
        (".value.orders[].id", [1, 2]),
        (".nodes.Fetch.status", 200),
        (".input.input.orders[0].total", 50),
        ("empty", None),
    ],
)
async def test_a_value_is_made_of_what_arrived_and_of_what_others_gave(bench: Bench, program: str, made: Any) -> None:
    ctx = bench.context("Transform", {"program": program})
    ctx.variables = {"nodes": {"Fetch": {"status": 200}}}

    assert await bench.run(ctx, {"input": ORDERS}) == {"output": made}


@pytest.mark.parametrize("program", [".value |", '.value | error("no")', ".value.orders.x"])
async def test_a_program_that_can_not_be_read_or_fails_is_told(bench: Bench, program: str) -> None:
    with pytest.raises(ExpressionError):
        await bench.run(bench.context("Transform", {"program": program}), {"input": ORDERS})


async def test_what_a_program_does_not_name_may_be_larger_than_an_expression_takes(bench: Bench) -> None:
    """RUN-42."""
    ctx = bench.context("Transform", {"program": ".value.orders | length"})
    ctx.variables = {"nodes": {"Fetch": {"content": "x" * (MAX_REQUEST_BYTES + 1)}}}

    assert await bench.run(ctx, {"input": ORDERS}) == {"output": 2}
    ctx.params = {"program": ".nodes.Fetch.content | length"}
    with pytest.raises(ExpressionError, match="64 MB at most, and what it names has 67,"):
        await bench.run(ctx, {"input": ORDERS})
