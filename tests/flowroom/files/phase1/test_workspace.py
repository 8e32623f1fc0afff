"""Phase 1 workspaces, read and written back. Rules FILE-10 to FILE-18 of docs/spec.md."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from flowroom.errors import InvalidFile
from flowroom.files.phase1 import ImportReport, read_workspace, workspace_roots, write_workspace
from flowroom.files.phase1.attachments import MAX_FILES_BYTES
from flowroom.model import EdgeId, Graph, Node, NodeId
from tests.flowroom.files.phase1.workspaces import SCHEMAS, chat_pipeline, edge, nested_groups, node, write

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def read(root: Path, files: dict[str, Any]) -> ImportReport:
    return read_workspace(write(root / "in", files))


def graph_of(report: ImportReport) -> Graph:
    return report.graphs[0].graph


def rewritten(report: ImportReport, folder: Path) -> Path:
    imported = report.graphs[0]
    write_workspace(imported.graph, folder, imported.files, at=AT)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def document(folder: Path, name: str) -> Any:
    return orjson.loads((folder / name).read_bytes())


def test_a_workspace_becomes_a_cascade_that_ignores_variables_on_flow_edges(tmp_path: Path) -> None:
    """FILE-10"""
    report = read(tmp_path, chat_pipeline())

    graph = graph_of(report)
    assert report.problems == []
    assert (graph.meta.execution, graph.meta.flow_variables, graph.meta.created_from) == ("cascade", False, "phase1")
    assert {node.type for node in graph.nodes.values()} == {"Chat", "FileReader", "LLM", "Log"}


def test_edges_get_the_ports_values_travel_by(tmp_path: Path) -> None:
    """FILE-11"""
    edges = graph_of(read(tmp_path, chat_pipeline())).edges.values()

    ports = {(edge.source, edge.target): (edge.source_port, edge.target_port) for edge in edges}
    assert ports == {
        ("ChatNode-a", "LLM-b"): ("message", "message"),
        ("FileReaderNode--f", "LLM-b"): ("file", "context"),
        ("LLM-b", "LogNode-c"): ("output", "input"),
    }


def test_edge_ids_that_repeat_between_sources_are_told_apart_and_written_back(tmp_path: Path) -> None:
    """FILE-11: Phase 1 edge ids are unique per source only."""
    report = read(tmp_path, chat_pipeline())

    folder = rewritten(report, tmp_path / "out")

    assert len(graph_of(report).edges) == 3
    assert document(folder, "nodes/FileReaderNode--f.json")["edges"]["out"] == [
        edge("e_1", "LLM-b", "data", varName="joke")
    ]


@pytest.mark.parametrize("make", [chat_pipeline, nested_groups])
def test_reading_what_was_written_gives_the_same_graph_and_the_same_bytes(make: Any, tmp_path: Path) -> None:
    """FILE-12"""
    first = read(tmp_path, make())

    folder = rewritten(first, tmp_path / "out")
    second = read_workspace(folder, title=graph_of(first).meta.title)
    again = rewritten(second, tmp_path / "again")

    assert graph_of(second) == graph_of(first)
    assert contents(again) == contents(folder)


@pytest.mark.parametrize("make", [chat_pipeline, nested_groups])
def test_what_is_written_satisfies_the_strict_schemas(make: Any, tmp_path: Path) -> None:
    """FILE-13"""
    folder = rewritten(read(tmp_path, make()), tmp_path / "out")

    for path in [*folder.glob("nodes/*.json"), *folder.glob("groups/*/nodes/*.json")]:
        jsonschema.validate(orjson.loads(path.read_bytes()), SCHEMAS[orjson.loads(path.read_bytes())["type"]])


def test_a_native_graph_is_written_so_that_phase_1_accepts_it(tmp_path: Path) -> None:
    """FILE-13: what a closed schema forbids stands beside props, and comes back from there."""
    nodes = [
        Node(id=NodeId("c"), type="Chat", name="Ask", pos=(0, 0)),
        Node(id=NodeId("m"), type="LLM", params={"prompt": "{{ input }}", "provider": "local"}, timeout=5),
        Node(id=NodeId("g"), type="Group", params={}, size=(400, 300), ports=None),
        Node(id=NodeId("i"), type="Template", parent=NodeId("g"), params={"template": "x"}),
    ]
    graph = Graph(nodes={node.id: node for node in nodes})

    write_workspace(graph, tmp_path / "out", at=AT)
    back = graph_of(read_workspace(tmp_path / "out"))

    model = document(tmp_path / "out", "nodes/m.json")
    assert model["flowroom"] == {"params": {"prompt": "{{ input }}"}, "timeout": 5.0}
    for name in ("c", "m"):
        written = document(tmp_path / "out", f"nodes/{name}.json")
        jsonschema.validate(written, SCHEMAS[written["type"]])
    assert back.nodes[NodeId("m")].params["prompt"] == "{{ input }}"
    assert back.nodes[NodeId("m")].timeout == 5
    assert back.meta.execution == "dataflow"


def test_groups_hold_their_interiors_at_any_depth(tmp_path: Path) -> None:
    """FILE-14"""
    graph = graph_of(read(tmp_path, nested_groups()))

    code = graph.nodes[NodeId("Group-A.Group-N.Code-x")]
    assert code.parent == "Group-A.Group-N"
    assert graph.nodes[code.parent].parent == "Group-A"
    assert graph.nodes[NodeId("Group-A")].parent is None
    assert len(graph.edges) == 6
    between = next(edge for edge in graph.edges.values() if edge.source == "Group-A")
    assert (between.target, between.source_port, between.target_port) == ("Group-B", "out", "in")


def test_a_group_is_as_large_as_its_interior(tmp_path: Path) -> None:
    files = nested_groups()
    files["groups/Group-B/nodes/Code-y.json"] = node("Code-y", "Code", {"language": "x", "source": ""}, at=(900, 500))

    size = graph_of(read(tmp_path, files)).nodes[NodeId("Group-B")].size

    assert size is not None
    assert size[0] > 900
    assert size[1] > 500


def test_missing_proxies_are_added_on_export(tmp_path: Path) -> None:
    """FILE-13: Phase 1 shows a group only with both proxies of each port pair."""
    files = {name: content for name, content in nested_groups().items() if "__output_out" not in name}

    folder = rewritten(read(tmp_path, files), tmp_path / "out")

    assert document(folder, "groups/Group-B/nodes/__output_out.json")["props"]["kind"] == "output"


def test_numbers_names_and_unknown_keys_survive(tmp_path: Path) -> None:
    """FILE-15"""
    odd = node("MCP Tool-x", "MCP Tool Call", {"a": 1.5, "n": 2}, at=(1.25, 7), colour="red", name="Ünï")
    files = {"nodes/MCP Tool-x.json": odd, **chat_pipeline()}

    folder = rewritten(read(tmp_path, files), tmp_path / "out")

    assert document(folder, "nodes/MCP Tool-x.json") == odd
    assert document(folder, "nodes/FileReaderNode--f.json")["position"] == {"x": 10.25, "y": -40.5}
    assert b"1758048494924," in (folder / "nodes/LogNode-c.json").read_bytes()
    assert "hé".encode() in (folder / "nodes/LogNode-c.json").read_bytes()


def test_a_moved_node_is_written_where_it_was_moved_to(tmp_path: Path) -> None:
    report = read(tmp_path, chat_pipeline())
    graph = graph_of(report)
    reader = graph.nodes[NodeId("FileReaderNode--f")]
    graph.nodes[reader.id] = reader.model_copy(update={"pos": (50, 60)})

    folder = rewritten(report, tmp_path / "out")

    assert document(folder, "nodes/FileReaderNode--f.json")["position"] == {"x": 50, "y": 60}


def test_other_files_are_kept_and_secrets_are_not(tmp_path: Path) -> None:
    """FILE-16"""
    files = {**chat_pipeline(), "settings/mcp-servers.yaml": "env: {KEY: sk-other-secret}"}

    report = read(tmp_path, files)

    kept = report.graphs[0].files
    assert kept["prompts/joke.md"].startswith(b"Why")
    assert b"secret" not in b"".join(kept.values())
    assert orjson.loads(kept["settings/system.json"])["llm"] == {"apiKey": "", "defaultModel": "m"}
    assert [problem.file for problem in report.problems] == ["settings/mcp-servers.yaml"]


def test_settings_without_a_key_are_kept_to_the_letter(tmp_path: Path) -> None:
    for settings in ('{"llm": {"apiKey": "***"}}', '{"logging": {}}', "not json", "[]"):
        kept = read(tmp_path, {**chat_pipeline(), "settings/system.json": settings}).graphs[0].files
        assert kept["settings/system.json"].decode() == settings


def test_the_index_is_made_anew(tmp_path: Path) -> None:
    folder = rewritten(read(tmp_path, {**chat_pipeline(), ".awb/index.json": "{}{}"}), tmp_path / "out")

    index = document(folder, ".awb/index.json")
    entry = next(entry for entry in index["nodes"] if entry["id"] == "LLM-b")
    compact = b'{"model":"stub","promptTemplate":"{message} {joke}","temperature":0.7}'
    assert (index["version"], index["generatedAt"]) == (4, "2026-01-02T03:04:05.000Z")
    assert entry["propsHash"] == hashlib.sha1(compact).hexdigest()


ODD_FILES: dict[str, tuple[dict[str, Any], str]] = {
    "a file that is no JSON": ({"nodes/x.json": "{"}, "can't be read as JSON"),
    "nesting without end": ({"nodes/x.json": "[" * 100_000}, "can't be read as JSON"),
    "a list for a node": ({"nodes/x.json": []}, "expected a node"),
    "no type": ({"nodes/x.json": {"id": "x"}}, "has no type"),
    "an id twice": ({"nodes/x.json": node("LLM-b", "LLM"), "nodes/z.json": node("x", "Task")}, "is taken"),
    "props that are no object": ({"nodes/x.json": node("x", "Task", [1])}, "expected props to be an object"),
    "a position of words": ({"nodes/x.json": {**node("x", "Task"), "position": {"x": "a", "y": 1}}}, "position"),
    "a position of nan": ({"nodes/x.json": {**node("x", "Task"), "position": [1, 2]}}, "position"),
    "edges that are a text": ({"nodes/x.json": {**node("x", "Task"), "edges": {"out": "e"}}}, "edges.out"),
    "an edge that is a text": ({"nodes/x.json": node("x", "Task", out=["e"])}, "expected an edge"),
    "an edge to nowhere": ({"nodes/x.json": node("x", "Task", out=[edge("e", "gone")])}, "which is not there"),
    "an edge without target": ({"nodes/x.json": node("x", "Task", out=[{"id": "e"}])}, "which is not there"),
    "an edge to itself": ({"nodes/x.json": node("x", "Task", out=[edge("e", "x")])}, "back to its own node"),
    "a group without a folder": ({"nodes/x.json": node("x", "Group")}, "names no folder"),
    "a group that leaves the folder": ({"nodes/x.json": node("x", "Group", subgraphRef="../..")}, "names no folder"),
    "edges of a group that are no list": (
        {"nodes/x.json": node("x", "Group"), "groups/x/edges.json": {}},
        "expected a list of edges",
    ),
    "a leftover of a write": ({"nodes/x.json.tmp-17": node("x", "Task")}, "leftovers"),
    "an orphan group": ({"groups/o/nodes/n.json": node("n", "Task")}, "belongs to no group"),
    "run settings that are nonsense": (
        {"nodes/x.json": {**node("x", "Task"), "flowroom": {"timeout": -1}}},
        "left out",
    ),
}


@pytest.mark.parametrize(("files", "expected"), ODD_FILES.values(), ids=ODD_FILES.keys())
def test_one_bad_file_never_costs_the_workspace(files: dict[str, Any], expected: str, tmp_path: Path) -> None:
    """FILE-17"""
    report = read(tmp_path, {**chat_pipeline(), **files})

    assert expected in " ".join(problem.what for problem in report.problems)
    assert {"ChatNode-a", "LLM-b", "LogNode-c"} <= set(graph_of(report).nodes)
    rewritten(report, tmp_path / "out")


def test_groups_that_hold_each_other_end(tmp_path: Path) -> None:
    """FILE-17: two group nodes that name the same folder, and a folder that holds its own group."""
    files = {
        "nodes/a.json": node("a", "Group", subgraphRef="groups/s"),
        "nodes/b.json": node("b", "Group", subgraphRef="groups/s"),
        "groups/s/nodes/c.json": node("c", "Group", subgraphRef="groups/s"),
    }

    report = read(tmp_path, files)

    assert set(graph_of(report).nodes) == {"a", "b", "a.c"}
    assert sum("shares" in problem.what for problem in report.problems) == 2


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """FILE-17"""
    (tmp_path / "secret.json").write_text('{"id":"s","type":"Task","name":"s","props":{}}')
    root = write(tmp_path / "in", chat_pipeline())
    (root / "nodes" / "s.json").symlink_to(tmp_path / "secret.json")
    (root / "prompts" / "s.md").symlink_to(tmp_path / "secret.json")

    report = read_workspace(root)

    assert NodeId("s") not in graph_of(report).nodes
    assert "prompts/s.md" not in report.graphs[0].files


def test_ids_with_separators_stay_inside_the_folder(tmp_path: Path) -> None:
    """FILE-17"""
    evil = node("../../evil", "Task", {"title": "t"})

    report = read(tmp_path, {"nodes/x.json": evil})
    folder = rewritten(report, tmp_path / "a" / "b" / "out")

    assert set(graph_of(report).nodes) == {".._.._evil"}
    assert not list(tmp_path.glob("**/evil*"))
    assert document(folder, "nodes/_.._evil.json")["id"] == "../../evil"


def test_a_graph_bundled_in_one_file_is_a_second_graph(tmp_path: Path) -> None:
    bundle = {
        "nodes": [
            {"id": "c", "type": "ChatNode", "name": "Chat", "props": {"history": []}, "edges": []},
            {"id": "m", "type": "LLM", "name": "LLM", "props": {"provider": "demo", "model": "s"}, "edges": []},
        ],
        "edges": [
            {"id": "1", "sourceId": "c", "targetId": "m", "sourcePort": "message", "targetPort": "input"},
            {"id": "2", "sourceId": "m", "targetId": "c", "kind": "data"},
        ],
    }

    report = read(tmp_path, {**chat_pipeline(), "nodes/Demo.json": bundle})

    assert [imported.title for imported in report.graphs] == ["in", "Demo"]
    demo, demo_files = report.graphs[1].graph, report.graphs[1].files
    assert demo.edges[EdgeId("1")].target_port == "input"
    assert demo.edges[EdgeId("2")].target_port == "reply"
    assert "nodes/Demo.json" in report.graphs[0].files
    assert list(demo_files) == ["prompts/joke.md"]


def test_files_are_not_multiplied_by_many_bundles(tmp_path: Path) -> None:
    """FILE-18: what nodes read comes with a bundle, too, as long as that is not more than a workspace may have."""
    bundle = {"nodes": [{"id": "c", "type": "ChatNode"}], "edges": []}
    bundles = {f"nodes/B{number}.json": bundle for number in range(3)}

    report = read(tmp_path, {**chat_pipeline(), **bundles, "big.txt": "x" * (MAX_FILES_BYTES // 5)})

    assert ["big.txt" in imported.files for imported in report.graphs] == [True, True, True, True]
    report = read(tmp_path, {"more.txt": "x" * (MAX_FILES_BYTES // 5)})
    assert ["more.txt" in imported.files for imported in report.graphs] == [True, True, True, False]
    assert "B2" in [problem.file for problem in report.problems]


def test_a_folder_without_nodes_says_so(tmp_path: Path) -> None:
    report = read_workspace(write(tmp_path, {"README.md": "nothing"}))

    assert report.graphs == []
    assert "found none" in report.problems[0].what


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="expected a folder"):
        read_workspace(tmp_path / "missing")


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "..\\out.txt"])
def test_a_kept_file_that_leaves_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="inside the workspace"):
        write_workspace(Graph(), tmp_path / "out", {name: b""})


def test_workspaces_below_a_folder_are_found(tmp_path: Path) -> None:
    write(tmp_path / "one", chat_pipeline())
    write(tmp_path / "two", nested_groups())
    (tmp_path / "three").mkdir()

    assert [path.name for path in workspace_roots(tmp_path)] == ["one", "two"]
    assert workspace_roots(tmp_path / "one") == [tmp_path / "one"]


# --- The real workspaces, wherever they lie beside the project ----------------------------------------------------

REAL = Path(__file__).resolve().parents[4].parent / "shared" / "phase1" / "workspaces"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real Phase 1 workspaces do not lie beside the project")
EXPECTED = {"chat-pipeline": (3, 2), "complete": (6, 5), "groups": (13, 6), "permissive": (4, 2)}


@needs_real
@pytest.mark.parametrize("name", EXPECTED)
def test_real_workspaces_import_and_come_back(name: str, tmp_path: Path) -> None:
    """FILE-12, FILE-13: by the schemas each workspace brings itself, and stable once written."""
    report = read_workspace(REAL / name)
    folder = rewritten(report, tmp_path / "out")
    again = rewritten(read_workspace(folder, title=name), tmp_path / "again")

    assert (len(graph_of(report).nodes), len(graph_of(report).edges)) == EXPECTED[name]
    assert contents(again) == contents(folder)
    schemas = {
        path.name.split(".")[0]: orjson.loads(path.read_bytes()) for path in REAL.glob(f"{name}/**/*.schema.json")
    }
    for path in [*folder.glob("nodes/*.json"), *folder.glob("groups/*/nodes/*.json")]:
        written = orjson.loads(path.read_bytes())
        if written.get("type") in schemas:
            jsonschema.validate(written, schemas[written["type"]])


@needs_real
def test_every_real_node_says_the_same_when_it_is_written_back(tmp_path: Path) -> None:
    """FILE-15: but for what export adds because Phase 1's schemas require it."""
    for name in EXPECTED:
        folder = rewritten(read_workspace(REAL / name), tmp_path / name)
        for path in (REAL / name).glob("nodes/*.json"):
            before, after = orjson.loads(path.read_bytes()), document(folder, f"nodes/{path.name}")
            after.pop("flowroom", None)
            if not before.get("props", True):
                after["props"] = {}
            assert after == before, path.name


@needs_real
def test_schemas_alone_are_no_workspace() -> None:
    assert read_workspace(REAL / "rich-schemas").graphs == []
