"""Threads in a shared document: what is written, what is refused, and what others see of it."""

import gc
import weakref
from typing import Any

import pytest
from pycrdt import Doc, Map

from flowroom.discussion import MAX_EMOJIS, NodeAnchor, Resolution, UnknownAnchor
from flowroom.discussion_changes import DiscussionChange, DiscussionSubscription
from flowroom.errors import InvalidDiscussion, InvalidGraph, NoSuchMessage, NoSuchThread
from flowroom.model import NodeId
from flowroom.ydiscussion import DiscussionDocument
from tests.flowroom.talk import ADA, BO, HERE, document_of, said

BOOK = NodeAnchor(node=NodeId("n"))


@pytest.fixture
def talk() -> DiscussionDocument:
    """Ada asks, Bo answers."""
    document = DiscussionDocument()
    document.begin("t", BOOK, "Book", said("1", ADA, "Why?", at=1))
    document.reply("t", said("2", BO, "Because.", at=2))
    return document


def updates_of(document: DiscussionDocument) -> list[bytes]:
    """Every update that the document makes from now on."""
    found: list[bytes] = []
    document.doc.observe(lambda event: found.append(event.update))
    return found


def test_a_thread_is_read_as_it_was_written(talk: DiscussionDocument) -> None:
    """TALK-1, TALK-8."""
    thread = talk.thread("t")
    assert (thread.anchor, thread.quote, thread.state, thread.resolved) == (BOOK, "Book", "open", None)
    assert thread.messages == (said("1", ADA, "Why?", at=1), said("2", BO, "Because.", at=2))
    assert (thread.at, thread.starter) == (1, ADA)


@pytest.mark.parametrize(
    "body", ["# A *title*\r\n\n  <b>&amp;</b>\t\\n", "😀👩‍👩‍👧‍👦", " leading and trailing ", "a\0b"]
)
def test_a_body_is_kept_to_the_letter(talk: DiscussionDocument, body: str) -> None:
    """TALK-8."""
    talk.reply("t", said("3", body=body))
    assert talk.thread("t").messages[-1].body == body


def test_a_message_can_say_something_else(talk: DiscussionDocument) -> None:
    talk.edit("t", "1", "Why not?", mentions=["bo"], at=5)
    assert talk.thread("t").messages[0] == said("1", ADA, "Why not?", at=1, edited_at=5, mentions=("bo",))
    talk.edit("t", "1", "Why?", mentions=[], at=6)
    assert talk.thread("t").messages[0].mentions == ()


def test_saying_the_same_is_no_edit(talk: DiscussionDocument) -> None:
    """TALK-6."""
    updates = updates_of(talk)
    talk.edit("t", "1", "Why?", mentions=[], at=5)
    assert updates == []
    assert talk.thread("t").messages[0].edited_at is None


def test_settling_and_reopening(talk: DiscussionDocument) -> None:
    talk.resolve("t", by=BO, at=7)
    assert (talk.thread("t").state, talk.thread("t").resolved) == ("resolved", Resolution(by=BO, at=7))
    updates = updates_of(talk)
    talk.resolve("t", by=ADA, at=8)
    assert updates == []
    talk.reopen("t")
    assert (talk.thread("t").state, talk.thread("t").resolved) == ("open", None)
    updates.clear()
    talk.reopen("t")
    assert updates == []


def test_a_reaction_stands_once_for_each_person(talk: DiscussionDocument) -> None:
    """TALK-6."""
    talk.react("t", "1", "👍", by="bo", at=3)
    talk.react("t", "1", "🎉", by="bo", at=4)
    talk.react("t", "1", "👍", by="ada", at=5)
    updates = updates_of(talk)
    talk.react("t", "1", "👍", by="bo", at=6)
    assert updates == []
    assert talk.thread("t").messages[0].reactions == {"👍": ("bo", "ada"), "🎉": ("bo",)}
    talk.unreact("t", "1", "👍", by="bo")
    assert talk.thread("t").messages[0].reactions == {"🎉": ("bo",), "👍": ("ada",)}
    updates.clear()
    talk.unreact("t", "1", "👍", by="bo")
    assert updates == []


def test_what_others_answered_leaves_a_mark(talk: DiscussionDocument) -> None:
    """TALK-5."""
    talk.react("t", "1", "👍", by="bo", at=3)
    talk.delete("t", "1", at=9)
    assert talk.thread("t").messages[0] == said("1", ADA, "", at=1, deleted_at=9)
    assert "Why?" not in str(talk._threads)
    with pytest.raises(NoSuchMessage):
        talk.edit("t", "1", "still here", mentions=[], at=10)
    with pytest.raises(NoSuchMessage):
        talk.react("t", "1", "👍", by="bo", at=10)


def test_what_nobody_answered_is_gone(talk: DiscussionDocument) -> None:
    """TALK-5."""
    talk.delete("t", "2", at=9)
    assert [message.id for message in talk.thread("t").messages] == ["1"]
    talk.delete("t", "1", at=10)
    assert talk.threads() == {} and len(talk) == 0


def test_what_two_servers_have_written_is_edited_and_goes_as_one(talk: DiscussionDocument) -> None:
    """TALK-16"""
    for _server in range(2):
        talk.reply("t", said("twice", BO, at=2))
    talk.edit("t", "twice", "once", mentions=(), at=3)
    assert [message.body for message in talk.thread("t").messages if message.id == "twice"] == ["once"]
    talk.delete("t", "twice", at=4)
    assert "twice" not in [message.id for message in talk.thread("t").messages]


def test_a_thread_can_be_removed(talk: DiscussionDocument) -> None:
    talk.remove("t")
    assert talk.threads() == {}
    with pytest.raises(NoSuchThread):
        talk.remove("t")


def test_an_edit_tells_only_what_differs(talk: DiscussionDocument) -> None:
    """TALK-6: a reaction doesn't carry the text it stands under."""
    talk.edit("t", "1", "x" * 5000, mentions=[], at=5)
    updates = updates_of(talk)
    talk.react("t", "1", "👍", by="bo", at=3)
    talk.reply("t", said("3", body="y" * 300))
    assert len(updates[0]) < 100 < 300 < len(updates[1]) < 600


def test_two_servers_writing_at_once_both_stand(talk: DiscussionDocument) -> None:
    """TALK-6."""
    other = DiscussionDocument()
    other.doc.apply_update(talk.doc.get_update())
    talk.react("t", "2", "👍", by="ada", at=3)
    other.react("t", "2", "👍", by="bo", at=4)
    talk.reply("t", said("3"))
    other.reply("t", said("4", BO))
    other.edit("t", "2", "Because it is so.", mentions=[], at=5)
    talk.doc.apply_update(other.doc.get_update(talk.doc.get_state()))
    other.doc.apply_update(talk.doc.get_update(other.doc.get_state()))

    assert talk.threads() == other.threads()
    messages = talk.thread("t").messages
    assert {message.id for message in messages} == {"1", "2", "3", "4"}
    assert messages[1].reactions == {"👍": ("ada", "bo")} and messages[1].body == "Because it is so."


@pytest.mark.parametrize("body", ["", "  \n\t", "half \ud83d"])
def test_a_body_that_says_nothing_or_cannot_be_shared_is_refused(talk: DiscussionDocument, body: str) -> None:
    """TALK-7."""
    updates = updates_of(talk)
    with pytest.raises((InvalidDiscussion, InvalidGraph)):
        talk.reply("t", said("3", body=body))
    with pytest.raises((InvalidDiscussion, InvalidGraph)):
        talk.begin("new", HERE, "", said("3", body=body))
    with pytest.raises((InvalidDiscussion, InvalidGraph)):
        talk.edit("t", "1", body, mentions=[], at=5)
    assert updates == []


def test_what_is_not_there_is_refused(talk: DiscussionDocument) -> None:
    """TALK-7."""
    updates = updates_of(talk)
    with pytest.raises(NoSuchThread):
        talk.reply("gone", said("3"))
    with pytest.raises(NoSuchThread):
        talk.resolve("gone", by=ADA, at=1)
    with pytest.raises(NoSuchMessage):
        talk.edit("t", "gone", "x", mentions=[], at=1)
    with pytest.raises(NoSuchMessage):
        talk.delete("t", "gone", at=1)
    with pytest.raises(InvalidDiscussion, match="taken"):
        talk.begin("t", HERE, "", said("3"))
    with pytest.raises(InvalidDiscussion, match="about"):
        talk.begin("new", UnknownAnchor(), "", said("3"))
    with pytest.raises(InvalidDiscussion, match="emoji"):
        talk.react("t", "1", "nice", by="ada", at=1)
    assert updates == []


def test_a_message_takes_so_many_emoji(talk: DiscussionDocument) -> None:
    """TALK-8."""
    animals = [chr(0x1F400 + n) for n in range(MAX_EMOJIS + 1)]
    for emoji in animals[:-1]:
        talk.react("t", "1", emoji, by="ada", at=1)
    talk.react("t", "1", animals[0], by="bo", at=2)
    with pytest.raises(InvalidDiscussion, match="20"):
        talk.react("t", "1", animals[-1], by="ada", at=3)


def test_what_a_stranger_wrote_is_answered_and_reacted_to_nevertheless() -> None:
    """TALK-7."""
    written = {"id": "1", "author": {"id": "x"}, "body": "from elsewhere", "reactions": "none"}
    talk = DiscussionDocument(document_of({"t": {"anchor": 5, "messages": ["odd", written]}, "odd": {"messages": []}}))
    talk.reply("t", said("2"))
    talk.react("t", "1", "👍", by="ada", at=1)
    assert [message.id for message in talk.thread("t").messages] == ["1", "2"]
    assert talk.thread("t").messages[0].reactions == {"👍": ("ada",)}
    with pytest.raises(NoSuchThread):
        talk.reply("odd", said("3"))


def test_unknown_keys_are_kept() -> None:
    """TALK-7."""
    message = {"id": "1", "author": {"id": "x", "team": "blue"}, "body": "hi", "mood": "good"}
    talk = DiscussionDocument(
        document_of({"t": {"anchor": {"type": "node", "node": "n"}, "topic": 7, "messages": [message]}})
    )
    talk.edit("t", "1", "ho", mentions=[], at=2)
    found = talk.thread("t")
    assert (found.model_extra, found.messages[0].model_extra) == ({"topic": 7}, {"mood": "good"})
    assert found.messages[0].author.model_extra == {"team": "blue"}


# Subscriptions


def test_a_reader_hears_what_happened(talk: DiscussionDocument) -> None:
    """TALK-3."""
    reader = DiscussionDocument()
    heard: list[DiscussionChange] = []
    subscription = DiscussionSubscription(reader, heard.extend)
    talk.doc.observe(lambda event: reader.doc.apply_update(event.update))
    reader.doc.apply_update(talk.doc.get_update())
    talk.react("t", "1", "👍", by="bo", at=3)
    talk.edit("t", "2", "So.", mentions=[], at=4)
    talk.resolve("t", by=BO, at=5)
    talk.delete("t", "1", at=6)
    talk.remove("t")

    assert [change.kind for change in heard] == [
        "thread.created", "comment.created", "comment.created", "comment.reacted", "comment.edited",
        "thread.resolved", "comment.deleted", "thread.deleted",
    ]  # fmt: skip
    assert subscription.rows == reader.threads() == {}
    subscription.close()
    subscription.close()


def test_rows_follow_the_document(talk: DiscussionDocument) -> None:
    seen: list[Any] = []
    subscription = DiscussionSubscription(talk, lambda _changes: seen.append(dict(subscription.rows)))
    talk.begin("u", HERE, "", said("3", at=0))
    assert seen == [talk.threads()]
    subscription.close()
    talk.remove("u")
    assert len(seen) == 1


def test_a_document_nobody_subscribes_to_is_freed(talk: DiscussionDocument) -> None:
    """DOC-12."""
    document = DiscussionDocument(Doc())
    subscription = DiscussionSubscription(document, lambda _changes: None)
    threads: Map[Any] = document._threads
    assert len(threads) == 0
    subscription.close()
    gone = weakref.ref(document.doc)
    del document, subscription, threads
    gc.collect()
    assert gone() is None


def test_who_says_much_in_a_thread_is_read_once(talk: DiscussionDocument) -> None:
    """A thread of a thousand messages is read four times for each answer: this halves it."""
    for number in range(3, 9):
        talk.reply("t", said(str(number), BO if number % 2 else ADA))

    first, second, *others = (message.author for message in talk.thread("t").messages)

    assert {id(author) for author in others} == {id(first), id(second)}
