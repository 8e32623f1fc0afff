"""Who is told of what, decided from a thread alone."""

from collab_server.notifications import (
    EXCERPT_CHARS,
    Notice,
    excerpt,
    of_edit,
    of_message,
    of_reaction,
    of_reply,
    of_state,
    of_thread,
)
from flowroom.presence import User
from tests.flowroom.talk import ADA, BO, said, thread

CY = User(id="cy", name="Cy", colour="#334455")


def told(notices: list[Notice]) -> list[tuple[str, str]]:
    return [(notice.person, notice.kind) for notice in notices]


def test_a_thread_tells_those_it_mentions_but_not_its_author() -> None:
    """TALK-11."""
    first = said("1", ADA, mentions=("bo", "ada", "cy"))
    assert told(of_thread(thread(first))) == [("bo", "mention"), ("cy", "mention")]
    assert told(of_thread(thread(said("1", ADA)))) == []


def test_a_reply_tells_those_who_took_part_and_nobody_twice() -> None:
    """TALK-11."""
    reply = said("3", CY, mentions=("bo", "cy", "dee"))
    talk = thread(said("1", ADA, mentions=("eve",)), said("2", BO), reply)
    assert told(of_reply(talk, reply)) == [("bo", "mention"), ("dee", "mention"), ("ada", "reply")]
    mine = said("4", ADA)
    assert told(of_reply(thread(said("1", ADA), mine), mine)) == []


def test_an_edit_tells_only_those_it_mentions_anew() -> None:
    """TALK-11."""
    before, after = said("1", ADA, mentions=("bo",)), said("1", ADA, mentions=("bo", "cy"), edited_at=5)
    assert [(n.person, n.at) for n in of_edit(thread(after), before, after)] == [("cy", 5)]
    assert told(of_edit(thread(before), after, before)) == []


def test_settling_and_reopening_tell_the_others_who_took_part() -> None:
    """TALK-11."""
    messages = (said("1", ADA), said("2", BO), said("3", CY, deleted_at=4))
    assert told(of_state(thread(*messages, state="resolved"), BO, 5)) == [("ada", "resolved")]
    assert told(of_state(thread(*messages), CY, 5)) == [("ada", "reopened"), ("bo", "reopened")]


def test_a_reaction_tells_the_author_unless_it_is_their_own() -> None:
    """TALK-11."""
    message = said("1", ADA)
    assert told(of_reaction(thread(message), message, "👍", BO, 5)) == [("ada", "reaction")]
    assert told(of_reaction(thread(message), message, "👍", ADA, 5)) == []


def test_an_excerpt_is_how_a_message_begins_as_people_say_it() -> None:
    message = said("1", ADA, "@[Bo](bo): \0" + "é" * 500)
    assert excerpt(message) == "@Bo: \ufffd" + "é" * (EXCERPT_CHARS - 6)
    assert excerpt(None) == ""


def test_what_is_told_late_goes_to_those_whom_it_concerned_when_it_was_said() -> None:
    """TALK-11, TALK-16: who came in after it had no part in it."""
    first, reply, later = said("1", ADA, at=1, mentions=("eve",)), said("2", BO, at=2), said("3", CY, at=3)
    talk = thread(first, reply, later)
    assert told(of_message(talk, reply)) == [("ada", "reply")]
    assert told(of_message(talk, first)) == [("eve", "mention")]
