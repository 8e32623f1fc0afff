"""Transform: makes another value of one, by a jq program."""

from engine.context import Context
from engine.nodes.definition import Definition, Params, param, read_params
from flowroom.model import Json
from flowroom.node_types import Port


class TransformParams(Params):
    """A jq program over `value` (what arrived), `input`, `nodes` and `vars`."""

    program: str = param(
        ".value",
        title="jq program",
        help=".value is what arrived, .nodes.NAME.output what the node called so gave; "
        "for example [.value.orders[] | select(.total > 100) | {id, total}]",
        widget="code",
        language="jq",
        needed=True,
    )


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Give what the program gives: several outputs as a list. Raises ExpressionError."""
    program = read_params(TransformParams, ctx.params).program
    variables = {**ctx.variables, "value": inputs.get("input")}
    return {"output": await ctx.expressions.evaluate("jq", program, variables)}


TRANSFORM = Definition(
    type="Transform",
    title="Transform",
    description="Makes another value of what arrives: picks, filters, counts, renames.",
    category="Data",
    icon="braces",
    params=TransformParams,
    inputs=(Port(name="input", label="Value", type="any", required=True),),
    outputs=(Port(name="output", label="Made", type="any"),),
    run=run,
)
