"""What is put together of values has a bound, wherever that is done."""

from pathlib import Path

import pytest

from engine import sizes
from engine.errors import TooLarge
from engine.expressions import references
from engine.sizes import MAX_BYTES
from engine.worker import Worker
from flowroom.model import Graph, Json, Meta
from tests.engine.graphs import graph, node
from tests.engine.nodes.conftest import bench as bench
from tests.engine.nodes.contexts import Bench
from tests.engine.test_worker import House, serving
from tests.engine.walk import Walk

LARGE = "x" * 2**22
TIMES = MAX_BYTES // len(LARGE) + 1
DOUBLINGS = 22
SOURCE = node("a", "Code", name="it", params={"source": "flowroom"})


@pytest.mark.parametrize("mode", ["list", "object", "concat"])
async def test_a_merge_makes_no_more_than_an_engine_holds(bench: Bench, mode: str) -> None:
    """RUN-41."""
    few, many = [LARGE, [LARGE]], [LARGE, [LARGE]] * (TIMES // 2 + 1)
    merge = bench.context("Merge", {"mode": mode, "separator": ""})

    await bench.run(merge, {"input": few})
    with pytest.raises(TooLarge, match="more than 128 MB"):
        await bench.run(merge, {"input": many})


async def test_a_text_names_no_more_than_an_engine_holds(bench: Bench) -> None:
    """RUN-41: as a template, in Phase 1's prompts, and as what arrives at a model."""
    parts = references.parse("{{ input.a }}" * TIMES)
    assert parts is not None
    with pytest.raises(TooLarge):
        references.render(parts, {"input": {"a": LARGE}})
    with pytest.raises(TooLarge):
        await bench.run(bench.context("LLM", {"promptTemplate": "{a}" * TIMES}), {"context": {"a": LARGE}})
    with pytest.raises(TooLarge):
        await bench.run(bench.context("LLM"), {"context": {str(number): LARGE for number in range(TIMES)}})


def test_what_arrives_at_the_end_of_a_group_is_no_more_than_an_engine_holds() -> None:
    """RUN-41: the group fails, and what follows can go on with that."""
    inside = [node("g", "Group"), node("i", parent="g"), node("o", "GroupOutput", parent="g", params={"port": "out"})]
    walk = Walk(graph(inside, *["i>o"] * TIMES), {"g/i": LARGE})

    assert (walk.states["g/o"], walk.states["g"]) == ("failed", "failed")
    assert walk.errors["g/o"]["code"] == "E-RUN-TOO-LARGE"


async def test_the_params_of_one_attempt_are_filled_in_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RUN-41: many short texts, each of which is small enough."""
    monkeypatch.setattr(sizes, "MAX_BYTES", 2**20)
    house = House(tmp_path)
    params: dict[str, Json] = {
        "url": "http://127.0.0.1:9/",
        "headers": {f"x-{number}": "{{ nodes.a.output }}" for number in range(9)},
    }
    nodes = [node("a", "Code", params={"source": "x" * 2**17}), node("b", "HTTPRequest", params=params)]
    async with Worker(house.settings) as worker, serving(house, worker):
        view = await house.run(graph(nodes, "a>b"))

    assert view.error is not None and "more than 1 MB" in view.error


def in_a_chain() -> Graph:
    """Each node doubles what the one before it gives."""
    names = [f"m{number}" for number in range(DOUBLINGS)]
    doubling = [f"{one}>{other}" for one, other in zip(["a", *names], names, strict=False) for _ in range(2)]
    return graph([SOURCE, *(node(name, "Merge") for name in names)], *doubling)


def in_a_circle() -> Graph:
    """A node doubles what it gave before."""
    twice = node("t", "Template", name="it", params={"template": "{{ input.it }}{{ input.it }}"})
    return graph([SOURCE, twice], "a>t", "t>t", meta=Meta(execution="cascade"))


@pytest.mark.parametrize("doubling", [in_a_chain(), in_a_circle()])
async def test_a_graph_that_doubles_a_value_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doubling: Graph
) -> None:
    """RUN-41: the engine goes on."""
    monkeypatch.setattr(sizes, "MAX_BYTES", 2**20)
    house = House(tmp_path)
    house.settings = house.settings.model_copy(update={"max_hops": DOUBLINGS})
    async with Worker(house.settings) as worker, serving(house, worker):
        view = await house.run(doubling, start="a" if doubling.meta.execution == "cascade" else None)
        after = await house.run(graph([node("a", "Code")]))

    assert (view.status, after.status) == ("failed", "succeeded")
    assert view.error is not None and "more than 1 MB" in view.error
