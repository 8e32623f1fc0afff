"""Nodes on the command line: named by title, or by id; shown by title while a run goes and when it is over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collab_server.cli.nodes import Nodes
from flowroom.files import native
from flowroom.model import NodeId
from tests.collab_server.cli.test_cli import as_json, flowroom, up

LETTERS = {
    "meta": {"title": "Letters"},
    "nodes": {
        "n1": {"type": "Chat", "name": "Ask"},
        "n2": {"type": "Template", "name": "Reply", "params": {"template": "Dear {{ input.who }}"}},
        "n3": {"type": "Template", "params": {"template": "Hello"}},
        "n4": {"type": "Template", "name": "Reply", "params": {"template": "Bye"}, "parent": "g"},
        "g": {"type": "Group", "name": "Inside", "ports": {"inputs": ["in"], "outputs": ["out"]}},
        "Ask": {"type": "Log", "name": "Seen"},
    },
    "edges": {
        "a": {"source": "n1", "sourcePort": "message", "target": "n2", "varName": "who"},
        "b": {"source": "n2", "target": "Ask"},
    },
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("naming") / "data"
    with up(folder, "--no-examples"):
        (folder.parent / "letters.json").write_text(json.dumps(LETTERS))
        flowroom("import", folder.parent / "letters.json", "--data", folder)
        yield folder


def test_a_run_starts_at_a_title_and_gives_values_to_titles(data: Path) -> None:
    run = as_json("run", "Letters", "--node", "Inside / Reply", "--data", data)
    assert (run["start"], run["outputs"]["g/n4"]) == ("n4", {"output": "Bye"})

    run = as_json("run", "Letters", "--node", "n1", "--input", "n1=Ada", "--data", data)
    assert run["outputs"]["n2"] == {"output": "Dear Ada"}
    assert run["names"]["n3"] == "Template"


def test_a_title_that_several_have_or_none_is_told_with_what_there_is(data: Path) -> None:
    twice = flowroom("run", "Letters", "--node", "Reply", "--data", data, check=False)
    assert twice.returncode == 1
    assert "2 nodes are called 'Reply'" in twice.stderr
    assert "Reply (n2), Inside / Reply (n4)" in twice.stderr and "Template (n3)" not in twice.stderr

    none = flowroom("run", "Letters", "--input", "Reply to all=x", "--data", data, check=False)
    assert none.returncode == 1
    assert "no node 'Reply to all'" in none.stderr and "Template (n3)" in none.stderr


def test_whoever_names_a_node_by_its_title_has_exported_nothing(data: Path) -> None:
    """The list of what was done has nothing in it of how the command line finds a node."""
    flowroom("run", "Letters", "--node", "Seen", "--data", data)
    assert "graph.exported" not in [row["kind"] for row in as_json("activity", "Letters", "--data", data)]


def test_an_id_goes_before_a_title() -> None:
    nodes = Nodes(native.load(json.dumps(LETTERS).encode()), [])
    assert nodes.id_of("Ask") == NodeId("Ask")
    assert nodes.id_of("Seen") == NodeId("Ask")
    assert nodes.called("g/n4") == "Inside / Reply"
