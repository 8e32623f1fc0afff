"""The table of node types: what every editor, check and importer reads."""

import json

import jsonschema
import pytest

from engine.nodes import NODE_TYPES, definition_of, node_types
from engine.nodes.definition import read_params
from engine.nodes.errors import InvalidParams, NotRunnable
from engine.nodes.llm import LLMParams
from flowroom.node_types import NodeType
from tests.engine.nodes.contexts import Bench

NAMES = [
    "Chat",
    "LLM",
    "Log",
    "FileReader",
    "Template",
    "HTTPRequest",
    "Switch",
    "Merge",
    "Code",
    "Group",
    "GroupInput",
    "GroupOutput",
]


def test_the_table_has_the_types_that_graphs_name() -> None:
    assert list(NODE_TYPES) == NAMES


@pytest.mark.parametrize("described", node_types(), ids=lambda one: one.type)
def test_every_type_describes_itself_for_a_form(described: NodeType) -> None:
    assert described.title and described.description and described.icon and described.category != "Other"
    jsonschema.Draft202012Validator.check_schema(described.params)
    assert "$ref" not in json.dumps(described.params)
    for name, field in described.params["properties"].items():
        assert field.get("title"), f"{described.type}.{name} has no title"
        assert field.get("type"), f"{described.type}.{name} has no single type"
    assert NodeType.model_validate_json(described.model_dump_json(by_alias=True)) == described


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_node_has_valid_params(name: str) -> None:
    definition = NODE_TYPES[name]
    defaults = read_params(definition.params, {}).model_dump(by_alias=True, exclude_none=True, mode="json")
    jsonschema.validate(defaults, definition.describe().params)


def test_templated_params_exist() -> None:
    for definition in NODE_TYPES.values():
        assert definition.templated <= set(definition.describe().params["properties"])


def test_a_switch_has_a_port_for_each_case_and_else() -> None:
    params = {"cases": [{"name": "big", "when": "true"}, {"name": "else", "when": "true"}, {}, "x"]}
    ports = NODE_TYPES["Switch"].describe().outputs_with(params)
    assert [port.name for port in ports] == ["big", "else"]


def test_wrong_params_are_named() -> None:
    with pytest.raises(InvalidParams, match="temperature"):
        read_params(LLMParams, {"temperature": "hot"})


async def test_an_unknown_type_keeps_its_data_and_says_that_it_cannot_run(bench: Bench) -> None:
    definition = definition_of("Eval")
    assert definition.describe().title == "Eval"
    with pytest.raises(NotRunnable, match="'Eval'"):
        await bench.run(bench.context("Eval", {"metric": "m"}))
