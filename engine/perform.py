"""Running a node's code once: its params filled in, its time limited, its result looked at."""

import asyncio
import inspect
from collections.abc import Mapping

from engine.attempt import Attempt
from engine.decisions import Outputs
from engine.errors import AttemptTimedOut, NotJson
from engine.expressions import ExpressionError, Expressions
from engine.nodes.definition import Definition, Run
from engine.sizes import Room
from flowroom.model import Json, Node


async def perform(run: Run, ctx: Attempt, names: tuple[str, ...], expressions: Expressions) -> object:
    """What a node gives, with the params of these names filled in. Raises AttemptTimedOut when both together take
    longer than the node's timeout; a plain function can't be stopped.
    """
    seconds = ctx.node.timeout
    if seconds is None:
        return await _perform(run, ctx, names, expressions)
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await _perform(run, ctx, names, expressions)
    except TimeoutError as error:
        if limit.expired():
            raise AttemptTimedOut(seconds) from error
        raise


async def _perform(run: Run, ctx: Attempt, names: tuple[str, ...], expressions: Expressions) -> object:
    if names:
        ctx.params = await _filled_in(ctx, names, expressions)
    given: object = run(ctx, ctx.inputs)
    return await given if inspect.isawaitable(given) else given


def checked(outputs: object) -> Outputs:
    """What a node returned, if it is values by port; raises NotJson."""
    if not isinstance(outputs, dict):
        raise NotJson(f"A node must return an object of values by port, got {type(outputs).__name__}.")
    return outputs


def templated(node: Node, definition: Definition) -> tuple[str, ...]:
    """The params of a node that hold an expression, and whose type lets the engine fill it in."""
    return tuple(name for name in node.params if name in definition.templated and _has_expression(node.params[name]))


async def _filled_in(ctx: Attempt, names: tuple[str, ...], expressions: Expressions) -> dict[str, Json]:
    """Params with the named ones rendered; raises TooLarge, and ExpressionError, which says where if it may be in one
    of several.
    """
    filled, filling = dict(ctx.params), _Filling(ctx.variables, expressions)
    for name in names:
        try:
            filled[name] = await filling.rendered(filled[name])
        except ExpressionError as error:
            if len(names) > 1:
                error.say_where(ctx.step.type.params.get("properties", {}).get(name, {}).get("title", name))
            raise
    return filled


class _Filling:
    """Fills in expressions, for as long as what comes of them together is not too large."""

    def __init__(self, variables: Mapping[str, Json], expressions: Expressions) -> None:
        self._variables = variables
        self._expressions = expressions
        self._room = Room()

    async def rendered(self, value: Json) -> Json:
        """A value with the texts in it filled in."""
        match value:
            case str() if "{" in value:
                text = await self._expressions.render(value, self._variables)
                self._room.take(text)
                return text
            case list():
                return [await self.rendered(item) for item in value]
            case dict():
                return {key: await self.rendered(item) for key, item in value.items()}
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
