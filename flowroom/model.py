"""What a graph is: plain, frozen values with no document, socket or database behind them.

A `Graph` is what a file holds, what a run pins and what checks read. Its Yjs form is in ydoc.py, the only
place that knows the keys of a shared document. Attributes are snake_case here and camelCase wherever they are
written down. Keys this version does not know are kept and written back (`model_extra`).
"""

from typing import Annotated, Any, Literal, NewType

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

SCHEMA_VERSION = 1

GraphId = NewType("GraphId", str)
NodeId = NewType("NodeId", str)
EdgeId = NewType("EdgeId", str)

Json = Any
"""A value JSON can hold: None, bool, int, float, str, list and dict with string keys."""

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest whole number that a double (and so JavaScript) counts to without a gap."""

Whole = Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
MAX_COORDINATE = 10**9
"""How far out something may lie on the canvas, in its units; further out is no place that somebody chose."""
Coordinate = Annotated[int, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]

RunWhen = Literal["inputs", "all_live", "any", "first", "all_done", "any_failed", "all_failed", "all_skipped", "always"]
EdgeKind = Literal["flow", "data"]
Execution = Literal["dataflow", "cascade"]
"""How a run moves: `dataflow` runs each node once when its inputs are settled; `cascade` is Phase 1's event flow,
which starts at one node and runs every node each time a value reaches it."""

PROSE_PARAMS = frozenset({"prompt", "promptTemplate", "system", "template", "code", "source", "query", "body", "text"})
"""Parameters that people write together: a string under one of these names is a Y.Text in a shared document, for
every node type, so that all peers agree without knowing the type. Any other parameter is one plain JSON value."""

CONTAINER_TYPES = frozenset({"Group"})
"""Node types that hold other nodes (`Node.parent`)."""

GROUP_INPUT = "GroupInput"
GROUP_OUTPUT = "GroupOutput"
"""The two ends of a group's ports, inside it: each stands for the port that its parameter `port` names."""

MAX_NESTING = 32
"""How deep containers may lie in each other. A path names all of them: without a bound, paths grow with the square."""


class Value(BaseModel):
    """The base of everything written down: frozen, camelCase outside, unknown keys kept."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


class Ports(Value):
    """The named ports of a container, in order."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


class Retry(Value):
    """When and how often a failed attempt is tried again: exponential back-off with full jitter."""

    attempts: int = Field(default=3, ge=1, description="Tries in total, the first one included")
    delay: float = Field(default=1.0, ge=0, description="Seconds before the second try")
    factor: float = Field(default=2.0, ge=1)
    max_delay: float = Field(default=60.0, ge=0, description="Seconds")
    jitter: bool = True
    retry_on: tuple[str, ...] = Field(default=(), description="Error types to retry; empty means every retryable one")
    never_on: tuple[str, ...] = ()


class Node(Value):
    """One step of a graph, or a container of steps. Absent execution settings mean the default."""

    id: NodeId
    type: str
    type_version: Whole = 1
    name: str = ""
    pos: tuple[Coordinate, Coordinate] = Field(default=(0, 0), description="Top left corner in canvas units")
    size: tuple[Coordinate, Coordinate] | None = None
    params: dict[str, Json] = Field(default_factory=dict)
    parent: NodeId | None = Field(default=None, description="The container this node is in")
    ports: Ports | None = Field(default=None, description="Only containers name their own ports")
    run_when: RunWhen = "inputs"
    retry: Retry | None = None
    timeout: float | None = Field(default=None, gt=0, description="Seconds for one attempt")
    on_error: Literal["fail", "port"] = Field(
        default="fail", description="`port` sends the error to the port `error` instead of failing the run"
    )
    disabled: bool = False
    pinned: Json | None = Field(default=None, description="An output used instead of running the node")


class Edge(Value):
    """A connection from an output port to an input port.

    `order` keeps the order in which edges were drawn: list ports and Phase 1 deliver in it.
    `condition` is a CEL expression over `value` (what flows) and `vars`; the edge is dead when it is false.
    """

    id: EdgeId
    source: NodeId
    source_port: str = "output"
    target: NodeId
    target_port: str = "input"
    kind: EdgeKind = "flow"
    var_name: str | None = None
    condition: str | None = None
    label: str | None = None
    order: Whole = 0


class Breakpoint(Value):
    """A place where runs stop and wait for someone to continue."""

    when: Literal["before", "after"] = "before"
    condition: str | None = None
    by: str | None = None


class Meta(Value):
    """What is true of a graph as a whole."""

    schema_version: int = Field(default=SCHEMA_VERSION, ge=1, le=MAX_SAFE_INTEGER)
    title: str = "Untitled"
    description: str = ""
    live: bool = Field(default=False, description="Run again whenever something changes")
    last_run: str | None = Field(default=None, description="Run id; a pointer for viewers, never written to a file")
    created_from: str | None = None
    execution: Execution = "dataflow"
    flow_variables: bool = Field(
        default=True,
        description="Whether `varName` on a flow edge names a variable; Phase 1 ignored it, so its import sets false",
    )


class Graph(Value):
    """A whole graph. `nodes`, `edges` and `breakpoints` are keyed by id; a record's own id equals its key."""

    meta: Meta = Field(default_factory=Meta)
    nodes: dict[NodeId, Node] = Field(default_factory=dict)
    edges: dict[EdgeId, Edge] = Field(default_factory=dict)
    breakpoints: dict[NodeId, Breakpoint] = Field(default_factory=dict)
    templates: dict[str, Json] = Field(default_factory=dict)
