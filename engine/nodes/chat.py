"""Chat: where a person speaks to a graph and reads its answers.

A message typed into the node starts a run at it (`ctx.message`) and leaves through `message`. What comes back to
`reply` is a feedback input: it is shown in the node and holds nothing up, so a chat may be start and end of a loop.
"""

from engine.nodes.definition import Definition, Params, param
from flowroom.model import Json
from flowroom.node_types import Port


class ChatParams(Params):
    """How long a conversation is kept. `history` is what an imported graph brought along."""

    max_entries: int = param(200, title="Keep messages", help="Older messages leave the history", ge=1)
    history: list[Json] = param([], title="History", hidden=True)


CHAT = Definition(
    type="Chat",
    title="Chat",
    description="Type a message to start a run; answers that reach `reply` appear here.",
    category="Triggers",
    icon="message-circle",
    params=ChatParams,
    inputs=(Port(name="reply", label="Reply", type="text", arity="list", feedback=True),),
    outputs=(
        Port(name="message", label="Message", type="text"),
        Port(name="history", label="History", type="json"),
    ),
    body="chat",
)
