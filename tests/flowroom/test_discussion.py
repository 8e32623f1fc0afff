"""What is asked of threads without asking anybody: mentions, what is unread, orphans, what changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Map
from pydantic import TypeAdapter

from flowroom.discussion import (
    CanvasAnchor,
    EdgeAnchor,
    FieldAnchor,
    NodeAnchor,
    Resolution,
    RunEventAnchor,
    Thread,
    UnknownAnchor,
    fate,
    in_words,
    is_emoji,
    is_orphan,
    mentioned,
    orphans,
    quote_of,
    spoken,
    unread_in,
)
from flowroom.discussion_changes import DiscussionChange, happened
from flowroom.errors import NoSuchEdge, NoSuchMessage, NoSuchNode
from flowroom.files import native
from flowroom.model import EdgeId, NodeId
from flowroom.ydiscussion import DiscussionDocument
from flowroom.ydoc import GraphDocument
from tests.flowroom.talk import ADA, BO, document_of, said, thread

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "discussion.json").read_text())
THREADS = TypeAdapter(list[Thread])
GRAPH = native.load(
    json.dumps(
        {
            "nodes": {"a": {"type": "LLM", "name": "Summarise"}, "b": {"type": "Log"}},
            "edges": {"e": {"source": "a", "target": "b"}, "f": {"source": "a", "target": "b", "label": "then"}},
        }
    ).encode()
)


SHARED = GraphDocument()
SHARED.seed(GRAPH)


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


# The cases that the editor reads too


@pytest.mark.parametrize("case", named(VECTORS["documents"]))
def test_a_document_reads_as_in_the_editor(case: dict[str, Any]) -> None:
    """TALK-7, TALK-15."""
    found = DiscussionDocument(document_of(case["threads"])).threads()

    assert THREADS.dump_python(list(found.values()), mode="json") == case["rows"]


@pytest.mark.parametrize("case", named(VECTORS["mentions"]))
def test_mentions_are_found_as_in_the_editor(case: dict[str, Any]) -> None:
    """TALK-9, TALK-15."""
    assert list(mentioned(case["body"], case.get("also", ()))) == case["mentioned"]
    assert spoken(case["body"]) == case["spoken"]


@pytest.mark.parametrize("case", named(VECTORS["words"]))
def test_words_are_without_their_marks_as_in_the_editor(case: dict[str, Any]) -> None:
    """TALK-15."""
    assert in_words(case["body"]) == case["words"]


@pytest.mark.timeout(5)
@pytest.mark.parametrize("mark", ["[", "*", "_", "`", "~", "\n", " ", "# ", "- ", "1", "[x](", "@["])
def test_a_text_of_nothing_but_marks_takes_no_time(mark: str) -> None:
    in_words(mark * 100_000)


@pytest.mark.parametrize("case", named(VECTORS["unread"]))
def test_what_is_unread_is_counted_as_in_the_editor(case: dict[str, Any]) -> None:
    """TALK-10, TALK-15."""
    threads = THREADS.validate_python(case["threads"])

    assert unread_in(threads, case["me"], case["marks"]) == case["unread"]


@pytest.mark.parametrize("case", named(VECTORS["orphans"]))
def test_orphans_are_found_as_in_the_editor(case: dict[str, Any]) -> None:
    """TALK-1, TALK-15."""
    graph = native.load(json.dumps(case["graph"]).encode())
    threads = DiscussionDocument(document_of(case["threads"])).threads().values()

    assert sorted(orphans(threads, graph)) == case["orphans"]


# What a thread is about


def test_a_quote_is_what_the_thing_is_called() -> None:
    """TALK-1."""
    node, nameless = NodeAnchor(node=NodeId("a")), NodeAnchor(node=NodeId("b"))
    assert (quote_of(node, SHARED), quote_of(nameless, SHARED)) == ("Summarise", "Log")
    assert quote_of(FieldAnchor(node=NodeId("a"), param="prompt"), SHARED) == "Summarise · prompt"
    assert quote_of(EdgeAnchor(edge=EdgeId("e")), SHARED) == "Summarise → Log"
    assert quote_of(EdgeAnchor(edge=EdgeId("f")), SHARED) == "then"
    assert quote_of(CanvasAnchor(at=(0, 0)), SHARED) == quote_of(RunEventAnchor(run="r", seq=1), SHARED) == ""


def test_what_is_not_there_has_no_quote() -> None:
    """TALK-1."""
    with pytest.raises(NoSuchNode):
        quote_of(NodeAnchor(node=NodeId("gone")), SHARED)
    with pytest.raises(NoSuchEdge):
        quote_of(EdgeAnchor(edge=EdgeId("gone")), SHARED)


def test_a_ghost_has_no_quote() -> None:
    """TALK-1, DOC-7."""
    haunted = GraphDocument()
    haunted.doc.get("nodes", type=Map)["ghost"] = Map({"name": "a rename that came late"})
    with pytest.raises(NoSuchNode):
        quote_of(NodeAnchor(node=NodeId("ghost")), haunted)


def test_places_and_events_of_runs_are_never_orphans_and_what_nobody_knows_always_is() -> None:
    """TALK-1."""
    about = [CanvasAnchor(at=(0, 0)), RunEventAnchor(run="r", seq=1), UnknownAnchor()]
    assert [is_orphan(thread(said("m"), anchor=anchor), GRAPH) for anchor in about] == [False, False, True]


# Deleting


def test_deleting_leaves_a_mark_only_where_others_have_answered() -> None:
    """TALK-5."""
    talk = thread(said("1"), said("2", BO), said("3"), said("4"))
    assert [fate(talk, id) for id in "1234"] == ["mark stays", "mark stays", "message goes", "message goes"]


def test_the_last_that_stands_takes_its_thread_along() -> None:
    """TALK-5."""
    assert fate(thread(said("1")), "1") == "thread goes"
    assert fate(thread(said("1", deleted_at=5), said("2", BO)), "2") == "thread goes"


def test_what_was_deleted_is_not_deleted_again() -> None:
    """TALK-5."""
    with pytest.raises(NoSuchMessage):
        fate(thread(said("1", deleted_at=5), said("2", BO)), "1")


# What changed


def test_changes_are_named_by_what_was_done() -> None:
    """TALK-15."""
    one, other = said("1"), said("2", BO)
    begun, answered = thread(one), thread(one, other)
    settled = thread(one, other, state="resolved")

    def kinds(before: Thread | None, after: Thread | None) -> list[str]:
        return [f"{change.kind} {change.message or ''}".strip() for change in happened(before, after)]

    assert kinds(None, answered) == ["thread.created", "comment.created 1", "comment.created 2"]
    assert kinds(begun, answered) == ["comment.created 2"]
    assert kinds(answered, begun) == ["comment.deleted 2"]
    assert kinds(answered, settled) == ["thread.resolved"]
    assert kinds(settled, answered) == ["thread.reopened"]
    assert kinds(begun, thread(said("1", body="hi"))) == ["comment.edited 1"]
    assert kinds(begun, thread(said("1", reactions={"👍": ("bo",)}))) == ["comment.reacted 1"]
    assert kinds(answered, thread(said("1", body="", deleted_at=3), other)) == ["comment.deleted 1"]
    assert kinds(begun, None) == ["thread.deleted"]
    assert kinds(None, None) == kinds(answered, answered) == kinds(None, thread(said("1", deleted_at=1)))[1:] == []
    assert happened(begun, None) == [DiscussionChange("thread.deleted", begun.id)]


def test_a_change_says_whose_it_was_where_that_can_be_read() -> None:
    one = said("1", reactions={"👍": ("bo",)})
    changed = thread(one, said("2", BO), state="resolved", resolved=Resolution(by=BO, at=3))
    assert [change.by for change in happened(thread(one), changed)] == ["bo", "bo"]
    assert [change.by for change in happened(None, thread(one))] == ["ada", "ada"]
    assert [change.by for change in happened(thread(one), thread(said("1", body="x")))] == ["ada"]
    more = thread(said("1", reactions={"👍": ("bo", "cy")})), thread(said("1", reactions={"🎉": ("cy", "dee")}))
    assert [happened(thread(one), after)[0].by for after in more] == ["cy", None]
    assert [change.by for change in happened(changed, thread(one))] == [None, None]


# Emoji


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "👩‍👩‍👧‍👦", "🇫🇷", "❤️", "1️⃣", "ℹ️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "✅", "‼️", "↔️"])
def test_a_reaction_is_an_emoji(emoji: str) -> None:
    """TALK-8."""
    assert is_emoji(emoji)


@pytest.mark.parametrize(
    "text", ["", "a", ":-)", "1", "👍 ", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍", "+1", "\u200d", "ok👍", "\n", "$"]
)
def test_anything_else_is_none(text: str) -> None:
    """TALK-8."""
    assert not is_emoji(text)


def test_who_took_part_is_who_wrote_what_still_stands() -> None:
    """TALK-11."""
    talk = thread(said("1", BO), said("2", ADA), said("3", BO), said("4", BO, deleted_at=9))
    assert talk.participants() == ["bo", "ada"]
    assert thread(said("1", BO, deleted_at=9), said("2")).participants() == ["ada"]
