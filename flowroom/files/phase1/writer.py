"""Writing a graph as a Phase 1 workspace that Phase 1's own rules accept."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from flowroom.errors import InvalidFile
from flowroom.files.phase1 import names
from flowroom.model import MAX_SAFE_INTEGER, Edge, Graph, Json, Node, NodeId

_PLAIN_FIELDS = {"id", "type", "name", "pos", "params", "parent", "ports", "phase1"}
MAX_NAME_BYTES = 200
"""Longer names than this and an ending are too long for file systems."""
_INPUT_PROXY_POS, _OUTPUT_PROXY_POS = {"x": 40, "y": 60}, {"x": 400, "y": 60}


def write_workspace(
    graph: Graph, folder: Path, files: Mapping[str, bytes] | None = None, *, at: datetime | None = None
) -> None:
    """Write `graph` into an empty or new `folder`.

    `files` are further files by relative path, as an import kept them. `at` is the time written into the index.
    Raises InvalidFile when a file would fall outside the folder.
    """
    for name, data in (files or {}).items():
        _write(folder, name, data)
    write = _Writing(graph, folder)
    write.everything()
    write.index(at or datetime.now(UTC))
    write.ours()


class _Writing:
    """One workspace while it is being written."""

    def __init__(self, graph: Graph, folder: Path) -> None:
        self.graph = graph
        self.folder = folder
        self.root_nodes: list[dict[str, Any]] = []
        self.children: dict[NodeId | None, list[Node]] = {}
        for node in graph.nodes.values():
            parent = node.parent if node.parent in graph.nodes else None
            self.children.setdefault(parent, []).append(node)
        self.names: dict[str, str] = {}
        self.taken: set[str] = set()
        self.edges: dict[NodeId, list[Edge]] = {}
        for edge in sorted(graph.edges.values(), key=lambda edge: (edge.order, edge.id)):
            self.edges.setdefault(edge.source, []).append(edge)

    def everything(self) -> None:
        """Write all nodes, and what stands in the groups among them; a list and not recursion, however deep."""
        groups = self._scope(None, self.folder / "nodes")
        while groups:
            group, folder = groups.pop()
            groups += self._scope(group.id, folder / "nodes")
            self._interior(group, folder)

    def _scope(self, parent: NodeId | None, folder: Path) -> list[tuple[Node, Path]]:
        """Write the nodes that stand in `parent`; the groups among them, and the folders for what they hold."""
        groups = []
        for node in sorted(self.children.get(parent, []), key=lambda node: node.id):
            document = self._document(node, parent)
            _write_json(self.folder, folder / f"{self._file_name(document['id'])}.json", document)
            if parent is None:
                self.root_nodes.append(document)
            if node.type == "Group":
                groups.append((node, self.folder / document["subgraphRef"]))
        return groups

    def _file_name(self, id: str) -> str:
        """A file name for any id, another one for each; Phase 1's own ids are left as they are."""
        if id not in self.names:
            plain = re.sub(r'[/\\:*?"<>|\x00-\x1f]', "_", id).strip(". ") or "_"
            if len(plain.encode()) > MAX_NAME_BYTES or plain in self.taken:
                plain = f"{plain[:40]}-{hashlib.sha1(id.encode(), usedforsecurity=False).hexdigest()[:12]}"
            self.names[id] = plain
            self.taken.add(plain)
        return self.names[id]

    def _interior(self, group: Node, folder: Path) -> None:
        inner = sorted(self.children.get(group.id, []), key=lambda node: node.id)
        drawn = sorted(
            (edge for node in inner for edge in self.edges.get(node.id, [])), key=lambda edge: (edge.order, edge.id)
        )
        edges = [_edge(edge, self._original(edge.source), self._original(edge.target), self.graph) for edge in drawn]
        if edges:
            _write(self.folder, (folder / "edges.json").relative_to(self.folder).as_posix(), _pretty(edges))
        self._proxies(group, folder, {self._original(node.id) for node in inner})
        stub = {"version": 0, "generatedAt": "1970-01-01T00:00:00.000Z", "nodes": []}
        _write_json(self.folder, folder / ".awb" / "index.json", stub)

    def _proxies(self, group: Node, folder: Path, present: set[str]) -> None:
        """Phase 1 shows a group only with both proxies of each port pair: write those the graph does not have."""
        if group.ports is None:
            return
        sides = (
            ("input", group.ports.inputs, "GroupInputProxy", _INPUT_PROXY_POS),
            ("output", group.ports.outputs, "GroupOutputProxy", _OUTPUT_PROXY_POS),
        )
        for kind, ports, node_type, position in sides:
            for port in ports:
                proxy = f"__{kind}_{port}"
                if proxy in present:
                    continue
                props = {"port": port, "groupId": self._original(group.id), "kind": kind}
                document = {"id": proxy, "type": node_type, "name": port, "position": position, "props": props}
                path = folder / "nodes" / f"{self._file_name(proxy)}.json"
                _write_json(self.folder, path, {**document, "edges": {"out": []}})

    def _document(self, node: Node, parent: NodeId | None) -> dict[str, Any]:
        phase1 = _phase1(node)
        theirs = phase1.get("type") or names.PHASE1_TYPES.get(node.type, node.type)
        props, ours_params = _props(node, theirs)
        if "props" in phase1:
            props = phase1["props"]
        document: dict[str, Any] = {"id": self._original(node.id), "type": theirs, "name": node.name}
        position = _position(node, phase1)
        proxy = theirs in ("GroupInputProxy", "GroupOutputProxy")
        document |= {"position": position, "props": props} if proxy else {"props": props, "position": position}
        out = [] if parent is not None else self._out(node)
        document["edges"] = {"out": out}
        if node.type == "Group":
            ports = node.ports
            document["ports"] = {"inputs": list(ports.inputs), "outputs": list(ports.outputs)} if ports else {}
            document["ports"] = {"inputs": [], "outputs": [], **document["ports"]}
            document["subgraphRef"] = f"groups/{self._file_name(self._original(node.id))}"
        document |= phase1.get("rest", {})
        if ours := _ours(node, ours_params):
            document["flowroom"] = ours
        return document

    def _out(self, node: Node) -> list[dict[str, Any]]:
        edges = [edge for edge in self.edges.get(node.id, []) if edge.target in self.graph.nodes]
        return [_edge(edge, None, self._original(edge.target), self.graph) for edge in edges]

    def _original(self, node: NodeId) -> str:
        found = self.graph.nodes.get(node)
        original: str = _phase1(found).get("id", node) if found else node
        return original

    def index(self, at: datetime) -> None:
        """The cache of root nodes that Phase 1 would write itself."""
        stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entries = [
            {"id": node["id"], "type": node["type"], "name": node["name"], "propsHash": _digest(node["props"]),
             "mtime": stamp}
            for node in self.root_nodes
        ]  # fmt: skip
        index = {"version": len(entries), "generatedAt": stamp, "nodes": entries}
        _write_json(self.folder, self.folder / ".awb" / "index.json", index)

    def ours(self) -> None:
        """What is true of the graph as a whole and Phase 1 has no place for."""
        graph = self.graph.model_dump(mode="json", include={"meta", "breakpoints", "templates"}, exclude_none=True)
        graph["meta"].pop("lastRun", None)
        _write_json(self.folder, self.folder / "flowroom.json", {key: value for key, value in graph.items() if value})


def _phase1(node: Node) -> dict[str, Any]:
    extra = (node.model_extra or {}).get("phase1")
    return extra if isinstance(extra, dict) else {}


def _position(node: Node, phase1: dict[str, Any]) -> dict[str, Json]:
    match phase1.get("position"):
        case [x, y] if (round(x), round(y)) == node.pos:
            return {"x": x, "y": y}
    return {"x": node.pos[0], "y": node.pos[1]}


def _props(node: Node, theirs: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """The parameters that go into `props`, and those its schema has no room for."""
    params = dict(node.params)
    beside: dict[str, Json] = {}
    if theirs in names.CLOSED_PROPS:
        allowed = {*names.PROP_ORDER[theirs], *(names.READ_BY_THE_EXECUTOR if theirs == "LLM" else ())}
        imported = theirs == _phase1(node).get("type") or "phase1" in (node.model_extra or {})
        if not imported:
            beside = {key: params.pop(key) for key in sorted(params) if key not in allowed}
    for key, value in names.REQUIRED_PROPS.get(theirs, {}).items():
        params.setdefault(key, value)
    return names.in_order(theirs, params), beside


def _ours(node: Node, params: dict[str, Json]) -> dict[str, Json]:
    """The fields of a node that Phase 1 does not know, under one key at the top, where every schema allows more."""
    dumped = node.model_dump(mode="json", exclude=_PLAIN_FIELDS, exclude_defaults=True)
    if params:
        dumped["params"] = params
    return dict(sorted(dumped.items()))


def _edge(edge: Edge, source: str | None, target: str, graph: Graph) -> dict[str, Json]:
    extra = dict(edge.model_extra or {})
    phase1 = extra.pop("phase1", None)
    original = phase1.get("id", edge.id) if isinstance(phase1, dict) else edge.id
    document: dict[str, Json] = {"id": original}
    if source is not None:
        document["sourceId"] = source
    document |= {"targetId": target, "kind": edge.kind}
    if edge.var_name:
        document["varName"] = edge.var_name
    if edge.source_port != names.source_port(graph.nodes[edge.source]):
        document["sourcePort"] = edge.source_port
    if edge.target in graph.nodes and edge.target_port != names.target_port(graph.nodes[edge.target], edge.kind):
        document["targetPort"] = edge.target_port
    document |= {key: value for key in ("condition", "label") if (value := getattr(edge, key)) is not None}
    return document | extra


def _write_json(root: Path, path: Path, value: Json) -> None:
    _write(root, path.relative_to(root).as_posix(), _pretty(value) + b"\n")


def _write(root: Path, name: str, data: bytes) -> None:
    parts = PurePosixPath(name).parts
    path = root.joinpath(*parts)
    if not parts or ".." in parts or PurePosixPath(name).is_absolute() or "\\" in name:
        raise InvalidFile("expected a path inside the workspace", file=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _pretty(value: Json) -> bytes:
    return orjson.dumps(_whole(value), option=orjson.OPT_INDENT_2)


def _digest(props: Json) -> str:
    """Phase 1's fingerprint of properties: SHA-1 over compact JSON in the order of its keys."""
    return hashlib.sha1(orjson.dumps(_whole(props)), usedforsecurity=False).hexdigest()


def _whole(value: Json) -> Json:
    """The value with integral floats as integers: a shared document keeps every number as a float."""
    match value:
        case float() if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER:
            return int(value)
        case dict():
            return {key: _whole(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole(item) for item in value]
    return value
