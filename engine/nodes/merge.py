"""Merge: makes one value of several."""

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port

MODES = ("first", "list", "object", "concat")


class MergeParams(Params):
    """How values become one."""

    mode: str = param(
        "list",
        title="Make",
        options=MODES,
        widget="select",
        help="first: the first value; list: all in order; object: all fields in one object; concat: one text",
    )
    separator: str = param("\n\n", title="Between texts", help="For concat")


MERGE = Definition(
    type="Merge",
    title="Merge",
    description="Joins what arrives from several nodes into one value.",
    category="Flow",
    icon="merge",
    params=MergeParams,
    inputs=(Port(name="input", label="Values", type="any", arity="list", required=True),),
    outputs=(Port(name="output", label="Merged", type="any"),),
)
