"""Schema versions, by migrations that only these tests know."""

from typing import Any

import pytest
from pycrdt import Map

from flowroom.becoming import upgrade_document
from flowroom.errors import InvalidGraph, NewerSchema
from flowroom.migrations import MIGRATIONS, Migration, upgrade, version_of
from flowroom.model import SCHEMA_VERSION, NodeId
from flowroom.ydoc import GraphDocument


def _rename_models(raw: dict[str, Any]) -> dict[str, Any]:
    nodes = {id: {**node, "type": node["type"].replace("Model", "LLM")} for id, node in raw["nodes"].items()}
    return {**raw, "nodes": nodes}


def _drop_colour(raw: dict[str, Any]) -> dict[str, Any]:
    nodes = {id: {key: value for key, value in node.items() if key != "colour"} for id, node in raw["nodes"].items()}
    return {**raw, "nodes": nodes}


STEPS = (Migration(2, "Model is LLM", _rename_models), Migration(3, "No more colours", _drop_colour))
OLD = {"meta": {"schemaVersion": 1, "title": "T"}, "nodes": {"a": {"type": "Model", "colour": "red"}}}


def test_every_step_from_the_version_found_is_taken_in_order() -> None:
    """DOC-11."""
    assert upgrade(OLD, migrations=STEPS, to=3) == {
        "meta": {"schemaVersion": 3, "title": "T"},
        "nodes": {"a": {"type": "LLM"}},
    }
    half = upgrade(OLD, migrations=STEPS, to=2)
    assert half["nodes"]["a"] == {"type": "LLM", "colour": "red"}
    assert upgrade(half, migrations=STEPS, to=3)["nodes"]["a"] == {"type": "LLM"}
    assert OLD["nodes"] == {"a": {"type": "Model", "colour": "red"}}, "the original is left alone"


def test_the_newest_is_left_as_it_is_and_a_newer_refused() -> None:
    """DOC-11."""
    raw = {"meta": {"schemaVersion": 3}, "nodes": {}}
    assert upgrade(raw, migrations=STEPS, to=3) is raw
    with pytest.raises(NewerSchema):
        upgrade(raw, migrations=STEPS, to=2)


def test_the_real_migrations_lead_to_the_real_version() -> None:
    assert [step.to for step in MIGRATIONS] == list(range(2, SCHEMA_VERSION + 1))


def test_a_graph_without_a_version_is_of_the_first() -> None:
    assert version_of({}) == version_of({"meta": 5}) == version_of({"meta": {"schemaVersion": 1.0}}) == 1
    for wrong in (0, 1.5, True, "1", None, [1]):
        with pytest.raises(InvalidGraph, match="schemaVersion"):
            version_of({"meta": {"schemaVersion": wrong}})


def test_a_document_is_upgraded_in_one_small_transaction() -> None:
    """DOC-10, DOC-11: what is the same stays the same object."""
    document = GraphDocument()
    document.set_meta(title="T")
    document.add_node("Model", id="a", colour="red", params={"prompt": "long " * 1000})
    document.add_node("Model", id="b", parent="a")
    document.connect("a", "b")
    text = document.doc.get("nodes", type=Map)["a"]["params"]["prompt"]
    updates: list[bytes] = []
    document.doc.observe(lambda event: updates.append(event.update))

    assert upgrade_document(document, migrations=STEPS, to=3)

    assert len(updates) == 1 and len(updates[0]) < 300
    raw = document.raw()
    assert raw["meta"] == {"schemaVersion": 3, "title": "T"}
    assert raw["nodes"]["a"]["type"] == "LLM" and "colour" not in raw["nodes"]["a"]
    assert str(text) == "long " * 1000
    assert not upgrade_document(document, migrations=STEPS, to=3)
    assert document.nodes[NodeId("b")].parent == "a"
