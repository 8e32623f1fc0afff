"""Merge: makes one value of several."""

from collections.abc import Sequence

from engine.context import Arrival, Context
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import InvalidParams, MissingInput
from engine.nodes.values import as_text
from engine.sizes import joined, within
from flowroom.model import Json
from flowroom.node_types import Port
from flowroom.titles import variable_of

MODES = {
    "first": "The first value",
    "latest": "The latest value",
    "list": "A list of all, in order",
    "object": "One object of all fields",
    "concat": "One text of all",
}


class MergeParams(Params):
    """How values become one."""

    mode: str = param("list", title="Make", options=MODES, widget="select")
    separator: str = param("\n\n", title="Between texts", help="What stands between them", when={"mode": ("concat",)})


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Join the values in edge order. Raises MissingInput when there is none, and TooLarge."""
    params = read_params(MergeParams, ctx.params)
    values: list[Json] = inputs.get("input") or []
    if not values:
        raise MissingInput("Nothing arrived to merge: connect something that gives a value.")
    return {"output": merged(params, values, ctx.arrivals.get("input", ()))}


def merged(params: MergeParams, values: list[Json], arrivals: Sequence[Arrival] = ()) -> Json:
    """One value of several; `arrivals` name the values that have no fields of their own. Raises TooLarge."""
    match params.mode:
        case "first":
            return values[0]
        case "latest":
            return values[-1]
        case "list" | "accumulate":
            within(values)
            return list(values)
        case "object":
            within(values)
            return _as_object(values, arrivals)
        case "concat":
            return joined((as_text(value) for value in values), params.separator)
        case unknown:
            raise InvalidParams(f"There is no mode {unknown!r}; choose one of {', '.join(MODES)}.")


def _as_object(values: list[Json], arrivals: Sequence[Arrival]) -> dict[str, Json]:
    whole: dict[str, Json] = {}
    for index, value in enumerate(values):
        if isinstance(value, dict):
            whole.update(value)
        else:
            whole[_name(index, arrivals)] = value
    return whole


def _name(index: int, arrivals: Sequence[Arrival]) -> str:
    if index >= len(arrivals):
        return str(index)
    return variable_of(arrivals[index].edge, arrivals[index].source)


MERGE = Definition(
    type="Merge",
    title="Merge",
    description="Joins what arrives from several nodes into one value.",
    category="Flow",
    icon="merge",
    params=MergeParams,
    inputs=(Port(name="input", label="Values", type="any", arity="list", required=True),),
    outputs=(Port(name="output", label="Merged", type="any"),),
    run=run,
)
