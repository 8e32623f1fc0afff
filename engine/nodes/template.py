"""Template: text with values filled in."""

from engine.context import Context
from engine.nodes.definition import Definition, Params, param, read_params
from flowroom.model import Json
from flowroom.node_types import Port


class TemplateParams(Params):
    """A minijinja template over `input`, `nodes` and `vars`."""

    template: str = param(
        "",
        title="Template",
        help="{{ input.NAME }}, or {{ input['A NAME'] }}, is what the node called so gave; "
        "{% for x in … %} and {% if … %} work too",
        widget="code",
        language="template",
    )


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Give the text; the engine has filled it in before, as every templated param."""
    return {"output": read_params(TemplateParams, ctx.params).template}


TEMPLATE = Definition(
    type="Template",
    title="Template",
    description="Writes a text from the values that arrive.",
    category="Data",
    icon="file-type",
    params=TemplateParams,
    inputs=(Port(name="input", label="Values", type="any", arity="object"),),
    outputs=(Port(name="output", label="Text", type="text"),),
    templated=frozenset({"template"}),
    run=run,
)
