"""Reading a Phase 1 workspace: node files, the groups inside them, and whatever else lies in the folder."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from flowroom.errors import InvalidFile
from flowroom.files.phase1 import names
from flowroom.files.phase1.attachments import LEFTOVER, attachments, share
from flowroom.files.phase1.report import ImportedGraph, ImportReport
from flowroom.model import Breakpoint, Edge, EdgeId, EdgeKind, Graph, Meta, Node, NodeId, Ports

MAX_JSON_BYTES = 20 * 2**20
FRAME_MARGIN = 40
NODE_SIZE = (280, 160)
"""The room a node takes, for sizing the frame of a group, which Phase 1 showed on a page of its own."""

_NODE_KEYS = {"id", "type", "name", "props", "position", "edges", "ports", "subgraphRef", "flowroom"}
_EDGE_KEYS = {"id", "sourceId", "targetId", "kind", "varName", "sourcePort", "targetPort"}


def workspace_roots(folder: Path) -> list[Path]:
    """The workspaces in a folder: itself, or those below it; [] when there is none."""
    if _is_workspace(folder):
        return [folder]
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and _is_workspace(path)]


def _is_workspace(folder: Path) -> bool:
    return (folder / "nodes").is_dir() or (folder / "groups").is_dir()


def read_workspace(folder: Path, *, title: str | None = None) -> ImportReport:
    """Make graphs of a workspace folder.

    The first graph is the workspace, titled like the folder; a file that bundles a graph of its own gives another.
    Raises InvalidFile only when the folder itself can't be read.
    """
    if not folder.is_dir():
        raise InvalidFile("expected a folder that holds a Phase 1 workspace (with nodes/ in it)", file=folder.name)
    report = ImportReport()
    reading = _Reading(folder.resolve(), report)
    reading.scope(folder.resolve() / "nodes", group=None)
    graph = reading.graph(title or folder.resolve().name)
    files = attachments(reading.root, reading.used, report)
    share(files, report)
    if graph.nodes:
        report.graphs.insert(0, ImportedGraph(graph.meta.title, graph, files))
    elif not report.graphs:
        report.problem(".", "expected node files in nodes/, found none: there is nothing to import", kept=False)
    return report


@dataclass(slots=True)
class _Reading:
    """One workspace while it is being read. Paths in the report are relative to its root."""

    root: Path
    report: ImportReport
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    edges: dict[EdgeId, Edge] = field(default_factory=dict)
    drawn: list[tuple[str, NodeId, str, dict[str, Any]]] = field(default_factory=list)
    used: set[Path] = field(default_factory=set)
    visited: set[Path] = field(default_factory=set)
    leftovers: int = 0

    def graph(self, title: str) -> Graph:
        """What was read so far, its edges resolved."""
        self._draw_edges()
        self._fit_frames()
        ours = self._ours()
        meta = {"title": title, "createdFrom": "phase1", "execution": "cascade", "flowVariables": False}
        if self.leftovers:
            self.report.problem(".", f"{self.leftovers} leftovers of interrupted writes (*.tmp-…) ignored", kept=False)
        return Graph(
            meta=Meta.model_validate({**meta, **_mapping(ours.get("meta"))}),
            nodes=self.nodes,
            edges=self.edges,
            breakpoints={NodeId(k): Breakpoint.model_validate(v) for k, v in _mapping(ours.get("breakpoints")).items()},
            templates=_mapping(ours.get("templates")),
        )

    def _ours(self) -> dict[str, Any]:
        path = self.root / "flowroom.json"
        return _mapping(self._json(path)) if path.is_file() else {}

    # --- nodes ---------------------------------------------------------------------------------------------------

    def scope(self, folder: Path, group: NodeId | None) -> None:
        """Read the nodes of one folder, and the groups among them."""
        for path in self._node_files(folder):
            raw = self._json(path)
            if raw is None:
                continue
            if not isinstance(raw, dict):
                self.used.discard(path)
                self._problem(path, f"expected a node (a JSON object), found {_kind(raw)}: left out", kept=True)
            elif "type" not in raw and "nodes" in raw:
                self.used.discard(path)
                self._bundle(path, raw)
            else:
                self._node(path, raw, group)

    def _node_files(self, folder: Path) -> Iterator[Path]:
        if not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if LEFTOVER.search(path.name):
                self.leftovers += 1
                self.used.add(path)
            elif path.suffix == ".json" and not path.name.startswith(".") and self._inside(path) and path.is_file():
                yield path

    def _node(self, path: Path, raw: dict[str, Any], group: NodeId | None) -> None:
        original = raw["id"] if isinstance(raw.get("id"), str) and raw["id"] else path.stem
        node_id = NodeId(_safe_id(f"{group}.{original}" if group else original))
        if node_id in self.nodes:
            self._problem(path, f"the id {original!r} is taken by an earlier file: left out", kept=False)
            return
        theirs = _text(raw.get("type")) or "Unknown"
        if theirs != raw.get("type"):
            self._problem(path, "has no type: shown as an unknown node", kept=True)
        ours = _mapping(raw.get("flowroom"))
        node_type = ours.pop("type", None) or names.TYPES.get(theirs, theirs)
        kept = {key: value for key, value in raw.items() if key not in _NODE_KEYS}
        phase1: dict[str, Any] = {"type": theirs} if names.TYPES.get(theirs, theirs) != theirs else {}
        if original != node_id:
            phase1["id"] = original
        params = self._props(path, raw, phase1)
        params.update(_mapping(ours.pop("params", None)))
        pos = self._position(path, raw, phase1)
        if kept:
            phase1["rest"] = kept
        fields = {"ports": _ports(raw) if theirs == "Group" else None, **ours}
        if phase1:
            fields["phase1"] = phase1
        try:
            node = Node.model_validate(
                {
                    **fields,
                    "id": node_id,
                    "type": node_type,
                    "name": raw["name"] if isinstance(raw.get("name"), str) else original,
                    "pos": pos,
                    "params": params,
                    "parent": group,
                }
            )
        except ValueError as error:
            self._problem(path, f"left out: {error}", kept=False)
            return
        self.nodes[node_id] = node
        if group is None:
            self._collect_edges(path, node_id, raw)
        if theirs == "Group":
            self._interior(path, node_id, original, raw)

    def _props(self, path: Path, raw: dict[str, Any], phase1: dict[str, Any]) -> dict[str, Any]:
        props = raw.get("props", {})
        if isinstance(props, dict):
            return dict(props)
        phase1["props"] = props
        self._problem(path, f"expected props to be an object, found {_kind(props)}: shown without settings", kept=True)
        return {}

    def _position(self, path: Path, raw: dict[str, Any], phase1: dict[str, Any]) -> tuple[int, int]:
        position = raw.get("position")
        if position is None:
            return (0, 0)
        try:
            x, y = position["x"], position["y"]
            pos = (round(x), round(y))
        except (KeyError, TypeError, ValueError, OverflowError):
            self._problem(path, "has a position that is not two numbers: put at 0, 0", kept=False)
            return (0, 0)
        if pos != (x, y):
            phase1["position"] = [x, y]
        return pos

    # --- groups --------------------------------------------------------------------------------------------------

    def _interior(self, path: Path, group: NodeId, original: str, raw: dict[str, Any]) -> None:
        folder = self._group_folder(path, original, raw)
        if folder is None:
            self._problem(path, "names no folder with its interior: imported as an empty group", kept=True)
            return
        if folder in self.visited:
            self._problem(path, f"shares {self._name(folder)} with another group: imported as empty", kept=True)
            return
        self.visited.add(folder)
        self.scope(folder / "nodes", group)
        self._interior_edges(folder / "edges.json", group)

    def _group_folder(self, path: Path, original: str, raw: dict[str, Any]) -> Path | None:
        places = [self.root / "groups" / original, path.parent.parent / "groups" / original]
        if isinstance(raw.get("subgraphRef"), str):
            places.insert(0, self.root / raw["subgraphRef"])
        for place in places:
            if self._inside(place) and place.is_dir() and place.resolve() != self.root:
                return place.resolve()
        return None

    def _interior_edges(self, path: Path, group: NodeId) -> None:
        if not (path.is_file() and self._inside(path)):
            return
        raw = self._json(path)
        if not isinstance(raw, list):
            self._problem(path, f"expected a list of edges, found {_kind(raw)}: left out", kept=False)
            return
        for edge in raw:
            if isinstance(edge, dict) and isinstance(edge.get("sourceId"), str):
                source = NodeId(_safe_id(f"{group}.{edge['sourceId']}"))
                self.drawn.append((self._name(path), source, f"{group}.", edge))
            else:
                self._problem(path, "an edge without sourceId was left out", kept=False)

    def _fit_frames(self) -> None:
        """Give each group a frame that holds its interior, unless it was given one here before."""
        for group in [node for node in self.nodes.values() if node.type == "Group" and node.size is None]:
            inner = [node.pos for node in self.nodes.values() if node.parent == group.id]
            width, height = (max((place[axis] for place in inner), default=0) for axis in (0, 1))
            size = (width + NODE_SIZE[0] + FRAME_MARGIN, height + NODE_SIZE[1] + FRAME_MARGIN)
            self.nodes[group.id] = group.model_copy(update={"size": size})

    # --- edges ---------------------------------------------------------------------------------------------------

    def _collect_edges(self, path: Path, source: NodeId, raw: dict[str, Any]) -> None:
        edges = raw.get("edges", {})
        out = edges.get("out", []) if isinstance(edges, dict) else edges
        if not isinstance(out, list):
            self._problem(path, f"expected edges.out to be a list, found {_kind(out)}: left out", kept=False)
            return
        for edge in out:
            if isinstance(edge, dict):
                self.drawn.append((self._name(path), source, "", edge))
            else:
                self._problem(path, f"expected an edge to be an object, found {_kind(edge)}: left out", kept=False)

    def _draw_edges(self) -> None:
        """Resolve the edges; `order` counts in the list an edge stood in: its node's, or its group's."""
        order: dict[str, int] = {}
        for file, source, prefix, raw in self.drawn:
            target = NodeId(_safe_id(f"{prefix}{raw.get('targetId')}"))
            if source not in self.nodes or target not in self.nodes or not isinstance(raw.get("targetId"), str):
                missing = raw.get("sourceId") if source not in self.nodes else raw.get("targetId")
                self.report.problem(file, f"edge {raw.get('id')!r} ends at {missing!r}, which is not there", kept=False)
                continue
            edge = self._edge(source, target, raw, order.setdefault(prefix or source, 0))
            order[prefix or source] += 1
            self.edges[edge.id] = edge
            if source == target:
                self.report.problem(file, f"edge {raw.get('id')!r} leads back to its own node", kept=True)

    def _edge(self, source: NodeId, target: NodeId, raw: dict[str, Any], order: int) -> Edge:
        original = raw["id"] if isinstance(raw.get("id"), str) and raw["id"] else f"e{order}"
        edge_id = EdgeId(_safe_id(original))
        if edge_id in self.edges:
            edge_id = EdgeId(_safe_id(f"{source}.{original}"))
        while edge_id in self.edges:
            edge_id = EdgeId(f"{edge_id}_")
        fields: dict[str, Any] = {key: value for key, value in raw.items() if key not in _EDGE_KEYS}
        if edge_id != original:
            fields["phase1"] = {"id": original}
        kind: EdgeKind = "data" if raw.get("kind") == "data" else "flow"
        ports = {
            "source_port": _text(raw.get("sourcePort")) or names.source_port(self.nodes[source]),
            "target_port": _text(raw.get("targetPort")) or names.target_port(self.nodes[target], kind),
        }
        return Edge.model_validate(
            {
                **{key: value for key, value in fields.items() if key != "order"},
                **ports,
                "id": edge_id,
                "source": source,
                "target": target,
                "kind": kind,
                "var_name": _text(raw.get("varName")),
                "order": order,
            }
        )

    # --- bundles --------------------------------------------------------------------------------------------------

    def _bundle(self, path: Path, raw: dict[str, Any]) -> None:
        """A file in nodes/ that holds a whole small graph: a graph of its own, and its bytes kept in this one."""
        report = ImportReport()
        inner = _Reading(self.root, report)
        for entry in raw["nodes"] if isinstance(raw["nodes"], list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                inner._node(path, {**entry, "edges": {}}, None)
        for edge in raw["edges"] if isinstance(raw.get("edges"), list) else []:
            if isinstance(edge, dict) and isinstance(edge.get("sourceId"), str):
                inner.drawn.append((self._name(path), NodeId(_safe_id(edge["sourceId"])), "", edge))
        graph = inner.graph(path.stem)
        graph = graph.model_copy(update={"meta": graph.meta.model_copy(update={"title": path.stem})})
        if graph.nodes:
            self.report.graphs.append(ImportedGraph(path.stem, graph))
        self._problem(path, "is not a node but a graph of its own: imported as a second graph", kept=True)
        self.report.problems.extend(report.problems)

    def _json(self, path: Path) -> Any:
        """The parsed file, or None with a problem noted; what can't be parsed is kept as a file."""
        try:
            if path.stat().st_size > MAX_JSON_BYTES:
                raise ValueError(f"it is larger than {MAX_JSON_BYTES // 2**20} MB")
            value = orjson.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            self._problem(path, f"can't be read as JSON ({error}): left out", kept=True)
            return None
        self.used.add(path)
        return value

    def _inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def _problem(self, path: Path, what: str, *, kept: bool) -> None:
        self.report.problem(self._name(path), what, kept=kept)


def _safe_id(text: str) -> str:
    """An id that can stand in a node path and a file name; ids are never parsed, so any change of it is harmless."""
    cleaned = re.sub(r"[/\\\x00-\x1f]", "_", text)
    return cleaned if cleaned.strip(".") else f"_{cleaned}"


def _ports(raw: dict[str, Any]) -> Ports:
    ports = _mapping(raw.get("ports"))
    inputs, outputs = (
        tuple(name for name in ports.get(side, ()) if isinstance(name, str))
        if isinstance(ports.get(side, ()), list)
        else ()
        for side in ("inputs", "outputs")
    )
    return Ports(inputs=inputs, outputs=outputs)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return f"{value!r:.40}"
