"""A run as people watch it."""

from typing import Any

from pycrdt import Doc

from flowroom.run_document import RunDocument
from flowroom.runs import EventType, NodePath, RunEvent, RunId, RunView, fold

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
