"""Switch: sends a value on through the port of the first case that holds."""

from typing import Literal

from engine.context import Context
from engine.expressions import ExpressionError
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import NoMatch
from flowroom.model import Json
from flowroom.node_types import Port

ELSE = "else"


class Case(Params):
    """One way out: `when` is a CEL expression over `value` (what arrived), `input`, `nodes` and `vars`."""

    name: str = param(title="Port", min_length=1)
    when: str = param(title="When", help="For example value.total > 100", widget="code", language="cel")


class SwitchParams(Params):
    """The cases in order, and what happens when none holds and nothing is connected to `else`."""

    cases: list[Case] = param([], title="Cases", help="The first that holds decides the way", widget="cases")
    no_match: Literal["error", "skip"] = param(
        "error",
        title="If nothing matches",
        help="When no case holds and nothing is connected to else",
        options={"error": "The node fails", "skip": "The value is dropped"},
        widget="select",
    )


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Give the value on one port, so that all others are dead; raises NoMatch when none was chosen."""
    params = read_params(SwitchParams, ctx.params)
    value = inputs.get("input")
    variables = {**ctx.variables, "value": value}
    for case in params.cases:
        try:
            held = await ctx.expressions.condition(case.when, variables)
        except ExpressionError as error:
            error.say_where(f"Case {case.name!r}")
            raise
        if held:
            return {case.name: value}
    if ELSE in ctx.connected_outputs:
        return {ELSE: value}
    if params.no_match == "skip":
        return {}
    raise NoMatch(
        "No case holds for this value. Add a case, connect something to else, or set the node to skip such values."
    )


SWITCH = Definition(
    type="Switch",
    title="Switch",
    description="Sends the value through the port of the first case that holds, or through else.",
    category="Flow",
    icon="split",
    params=SwitchParams,
    inputs=(Port(name="input", label="Value", type="any", required=True),),
    outputs=(Port(name=ELSE, label="else", type="any"),),
    ports_from="cases",
    run=run,
)
