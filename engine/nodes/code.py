"""Code: a piece of source text, kept as data. It is never executed; its text flows on."""

from engine.context import Context
from engine.nodes.definition import Definition, Params, param, read_params
from flowroom.model import Json
from flowroom.node_types import Port


class CodeParams(Params):
    """The source and the language it is written in."""

    language: str = param("typescript", title="Language", help="For highlighting")
    source: str = param("", title="Source", help="Flows on as text", widget="code")


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Give the source text as it is written."""
    return {"output": read_params(CodeParams, ctx.params).source}


CODE = Definition(
    type="Code",
    title="Code",
    description="Holds a piece of source text, for prompts and templates. It is not executed.",
    category="Data",
    icon="code",
    params=CodeParams,
    outputs=(Port(name="output", label="Source", type="text"),),
    body="text",
    run=run,
)
