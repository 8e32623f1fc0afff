"""Who is here and what they are doing: the awareness state of one peer.

Everything but `user` is the peer's own word; `user` is stamped by the server on every update.
"""

from pydantic import Field

from flowroom.model import NodeId, Value
from flowroom.protocol import PeerKind


class User(Value):
    """An identity as others see it. `colour` is a CSS hex colour."""

    id: str
    name: str
    colour: str
    kind: PeerKind = "person"


class Editing(Value):
    """A text cursor in a prose parameter; `anchor` and `head` are Yjs relative positions as JSON."""

    node: NodeId
    param: str
    anchor: object = None
    head: object = None


class Drag(Value):
    """Nodes being moved just now, by so many canvas units; the drop is one write to the document."""

    ids: tuple[NodeId, ...]
    by: tuple[float, float]


class Presence(Value):
    """One peer's state, at most `MAX_PRESENCE_BYTES` as JSON."""

    user: User
    cursor: tuple[float, float] | None = Field(default=None, description="Canvas units")
    selection: tuple[str, ...] = ()
    editing: Editing | None = None
    drag: Drag | None = None
    viewport: tuple[float, float, float] | None = Field(default=None, description="x, y, zoom")
    running: NodeId | None = None
    went_back: str | None = Field(default=None, description="The version kept as this peer last went back to one")
