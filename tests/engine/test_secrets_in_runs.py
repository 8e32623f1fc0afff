"""Secrets in runs: through a real worker, to services that say again what they were sent."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.nodes.masking import MASK
from engine.settings import EngineSettings
from engine.worker import Screen, Worker
from flowroom.model import Meta, Node, Retry
from flowroom.runs import NodePath, RunEvent, RunView
from tests.engine.graphs import graph, node
from tests.engine.nodes.servers import FetchedServer, OpenAIServer, served
from tests.engine.test_worker import House, serving

SECRET = "sk-1234-5678-9999"


class Onlooker:
    """Sees all that is shown of runs while they go."""

    def __init__(self) -> None:
        self.streamed: list[str] = []

    def show(self, view: RunView) -> Screen:
        return self

    def stream(self, path: NodePath, text: str) -> None:
        self.streamed.append(text)

    def progress(self, path: NodePath, progress: dict[str, Any]) -> None: ...

    def running(self, node: str) -> None: ...

    def committed(self, events: list[RunEvent]) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
def onlooker() -> Onlooker:
    return Onlooker()


@pytest.fixture
async def house(tmp_path: Path, onlooker: Onlooker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A run log with a worker at it that has a secret, `shop`, and may ask this machine."""
    monkeypatch.setenv("FLOWROOM_SECRET_SHOP", SECRET)
    made = House(tmp_path)
    made.settings = EngineSettings(data=tmp_path, poll_seconds=0.01, http_allow="127.0.0.1")
    async with Worker(made.settings, audience=onlooker) as worker, serving(made, worker):
        yield made


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with served(FetchedServer().app) as url:
        yield url


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with served(OpenAIServer().app) as url:
        yield f"{url}/v1"


def asking(url: str, **params: Any) -> Node:
    return node("asks", "HTTPRequest", params={"url": url, "credential": "shop", **params})


def written_in(folder: Path) -> bytes:
    """All that is on disk, whatever it is."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("params", [{}, {"credentialHeader": "X-Api-Key"}])
async def test_a_service_that_echoes_a_secret_brings_it_into_no_log(
    house: House, shop: str, params: dict[str, Any]
) -> None:
    """RUN-26: what the next node gets is without it, too."""
    after = node("after", "Template", params={"template": "{{ input.value }}"})
    view = await house.run(graph([asking(f"{shop}/told", **params), after], "asks>after.value", "asks.headers>after.h"))

    assert view.status == "succeeded"
    assert MASK in str(view.nodes[NodePath("after")].preview)
    assert MASK in str(view.nodes[NodePath("asks")].preview)
    assert SECRET.encode() not in written_in(house.folder)


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_a_secret_in_an_error_stays_out_of_the_log_and_of_retries(
    house: House, shop: str, execution: Any
) -> None:
    """RUN-26: in both ways of running a graph."""
    asks = asking(f"{shop}/told?code=503&after=3").model_copy(update={"retry": Retry(attempts=2, delay=0.01)})
    drawn = graph([asks], meta=Meta(execution=execution))
    view = await house.run(drawn, start=asks.id)

    assert view.status == "failed"
    kinds = [event.type for event in await house.events(view.id) if MASK in str(event.payload)]
    assert {"node.retry", "node.failed"} <= set(kinds)
    assert SECRET.encode() not in written_in(house.folder)


async def test_a_model_that_says_its_key_shows_it_to_nobody(house: House, model: str, onlooker: Onlooker) -> None:
    """RUN-26: while it streams, either, whatever the pieces."""
    params = {"provider": "openai-compatible", "baseUrl": model, "model": "echo", "credential": "shop", "prompt": "hi"}
    view = await house.run(graph([node("llm", "LLM", params=params)]))

    assert view.nodes[NodePath("llm")].preview == f"Bearer {MASK}!"
    assert "".join(onlooker.streamed) == f"Bearer {MASK}!"
    assert SECRET.encode() not in written_in(house.folder)


async def test_a_secret_that_no_header_can_hold_is_not_told(
    house: House, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWROOM_SECRET_SHOP", f"{SECRET}\nX: y")
    view = await house.run(graph([asking(f"{shop}/told")]))

    assert view.status == "failed"
    assert SECRET.encode() not in written_in(house.folder)
