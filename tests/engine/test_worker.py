"""A run from its start to its result, through a real database and a real worker."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine import NoSuchRun, RunRecord, Runs
from engine.settings import EngineSettings
from engine.worker import Worker
from flowroom.errors import InvalidGraph
from flowroom.model import Execution, Graph, Json, Meta, NodeId, Ports, Retry
from flowroom.runs import MAX_PREVIEW_CHARS, TERMINAL_RUN_STATES, RunEvent, RunView
from tests.engine.graphs import at, error_at, graph, node
from tests.engine.kinds import KINDS


class House:
    """A run log and one worker."""

    def __init__(self, folder: Path, database: str = "") -> None:
        """In a database, or in SQLite in the folder."""
        self.folder = folder
        self.settings = EngineSettings(
            data=folder, runs_url=database, poll_seconds=0.01, lease_seconds=1.0, cancel_seconds=1.0
        )
        self.runs = Runs(self.settings.log_url)

    async def run(self, drawn: Graph, **options: Any) -> RunView:
        """Start a run and wait for its end."""
        record = await self.runs.start("g1", drawn, by="ada", **options)
        await self.finished(record.id)
        return await self.runs.view(record.id)

    async def finished(self, run: str) -> RunRecord:
        """Wait for a run's end."""
        record: RunRecord | None = None

        async def ended() -> bool:
            nonlocal record
            record = await self.runs.get(run)
            return record is not None and record.state in TERMINAL_RUN_STATES

        await until(ended)
        assert record is not None
        return record

    async def until(self, holds: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until something holds."""
        await until(holds, seconds)

    async def events(self, run: str) -> list[RunEvent]:
        """The whole log of a run."""
        return await self.runs.events(run, limit=10_000)


async def until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(house: House, worker: Worker | None = None, *, close: bool = True) -> AsyncIterator[House]:
    """A worker at a house's log, for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        if close:
            stack.push_async_callback(house.runs.close)
        if worker is None:
            worker = await stack.enter_async_context(Worker(house.settings, catalogue=KINDS))
        task = asyncio.create_task(worker.serve())
        try:
            yield house
        finally:
            worker.stop()
            await task


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """A run log with a worker at it."""
    async with serving(House(tmp_path, database)) as made:
        yield made


async def test_a_run_is_executed_by_a_worker_and_its_results_are_in_the_log(house: House) -> None:
    """RUN-1."""
    nodes = [node("a", "Total", params={"add": 2}), node("b", "Plain"), node("c", "Total", params={"add": 1})]
    record = await house.runs.start("g1", graph(nodes, "a>c", "a>b", "b>c"), by="ada")
    assert record.state == "created"

    finished = await house.finished(record.id)
    view = await house.runs.view(record.id)

    assert finished.state == "succeeded"
    assert {path: shown.preview for path, shown in view.nodes.items()} == {"a": "2", "b": "1", "c": "4"}
    assert [e.seq for e in await house.events(record.id)] == list(range(1, 9))
    assert [r.id for r in await house.runs.list("g1")] == [record.id]
    assert (await house.runs.snapshot(record.id)).nodes.keys() == {"a", "b", "c"}


async def test_a_graph_that_cannot_run_is_refused_at_the_start(house: House) -> None:
    """RUN-2."""
    with pytest.raises(InvalidGraph):
        await house.runs.start("g1", graph([node("a", "Total"), node("b", "Total")], "a>b", "b>a"), by="ada")
    with pytest.raises(InvalidGraph, match="gone"):
        await house.runs.start("g1", graph([node("a", "Total")]), by="ada", inputs={"gone": 1})


async def test_a_failure_is_told_with_its_facts(house: House) -> None:
    view = await house.run(graph([node("a", "Broken", name="Fetch"), node("b", "Total")], "a>b"))

    assert view.status == "failed"
    assert view.error == "Fetch: it is broken"
    assert at(view, "a").error == {"type": "Broken", "message": "it is broken", "retryable": False, "code": 7}
    assert at(view, "b").status == "upstream_failed"


async def test_a_handled_failure_leaves_the_run_succeeded(house: House) -> None:
    """RUN-7."""
    nodes = [node("a", "Broken", on_error="port"), node("b", "Plain")]
    view = await house.run(graph(nodes, "a.error>b"))

    assert view.status == "succeeded"
    assert at(view, "b").preview == "1"


async def test_a_failed_attempt_is_tried_again_with_growing_delays(house: House) -> None:
    """RUN-10."""
    retry = Retry(attempts=4, delay=0.01, factor=2, jitter=False)
    record = await house.runs.start("g1", graph([node("a", "Flaky", params={"until": 4}, retry=retry)]), by="ada")
    await house.finished(record.id)
    events = await house.events(record.id)

    assert [e.payload["delay"] for e in events if e.type == "node.retry" and e.payload] == [0.01, 0.02, 0.04]
    assert [e.attempt for e in events if e.type == "node.started"] == [1, 2, 3, 4]
    assert at(await house.runs.view(record.id), "a").preview == "4"


async def test_an_error_that_will_not_pass_is_not_tried_again(house: House) -> None:
    """RUN-10."""
    view = await house.run(graph([node("a", "Broken", retry=Retry(attempts=5, delay=0))]))

    assert at(view, "a").attempt == 1


async def test_an_attempt_that_takes_too_long_is_stopped(house: House) -> None:
    """RUN-11."""
    view = await house.run(graph([node("a", "Deaf", timeout=0.02), node("b", "Total")], "a>b"))

    assert at(view, "a").status == "timed_out"
    assert at(view, "b").status == "upstream_failed"


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_filling_in_what_a_node_is_told_counts_for_its_timeout(house: House, execution: Execution) -> None:
    """RUN-11: the template would take longer than any expression may."""
    endless = "{% for x in range(10000) %}{% for y in range(10000) %}{{ x * y }}{% endfor %}{% endfor %}"
    drawn = graph([node("a", "Echo", params={"value": endless}, timeout=0.02)], meta=Meta(execution=execution))
    view = await house.run(drawn, start=NodeId("a") if execution == "cascade" else None)

    assert at(view, "a").status == "timed_out"


async def test_a_run_can_be_cancelled_while_it_goes(house: House) -> None:
    """RUN-12."""
    record = await house.runs.start(
        "g1", graph([node("a", "Deaf"), node("b", "Total"), node("c", "Total")], "a>b"), by="ada"
    )

    async def going() -> bool:
        view = await house.runs.view(record.id)
        return "a" in view.nodes

    await until(going)
    await house.runs.cancel(record.id, "grace")
    finished = await house.finished(record.id)
    view = await house.runs.view(record.id)

    assert finished.state == "cancelled"
    assert at(view, "a").status == at(view, "b").status == "cancelled"
    assert at(view, "c").status == "succeeded"
    told = [e.payload for e in await house.events(record.id) if e.type == "run.cancelling"]
    assert told == [{"by": "grace"}]


async def test_a_run_that_nobody_claimed_is_cancelled_at_once(tmp_path: Path, database: str) -> None:
    """RUN-12."""
    alone = House(tmp_path, database)
    record = await alone.runs.start("g1", graph([node("a", "Total")]), by="ada")

    cancelled = await alone.runs.cancel(record.id, "ada")

    assert cancelled.state == "cancelled"
    assert [e.type for e in await alone.events(record.id)] == ["run.cancelling", "run.finished"]
    with pytest.raises(NoSuchRun):
        await alone.runs.cancel("none", "ada")
    await alone.runs.close()


async def test_large_values_are_blobs_with_a_preview(house: House) -> None:
    """RUN-13."""
    text = "long " * 1000
    record = await house.runs.start(
        "g1",
        graph([node("a", "Echo", params={"value": text}), node("b", "Plain")], "a>b"),
        by="ada",
    )
    await house.finished(record.id)
    events = await house.events(record.id)
    stored = next(e.payload["outputs"]["output"] for e in events if e.type == "node.succeeded" and e.payload)

    assert stored["size"] == len(text)
    assert await house.runs.blob(stored["$blob"]) == (text.encode(), "text/plain; charset=utf-8")
    assert str(at(await house.runs.view(record.id), "a").preview).startswith("long long")


@pytest.mark.parametrize(
    ("large", "begins", "ends"),
    [("long " * 1000, '"long long', '…"'), (list(range(1000)), "[0,1,2", "…"), ("a\nb" * 1000, r'"a\nba\nb', '…"')],
)
async def test_a_large_value_among_others_is_shown_by_its_beginning(
    house: House, large: Json, begins: str, ends: str
) -> None:
    """RUN-13: and not as the reference that the log has in its place; the other values are seen, too."""
    routed = node("a", "Many", params={"body": large, "status": 200})
    preview = at(await house.run(graph([routed])), "a").preview

    assert preview is not None and len(preview) <= MAX_PREVIEW_CHARS
    assert preview.startswith('{"body":' + begins) and preview.endswith(ends + ',"status":200}')


async def test_a_value_that_is_no_json_fails_its_node_only(house: House) -> None:
    view = await house.run(graph([node("a", "Unwritable"), node("b", "Total")]))

    assert error_at(view, "a")["code"] == "E-RUN-NOT-JSON"
    assert at(view, "b").status == "succeeded"


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_a_node_in_which_something_is_cancelled_fails_alone(house: House, execution: Any) -> None:
    """RUN-4: it is not the run that was cancelled."""
    drawn = graph([node("a", "Torn", on_error="port"), node("b", "Plain")], "a.error>b", meta=Meta(execution=execution))
    view = await house.run(drawn, start=NodeId("a") if execution == "cascade" else None)

    assert view.status == "succeeded"
    assert at(view, "a").error == {"type": "CancelledError", "message": "CancelledError"}
    assert at(view, "b").status == "succeeded"


async def test_params_are_filled_in_from_other_nodes(house: House) -> None:
    nodes = [
        node("a", "Total", params={"add": 4}, name="Sum"),
        node("b", "Echo", params={"value": "{{ nodes.Sum.output }}!"}),
    ]
    view = await house.run(graph(nodes, "a>b"))

    assert at(view, "b").preview == "4!"


async def test_what_can_not_be_filled_in_is_said_with_its_field(house: House) -> None:
    """RUN-30: one of several params is named by its label, which a type without one calls by its key."""
    params = {"value": "{{ 1 + 1 }}", "more": "{{ nodes.Nobody.output }}"}
    view = await house.run(graph([node("a", "Echo", params=params)]))

    assert str(view.error).startswith("Echo: more: {{ nodes.Nobody.output }}: ")


async def test_conditions_on_edges_are_judged(house: House) -> None:
    """RUN-8."""
    nodes = [node("a", "Total", params={"add": 4}), node("yes", "Total"), node("no", "Total"), node("bad", "Total")]
    view = await house.run(graph(nodes, "a>yes?value > 3", "a>no?value > 4", "a>bad?value.x.y"))

    assert at(view, "yes").status == "succeeded"
    assert at(view, "no").status == "skipped"
    assert at(view, "bad").status == "upstream_failed"


async def test_an_each_port_runs_one_instance_per_value(house: House) -> None:
    """RUN-5."""
    nodes = [*(node(f"s{i}", "Total", params={"add": i}) for i in (1, 2, 3)), node("e", "One"), node("l", "Echo",
             params={"value": "{{ nodes.e.output }}"})]  # fmt: skip
    record = await house.runs.start("g1", graph(nodes, "s1>e", "s2>e", "s3>e", "e>l"), by="ada")
    await house.finished(record.id)
    view = await house.runs.view(record.id)
    ends = [e.iteration for e in await house.events(record.id) if e.node == "e" and e.type == "node.succeeded"]

    assert sorted(ends) == [0, 1, 2]
    assert at(view, "l").preview == "[10,20,30]"


async def test_what_a_node_says_is_kept(house: House) -> None:
    drawn = graph([node("a", "Chatty")])
    await house.run(drawn)
    view = await house.run(drawn)

    assert at(view, "a").preview == "2"
    assert at(view, "a").usage == {"tokens": 7}
    history = await house.runs.history("g1", "a")
    assert [entry["preview"] for entry in history] == ["hello", "hello"]
    assert await house.runs.history("g1", "a", before=history[1]["seq"]) == history[:1]
    await house.runs.clear_history("g1", "a")
    assert await house.runs.history("g1", "a") == []


async def test_a_group_runs_as_part_of_the_run(house: House) -> None:
    """RUN-9."""
    nodes = [
        node("a", "Total", params={"add": 3}),
        node("g", "Group", ports=Ports(inputs=("in",), outputs=("out",))),
        node("i", "GroupInput", parent="g", params={"port": "in"}),
        node("x", "Total", parent="g", params={"add": 1}),
        node("o", "GroupOutput", parent="g", params={"port": "out"}),
        node("b", "Total", params={"add": 1}),
    ]
    view = await house.run(graph(nodes, "a>g.in", "i>x", "x>o", "g.out>b"))

    assert at(view, "g/x").preview == "4"
    assert at(view, "b").preview == "5"
    assert at(view, "g").status == "succeeded"


async def test_deleting_a_graph_forgets_its_runs(house: House) -> None:
    record = await house.runs.start("g1", graph([node("a", "Total")]), by="ada")
    await house.finished(record.id)

    await house.runs.delete_graph("g1")

    assert await house.runs.get(record.id) is None
    assert await house.events(record.id) == []


async def test_many_runs_go_on_at_once(house: House) -> None:
    drawn = graph([node("a", "SlowTotal", params={"seconds": 2})])
    records = [await house.runs.start("g1", drawn, by="ada") for _ in range(8)]
    for record in records:
        assert (await house.finished(record.id)).state == "succeeded"

    events = [event for record in records for event in await house.events(record.id)]
    started = [event.at for event in events if event.type == "node.started"]
    ended = [event.at for event in events if event.type == "node.succeeded"]
    assert len(started) == len(ended) == 8
    assert max(started) < min(ended)


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_runs_that_hang_keep_no_other_graph_waiting(house: House, execution: Execution) -> None:
    """RUN-28: forty of one graph, more than an engine has slots, all there before the first of another."""
    drawn = graph([node("a", "SlowTotal", params={"seconds": 600})], meta=Meta(execution=execution))
    for _ in range(40):
        await house.runs.start("hangs", drawn, by="eve", start=NodeId("a"))

    async def as_many_as_may() -> bool:
        found = await house.runs.list("hangs")
        return sum(record.state == "running" for record in found) == house.settings.max_runs // 2

    await until(as_many_as_may)
    assert (await house.run(graph([node("a", "Total")]))).status == "succeeded"
    assert await as_many_as_may()


async def test_a_chat_message_starts_a_run_from_there(house: House) -> None:
    """RUN-3."""
    nodes = [node("chat", "Chat"), node("x", "Plain"), node("other", "Total")]
    view = await house.run(graph(nodes, "chat.message>x"), start=NodeId("chat"), inputs={"chat": "hello"})

    assert view.status == "succeeded"
    assert set(view.nodes) == {"chat", "x"}
    assert [entry["content"] for entry in await house.runs.history("g1", "chat")] == ["hello"]


async def test_a_log_holds_whatever_nodes_are_called_and_say(house: House) -> None:
    """RUN-4 and OPS-2: long ids and the characters that some databases have no place for."""
    long, odd = "n" * 300, "nul \0 and \U0001f600"
    nodes = [
        node("echo", "Echo", params={"value": odd}),
        node(long, "Chatty"),
        node("broken", "Broken", params={"message": odd}),
    ]
    view = await house.run(graph(nodes, f"echo>{long}"))

    assert view.status == "failed"
    assert at(view, "echo").status == at(view, long).status == "succeeded"
    assert error_at(view, "broken")["message"].startswith("nul ")
