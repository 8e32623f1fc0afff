"""Flowroom's own file."""

import json
from typing import Any

import pytest

from flowroom.errors import InvalidFile, NewerSchema
from flowroom.files import native
from flowroom.model import Edge, EdgeId, Graph, Meta, Node, NodeId

A, B = NodeId("a"), NodeId("b")
GRAPH = Graph(
    meta=Meta(title="Über", last_run="r"),
    nodes={B: Node(id=B, type="Log"), A: Node(id=A, type="LLM", params={"z": {"b": 1.0, "a": 2}, "big": 2**60}, zz=1)},
    edges={
        EdgeId("y"): Edge(id=EdgeId("y"), source=A, target=B, order=1),
        EdgeId("z"): Edge(id=EdgeId("z"), source=A, target=B),
    },
)


def test_a_file_is_pretty_in_a_stable_order_and_without_the_last_run() -> None:
    """FILE-1, FILE-2."""
    text = native.dump(GRAPH).decode()
    raw = json.loads(text)
    assert text.startswith('{\n  "meta": {\n    "schemaVersion": 1,\n    "title": "Über"\n  }') and text.endswith("}\n")
    assert (list(raw["nodes"]), list(raw["edges"])) == (["a", "b"], ["z", "y"])
    assert list(raw["nodes"]["a"]) == ["id", "type", "typeVersion", "name", "pos", "params", "zz"]
    assert list(raw["nodes"]["a"]["params"]["z"]) == ["a", "b"]
    assert "lastRun" not in raw["meta"]


def test_writing_what_was_read_gives_the_same_bytes() -> None:
    """FILE-1."""
    file = native.dump(GRAPH)
    assert native.dump(native.load(file)) == file
    extra = file.replace(b'{\n  "meta"', b'{\n  "plugin": {"a": 1},\n  "meta"')
    assert native.load(extra).model_extra == {"plugin": {"a": 1}}


def test_equal_graphs_have_equal_hashes_however_they_were_built() -> None:
    """FILE-3."""
    again = native.load(native.dump(GRAPH))
    assert native.digest(again) == native.digest(GRAPH)
    assert native.canonical(again) == native.canonical(GRAPH)
    moved = GRAPH.model_copy(update={"meta": Meta(title="other")})
    assert native.digest(moved) != native.digest(GRAPH)


def test_a_record_may_leave_out_its_id_and_a_byte_order_mark_is_no_harm() -> None:
    graph = native.load(b'\xef\xbb\xbf{"nodes": {"a": {"type": "X", "pos": [1.6, 2]}}}')
    assert graph.nodes[A] == Node(id=A, type="X", pos=(2, 2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected JSON"),
        (b"nonsense", "expected JSON, a graph, found something else in line 1, column 1"),
        (b"\xff\xfe{}", "expected UTF-8"),
        (b"[]", "expected a graph"),
        (b'{"nodes": []}', "expected a graph"),
        (b'{"nodes": {}, "edges": 5}', "edges: expected an object"),
        (b'{"nodes": {"a": 5}}', "nodes.a: expected an object"),
        (b'{"nodes": {"a": {}}}', "nodes.a: .*type"),
        (b'{"nodes": {"a": {"type": "X", "id": "b"}}}', "calls itself 'b'"),
        (b'{"nodes": {"a/b": {"type": "X"}}}', "no '/'"),
        (b'{"nodes": {"": {"type": "X"}}}', "not empty"),
        (b'{"nodes": {"a": {"type": "X"}, "a": {"type": "Y"}}}', "'a' stands twice"),
        (b'{"nodes": {"a": {"type": "X", "params": {"n": NaN}}}}', "no NaN"),
        (b'{"nodes": {"a": {"type": "X", "params": {"n": 1e999}}}}', "no number inf"),
        (b'{"nodes": {"a": {"type": "X", "params": {"n": "\\ud800"}}}}', "surrogate"),
        (b'{"nodes": {}, "templates": {"n": ' + b"[" * 40 + b"]" * 40 + b"}}", "nests too deep"),
        (b'{"nodes":' + b"[" * 200_000, "nested a thousand deep"),
        (b'{"nodes": {}, "meta": {"schemaVersion": "x"}}', "schemaVersion"),
        (b'{"nodes": {}, "meta": {"schemaVersion": 0}}', "schemaVersion"),
        (b'{"nodes": {}, "breakpoints": {"a": {"when": "never"}}}', "breakpoints.a"),
        (b'{"nodes": {}, "x": ' + b"1" * 5000 + b"}", "a number that is too long"),
    ],
)
def test_what_is_no_graph_is_refused_with_place_and_reason(data: bytes, message: str) -> None:
    """FILE-4."""
    with pytest.raises(InvalidFile, match=message) as raised:
        native.load(data, file="some.json")
    assert str(raised.value).startswith("some.json: ")
    assert len(str(raised.value)) < 500


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """FILE-4."""
    monkeypatch.setattr(native, "MAX_FILE_BYTES", 2**20)
    with pytest.raises(InvalidFile, match="may have 1 MB, this has 2 MB"):
        native.load(b" " * 2**21)


def test_a_newer_file_is_refused_as_such() -> None:
    """DOC-11."""
    raw: dict[str, Any] = {"meta": {"schemaVersion": 99}, "nodes": {}}
    with pytest.raises(NewerSchema):
        native.load(json.dumps(raw).encode())
