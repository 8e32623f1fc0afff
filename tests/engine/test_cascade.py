"""Phase 1's event flow: who gets what in which order, and what is kept of it (the format notes, §8)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue import type_of
from engine.errors import Unplannable
from engine.mailroom import Queue
from engine.worker import Worker
from flowroom.model import Graph, Meta, Node, NodeId, Ports, Retry
from tests.engine.graphs import at, graph, node
from tests.engine.kinds import KINDS
from tests.engine.test_worker import House, serving

CASCADE = Meta(execution="cascade")


def flow(nodes: list[Node], *edges: str, **meta: Any) -> Graph:
    """A graph with event flow."""
    return graph(nodes, *edges, meta=CASCADE.model_copy(update=meta))


def llm(id: str, **params: Any) -> Node:
    """A Phase 1 language model that answers by itself: `Assistant(stub): first line`."""
    return node(id, "LLM", params={"model": "stub", "provider": "openai", "promptTemplate": "{message}", **params})


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """A run log with a worker at it."""
    async with serving(House(tmp_path, database)) as made:
        yield made


# The queue, pure


def taken(queue: Queue) -> list[tuple[str, str, Any]]:
    """Everything in a queue: target, port, value."""
    found: list[tuple[str, str, Any]] = []
    while (envelope := queue.take()) is not None:
        found.append((envelope.edge.target, envelope.port, envelope.value))
    return found


def test_values_are_handled_in_the_order_in_which_they_were_sent() -> None:
    """RUN-16: breadth first."""
    queue = Queue(
        flow([node("chat", "Chat"), llm("a"), llm("b"), node("log", "Log")], "chat>a", "chat>b", "a>log"), type_of
    )
    queue.send(NodeId("chat"), {"message": "hi"})
    queue.send(NodeId("a"), {"output": "answer"})

    assert taken(queue) == [("a", "message", "hi"), ("b", "message", "hi"), ("log", "output", "answer")]


def test_edges_that_name_no_port_carry_the_first() -> None:
    """RUN-16: Phase 1's edges name none; other outputs of the node stay where they are."""
    queue = Queue(flow([node("chat", "Chat"), llm("a"), llm("b")], "chat>a", "chat.history>b"), type_of)
    queue.send(NodeId("chat"), {"message": "hi", "history": []})

    assert taken(queue) == [("a", "message", "hi"), ("b", "history", [])]


def test_two_sources_on_one_port_overwrite_each_other() -> None:
    """RUN-16: buffers keep all of it, `latest` the newest by source port."""
    queue = Queue(flow([llm("a"), llm("b"), llm("c")], "a>c", "b>c"), type_of)
    queue.send(NodeId("a"), {"output": 1})
    queue.send(NodeId("b"), {"output": 2})
    taken(queue)

    assert queue.buffers[NodeId("c")].latest() == {"output": 2}
    assert [a.value for a in queue.buffers[NodeId("c")].by_port["output"]] == [1, 2]


def test_values_go_through_a_group() -> None:
    """RUN-16: an edge that names no port means the group's first."""
    nodes = [
        llm("a"),
        node("g", "Group", ports=Ports(inputs=("in",), outputs=("out",))),
        node("i", "GroupInput", parent="g", params={"port": "in"}),
        node("o", "GroupOutput", parent="g", params={"port": "out"}),
        node("log", "Log"),
    ]
    queue = Queue(flow(nodes, "a>g", "i>o", "g>log"), type_of)
    queue.send(NodeId("a"), {"output": 1})
    reached = []
    while (envelope := queue.take()) is not None:
        reached.append(envelope.edge.target)
        queue.pass_through(envelope)

    assert reached == ["g", "o", "log"]


def test_newer_types_take_their_inputs_by_target_port() -> None:
    queue = Queue(flow([llm("a"), llm("b"), node("m", "Merge")], "a>m", "b>m"), type_of)
    queue.send(NodeId("b"), {"output": "b1"})
    queue.send(NodeId("a"), {"output": "a1"})
    queue.send(NodeId("b"), {"output": "b2"})
    taken(queue)

    assert queue.inputs(queue.graph.nodes[NodeId("m")]) == {"input": ["a1", "b2"]}


# Driven by a worker


async def test_a_chat_message_is_answered_and_logged(house: House) -> None:
    """RUN-16."""
    drawn = flow([node("chat", "Chat"), llm("llm"), node("log", "Log")], "chat>llm", "llm>log", "llm>chat.reply")
    view = await house.run(drawn, start=NodeId("chat"), inputs={"chat": " hello "})

    assert view.status == "succeeded"
    assert at(view, "llm").preview == "Assistant(stub): hello"
    said = [(e["role"], e["content"]) for e in await house.runs.history("g1", "chat")]
    assert said == [("user", "hello"), ("assistant", "Assistant(stub): hello")]
    logged = await house.runs.history("g1", "log")
    assert [(e["sourceId"], e["port"], e["kind"], e["preview"]) for e in logged] == [
        ("llm", "output", "text", "Assistant(stub): hello")
    ]


async def test_no_log_entry_is_lost_when_two_models_feed_one_log(house: House) -> None:
    """RUN-16: Phase 1 kept only the second (golden: fan_in_lost_update)."""
    drawn = flow([node("chat", "Chat"), llm("a"), llm("b"), node("log", "Log")], "chat>a", "chat>b", "a>log", "b>log")
    await house.run(drawn, start=NodeId("chat"), inputs={"chat": "hi"})

    assert [entry["sourceId"] for entry in await house.runs.history("g1", "log")] == ["a", "b"]


async def test_a_circle_ends_at_the_hop_limit(house: House) -> None:
    """RUN-17: Phase 1's guard never fired; ours says what happened."""
    drawn = flow([node("chat", "Chat"), llm("a"), llm("b")], "chat>a", "a>b", "b>a")
    record = await house.runs.start("g1", drawn, by="ada", start=NodeId("chat"), inputs={"chat": "hi"})
    finished = await house.finished(record.id)

    assert finished.state == "failed"
    assert "passed 1,000 hops" in (finished.error or "")
    ends = [e for e in await house.events(record.id) if e.type == "node.succeeded" and e.node in ("a", "b")]
    assert len(ends) == 1000


async def test_one_run_per_value_each_seeing_what_came_so_far(house: House) -> None:
    """RUN-16: no join, no batching."""
    nodes = [node("start", "Total", params={"add": 1}), node("x", "Total"), node("y", "Total"), node("sum", "Total")]
    record = await house.runs.start(
        "g1", flow(nodes, "start>x", "start>y", "x>sum", "y>sum"), by="ada", start=NodeId("start")
    )
    await house.finished(record.id)
    sums = [
        (e.iteration, e.payload["outputs"]["output"])
        for e in await house.events(record.id)
        if e.type == "node.succeeded" and e.node == "sum" and e.payload
    ]

    assert sums == [(0, 1), (1, 2)]


async def test_a_failing_node_ends_its_branch_and_the_run_says_so(house: House) -> None:
    nodes = [node("start", "Total"), node("bad", "Broken"), node("next", "Total"), node("other", "Total")]
    view = await house.run(flow(nodes, "start>bad", "bad>next", "start>other"), start=NodeId("start"))

    assert view.status == "failed"
    assert view.error == "Broken: it is broken"  # RUN-30: it has no name, so it is called by its type
    assert set(view.nodes) == {"start", "bad", "other"}


async def test_a_node_of_a_cascade_is_tried_again(house: House) -> None:
    """RUN-10."""
    flaky = node("f", "Flaky", params={"until": 3}, retry=Retry(attempts=3, delay=0.01))
    view = await house.run(flow([flaky]), start=NodeId("f"))

    assert at(view, "f").attempt == 3


async def test_a_cascade_can_be_cancelled(house: House) -> None:
    """RUN-12."""
    record = await house.runs.start(
        "g1", flow([node("a", "Deaf"), node("b", "Total")], "a>b"), by="ada", start=NodeId("a")
    )

    async def going() -> bool:
        return "a" in (await house.runs.view(record.id)).nodes

    await house.until(going)
    await house.runs.cancel(record.id, "ada")
    finished = await house.finished(record.id)

    assert finished.state == "cancelled"
    assert at(await house.runs.view(record.id), "a").status == "cancelled"


def test_a_value_that_entered_a_group_is_called_by_the_port_it_came_in_by() -> None:
    """RUN-5: in a cascade as in a dataflow run."""
    end = node("in", "GroupInput", parent="g", params={"port": "question"})
    nodes = [node("g", "Group", ports=Ports(inputs=("question",))), end, node("t", "Template", parent="g")]
    queue = Queue(flow(nodes, "in>t"), type_of)
    queue.send(NodeId("in"), {"output": "why?"})
    while queue.take() is not None:
        pass

    assert queue.inputs(nodes[2]) == {"input": {"question": "why?"}}


async def test_a_name_means_what_its_node_gave_last(house: House) -> None:
    """RUN-16: each sees what has arrived so far, by a node's name as by its id."""
    said = node("say", "Echo", name="Say", params={"value": "{{ nodes['a' if nodes.b is undefined else 'b'].output }}"})
    read = node("read", "Echo", params={"value": "{{ nodes.say.output }} {{ nodes.Say.output }}"})
    nodes = [node("a", "Echo", params={"value": "one"}), node("b", "Echo", params={"value": "two"}), said, read]
    view = await house.run(flow(nodes, "a>say", "a>b", "b>say", "say>read"), start=NodeId("a"))

    assert at(view, "read").preview == "two two"


async def test_a_pinned_value_is_given_and_its_node_does_not_run(house: House) -> None:
    """RUN-16: once for each value that reaches it, as if the node had given it."""
    pinned = node("a", "Broken", pinned="pinned")
    nodes = [node("start", "Echo", params={"value": "x"}), node("again", "Echo"), pinned, node("log", "Log")]
    drawn = flow(nodes, "start>a", "start>again", "again>a", "a>log")
    record = await house.runs.start("g1", drawn, by="ada", start=NodeId("start"))

    assert (await house.finished(record.id)).state == "succeeded"
    assert [entry["preview"] for entry in await house.runs.history("g1", "log")] == ["pinned", "pinned"]
    assert at(await house.runs.view(record.id), "a").preview == "pinned"


async def test_a_value_goes_along_an_edge_whose_condition_holds(house: House) -> None:
    """RUN-16: judged when the value's turn comes; also what comes out of a group."""
    nodes = [
        node("start", "Echo", params={"value": "x"}),
        node("yes", "Log"), node("no", "Log"), node("odd", "Log"), node("out", "Log"), node("later", "Log"),
        node("g", "Group", ports=Ports(inputs=("in",), outputs=("out",))),
        node("in", "GroupInput", parent="g", params={"port": "in"}),
        node("end", "GroupOutput", parent="g", params={"port": "out"}),
    ]  # fmt: skip
    edges = ("start>yes?value == 'x'", "start>no?value == 'y'", "start>odd?value.y == 1", "start>g.in", "in>end")
    drawn = flow(nodes, *edges, "g.out>out?nodes.start.output == 'x'", "g.out>later?value != 'x'")
    record = await house.runs.start("g1", drawn, by="ada", start=NodeId("start"))

    assert (await house.finished(record.id)).state == "succeeded"
    assert set((await house.runs.view(record.id)).nodes) == {"start", "yes", "out"}
    (told,) = [event for event in await house.events(record.id) if event.type == "node.diagnostic"]
    assert told.node == "start" and told.payload is not None and told.payload["message"] == "condition_failed"


async def test_a_cascade_goes_on_where_a_stopped_worker_left_it(tmp_path: Path, database: str) -> None:
    """RUN-14: the same queue is walked again, and what the log knows is not done again."""
    house = House(tmp_path, database)
    notes = tmp_path / "notes"
    nodes = [
        node("first", "Note", params={"file": str(notes)}),
        node("slow", "Deaf", params={"seconds": 1.0}),
        node("log", "Log"),
        node("last", "Note", params={"file": str(notes)}),
    ]
    drawn = flow(nodes, "first>log", "first>last?value.no == 1", "first>slow", "slow>last", "slow>log")
    record = await house.runs.start("g1", drawn, by="ada", start=NodeId("first"))

    async def halfway() -> bool:
        return "slow" in (await house.runs.view(record.id)).nodes

    async with serving(house, close=False):
        await house.until(halfway)
    async with Worker(house.settings, catalogue=KINDS) as worker, serving(house, worker):
        finished = await house.finished(record.id)

        assert finished.state == "succeeded"
        assert [line.split()[0] for line in notes.read_text().splitlines()] == ["first", "last"]
        assert len(await house.runs.history("g1", "log")) == 2
        assert [event.type for event in await house.events(record.id)].count("node.diagnostic") == 1


async def test_a_cascade_needs_a_start(house: House) -> None:
    with pytest.raises(Unplannable, match="starts at a node"):
        await house.runs.start("g1", flow([llm("a")]), by="ada")
