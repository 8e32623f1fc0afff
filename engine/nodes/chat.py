"""Chat: where a person speaks to a graph and reads its answers.

A message typed into the node starts a run at it (`ctx.message`) and leaves through `message`. What comes back to
`reply` is a feedback input: it is shown in the node and holds nothing up, so a chat may be start and end of a loop.
"""

from collections.abc import Mapping

from engine.context import Context
from engine.entries import chat_entry
from engine.nodes.definition import Definition, Params, param, read_params
from flowroom.model import Json
from flowroom.node_types import Port


class ChatParams(Params):
    """How long a conversation is kept. `history` is what an imported graph brought along."""

    max_entries: int = param(200, title="Keep messages", help="Older messages leave the history", ge=1)
    history: list[Json] = param([], title="History", hidden=True)


MESSAGES_GIVEN = 20
"""How much of a conversation `history` carries: more would crowd a small model's context."""


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Send the message on: the one just typed, else the last one of the conversation, else nothing."""
    params = read_params(ChatParams, ctx.params)
    earlier = [message for message in [*params.history, *await ctx.history(params.max_entries)] if _is_said(message)]
    typed = (ctx.message or "").strip()
    if typed:
        ctx.entry(chat_entry("user", typed))
    else:
        typed, earlier = _last_said(earlier)
    if not typed:
        return {}
    history = [{"role": message["role"], "content": message["content"]} for message in earlier[-MESSAGES_GIVEN:]]
    return {"message": typed, "history": history}


def _is_said(message: Json) -> bool:
    return isinstance(message, Mapping) and isinstance(message.get("content"), str) and "role" in message


def _last_said(messages: list[Json]) -> tuple[str, list[Json]]:
    """The last words of the person and what was said before them."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index]["role"] == "user":
            return messages[index]["content"], messages[:index]
    return "", messages


CHAT = Definition(
    type="Chat",
    title="Chat",
    description="Type a message to start a run; answers that reach Reply appear here.",
    category="Triggers",
    icon="message-circle",
    params=ChatParams,
    inputs=(Port(name="reply", label="Reply", type="text", arity="list", feedback=True),),
    outputs=(
        Port(name="message", label="Message", type="text"),
        Port(name="history", label="History", type="json"),
    ),
    body="chat",
    run=run,
)
