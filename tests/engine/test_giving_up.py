"""What the engine itself can't go on with ends, once, and says why."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue import Catalogue
from engine.worker import Worker
from flowroom.model import Execution, Graph, Meta, Node, NodeId, Retry
from tests.engine.graphs import graph, node
from tests.engine.kinds import KINDS, kind
from tests.engine.test_worker import House, serving


class Unspeakable(Exception):
    """The engine has nothing to say of it."""

    def __str__(self) -> str:
        raise RuntimeError("no words for it")


async def unspeakable(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Fails while its beginning is being written."""
    await asyncio.sleep(0)
    raise Unspeakable


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """A run log with a worker at it."""
    kinds = {name: KINDS[name] for name in ("Plain", "Flaky", "Chatty")}
    house = House(tmp_path, database)
    async with Worker(house.settings, catalogue=Catalogue({**kinds, "Odd": kind("Odd", unspeakable)})) as worker:
        async with serving(house, worker):
            yield house


def drawn(execution: Execution, *nodes: Node) -> Graph:
    """A graph of a kind."""
    return graph(list(nodes), meta=Meta(execution=execution))


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_a_run_that_fails_inside_the_engine_ends_once(house: House, execution: Execution) -> None:
    """RUN-14, FAN-24: also while what it did last is still being written; it is not begun again."""
    start = NodeId("a") if execution == "cascade" else None
    view = await house.run(drawn(execution, node("a", "Odd"), node("b", "Plain")), start=start)
    events = await house.events(view.id)

    assert (view.status, view.error) == ("failed", "no words for it")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.type for event in events].count("run.finished") == 1
    assert events[-1].type == "run.finished"
    assert not [event for event in events if event.type == "run.resumed"]


async def test_a_policy_with_a_huge_factor_is_a_policy(house: House) -> None:
    """RUN-10"""
    retry = Retry(attempts=5, delay=0.001, factor=1e200, max_delay=0.001)
    view = await house.run(graph([node("a", "Flaky", params={"until": 5}, retry=retry)]))

    assert (view.status, view.nodes["a"].preview) == ("succeeded", "5")  # type: ignore[index]
