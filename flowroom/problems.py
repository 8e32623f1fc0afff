"""What can be wrong with a graph: one table of codes, so that people, editors and tests name a problem alike."""

from typing import Literal

from pydantic import Field

from flowroom.model import EdgeId, NodeId, Value

Severity = Literal["error", "warning"]

CODES: dict[str, Severity] = {
    "E-ID-DUPLICATE": "error",  # a node and an edge have the same id, or a record's id is not its key
    "E-NODE-TYPE": "error",  # a node without a type: what is left of one that was deleted and edited at once
    "W-NODE-UNKNOWN-TYPE": "warning",  # kept and shown, not run
    "W-NODE-PARENT": "warning",  # the container is gone, is none, or contains itself: shown at the top
    "W-NODE-RUN-WHEN": "warning",  # in a cascade a node runs for every value that reaches it, and never waits
    "W-PORT-REQUIRED": "warning",  # nothing arrives at a port that needs something: the node will be skipped
    "W-PARAM-REQUIRED": "warning",  # a parameter is empty that the node can't run without: the node will fail
    "E-EDGE-END": "error",  # an end of the edge is gone
    "E-EDGE-DUPLICATE": "error",  # the same two ports are connected twice
    "E-EDGE-LEVEL": "error",  # the ends are in different containers
    "E-EDGE-PORT": "error",  # no such port
    "E-EDGE-TYPE": "error",  # what flows out is not what the other end takes
    "E-EDGE-CYCLE": "error",  # every node of a cycle waits for the others
    "E-RUN-MULTI-LIVE": "warning",  # two edges may be live at a port that takes one: the run would fail there
}
"""Every code with its severity. An error keeps a dataflow graph from running; a warning does not."""


class Problem(Value):
    """One thing that is wrong, with the node or edge it is about and a sentence that says what to do."""

    code: str
    message: str
    severity: Severity
    node: NodeId | None = Field(default=None)
    edge: EdgeId | None = Field(default=None)


def problem(code: str, message: str, *, node: NodeId | None = None, edge: EdgeId | None = None) -> Problem:
    """A problem with the severity that the table gives its code."""
    return Problem(code=code, message=message, severity=CODES[code], node=node, edge=edge)
