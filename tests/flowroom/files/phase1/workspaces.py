"""Phase 1 workspaces of our own making, written from the rules of the format, and its strict schemas."""

from pathlib import Path
from typing import Any

import orjson

Json = Any


def write(root: Path, files: dict[str, Json]) -> Path:
    """Write files below `root`: text as it is, anything else as JSON."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else orjson.dumps(content, option=2))
    return root


def node(node_id: str, node_type: str, props: Json = None, *, at: tuple[float, float] = (0, 0), **more: Json) -> Json:
    """A node document in the order Phase 1 writes it."""
    return {
        "id": node_id,
        "type": node_type,
        "name": more.pop("name", node_id),
        "props": {} if props is None else props,
        "position": {"x": at[0], "y": at[1]},
        "edges": {"out": more.pop("out", [])},
        **more,
    }


def edge(edge_id: str, target: str, kind: str = "flow", **more: Json) -> Json:
    """An edge as it stands in its source node's file."""
    return {"id": edge_id, "targetId": target, "kind": kind, **more}


def chat_pipeline() -> dict[str, Json]:
    """Chat → LLM → Log, with a file whose text the prompt uses."""
    return {
        "nodes/ChatNode-a.json": node("ChatNode-a", "ChatNode", {"history": []}, out=[edge("e_1", "LLM-b")]),
        "nodes/FileReaderNode--f.json": node(
            "FileReaderNode--f",
            "FileReaderNode",
            {"mode": "single", "filePath": "prompts/joke.md", "emitContent": True, "action": "sendNext"},
            at=(10.25, -40.5),
            out=[edge("e_1", "LLM-b", "data", varName="joke")],
        ),
        "nodes/LLM-b.json": node(
            "LLM-b",
            "LLM",
            {"model": "stub", "promptTemplate": "{message} {joke}", "temperature": 0.7},
            at=(300, 20),
            out=[edge("e_2", "LogNode-c")],
        ),
        "nodes/LogNode-c.json": node(
            "LogNode-c", "LogNode", {"history": [{"id": "x", "ts": 1758048494924, "preview": "hé"}]}, at=(600, 20)
        ),
        "prompts/joke.md": "Why did the edge cross the canvas?\n",
        "settings/system.json": {"llm": {"apiKey": "sk-very-secret", "defaultModel": "m"}},
    }


def nested_groups() -> dict[str, Json]:
    """Two groups joined by an edge; inside the first a second level, reached by subgraphRef."""
    ports: dict[str, Json] = {"ports": {"inputs": ["in"], "outputs": ["out"]}}

    def proxies(group: str) -> dict[str, Json]:
        return {
            f"groups/{group}/nodes/__{kind}_{port}.json": {
                "id": f"__{kind}_{port}",
                "type": f"Group{kind.title()}Proxy",
                "name": port,
                "position": {"x": 40, "y": 60},
                "props": {"port": port, "groupId": group, "kind": kind},
                "edges": {"out": []},
            }
            for kind, port in (("input", "in"), ("output", "out"))
        }

    def inner(edge_id: str, source: str, target: str) -> Json:
        return {"id": edge_id, "sourceId": source, "targetId": target, "kind": "flow"}

    return {
        "nodes/Group-A.json": node(
            "Group-A", "Group", out=[edge("e_1", "Group-B")], **ports, subgraphRef="groups/Group-A"
        ),
        "nodes/Group-B.json": node("Group-B", "Group", **ports, subgraphRef="groups/Group-B"),
        **proxies("Group-A"),
        **proxies("Group-B"),
        **proxies("Group-N"),
        "groups/Group-A/nodes/Group-N.json": node("Group-N", "Group", **ports, subgraphRef="groups/Group-N"),
        "groups/Group-A/edges.json": [
            inner("ge_1", "__input_in", "Group-N"),
            inner("ge_2", "Group-N", "__output_out"),
        ],
        "groups/Group-N/nodes/Code-x.json": node("Code-x", "Code", {"language": "python", "source": "1"}),
        "groups/Group-N/edges.json": [
            inner("ge_1", "__input_in", "Code-x"),
            inner("ge_2", "Code-x", "__output_out"),
        ],
        "groups/Group-B/edges.json": [inner("ge_1", "__input_in", "__output_out")],
    }


def _schema(required: tuple[str, ...], *, closed: tuple[str, ...] = (), **more: Json) -> Json:
    props: Json = {"type": "object", "required": list(required)}
    if closed:
        props |= {"additionalProperties": False, "properties": {key: {} for key in closed}}
    return {
        "type": "object",
        "required": ["id", "type", "name", "props", *more.get("needs", ())],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "position": {"type": "object", "required": ["x", "y"]},
            "props": props,
            "edges": {"type": "object", "required": ["out"]},
            "ports": {"type": "object", "required": ["inputs", "outputs"]},
        },
    }


SCHEMAS: dict[str, Json] = {
    "ChatNode": _schema(("history",), closed=("history", "maxEntries", "systemPrompt", "width", "contentHeight")),
    "LogNode": _schema(("history",), closed=("history", "maxEntries", "filterIncludes", "width", "contentHeight")),
    "LLM": _schema(
        ("model",),
        closed=(
            "model", "provider", "system", "promptTemplate", "autoDerivePromptFromFile", "temperature",
            "maxOutputTokens", "outputCharLimit", "ollamaBaseUrl", "useTemplate", "templateId", "templateVariables",
        ),
    ),
    "FileReaderNode": _schema(
        ("mode",),
        closed=(
            "mode", "filePath", "dirPath", "includePatterns", "emitContent", "maxFileSizeBytes", "encodedAs",
            "scannedFiles", "cursorIndex", "lastError", "action", "width", "contentHeight",
        ),
    ),
    "Code": _schema(("language", "source"), closed=("language", "source")),
    "Group": _schema((), needs=("ports", "subgraphRef")),
    "GroupInputProxy": _schema(("port", "groupId", "kind")),
    "GroupOutputProxy": _schema(("port", "groupId", "kind")),
}  # fmt: skip
"""The strict rules for the types that Phase 1 claims: what must be there, and where nothing more may be."""
