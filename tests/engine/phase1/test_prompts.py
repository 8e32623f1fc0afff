"""Prompts of Phase 1 LLMs, from the specification (§8.5, steps 1 to 6)."""

from pathlib import Path
from typing import Any

import pytest

from engine.context import Arrival, Incoming
from engine.files import FilesFolder
from engine.phase1 import prompt_of
from engine.phase1.prompts import as_variable
from engine.phase1.text import cut, length, render, scalar
from flowroom.model import Json
from tests.engine.phase1.places import incoming


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{name}", "Änna"),
        ("{{name}}", "{Änna}"),
        ("{unknown}|", "|"),
        ('{a.b} { name } {"k":1} {name:x} {}', '{a.b} { name } {"k":1} {name:x} {}'),
        ("{curly}", "{name}"),
        ("{name_2}{NAME}", "two"),
    ],
)
def test_single_braces_are_filled_in_once(template: str, expected: str) -> None:
    assert render(template, {"name": "Änna", "curly": "{name}", "name_2": "two"}) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (3, "3"), (3.0, "3"), (0.5, "0.5"), (True, "true"), (None, None), ([1], None), ({}, None)],
)
def test_scalars_look_as_in_javascript(value: Json, text: str | None) -> None:
    assert scalar(value) == text


def test_text_is_cut_by_utf_16_units() -> None:
    assert cut("a😀b", 2) == "a"
    assert cut("a😀b", 3) == "a😀"
    assert cut("äö", 5) == "äö"
    assert length("a😀") == 3


async def prompt(tmp_path: Path, props: dict[str, Any], latest: dict[str, Any], *edges: Incoming) -> str:
    return (await prompt_of(props, latest, edges, FilesFolder(tmp_path))).text


async def test_without_a_template_the_message_and_the_context_follow_each_other(tmp_path: Path) -> None:
    assert await prompt(tmp_path, {}, {"message": "hi"}) == "hi\n\n"
    file = {"path": "a.md", "content": "BODY"}
    assert await prompt(tmp_path, {}, {"message": "hi", "file": file}) == "hi\n\nBODY"
    assert await prompt(tmp_path, {}, {"file": {"path": "a.md"}}) == "File path: a.md\n\nFILE:a.md"
    assert await prompt(tmp_path, {"autoDerivePromptFromFile": False}, {"file": file}) == "\n\n"


async def test_long_files_are_cut(tmp_path: Path) -> None:
    file = {"content": "x" * 20_000}
    assert await prompt(tmp_path, {"promptTemplate": "{prompt}"}, {"file": file}) == "x" * 8000
    assert await prompt(tmp_path, {"promptTemplate": "{context}"}, {"file": file}) == "x" * 10_000


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ({"path": "p", "content": "c"}, "auto", "c"),
        ({"path": "p"}, "auto", "p"),
        ({"a": 1}, "auto", '{"a":1}'),
        (4.0, "auto", "4"),
        (None, "auto", ""),
        ([1, 2], "auto", "[1,2]"),
        ({"path": "p", "content": "c"}, "filePath", "p"),
        ({"path": "p", "content": "c"}, "fileContent", "c"),
        ("text", "filePath", ""),
        ({"a": "ö"}, "raw", '{"a":"ö"}'),
        ("text", "raw", "text"),
        (None, "raw", ""),
    ],
)
def test_variables_are_read_by_their_kind(value: Json, kind: str, text: str) -> None:
    assert as_variable(value, kind) == text


async def test_a_listed_variable_wins_over_what_is_derived(tmp_path: Path) -> None:
    props = {
        "promptTemplate": "{prompt}|{message}",
        "inputVars": [{"port": "output", "var": "prompt"}, "odd", {"port": "x"}],
    }
    assert await prompt(tmp_path, props, {"message": "hi", "output": "listed"}) == "listed|hi"


async def test_a_data_edge_pulls_what_its_source_has_stored(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("stored")
    template = {"promptTemplate": "[{v}]"}
    file = incoming("FileReader", {"filePath": "a.md", "emitContent": True})
    assert await prompt(tmp_path, template, {"v": "hot"}, file) == "[stored]"
    said = [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}, {"role": "assistant"}]
    assert await prompt(tmp_path, template, {}, incoming("ChatNode", history=said)) == "[two]"
    upstream = incoming("LLM", {"model": "m"})
    assert await prompt(tmp_path, template, {"output": "answer"}, upstream) == (
        '[{"summary":"{\\"model\\":\\"m\\"}","cold":true}]'
    )


async def test_a_data_edge_falls_back_to_what_arrived(tmp_path: Path) -> None:
    empty = incoming("Chat")
    for port in ("v", "file", "data", "output"):
        assert await prompt(tmp_path, {"promptTemplate": "[{v}]"}, {port: "hot"}, empty) == "[hot]"
    assert await prompt(tmp_path, {"promptTemplate": "[{v}]"}, {"message": "hot"}, empty) == "[]"


async def test_the_port_every_source_of_a_kind_has_names_no_variable(tmp_path: Path) -> None:
    edge = incoming("Task", {"t": 1}, edge={"var_name": None, "source_port": "message"})
    rendered = await prompt(tmp_path, {"promptTemplate": "{message}{data_cd12}"}, {"message": "hi"}, edge)
    assert rendered.startswith('hi{"summary"')


@pytest.mark.parametrize(("honoured", "expected"), [(True, "[from b]"), (False, "[]")])
async def test_a_variable_on_a_flow_edge_counts_only_where_the_graph_says_so(
    tmp_path: Path, honoured: bool, expected: str
) -> None:
    """Spec §11: Phase 1 ignored it; a graph decides by `meta.flowVariables`."""
    edge = incoming("LLM", {"model": "m"}, edge={"kind": "flow"})
    other = incoming("LLM", edge={"id": "e_other", "kind": "flow"})
    arrived = [
        Arrival("from b", edge.edge, edge.source, "output", at=1.0),
        Arrival("from other", other.edge, other.source, "output", at=2.0),
    ]
    made = await prompt_of(
        {"promptTemplate": "[{v}]"},
        {"output": "from other"},
        [edge],
        FilesFolder(tmp_path),
        flow_variables=honoured,
        buffers={"output": arrived},
    )
    assert made.text == expected
