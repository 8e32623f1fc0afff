"""Group and its two ends: a container whose interior runs as part of the run around it.

A Group names its own ports (`Node.ports`). Each has a proxy inside, `GroupInput` or `GroupOutput`, whose param `port`
says which one it stands for; the engine carries values between the two.
"""

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port


class ProxyParams(Params):
    """Which port of the group a proxy stands for."""

    port: str = param("", title="Port", help="The name of a port of the group")
    group_id: str | None = param(None, title="Group", hidden=True)
    kind: str | None = param(None, title="Kind", hidden=True)


GROUP = Definition(
    type="Group",
    title="Group",
    description="Holds a part of the graph with its own inputs and outputs.",
    category="Flow",
    icon="group",
    container=True,
)
GROUP_INPUT = Definition(
    type="GroupInput",
    title="Group Input",
    description="Where a value enters the group.",
    category="Flow",
    icon="log-in",
    params=ProxyParams,
    outputs=(Port(name="output", label="Value"),),
)
GROUP_OUTPUT = Definition(
    type="GroupOutput",
    title="Group Output",
    description="Where a value leaves the group.",
    category="Flow",
    icon="log-out",
    params=ProxyParams,
    inputs=(Port(name="input", label="Value", arity="list", required=True),),
)
