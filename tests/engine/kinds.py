"""Node types for tests that run real workers, also in processes of their own."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from engine.catalogue import Catalogue
from engine.context import Context
from engine.nodes.definition import Definition, Run
from engine.nodes.errors import NodeError
from flowroom.node_types import Arity, Effect, Port


def kind(
    name: str,
    run: Run,
    *,
    arity: Arity = "list",
    effect: Effect = "pure",
    outputs: tuple[str, ...] = ("output",),
    templated: frozenset[str] = frozenset(),
) -> Definition:
    """A small node type."""
    return Definition(
        type=name,
        title=name,
        description="For tests",
        category="Test",
        icon="box",
        inputs=(Port(name="input", arity=arity),),
        outputs=tuple(Port(name=port) for port in outputs),
        effect=effect,
        templated=templated,
        run=run,
    )


class Flaky(NodeError):
    """Passes when tried again."""

    retryable = True


class Broken(NodeError):
    """Never passes."""


async def total(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Adds `add` to the sum of what arrives."""
    return {"output": sum(inputs.get("input", [])) + ctx.params.get("add", 0)}


async def slow_total(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """The same, after `seconds`."""
    await asyncio.sleep(ctx.params.get("seconds", 0.005))
    return await total(ctx, inputs)


def plain(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """A plain function."""
    return {"output": len(inputs.get("input", []))}


async def flaky(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Fails until attempt number `until`."""
    if ctx.attempt < ctx.params.get("until", 2):
        raise Flaky(f"attempt {ctx.attempt}")
    return {"output": ctx.attempt}


async def broken(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Always fails."""
    raise Broken(ctx.params.get("message", "it is broken"), code=7)


def _append(file: Path, line: str) -> None:
    with file.open("a") as opened:
        opened.write(line)


async def note(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Writes a line with its key into the file `file`: an effect that can be counted."""
    _append(Path(ctx.params["file"]), f"{ctx.node.id} {ctx.idempotency_key}\n")
    await asyncio.sleep(ctx.params.get("seconds", 0))
    return {"output": 1}


async def late_note(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """The same, once it has waited for `after` seconds."""
    ctx.wait(ctx.params["after"])
    return await note(ctx, inputs)


async def route(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Gives its first input by the port `port`."""
    return {ctx.params["port"]: inputs["input"][0]}


async def echo(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Gives the param `value`, rendered."""
    return {"output": ctx.params.get("value")}


async def many(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Gives each param by the port of its name."""
    return dict(ctx.params)


async def one(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """One instance a value: ten times it. Fails for 13."""
    if inputs["input"] == 13:
        raise Broken("unlucky")
    return {"output": inputs["input"] * 10}


async def chatty(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Uses everything a context offers."""
    ctx.log("info", "chatty_ran", {"attempt": ctx.attempt})
    ctx.entry({"id": "e1", "ts": 1, "preview": "hello"})
    ctx.stream("to")
    ctx.stream("ken")
    ctx.progress(1, 2, "half")
    ctx.usage(tokens=3)
    ctx.usage(tokens=4)
    ctx.state["count"] = ctx.state.get("count", 0) + 1
    return {"output": ctx.state["count"]}


async def unwritable(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Returns what JSON can't hold."""
    return {"output": object()}


async def deaf(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Waits for long."""
    await asyncio.sleep(ctx.params.get("seconds", 60))
    return {"output": time.time()}


async def torn(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Waits for a task of its own that is cancelled."""
    task = asyncio.create_task(asyncio.sleep(60, result=1))
    task.cancel()
    return {"output": await task}


async def noop(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Nothing."""
    return {"output": 1}


async def fatal(ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Takes its engine along, as what eats all memory does."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


KINDS = Catalogue(
    {
        definition.type: definition
        for definition in (
            kind("Total", total),
            kind("SlowTotal", slow_total),
            kind("Plain", plain),  # type: ignore[arg-type]
            kind("Flaky", flaky),
            kind("Broken", broken),
            kind("Note", note, effect="irreversible"),
            kind("LateNote", late_note, effect="irreversible"),
            kind("Route", route, outputs=("left", "right")),
            kind("Echo", echo, templated=frozenset({"value", "more"})),
            kind("Many", many, outputs=("body", "status")),
            kind("One", one, arity="each"),
            kind("Chatty", chatty),
            kind("Unwritable", unwritable),
            kind("Deaf", deaf),
            kind("Torn", torn),
            kind("Noop", noop),
            kind("Fatal", fatal),
        )
    }
)
