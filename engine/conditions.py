"""Conditions on edges: CEL over `value` (what flows), `nodes` and `vars`.

A dataflow run judges all that leave a node when it has ended, a cascade each when a value's turn comes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.decisions import Outputs
from engine.expressions import ExpressionError, Expressions
from engine.plan import Step
from flowroom.model import Edge, Json
from flowroom.runs import RunEvent

UNJUDGED = "condition_failed"
Judged = dict[str, bool | str]
"""Edge id → whether its condition held, or a sentence that says why it can't be told."""
Named = Callable[[], Mapping[str, Json]]
"""What the nodes have given so far, by id and name; asked for only where a condition names some of it."""


async def judged(edge: Edge, value: Json, named: Named, expressions: Expressions) -> bool | str:
    """Whether the condition of an edge holds for a value, or why that can't be told."""
    condition = edge.condition or ""
    try:
        return await expressions.condition(condition, _variables(condition, value, named))
    except ExpressionError as error:
        return str(error)


async def judged_edges(
    step: Step, outputs: Outputs, named: Named, expressions: Expressions
) -> tuple[Judged, list[dict[str, Any]]]:
    """What becomes of a step's conditional edges, and a diagnostic for each that could not be judged."""
    found: Judged = {}
    for wire in step.conditional:
        if wire.edge is not None and wire.source_port in outputs:
            found[wire.edge.id] = await judged(wire.edge, outputs[wire.source_port], named, expressions)
    return found, [unjudged(edge, why) for edge, why in found.items() if isinstance(why, str)]


def unjudged(edge: str, why: str) -> dict[str, Any]:
    """The diagnostic of a condition that could not be judged."""
    return {"level": "error", "message": UNJUDGED, "data": {"edge": edge, "error": why}}


def edge_of(event: RunEvent) -> str | None:
    """The edge that such a diagnostic is about; None for any other event."""
    payload = event.payload or {}
    is_one = event.type == "node.diagnostic" and payload.get("message") == UNJUDGED
    return (payload.get("data") or {}).get("edge") if is_one else None


def _variables(condition: str, value: Json, named: Named) -> dict[str, Any]:
    return {"value": value, "vars": {}, "nodes": named() if "nodes" in condition else {}}
