"""What people ask a bot in comments: `@layout`, or a mention of the bot by name, and what they say besides."""

import re
from collections.abc import AsyncIterator

from flowroom.client import GraphClient
from flowroom.discussion import Thread, mentioned

_MENTION = re.compile(r"@\[[^\]\n]*\]\([^()\s]*\)")


def request_in(body: str, word: str, me: str) -> str | None:
    """What a comment asks of the bot that goes by a word and an id; None when it is not spoken to."""
    called = re.compile(rf"(?<!\w)@{re.escape(word)}\b", re.IGNORECASE)
    if me not in mentioned(body) and not called.search(body):
        return None
    return " ".join(called.sub("", _MENTION.sub("", body)).split())


async def asked(g: GraphClient, word: str, me: str) -> AsyncIterator[tuple[Thread, str]]:
    """Each request with its thread: what waits for an answer, then what comes until the graph is left."""
    changes, threads = g.discussion(), await g.threads()
    waiting = [(thread, thread.messages[-1]) for thread in list(threads.values()) if thread.state == "open"]
    seen = {message.id for _, message in waiting}
    for thread, message in waiting:
        if message.author.id != me and (request := request_in(message.body, word, me)) is not None:
            yield thread, request
    async for change in changes:
        thread_now = threads.get(change.thread)
        if change.kind != "comment.created" or thread_now is None or change.message in seen:
            continue
        said = next((message.body for message in thread_now.messages if message.id == change.message), "")
        if (request := request_in(said, word, me)) is not None:
            yield thread_now, request
