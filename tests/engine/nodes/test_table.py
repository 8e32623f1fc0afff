"""The table of node types: what every editor, check and importer reads."""

import json

import jsonschema
import pytest

from engine.nodes import NODE_TYPES, definition_of, node_types
from engine.nodes.definition import read_params
from engine.nodes.errors import InvalidParams, NotRunnable
from engine.nodes.llm import LLMParams
from engine.nodes.switch import SwitchParams
from flowroom.checks import check
from flowroom.model import Graph, Json, Node, NodeId
from flowroom.node_types import NodeType
from tests.engine.nodes.contexts import Bench

NAMES = [
    "Chat",
    "LLM",
    "Log",
    "FileReader",
    "Template",
    "Transform",
    "HTTPRequest",
    "Email",
    "Switch",
    "Merge",
    "Wait",
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
        words = field.get("x-labels", {})
        assert all(value in words or value.isupper() for value in field.get("enum", ())), f"{name} is chosen by a key"
    assert NodeType.model_validate_json(described.model_dump_json(by_alias=True)) == described


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_node_has_valid_params(name: str) -> None:
    definition = NODE_TYPES[name]
    defaults = read_params(definition.params, {}).model_dump(by_alias=True, exclude_none=True, mode="json")
    jsonschema.validate(defaults, definition.describe().params)


def test_what_makes_a_param_needed_or_meaningful_and_what_serves_instead_exists() -> None:
    """DOC-14"""
    for described in node_types():
        fields, ports = described.params["properties"], {port.name for port in described.inputs}
        for field in fields.values():
            when = field.get("x-needed", {})
            assert when is True or set(when) <= set(fields)
            assert set(field.get("x-when", {})) <= set(fields)
            assert set(field.get("x-ports", ())) <= ports


@pytest.mark.parametrize(
    ("type", "params", "lacks"),
    [
        ("HTTPRequest", {}, ["'URL'"]),
        ("HTTPRequest", {"url": "/api/health"}, []),
        ("FileReader", {}, ["'File'"]),
        ("FileReader", {"mode": "directory"}, []),
        ("LLM", {}, ["'Prompt'"]),
        ("LLM", {"promptTemplate": "Hello"}, []),
        ("LLM", {"prompt": "Hello", "provider": "openai"}, ["'Credential'"]),
        ("LLM", {"prompt": "Hello", "provider": "openai-compatible"}, ["'Base URL'"]),
        ("Template", {}, []),
        ("Code", {}, []),
    ],
)
def test_a_node_that_would_fail_for_an_empty_field_is_a_problem_before_it_runs(
    type: str, params: dict[str, Json], lacks: list[str]
) -> None:
    """DOC-14"""
    node = Node(id=NodeId("n"), type=type, params=params)
    problems = check(Graph(nodes={node.id: node}), {one.type: one for one in node_types()})
    assert [problem.message.split(" is empty")[0] for problem in problems] == lacks


def test_templated_params_exist() -> None:
    for definition in NODE_TYPES.values():
        assert definition.templated <= set(definition.describe().params["properties"])


def test_a_switch_has_a_port_for_each_case_and_else() -> None:
    params = {"cases": [{"name": "big", "when": "true"}, {"name": "else", "when": "true"}, {}, "x"]}
    ports = NODE_TYPES["Switch"].describe().outputs_with(params)
    assert [port.name for port in ports] == ["big", "else"]


def test_wrong_params_are_named() -> None:
    """RUN-30: as the form calls them."""
    with pytest.raises(InvalidParams, match="not right: Temperature: Input"):
        read_params(LLMParams, {"temperature": "hot"})
    with pytest.raises(InvalidParams, match="not right: Cases, 2, When: Field required"):
        read_params(SwitchParams, {"cases": [{"name": "a", "when": "true"}, {"name": "b"}]})


async def test_an_unknown_type_keeps_its_data_and_says_that_it_cannot_run(bench: Bench) -> None:
    definition = definition_of("Eval")
    assert definition.describe().title == "Eval"
    with pytest.raises(NotRunnable, match="'Eval'"):
        await bench.run(bench.context("Eval", {"metric": "m"}))


def test_a_wait_asks_for_a_duration_or_for_a_time() -> None:
    """WEB-40: in a form stands what the chosen mode reads."""
    fields = NODE_TYPES["Wait"].describe().params["properties"]
    assert {name: field.get("x-when") for name, field in fields.items()} == {
        "mode": None,
        "seconds": {"mode": ["duration"]},
        "until": {"mode": ["time"]},
    }
