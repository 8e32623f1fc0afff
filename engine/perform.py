"""Running a node's code once: its params filled in, its time limited, its result looked at."""

import asyncio
import inspect
from collections.abc import Mapping
from typing import Any

from engine.decisions import Outputs
from engine.errors import AttemptTimedOut, NotJson
from engine.expressions import Expressions
from engine.nodes.definition import Definition
from flowroom.model import Json, Node


async def in_time(given: Any, seconds: float) -> Any:
    """What a node gives, or AttemptTimedOut; a plain function has run already and can't be stopped."""
    if not inspect.isawaitable(given):
        return given
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await given
    except TimeoutError as error:
        if limit.expired():
            raise AttemptTimedOut(seconds) from error
        raise


def checked(outputs: object) -> Outputs:
    """What a node returned, if it is values by port; raises NotJson."""
    if not isinstance(outputs, dict):
        raise NotJson(f"A node must return an object of values by port, got {type(outputs).__name__}.")
    return outputs


def templated(node: Node, definition: Definition) -> tuple[str, ...]:
    """The params of a node that hold an expression, and whose type lets the engine fill it in."""
    return tuple(name for name in node.params if name in definition.templated and _has_expression(node.params[name]))


async def filled_in(
    params: Mapping[str, Json], names: tuple[str, ...], variables: Mapping[str, Json], expressions: Expressions
) -> dict[str, Json]:
    """Params with the named ones rendered; raises ExpressionError."""
    filled = dict(params)
    for name in names:
        filled[name] = await _render(filled[name], variables, expressions)
    return filled


async def _render(value: Json, variables: Mapping[str, Json], expressions: Expressions) -> Json:
    match value:
        case str() if "{" in value:
            return await expressions.render(value, variables)
        case list():
            return [await _render(item, variables, expressions) for item in value]
        case dict():
            return {key: await _render(item, variables, expressions) for key, item in value.items()}
        case _:
            return value


def _has_expression(value: Json) -> bool:
    match value:
        case str():
            return "{{" in value or "{%" in value or "{#" in value
        case list():
            return any(map(_has_expression, value))
        case dict():
            return any(map(_has_expression, value.values()))
        case _:
            return False
