"""A node's context for tests: real HTTP, files and expressions, with everything the node says written down."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from engine.context import Arrival, Cascade, Context, Files, Incoming, Level
from engine.expressions import Expressions
from engine.files import FilesFolder
from engine.http import NodeClient
from engine.local_model import LocalModel
from engine.mail import Mail
from engine.nodes import definition_of
from engine.nodes.errors import Refused
from engine.nodes.masking import Masking
from engine.settings import EngineSettings
from flowroom.model import Edge, EdgeId, Json, Node, NodeId
from flowroom.runs import NodePath, RunId

A_PATH = NodePath("node")
A_RUN = RunId("run")


@dataclass
class RecordedCascade:
    """A cascade frozen at one moment."""

    latest: Mapping[str, Json] = field(default_factory=dict)
    buffers: Mapping[str, Sequence[Arrival]] = field(default_factory=dict)
    incoming: Sequence[Incoming] = ()
    flow_variables: bool = False


@dataclass
class RecordedContext:
    """One attempt of a node outside any run. What the node says ends up in `said`, `entries`, `logs`, `used`."""

    node: Node
    http: httpx.AsyncClient
    expressions: Expressions
    local_model: LocalModel
    files: Files
    models: httpx.AsyncClient | None = None
    mail: Mail = field(default_factory=lambda: Mail(EngineSettings()))
    params: Mapping[str, Json] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    given: Json = None
    arrivals: Mapping[str, Sequence[Arrival]] = field(default_factory=dict)
    connected_outputs: frozenset[str] = frozenset()
    cascade: Cascade | None = None
    state: dict[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    masking: Masking = field(default_factory=Masking)
    destinations: list[str] = field(default_factory=list)
    earlier: Sequence[dict[str, Json]] = ()
    path: NodePath = A_PATH
    run_id: RunId = A_RUN
    iteration: int = 0
    attempt: int = 1
    idempotency_key: str = "the-key"
    cancelled: bool = False
    said: list[str] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    logs: list[tuple[str, str]] = field(default_factory=list)
    steps: list[tuple[float, float | None]] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)

    @property
    def model_http(self) -> httpx.AsyncClient:
        return self.models or self.http

    @property
    def message(self) -> str | None:
        return None if self.given is None else str(self.given)

    def secret(self, name: str, *, to: httpx.URL) -> str:
        self.destinations.append(str(to))
        if name not in self.secrets:
            raise Refused(f"There is no secret {name!r}.")
        self.masking.hide(self.secrets[name])
        return self.secrets[name]

    def masked(self, value: Json) -> Json:
        return self.masking.value(value)

    async def history(self, limit: int = 50) -> list[dict[str, Json]]:
        return list(self.earlier)[-limit:]

    def log(self, level: Level, message: str, data: Mapping[str, Json] | None = None) -> None:
        self.logs.append((level, message))

    def progress(self, done: float, total: float | None = None, note: str | None = None) -> None:
        self.steps.append((done, total))

    def stream(self, text: str) -> None:
        self.said.append(text)

    def entry(self, entry: dict[str, Any]) -> None:
        self.entries.append(entry)

    def wait(self, seconds: float) -> None:
        self.waits.append(time.time() + seconds)

    def wait_until(self, at: float) -> None:
        self.waits.append(at)

    def usage(self, **amounts: float) -> None:
        for name, amount in amounts.items():
            self.used[name] = self.used.get(name, 0) + amount


@dataclass
class Bench:
    """Runs nodes of any type with the services they need."""

    http: httpx.AsyncClient
    expressions: Expressions
    local_model: LocalModel
    root: Path

    def context(self, type: str, params: Mapping[str, Json] | None = None, **fields: Any) -> RecordedContext:
        node = Node(id=NodeId("node"), type=type, params=dict(params or {}))
        services: dict[str, Any] = {
            "http": self.http,
            "expressions": self.expressions,
            "local_model": self.local_model,
            "files": FilesFolder(self.root),
        }
        return RecordedContext(node=node, params=node.params, **{**services, **fields})

    async def run(self, ctx: RecordedContext, inputs: dict[str, Json] | None = None) -> dict[str, Json]:
        """Fill in the templated params as the engine does, and run the node."""
        definition = definition_of(ctx.node.type)
        assert definition.run is not None
        given = inputs or {}
        ctx.variables = {"input": given, "nodes": {}, "vars": {}, **ctx.variables}
        rendered = dict(ctx.params)
        for name in definition.templated & set(rendered):
            rendered[name] = await self._filled(rendered[name], ctx.variables)
        ctx.params = rendered
        as_context: Context = ctx
        return await definition.run(as_context, given)

    async def _filled(self, value: Json, variables: Mapping[str, Json]) -> Json:
        if isinstance(value, str):
            return await self.expressions.render(value, variables)
        if isinstance(value, dict):
            return {key: await self._filled(item, variables) for key, item in value.items()}
        return value


async def until(holds: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until something holds, or fail."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.005)


def an_edge(source: str = "s", target: str = "node", **fields: Any) -> Edge:
    return Edge(**{"id": EdgeId("edge"), "source": NodeId(source), "target": NodeId(target), **fields})


def an_arrival(value: Json, *, source: str = "s", name: str = "", port: str = "output") -> Arrival:
    node = Node(id=NodeId(source), type="Template", name=name)
    return Arrival(value=value, edge=an_edge(source), source=node, port=port, at=1_700_000_000.0)


@contextmanager
def own_url_of(client: httpx.AsyncClient, url: str) -> Iterator[None]:
    """Let a client believe that Flowroom is served at this address."""
    before = client.base_url
    client.base_url = httpx.URL(url)
    try:
        yield
    finally:
        client.base_url = before


def a_client(*allowed: str, own_url: str | None = None) -> NodeClient:
    return NodeClient.guarded(own_url=own_url, allowed=allowed)
