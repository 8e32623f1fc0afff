"""Conditions on edges: CEL over `value` (what flows), `nodes` and `vars`, judged when their source has ended."""

from typing import Any

from engine.decisions import Outputs
from engine.expressions import ExpressionError, Expressions
from engine.plan import Step
from engine.results import Results

Judged = dict[str, bool | str]
"""Edge id → whether its condition held, or a sentence that says why it can't be told."""


async def judged_edges(
    step: Step, outputs: Outputs, results: Results, expressions: Expressions
) -> tuple[Judged, list[dict[str, Any]]]:
    """What becomes of a step's conditional edges, and a diagnostic for each that could not be judged."""
    judged: Judged = {}
    diagnostics: list[dict[str, Any]] = []
    for wire in step.conditional:
        if wire.edge is None or wire.source_port not in outputs:
            continue
        condition = wire.edge.condition or ""
        try:
            judged[wire.edge.id] = await expressions.condition(
                condition, _variables(condition, outputs, wire.source_port, results)
            )
        except ExpressionError as error:
            judged[wire.edge.id] = str(error)
            data = {"edge": wire.edge.id, "error": str(error)}
            diagnostics.append({"level": "error", "message": "condition_failed", "data": data})
    return judged, diagnostics


def _variables(condition: str, outputs: Outputs, port: str, results: Results) -> dict[str, Any]:
    """Only what the condition names is sent to the child that evaluates it."""
    nodes = results.by_name() if "nodes" in condition else {}
    named = {name: value for name, value in nodes.items() if name in condition}
    return {"value": outputs[port], "vars": {}, "nodes": named}
