"""Nodes around a Phase 1 LLM, with what they have stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.context import Incoming
from flowroom.model import Edge, EdgeId, Json, Node, NodeId

Kept = Mapping[str, Json]


def incoming(
    type: str,
    params: Kept | None = None,
    *,
    history: Sequence[Kept] = (),
    edge: Mapping[str, Any] | None = None,
) -> Incoming:
    """An edge into the LLM, a data edge named `v` unless `edge` says otherwise."""
    fields = {"id": EdgeId("e_abcd12"), "kind": "data", "var_name": "v", **(edge or {})}
    source = Node(id=NodeId("source"), type=type, params=dict(params or {}))
    return Incoming(edge=Edge(source=NodeId("source"), target=NodeId("me"), **fields), source=source, history=history)
