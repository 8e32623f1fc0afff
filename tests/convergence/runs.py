"""Runs in front of everyone while everything fails: three workers behind a balancer, two engines, a watcher at each.

    python -m tests.convergence.runs --seeds 20

Each seed is one run of a small graph whose model speaks slowly. Meanwhile Redis is paused, restarted, flushed or cut
off from a worker, workers are killed with -9 or replaced, so is an engine, and sometimes somebody cancels. The run has
to end well, and all who watch, those who come late as well, have to see how it ended, as the run log tells it.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http.client import CONFLICT
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engine import Runs
from flowroom.client import connect
from flowroom.client.run import RunHandle
from flowroom.client.workspace import Workspace
from flowroom.errors import ConnectionLost, RequestRefused
from flowroom.model import Graph
from flowroom.runs import TERMINAL_RUN_STATES, RunId, RunView
from flowroom.ydoc import GraphDocument
from tests.convergence.cluster import PATIENCE, faults, in_the_end
from tests.convergence.plays import played, program
from tests.convergence.server import TOKEN
from tests.convergence.workers import Deployment, deployed
from tests.engine.nodes.servers import served
from tests.services.postgres import postgres_server
from tests.services.process import Server

LINES = 4
"""Models one after the other; each speaks for half a second."""
ENGINES = 2
END_SECONDS = 60.0
SETTLE_SECONDS = 15.0


async def speak(_request: Request) -> Response:
    """Answer as Ollama does, a piece at a time."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in ("Hel", "lo ", "wör", "ld"):
            await asyncio.sleep(0.12)
            yield orjson.dumps({"message": {"role": "assistant", "content": piece}, "done": False}) + b"\n"
        yield orjson.dumps({"done": True, "done_reason": "stop", "prompt_eval_count": 2, "eval_count": 4}) + b"\n"

    return StreamingResponse(pieces(), media_type="application/x-ndjson")


def asking(url: str) -> Graph:
    """A prompt, models that ask each other, and a place for what the last one answers."""
    document = GraphDocument()
    document.add_node("Template", id="ask", params={"template": "Say hello"})
    for number in range(LINES):
        document.add_node("LLM", id=f"m{number}", params={"provider": "ollama", "model": "slow", "ollamaBaseUrl": url})
        document.connect(f"m{number - 1}" if number else "ask", f"m{number}", target_port="message")
    document.add_node("Log", id="log")
    document.connect(f"m{LINES - 1}", "log")
    return document.graph()


@dataclass
class Stage:
    """What runs runs, and in front of whom."""

    here: Deployment
    engines: list[Server]
    log: Runs
    model: str


@asynccontextmanager
async def staged(folder: Path, here: Deployment) -> AsyncIterator[Stage]:
    """An engine for a deployment, and a model for it to ask."""
    with served(Starlette(routes=[Route("/api/chat", speak, methods=["POST"])])) as model:
        environment = {
            "FLOWROOM_DATA": str(folder / "engine"),
            "FLOWROOM_RUNS_URL": here.database,
            "FLOWROOM_SERVER_URL": here.address.http,
            "FLOWROOM_SERVICE_TOKEN": f"{TOKEN}-service",
            "FLOWROOM_LEASE_SECONDS": "1",
            "FLOWROOM_HTTP_ALLOW": model.removeprefix("http://"),
        }
        (folder / "engine").mkdir(parents=True, exist_ok=True)
        engines = [
            Server(
                [
                    "env", *(f"-u{name}" for name in os.environ if name.startswith("FLOWROOM_")),
                    *(f"{name}={value}" for name, value in environment.items()), sys.executable, "-m", "engine",
                ],
                log=folder / "engine" / f"{number}.log",
                ready=lambda: True,
            )
            for number in range(ENGINES)
        ]  # fmt: skip
        log = Runs(here.database)
        try:
            for engine in engines:
                engine.start()
            yield Stage(here, engines, log, model)
        finally:
            await log.close()
            for engine in engines:
                await asyncio.to_thread(engine.kill)


async def watched(stack: AsyncExitStack, url: str, run: str) -> RunHandle:
    """Somebody who watches a run at a worker."""
    workspace = await stack.enter_async_context(connect(url, token=TOKEN, patience=PATIENCE))
    return await stack.enter_async_context(workspace.open_run(run))


async def play(stage: Stage, seed: int, told: list[str] | None = None) -> str | None:
    """Play one seed; answers what went wrong, if anything did. `told` gets what happened."""
    dice, told = random.Random(seed), [] if told is None else told
    here = stage.here
    async with AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(connect(here.address.http, token=TOKEN, patience=PATIENCE))
        graph = await workspace.create_graph(f"Seed {seed}", asking(stage.model))
        run = await workspace.start_run(graph.id)
        handles = [await watched(stack, worker.address.http, run) for worker in here.workers]
        failing = asyncio.create_task(faults(here, random.Random(seed), told))
        await asyncio.sleep(dice.uniform(0, 2))
        cancelled = dice.random() < 0.25
        if cancelled:
            told.append("cancel")
            await _cancel(workspace, run)
        if dice.random() < 0.6:
            told.append("engine")
            engine = dice.choice(stage.engines)
            await asyncio.to_thread(engine.kill)
            await asyncio.to_thread(engine.start)
        await failing
        here.heal()
        truth = await _ended(stage.log, run)
        if truth is None or not (truth.status == "succeeded" or (cancelled and truth.status == "cancelled")):
            return f"the run is {truth.status if truth else 'not over'}"
        told.append(truth.status)
        begin = time.monotonic()
        handles += [await watched(stack, worker.address.http, run) for worker in here.workers]
        wrong = await in_the_end(partial(_differs, handles, truth), begin, SETTLE_SECONDS)
        told.append(f"{time.monotonic() - begin:.1f} s until all saw the end")
        return wrong


async def _cancel(workspace: Workspace, run: RunId) -> None:
    """Ask for the run to stop, at whichever worker answers."""
    while True:
        try:
            return await workspace.cancel_run(run)
        except RequestRefused as refused:
            if refused.status == CONFLICT:  # it has ended
                return None
        except ConnectionLost:
            pass
        await asyncio.sleep(0.1)


async def _ended(log: Runs, run: RunId) -> RunView | None:
    """How a run ended, as the run log has it; None if it did not."""
    until = time.monotonic() + END_SECONDS
    while time.monotonic() < until:
        record = await log.get(run)
        if record is not None and record.state in TERMINAL_RUN_STATES:
            return await log.view(run)
        await asyncio.sleep(0.1)
    return None


async def _differs(handles: list[RunHandle], truth: RunView) -> str | None:
    for at, handle in enumerate(handles):
        seen = handle.view
        if (seen.status, seen.nodes) != (truth.status, truth.nodes):
            nodes = {path: shown for path, shown in seen.nodes.items() if shown != truth.nodes.get(path)}
            return f"{at} sees {seen.status} and {nodes}"
    return None


async def run(seeds: range) -> int:
    """Play seeds on one deployment; answers how many failed."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        async with deployed(Path(folder), postgres) as here, staged(Path(folder), here) as stage:

            def explain() -> None:
                for engine in stage.engines:
                    print(engine.log.read_text()[-3000:])

            return await played(seeds, partial(play, stage), explain)


if __name__ == "__main__":
    sys.exit(program("runs", __doc__, run))
