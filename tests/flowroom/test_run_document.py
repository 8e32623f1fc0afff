"""A run as people watch it."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from pycrdt import Doc

from collab_server.rooms.walker import walk
from flowroom.run_document import RunDocument, finished, writer_id
from flowroom.runs import EventType, NodePath, NodeView, RunEvent, RunId, RunView, fold

PATH = NodePath("group/a")


def event(type: EventType, at: float = 1.5, node: NodePath | None = PATH, attempt: int = 1, **payload: Any) -> RunEvent:
    return RunEvent(1, at, type, node, 0, attempt, payload)


def started() -> RunView:
    view = RunView(RunId("r"), graph="g", snapshot="s", by="u")
    return fold(view, [event("run.started", node=None), event("node.started")])


def test_what_is_written_is_what_is_seen() -> None:
    document, view = RunDocument(), started()
    document.write(view, [PATH])
    fold(view, [event("node.progress", done=1, total=3), event("node.entry", id="e", ts=1.25, text="hé😀")])
    document.write(view, [PATH])
    watcher = RunDocument()
    watcher.doc.apply_update(document.doc.get_update())

    assert document.view() == watcher.view() == view
    assert watcher.status == "running"
    fold(
        view,
        [event("node.failed", error={"type": "X", "message": "no"}), event("run.finished", node=None, state="failed")],
    )
    document.write(view, [PATH])
    assert document.view() == view
    assert document.doc.get("run", type=type(document._run))["counters"] == {"failed": 1.0}


def over() -> RunView:
    """How the run from `started` ended at another engine."""
    done = event("node.succeeded", preview="done", attempt=2)
    return fold(
        started(), [event("node.started", attempt=2), done, event("run.finished", node=None, state="succeeded")]
    )


@pytest.mark.parametrize("writer", [lambda: 1, lambda: 2**32 - 1, lambda: 2**52, writer_id])
def test_who_saw_a_part_of_a_run_sees_its_end_from_the_log(writer: Callable[[], int]) -> None:
    """FAN-11: the document that came from the log knows nothing of what an engine wrote, whoever that was."""
    seen = RunDocument(Doc(client_id=writer()))
    seen.write(started(), [PATH])
    seen.write(started(), [PATH], {PATH: "halfway"})
    seen.doc.apply_update(finished(over()))
    assert seen.view() == over()


def test_of_two_engines_that_did_not_know_of_each_other_the_later_is_seen() -> None:
    """FAN-11: in whatever order they come."""
    first, second = RunDocument(Doc(client_id=writer_id())), RunDocument(Doc(client_id=writer_id() + 1))
    for text in ("a", "b"):
        first.write(started(), [PATH], {PATH: text})
    second.write(over(), [PATH])
    for order in permutations([first.doc.get_update(), second.doc.get_update()]):
        watcher = RunDocument()
        for update in order:
            watcher.doc.apply_update(update)
        assert watcher.view() == over()


def test_the_document_from_the_log_is_the_same_at_every_worker() -> None:
    """FAN-11: who moves from one to another merges it with itself. Within a value the order of keys may differ."""

    def places(update: bytes) -> list[tuple[int, int, int, bytes]]:
        (section,) = walk(update).sections
        return [(section.client, it.clock, it.end, update[it.first_byte : it.place_end]) for it in section.blocks]

    view = over()
    view.nodes |= {NodePath(f"n{number}"): NodeView("succeeded", preview=str(number)) for number in range(30)}
    assert places(finished(view)) == places(finished(view))
    assert places(finished(over())) != places(finished(started()))


def test_the_last_fifty_entries_scroll() -> None:
    document, view = RunDocument(), started()
    sizes: list[int] = []
    document.doc.observe(lambda event: sizes.append(len(event.update)))
    for n in range(120):
        fold(view, [event("node.entry", id=n, text="always the same text, which is not sent again")])
        document.write(view, [PATH])
        assert document.view() == view
    assert len(document.view().nodes[PATH].entries) == 50
    assert max(sizes[1:]) < 200, "each write sends one entry, not fifty"


def test_a_stream_is_appended_to_begins_anew_and_ends_as_a_preview() -> None:
    document, view = RunDocument(), started()
    document.write(view, [PATH], {PATH: "hé"})
    document.write(view, [], {PATH: "llo😀"})
    assert document.stream(PATH) == "héllo😀"
    fold(view, [event("node.started", attempt=2)])
    document.write(view, [PATH], {PATH: "again"})
    assert document.stream(PATH) == "again"
    fold(view, [event("node.succeeded", outputs={"output": "again"})])
    document.write(view, [PATH], {PATH: " too late"})
    assert document.stream(PATH) == ""
    assert document.view().nodes[PATH].preview == "again"


def test_one_write_is_one_update_and_nothing_new_is_none() -> None:
    document, view = RunDocument(), started()
    updates: list[bytes] = []
    document.doc.observe(lambda event: updates.append(event.update))
    document.write(view, [PATH], {PATH: "x"})
    document.write(view, [PATH])
    assert len([update for update in updates if update != b"\x00\x00"]) == 1


def test_an_empty_document_is_a_run_that_was_only_created() -> None:
    document = RunDocument(Doc())
    assert document.view() == RunView(RunId(""))
    assert document.status == "created"
    assert document.stream(PATH) == ""
