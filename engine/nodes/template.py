"""Template: text with values filled in."""

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port


class TemplateParams(Params):
    """A minijinja template over `input`, `nodes` and `vars`."""

    template: str = param(
        "",
        title="Template",
        help="{{ input.name }} fills in a value; {% for x in … %} and {% if … %} work too",
        widget="code",
        language="template",
    )


TEMPLATE = Definition(
    type="Template",
    title="Template",
    description="Writes a text from the values that arrive.",
    category="Data",
    icon="file-type",
    params=TemplateParams,
    inputs=(Port(name="input", label="Values", type="any", arity="object"),),
    outputs=(Port(name="output", label="Text", type="text"),),
)
