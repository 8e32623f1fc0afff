"""A type that nothing here knows: its data is kept and shown, and running it says so."""

from typing import Any

from engine.nodes.definition import Definition
from engine.nodes.errors import NotRunnable
from flowroom.model import Json
from flowroom.node_types import Port


async def run(ctx: Any, inputs: dict[str, Json]) -> dict[str, Json]:
    """Fail, naming the type: an unknown node can't be run, only kept."""
    raise NotRunnable(
        f"This Flowroom does not know how to run a node of type {ctx.node.type!r}; its data is kept. "
        "Switch the node off or replace it by a type from the palette."
    )


def placeholder(type: str) -> Definition:
    """The definition that stands in for a type nobody registered."""
    return Definition(
        type=type,
        title=type,
        description="A type that this Flowroom does not know. Its data is kept.",
        category="Other",
        icon="circle-help",
        inputs=(Port(name="input", arity="list"),),
        outputs=(Port(name="output"),),
        run=run,
    )
