"""The engine as a peer: what people see of a run, live, through the real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue import Catalogue
from engine.peer import Peer, Projection
from engine.settings import EngineSettings
from engine.worker import Worker
from flowroom.model import Graph
from flowroom.run_document import RunDocument
from flowroom.runs import NodePath, RunEvent, RunId, RunView
from tests.engine.graphs import graph, node
from tests.engine.kinds import KINDS, kind
from tests.engine.test_worker import House, serving, until
from tests.flowroom.client.test_real_server import RealServer

A = NodePath("a")


class Written:
    """Takes down what a projection writes."""

    def __init__(self) -> None:
        self.document = RunDocument()
        self.writes = 0
        self.streams: list[str] = []

    def __call__(self, view: RunView, dirty: Any, streams: Any) -> None:
        self.writes += 1
        self.streams += streams.values()
        self.document.write(view, dirty, streams)


async def test_many_events_become_one_write() -> None:
    """RUN-19: every 33 ms, in one transaction."""
    written = Written()
    async with Projection(RunView(RunId("r")), written) as shown:
        for number in range(500):
            path = NodePath(f"n{number}")
            shown.committed([RunEvent(number, 1.0, "node.succeeded", path, payload={"outputs": {}})])

    assert written.writes == 1
    assert written.document.view().counters() == {"succeeded": 500}


class Shown(Projection):
    """A screen that writes what it shows."""

    async def close(self) -> None:
        self.flush()


class Watching:
    """An audience in this process."""

    def __init__(self) -> None:
        self.written = Written()

    def show(self, view: RunView) -> Shown:
        return Shown(view, self.written)

    async def close(self) -> None:
        pass


async def half_shown(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Shows half a character, and then some time passes."""
    ctx.stream("\ud83d")
    ctx.progress(1, 1, "\ud83d")
    await asyncio.sleep(0.1)
    return {"output": 1}


async def test_half_a_character_that_a_node_shows_keeps_nothing_else_from_being_shown(tmp_path: Path) -> None:
    """RUN-37: no document takes it, and what was to be written with it would be lost."""
    house, watching = House(tmp_path), Watching()
    kinds = Catalogue({"Noop": KINDS["Noop"], "Half": kind("Half", half_shown)})
    async with Worker(house.settings, catalogue=kinds, audience=watching) as worker, serving(house, worker):
        await house.run(graph([node("a", "Half"), node("b", "Noop")]))

    assert watching.written.document.view().counters() == {"succeeded": 2}
    assert watching.written.streams == [r"\ud83d"]


async def test_streamed_text_waits_until_its_node_is_seen_to_run() -> None:
    """RUN-19: a beginning starts the text afresh, so nothing may come before it."""
    written = Written()
    async with Projection(RunView(RunId("r")), written) as shown:
        shown.stream(A, "one ")
        shown.flush()
        assert written.streams == []
        shown.committed([RunEvent(1, 1.0, "node.started", A, attempt=1)])
        shown.stream(A, "two")
        shown.flush()

        assert written.streams == ["one two"]
        assert written.document.stream(A) == "one two"
        shown.stream(A, " too late")
        shown.committed([RunEvent(2, 2.0, "node.succeeded", A, attempt=1, payload={"outputs": {"output": "x"}})])
    assert written.streams == ["one two"]


async def test_a_projection_that_finds_its_document_late_writes_everything() -> None:
    """RUN-19."""
    written = Written()
    async with Projection(RunView(RunId("r"))) as shown:
        shown.committed([RunEvent(1, 1.0, "run.started"), RunEvent(2, 1.0, "node.started", A, attempt=1)])
        shown.progress(A, {"done": 1})
        shown.flush()
        shown.attach(written)
    assert written.document.view() == shown.view


@asynccontextmanager
async def worker_for(server: RealServer, data: Path) -> AsyncIterator[Worker]:
    """A worker whose runs are seen on a server."""
    settings = EngineSettings(data=data, poll_seconds=0.01)
    audience = Peer(server.url, "engine-token-for-tests")
    async with Worker(settings, catalogue=KINDS, audience=audience) as worker:
        serving = asyncio.create_task(worker.serve())
        try:
            yield worker
        finally:
            worker.stop()
            await serving


def slow() -> Graph:
    """Two nodes that take a while."""
    nodes = [node("a", "SlowTotal", params={"add": 1, "seconds": 1.0}), node("b", "SlowTotal", params={"seconds": 1.0})]
    return graph(nodes, "a>b")


@pytest.mark.timeout(120)
async def test_people_see_a_run_and_the_engine_at_the_node_that_runs(tmp_path: Path) -> None:
    """RUN-19."""
    server = RealServer(tmp_path)
    async with server.running(), worker_for(server, tmp_path), server.workspace() as workspace:
        made = await workspace.create_graph("G", slow())
        async with workspace.open(made) as opened:
            run = await opened.run()
            seen: set[str] = set()

            def engine_is_at_b() -> bool:
                seen.update(other.running or "" for other in opened.presence.others if other.user.kind == "engine")
                return "b" in seen

            await until(engine_is_at_b, 30)
            view = await asyncio.wait_for(run.finished(), 30)
            await until(lambda: run.view.nodes.get(NodePath("b")) is not None)

            assert view.status == "succeeded"
            assert {path: shown.preview for path, shown in run.view.nodes.items()} == {"a": "1", "b": "1"}
            await until(lambda: not [o for o in opened.presence.others if o.running], 10)


@pytest.mark.timeout(120)
async def test_a_run_goes_on_while_the_server_is_away(tmp_path: Path) -> None:
    """RUN-19: and what happened meanwhile is seen when it is back."""
    server = RealServer(tmp_path)
    async with worker_for(server, tmp_path):
        async with server.running(), server.workspace() as workspace:
            made = await workspace.create_graph("G", slow())
            run = await workspace.start_run(made.id)
            async with workspace.open_run(run) as watched:
                await until(lambda: A in watched.view.nodes, 30)
        async with server.running(), server.workspace() as workspace, workspace.open_run(run) as watched:
            view = await asyncio.wait_for(watched.finished(), 30)

            assert view.status == "succeeded"
            await until(lambda: watched.view.nodes[NodePath("b")].preview == "1", 10)
