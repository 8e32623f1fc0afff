"""How a node type describes itself to editors, checks and the engine: its ports, its parameters, its effect."""

from collections.abc import Mapping
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
    slider, duration, keyvalue or cases; `x-language` names the language of a code field; `x-labels` gives the words for
    values of an `enum`; `x-group` names a fold of the form, `x-hidden` keeps a parameter out of it. `x-needed` marks
    what the node can't run without: `true`, or the values that other parameters have when it is
    (`{"mode": ["single"]}`); a connection to one of `x-ports` serves instead. `x-when` gives the values that other
    parameters have when it means anything; with others it stands in no form.
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
    ports_from: str | None = Field(
        default=None, description="A list param whose items' `name` each is an output port, before `outputs`"
    )
    runnable: bool = True

    def outputs_with(self, params: Mapping[str, Any]) -> tuple[Port, ...]:
        """The outputs of a node with these params: one per named item of `ports_from`, then the fixed ones."""
        items = params.get(self.ports_from) if self.ports_from else None
        names = [item.get("name") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        fixed = {port.name for port in self.outputs}
        own = dict.fromkeys(name for name in names if isinstance(name, str) and name and name not in fixed)
        return (*(Port(name=name) for name in own), *self.outputs)
