"""Everything at once: server and engine killed in the middle of a stream; an end that stalled readers can't delay."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
import pytest
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from collab_server import folder
from flowroom.client import connect
from flowroom.model import Graph
from flowroom.runs import TERMINAL_RUN_STATES, NodePath
from flowroom.ydoc import GraphDocument
from tests.collab_server.rooms.conftest import eventually
from tests.convergence.server import TOKEN, flowroom_serve
from tests.engine.nodes.servers import served
from tests.faults.attack import joined
from tests.flowroom_up import flowroom_up

PIECES = ("Hel", "lo ", "wörld")
DEADLINE = 40.0


class SlowModel:
    """Speaks like Ollama; the first answer stops after two pieces and never goes on."""

    def __init__(self) -> None:
        self.asked = 0
        self.app = Starlette(routes=[Route("/api/chat", self.chat, methods=["POST"])])

    async def chat(self, _request: Request) -> Response:
        self.asked += 1
        return StreamingResponse(self.pieces(hangs=self.asked == 1), media_type="application/x-ndjson")

    async def pieces(self, *, hangs: bool) -> AsyncIterator[bytes]:
        for place, piece in enumerate(PIECES):
            if hangs and place == 2:
                await asyncio.sleep(DEADLINE)
            yield orjson.dumps({"message": {"role": "assistant", "content": piece}, "done": False}) + b"\n"
        yield orjson.dumps({"done": True, "done_reason": "stop", "prompt_eval_count": 2, "eval_count": 3}) + b"\n"


def asking(url: str) -> Graph:
    """A prompt, a model, and a place for what it answers."""
    document = GraphDocument()
    document.add_node("Template", id="ask", params={"template": "Say hello"})
    document.add_node("LLM", id="answer", params={"provider": "ollama", "model": "slow", "ollamaBaseUrl": url})
    document.add_node("Log", id="log")
    document.connect("ask", "answer", target_port="message")
    document.connect("answer", "log")
    return document.graph()


@pytest.mark.timeout(150)
async def test_server_and_engine_killed_in_the_middle_of_a_stream_lose_nothing(tmp_path: Path) -> None:
    """ROOM-15 and RUN-14, together."""
    model = SlowModel()
    environment = {"FLOWROOM_LEASE_SECONDS": "1", "FLOWROOM_TOKEN": TOKEN, "FLOWROOM_EXAMPLES": "false"}
    with served(model.app) as url:
        environment["FLOWROOM_HTTP_ALLOW"] = url.removeprefix("http://")
        with flowroom_up(tmp_path / "data", **environment) as address:
            async with connect(address.split("/?")[0], token=TOKEN) as workspace:
                id = (await workspace.create_graph("Kill me", asking(url))).id
                async with workspace.open(id) as shared:
                    started = await shared.run()
                    async with workspace.open_run(started.id) as shown:
                        await eventually(
                            lambda: shown.document.stream(NodePath("answer")) == "Hello ", "nothing was streamed"
                        )
                        shared.add_node("Log", id="last", name="written just before")
                        await shared.saved()
                        _kill_everything(tmp_path / "data")
        with flowroom_up(tmp_path / "data", **environment) as address:
            headers = {"authorization": f"Bearer {TOKEN}"}
            async with httpx.AsyncClient(base_url=address.split("/?")[0] + "/api", headers=headers) as api:
                run = await _over(api, started.id)
                events = (await api.get(f"/runs/{started.id}/events", params={"limit": 200})).json()["items"]
                kept = (await api.get(f"/graphs/{id}/export")).json()
    assert run["state"] == "succeeded", run
    assert run["view"]["nodes"]["answer"]["preview"] == "".join(PIECES)
    assert kept["nodes"]["last"]["name"] == "written just before"
    ended = Counter(event["node"] for event in events if event["type"] == "node.succeeded")
    assert ended == {"ask": 1, "answer": 1, "log": 1}
    assert model.asked == 2


def waiting(seconds: float) -> Graph:
    """Something, a wait, and a place for what went through it."""
    document = GraphDocument()
    document.add_node("Template", id="say", params={"template": "hello"})
    document.add_node("Wait", id="wait", params={"seconds": seconds})
    document.add_node("Log", id="log")
    document.connect("say", "wait")
    document.connect("wait", "log")
    return document.graph()


@pytest.mark.timeout(150)
async def test_runs_that_wait_outlive_server_and_engine_and_are_seen_and_cancelled_after(tmp_path: Path) -> None:
    """RUN-32: whoever opens one later sees it from the log, for no engine has it."""
    environment = {"FLOWROOM_TOKEN": TOKEN, "FLOWROOM_EXAMPLES": "false"}
    with flowroom_up(tmp_path / "data", **environment) as address:
        async with connect(address.split("/?")[0], token=TOKEN) as workspace:
            short = await workspace.start_run((await workspace.create_graph("Short", waiting(7))).id)
            long = await workspace.start_run((await workspace.create_graph("Long", waiting(86_400))).id)
            async with workspace.open_run(long) as shown:
                await eventually(lambda: shown.view.status == "waiting", "the run was not put aside")
            _kill_everything(tmp_path / "data")
    with flowroom_up(tmp_path / "data", **environment) as address:
        async with connect(address.split("/?")[0], token=TOKEN) as workspace:
            async with workspace.open_run(long) as shown, asyncio.timeout(DEADLINE):
                await eventually(lambda: shown.view.status == "waiting", "nothing is shown of a run that waits")
                seen = {path: node.status for path, node in shown.view.nodes.items()}
                assert seen == {"say": "succeeded", "wait": "waiting"}
                await shown.cancel()
                assert (await shown.finished()).status == "cancelled"
            async with workspace.open_run(short) as shown, asyncio.timeout(DEADLINE):
                ended = await shown.finished()
                assert (ended.status, ended.nodes[NodePath("log")].entries[0]["preview"]) == ("succeeded", "hello")


def _kill_everything(data: Path) -> None:
    running = folder.running(data)
    assert running is not None
    server = psutil.Process(running.pid)
    for process in (server, *server.children(recursive=True)):
        process.kill()


async def _over(api: httpx.AsyncClient, run: str) -> dict[str, Any]:
    end = time.monotonic() + DEADLINE
    while True:
        found: dict[str, Any] = (await api.get(f"/runs/{run}")).json()
        if found["state"] in TERMINAL_RUN_STATES:
            return found
        assert time.monotonic() < end, f"the run did not end: {found}"
        await asyncio.sleep(0.1)


@pytest.mark.timeout(60)
async def test_a_server_ends_in_ten_seconds_whatever_its_readers_do(tmp_path: Path) -> None:
    """ROOM-24: with sockets that read nothing, requests that were begun, and edits that nobody waits for."""
    async with flowroom_serve(tmp_path / "data") as server:
        running = folder.running(tmp_path / "data")
        assert running is not None
        stalled = []
        for _ in range(5):
            socket = await websockets.connect(f"{server.graphs}/g?token={TOKEN}", max_size=None, max_queue=1)
            socket.transport.pause_reading()
            stalled.append(socket)
        begun = [await asyncio.open_connection(server.host, server.port) for _ in range(5)]
        for _, writer in begun:
            writer.write(b"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{")
        async with joined(server, "g") as typist:
            for number in range(60):
                last = await typist.edit(f"k{number}", "x" * 100_000)
            await typist.saved(last)
            started = time.monotonic()
            os.kill(running.pid, signal.SIGTERM)
            with suppress(AssertionError):  # it holds a lock until the end
                await eventually(lambda: folder.running(tmp_path / "data") is None)
            took = time.monotonic() - started
        assert took < 10, "it did not end"
        print(f"the server ended in {took:.1f} s")
        for _, other in begun:
            other.close()
        for socket in stalled:
            socket.transport.abort()
    async with flowroom_serve(tmp_path / "data") as server, joined(server, "g") as again:
        assert len(again.map) == 60
