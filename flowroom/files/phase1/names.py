"""How Phase 1 names things and how Flowroom does: node types, ports and the order of properties.

Phase 1 edges carry no ports: every value arrives under the port it left by. Here each edge is drawn between two
ports, so the import picks the natural ones; the export leaves them out again where they are these defaults.
"""

from collections.abc import Mapping

from flowroom.model import EdgeKind, Json, Node

TYPES = {
    "ChatNode": "Chat",
    "LogNode": "Log",
    "FileReaderNode": "FileReader",
    "GroupInputProxy": "GroupInput",
    "GroupOutputProxy": "GroupOutput",
}
"""Phase 1's name → ours, where they differ."""

PHASE1_TYPES = {ours: theirs for theirs, ours in TYPES.items()}

_SOURCE_PORTS = {"Chat": "message", "FileReader": "file"}
_TARGET_PORTS = {"Chat": "reply", "LLM": "message"}
_DATA_PORTS = {"LLM": "context"}

PROP_ORDER: Mapping[str, tuple[str, ...]] = {
    "ChatNode": ("history", "maxEntries", "systemPrompt", "width", "contentHeight"),
    "LogNode": ("history", "maxEntries", "filterIncludes", "width", "contentHeight"),
    "LLM": (
        "model", "provider", "system", "promptTemplate", "autoDerivePromptFromFile", "temperature", "maxOutputTokens",
        "outputCharLimit", "ollamaBaseUrl", "useTemplate", "templateId", "templateVariables",
    ),
    "FileReaderNode": (
        "mode", "filePath", "dirPath", "includePatterns", "emitContent", "maxFileSizeBytes", "encodedAs",
        "scannedFiles", "cursorIndex", "lastError", "action", "width", "contentHeight",
    ),
    "Code": ("language", "source"),
    "MCPTool": ("serverId", "toolName", "parameters", "streaming", "timeout"),
    "GroupInputProxy": ("port", "groupId", "kind"),
    "GroupOutputProxy": ("port", "groupId", "kind"),
}  # fmt: skip
"""The properties of a type in the order of its schema; a shared document does not keep the order of keys."""

CLOSED_PROPS = frozenset({"ChatNode", "LogNode", "LLM", "FileReaderNode", "Code", "MCPTool"})
"""Types whose strict schema forbids properties it does not name: what is ours goes beside `props`, not into it."""

READ_BY_THE_EXECUTOR = frozenset({"inputVars", "streaming"})
"""LLM properties that Phase 1's schema forbids and its executor reads: they stay where they were."""

REQUIRED_PROPS: Mapping[str, Mapping[str, Json]] = {
    "ChatNode": {"history": []},
    "LogNode": {"history": []},
    "LLM": {"model": "gpt-3.5-turbo"},
    "FileReaderNode": {"mode": "single"},
    "Code": {"language": "typescript", "source": ""},
    "Task": {"title": ""},
    "ToolCall": {"toolName": ""},
}
"""What the strict schemas require, with the value Phase 1 itself falls back to."""


def source_port(node: Node) -> str:
    """The port that an edge without one leaves this node by."""
    if node.ports and node.ports.outputs:
        return node.ports.outputs[0]
    return _SOURCE_PORTS.get(node.type, "output")


def target_port(node: Node, kind: EdgeKind) -> str:
    """The port that an edge without one arrives at this node by."""
    if node.ports and node.ports.inputs:
        return node.ports.inputs[0]
    ports = _DATA_PORTS if kind == "data" and node.type in _DATA_PORTS else _TARGET_PORTS
    return ports.get(node.type, "input")


def in_order(phase1_type: str, props: Mapping[str, Json]) -> dict[str, Json]:
    """The properties in the order of the type's schema, further ones by name after them."""
    order = {key: place for place, key in enumerate(PROP_ORDER.get(phase1_type, ()))}
    return dict(sorted(props.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))
