"""How a node type describes itself to editors, checks and the engine: its ports, its parameters, its effect."""

from typing import Any, Literal

from pydantic import Field

from flowroom.model import Value

PortType = Literal["any", "text", "json", "message", "file", "number", "boolean", "list"]
"""What flows through a port. `any` accepts and gives everything; an edge between two other types needs them equal,
or a target of type `text`, which shows any value as text, or `json`, which holds any value."""

Arity = Literal["single", "list", "object", "each"]
Effect = Literal["pure", "idempotent", "compensatable", "irreversible"]
Body = Literal["plain", "chat", "log", "text"]


class Port(Value):
    """One input or output. A `feedback` input takes values without holding its node back: it is no dependency."""

    name: str
    label: str = ""
    type: PortType = "any"
    arity: Arity = "single"
    required: bool = False
    feedback: bool = False


class NodeType(Value):
    """What `GET /api/node-types` tells about a type; enough for an editor that has never heard of it.

    `params` is a JSON Schema (draft 2020-12) of the parameters. Hints: `x-widget` is one of text, code, select,
    slider, duration, keyvalue or cases; `x-language` names the language of a code field; `x-group` a fold of the form.
    """

    type: str
    version: int = 1
    title: str
    description: str = ""
    category: str = "Other"
    icon: str = Field(default="box", description="A lucide icon name")
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    params: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    effect: Effect = "pure"
    body: Body = "plain"
    container: bool = False
    runnable: bool = True
