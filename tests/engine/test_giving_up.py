"""What the engine itself can't go on with ends, once, and says why."""

import asyncio
import random
import string
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine import runs
from engine.catalogue import Catalogue
from engine.worker import Worker
from flowroom.errors import InvalidGraph
from flowroom.model import Execution, Graph, Meta, Node, NodeId, Ports, Retry
from tests.engine.graphs import at, graph, node
from tests.engine.kinds import KINDS, kind
from tests.engine.test_worker import House, serving

LONG = NodeId("".join(random.Random(1).choices(string.ascii_letters + string.digits, k=6_000)))
"""Nothing that a database could make shorter."""


class Unspeakable(Exception):
    """The engine has nothing to say of it."""

    def __str__(self) -> str:
        raise RuntimeError("no words for it")


async def unspeakable(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Fails while its beginning is being written."""
    await asyncio.sleep(0)
    raise Unspeakable


async def half(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Fails with what a service said, which is half a character."""
    raise OSError("it said \ud83d")


async def half_noted(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Notes it instead."""
    ctx.log("info", "it said \ud83d")
    return {"output": 1}


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """A run log with a worker at it."""
    kinds = {name: KINDS[name] for name in ("Plain", "Flaky", "Chatty")}
    house = House(tmp_path, database)
    async with Worker(
        house.settings,
        catalogue=Catalogue(
            {
                **kinds,
                "Odd": kind("Odd", unspeakable),
                "Half": kind("Half", half),
                "HalfNoted": kind("HalfNoted", half_noted),
            }
        ),
    ) as worker:
        async with serving(house, worker):
            yield house


def drawn(execution: Execution, *nodes: Node) -> Graph:
    """A graph of a kind."""
    return graph(list(nodes), meta=Meta(execution=execution))


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
@pytest.mark.parametrize("type", ["Half", "HalfNoted"])
async def test_what_a_node_says_that_can_not_be_written_down_fails_the_node_alone(
    house: House, type: str, execution: Execution
) -> None:
    """RUN-37: and what handles failures handles it."""
    nodes = [node("a", type, on_error="port"), node("b", "Plain")]
    shape = graph(nodes, "a.error>b", meta=Meta(execution=execution))
    view = await house.run(shape, start=NodeId("a") if execution == "cascade" else None)

    assert (at(view, "a").status, at(view, "b").status) == ("failed", "succeeded")


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

    assert (view.status, at(view, "a").preview) == ("succeeded", "5")


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_a_node_whose_id_no_log_can_hold_is_named_before_the_run(house: House, execution: Execution) -> None:
    """RUN-1"""
    with pytest.raises(InvalidGraph, match=r"'Sum up'.* takes 6,000 bytes, and a run log holds 2,000"):
        await house.runs.start("g1", drawn(execution, node(LONG, "Plain", name="Sum up")), start=LONG, by="ada")


async def test_the_ids_of_groups_count_as_often_as_they_are_written(house: House) -> None:
    """RUN-1: a path names all groups around a node, in UTF-8."""
    outer, inner = "ä" * 450, "n" * 1_099
    group = node(outer, "Group", ports=Ports())
    assert (await house.run(graph([group, node(inner, "Plain", parent=outer)]))).status == "succeeded"

    with pytest.raises(InvalidGraph, match=r"'nnn.*…'.* takes 2,001 bytes"):
        await house.runs.start("g1", graph([group, node(f"{inner}n", "Plain", parent=outer)]), by="ada")


@pytest.mark.parametrize("kind", ["Plain", "Chatty"])
async def test_what_the_log_refuses_for_good_ends_the_run(
    house: House, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """RUN-29: a run that was started before such ids were refused."""
    monkeypatch.setattr(runs, "MAX_PATH_BYTES", 10_000)
    record = await house.runs.start("g1", graph([node(LONG, kind)]), by="ada")
    ended = await house.finished(record.id)

    is_server = house.settings.log_url.startswith("postgres")
    assert ended.state == ("failed" if is_server else "succeeded")
    assert not is_server or "The run log refused" in (ended.error or "")
