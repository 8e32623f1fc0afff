"""Whatever people do to threads: the document says what a plain model says, and every reader sees the same."""

import os
import random
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from flowroom.discussion import Thread
from flowroom.discussion_changes import DiscussionChange, DiscussionSubscription
from flowroom.errors import FlowroomError
from flowroom.presence import User
from flowroom.ydiscussion import DiscussionDocument
from tests.flowroom.talk import ADA, BO, HERE, said

EXAMPLES = settings(
    max_examples=int(os.environ.get("FLOWROOM_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
EMOJI = "👍🎉"


@dataclass
class Model:
    """The same rules, over nested lists and dicts, as simply as they can be said."""

    threads: dict[str, dict[str, Any]] = field(default_factory=dict)

    def begin(self, thread: str, id: str, by: User) -> None:
        self.threads[thread] = {"state": "open", "messages": [self._message(id, by)]}

    def reply(self, thread: str, id: str, by: User) -> None:
        self.threads[thread]["messages"].append(self._message(id, by))

    def edit(self, thread: str, id: str, body: str) -> None:
        self._find(thread, id)["body"] = body

    def delete(self, thread: str, id: str) -> None:
        messages = self.threads[thread]["messages"]
        message = self._find(thread, id)
        place = messages.index(message)
        if all(m["deleted"] for m in messages if m is not message):
            del self.threads[thread]
        elif any(m["by"] != message["by"] and not m["deleted"] for m in messages[place + 1 :]):
            message.update(deleted=True, body="", reactions=set())
        else:
            del messages[place]

    def react(self, thread: str, id: str, emoji: str, by: User, on: bool) -> None:
        reactions: set[tuple[str, str]] = self._find(thread, id)["reactions"]
        (reactions.add if on else reactions.discard)((emoji, by.id))

    def settle(self, thread: str, state: str) -> None:
        self.threads[thread]["state"] = state

    def remove(self, thread: str) -> None:
        del self.threads[thread]

    def _find(self, thread: str, id: str) -> dict[str, Any]:
        found: dict[str, Any] = next(m for m in self.threads[thread]["messages"] if m["id"] == id and not m["deleted"])
        return found

    @staticmethod
    def _message(id: str, by: User) -> dict[str, Any]:
        return {"id": id, "by": by.id, "body": "hello", "deleted": False, "reactions": set()}


def plain(threads: dict[Any, Thread]) -> dict[str, Any]:
    """What a document says, in the words of the model."""
    return {
        id: {
            "state": thread.state,
            "messages": [
                {
                    "id": message.id,
                    "by": message.author.id,
                    "body": message.body,
                    "deleted": message.deleted_at is not None,
                    "reactions": {(emoji, person) for emoji, people in message.reactions.items() for person in people},
                }
                for message in thread.messages
            ],
        }
        for id, thread in threads.items()
    }


steps = st.lists(st.tuples(st.sampled_from("bbbbrrrrrrrreeddxxxxxuusop"), st.integers(0, 2**20)), max_size=40)


def do(kind: str, dice: random.Random, number: int, document: DiscussionDocument, model: Model | None) -> None:
    """One thing that somebody does; what names nothing that is there is refused, and changes nothing."""
    by, thread = dice.choice([ADA, BO]), f"t{dice.randrange(3)}"
    message, emoji = f"m{dice.randrange(max(number, 1))}", dice.choice(EMOJI)
    fresh = f"m{number}"
    try:
        match kind:
            case "b":
                document.begin(thread, HERE, "", said(fresh, by))
                retold = partial(Model.begin, thread=thread, id=fresh, by=by)
            case "r":
                document.reply(thread, said(fresh, by))
                retold = partial(Model.reply, thread=thread, id=fresh, by=by)
            case "e":
                document.edit(thread, message, f"edited {number}", mentions=[], at=number)
                retold = partial(Model.edit, thread=thread, id=message, body=f"edited {number}")
            case "d":
                document.delete(thread, message, at=number)
                retold = partial(Model.delete, thread=thread, id=message)
            case "x":
                document.react(thread, message, emoji, by=by.id, at=number)
                retold = partial(Model.react, thread=thread, id=message, emoji=emoji, by=by, on=True)
            case "u":
                document.unreact(thread, message, emoji, by=by.id)
                retold = partial(Model.react, thread=thread, id=message, emoji=emoji, by=by, on=False)
            case "s":
                document.resolve(thread, by=by, at=number)
                retold = partial(Model.settle, thread=thread, state="resolved")
            case "o":
                document.reopen(thread)
                retold = partial(Model.settle, thread=thread, state="open")
            case _:
                document.remove(thread)
                retold = partial(Model.remove, thread=thread)
    except FlowroomError:
        return
    if model is not None:
        retold(model)


@given(steps)
@EXAMPLES
def test_a_document_says_what_a_plain_model_says_and_a_reader_follows(work: list[tuple[str, int]]) -> None:
    """TALK-5, TALK-6."""
    document, reader, model = DiscussionDocument(), DiscussionDocument(), Model()
    heard: list[DiscussionChange] = []
    subscription = DiscussionSubscription(reader, heard.extend)
    document.doc.observe(lambda event: reader.doc.apply_update(event.update))
    for number, (kind, seed) in enumerate(work):
        do(kind, random.Random(seed), number, document, model)
        assert plain(document.threads()) == model.threads
        assert plain(subscription.rows) == model.threads
    late = DiscussionDocument()
    late.doc.apply_update(document.doc.get_update())
    assert late.threads() == document.threads() == reader.threads()
    subscription.close()


@given(steps, st.randoms(use_true_random=False))
@EXAMPLES
def test_servers_that_write_at_once_converge_whatever_the_order_of_exchange(
    work: list[tuple[str, int]], rng: random.Random
) -> None:
    """TALK-6: three servers, updates late, doubled and out of step; nothing that one of them said alone is lost."""
    servers = [DiscussionDocument(Doc(client_id=n + 1)) for n in range(3)]
    sent: list[bytes] = []
    for server in servers:
        server.doc.observe(lambda event: sent.append(event.update))
    for number, (kind, seed) in enumerate(work):
        do(kind, random.Random(seed), number, rng.choice(servers), None)
        if sent and rng.random() < 0.4:
            rng.choice(servers).doc.apply_update(rng.choice(sent))
    everything = [server.doc.get_update() for server in servers]
    for server in servers:
        for update in rng.sample(everything, len(everything)):
            server.doc.apply_update(update)

    assert servers[0].threads() == servers[1].threads() == servers[2].threads()
    for thread in servers[0].threads().values():
        ids = [message.id for message in thread.messages]
        assert len(ids) == len(set(ids))
