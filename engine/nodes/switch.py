"""Switch: sends a value on through the port of the first case that holds."""

from typing import Literal

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port


class Case(Params):
    """One way out: `when` is a CEL expression over `value` (what arrived), `input`, `nodes` and `vars`."""

    name: str = param(title="Port", min_length=1)
    when: str = param(title="When", help="For example value.total > 100", widget="code", language="cel")


class SwitchParams(Params):
    """The cases in order, and what happens when none holds and nothing is connected to `else`."""

    cases: list[Case] = param([], title="Cases", widget="cases")
    no_match: Literal["error", "skip"] = param(
        "error", title="If nothing matches", help="and nothing is connected to else", widget="select"
    )


SWITCH = Definition(
    type="Switch",
    title="Switch",
    description="Sends the value through the port of the first case that holds, or through else.",
    category="Flow",
    icon="split",
    params=SwitchParams,
    inputs=(Port(name="input", label="Value", type="any", required=True),),
    outputs=(Port(name="else", label="else", type="any"),),
    ports_from="cases",
)
