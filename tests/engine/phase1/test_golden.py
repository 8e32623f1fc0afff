"""Phase 1's nodes give what Phase 1's engine gave: every case of golden.json that concerns a node.

golden.json lies beside the project, not in it; without it these tests are skipped, and the ones in
test_prompts.py, test_answers.py and test_files.py, written from the specification, cover the same ground.
"""

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine import phase1
from engine.context import Incoming
from engine.files import FilesFolder
from tests.engine.phase1.golden import load_golden
from tests.engine.phase1.places import incoming

GOLDEN = load_golden()
pytestmark = pytest.mark.skipif(not GOLDEN, reason="shared/phase1/golden.json is not beside this project")

RENDERING: list[dict[str, Any]] = GOLDEN.get("prompt_rendering", [])
FILES: list[dict[str, Any]] = GOLDEN.get("filereader", [])
PROVIDERS: dict[str, Any] = GOLDEN.get("provider_choice", {})
COLD: dict[str, Any] = GOLDEN.get("cold_pull", {})
QUOTED = GOLDEN.get("truncation_maxTokens4_charLimit10_on_'one two three  four\\nfive six'")

FILE = {"filePath": "f.txt", "emitContent": True}
LOGGED = [{"preview": f"p{n}"} for n in range(1, 7)]
FILE_VAR = {"var_name": "file"}

COLD_CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Incoming]] = {
    "file_content": ({}, {}, incoming("FileReader", FILE)),
    "file_nocontent": ({}, {}, incoming("FileReader", {"filePath": "f.txt"})),
    "file_missing": ({}, {}, incoming("FileReader", {"filePath": "no.txt"})),
    "file_outside": ({}, {}, incoming("FileReader", {"filePath": "../f.txt"})),
    "file_nopath_hotfile": ({}, {"file": {"content": "HOT"}}, incoming("FileReader")),
    "file_empty": ({}, {}, incoming("FileReader", {"filePath": "empty.txt", "emitContent": True})),
    "file_dirmode": ({}, {}, incoming("FileReader", {"mode": "directory", "dirPath": "."})),
    "file_base64": ({}, {}, incoming("FileReader", {**FILE, "encodedAs": "base64"})),
    "file_hotoverride": ({"promptTemplate": "{v}"}, {"v": {"content": "HOT"}}, incoming("FileReader", FILE)),
    "chat": ({}, {}, incoming("Chat", history=[{"role": "user", "content": "U1"}])),
    "chat_empty_hot": ({}, {"message": "hot"}, incoming("Chat")),
    "chat_vs_hot_output": ({}, {"output": "OUT"}, incoming("Chat")),
    "log": ({}, {}, incoming("Log", history=LOGGED)),
    "task": ({}, {}, incoming("Task", {"title": "T"})),
    "task_noprops": ({}, {}, incoming("Task")),
    "llm_hot": ({}, {}, incoming("LLM", {"model": "x"})),
    "sourceport": (
        {"promptTemplate": "[{sp}]"},
        {},
        incoming("Task", {"title": "T"}, edge={"var_name": None, "source_port": "sp"}),
    ),
    "autoname": (
        {"promptTemplate": "{data_cd12}"},
        {},
        incoming("Task", {"title": "T"}, edge={"var_name": None}),
    ),
    "flow": ({}, {}, incoming("Task", {"title": "T"}, edge={"kind": "flow"})),
    "noauto_unref": (
        {"promptTemplate": "x", "autoDerivePromptFromFile": False},
        {},
        incoming("FileReader", FILE),
    ),
    "auto_unref_prompt": (
        {"promptTemplate": "{prompt}|{context}"},
        {},
        incoming("FileReader", FILE, edge=FILE_VAR),
    ),
}


@pytest.mark.parametrize("case", RENDERING, ids=range(len(RENDERING)))
async def test_prompts_render_as_in_phase_1(case: dict[str, Any], tmp_path: Path) -> None:
    prompt = await phase1.prompt_of(case["props"], case["latest"], [], FilesFolder(tmp_path))
    url, body = phase1.ollama_request({"model": "m:1", **case["props"]}, prompt.text)
    assert body["prompt"] == case["sentPrompt"]
    assert [diagnostic.message for diagnostic in prompt.diagnostics] == case["diag"]
    assert body == case.get("body", body)
    assert url == case.get("url", url)


@pytest.mark.parametrize("name", COLD)
async def test_stored_state_is_pulled_as_in_phase_1(name: str, tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("FILE")
    (tmp_path / "empty.txt").write_text("")
    props, latest, source = COLD_CASES[name]
    prompt = await phase1.prompt_of({"promptTemplate": "[{v}]", **props}, latest, [source], FilesFolder(tmp_path))
    assert prompt.text == COLD[name]["prompt"]
    assert [diagnostic.message for diagnostic in prompt.diagnostics] == COLD[name]["diag"]


@pytest.mark.parametrize("stored", PROVIDERS)
async def test_the_provider_is_chosen_as_in_phase_1(stored: str, tmp_path: Path) -> None:
    props = orjson.loads(stored)
    prompt = await phase1.prompt_of(props, {}, [], FilesFolder(tmp_path))
    answer = "OLLAMA" if phase1.choose(props) == "ollama" else phase1.stub_answer(props, prompt.text)
    assert [{"port": "output", "value": answer}] == PROVIDERS[stored]


def test_long_answers_are_cut_as_in_phase_1() -> None:
    props = {"maxOutputTokens": 4, "outputCharLimit": 10}
    answer, _ = phase1.cut_to_limits(props, "one two three  four\nfive six")
    assert [{"port": "output", "value": answer}] == QUOTED


async def test_a_model_that_fails_passes_the_prompt_on(tmp_path: Path) -> None:
    props = {"model": "m:1", **RENDERING[2]["props"]}
    prompt = await phase1.prompt_of(props, RENDERING[2]["latest"], [], FilesFolder(tmp_path))
    failed = [{"port": "output", "value": phase1.failed_answer(props, prompt.text)}]
    assert failed == GOLDEN["ollama_http_500"] == GOLDEN["ollama_throw"]["e"]


@pytest.mark.parametrize("case", FILES, ids=range(len(FILES)))
async def test_files_are_read_as_in_phase_1(case: dict[str, Any], tmp_path: Path) -> None:
    _write_files(tmp_path)
    before = case["in"]
    step = await phase1.file_step(before, before.get("action"), FilesFolder(tmp_path))
    emitted = [] if step.emitted is None else [{"port": "file", "value": {**step.emitted, "modifiedMs": 0}}]
    assert emitted == case["em"]
    said = [{"level": one.level, "message": one.message} for one in step.diagnostics]
    expected = case.get("diag", [])
    assert said == [{"level": one["level"], "message": one["message"]} for one in expected]
    for ours, theirs in zip(step.diagnostics, expected, strict=True):
        assert _details(ours.data) == theirs.get("data")
    cleared = {"action"} if step.done else set()
    after = {key: value for key, value in {**before, **step.patch}.items() if key not in cleared}
    assert after == case["after"]


def _details(data: Any) -> Any:
    return data["code"] if data and "code" in data else data


def _write_files(root: Path) -> None:
    folder = root / "dd"
    (folder / "sub.txt").mkdir(parents=True)
    for name in (".hid.txt", "b.TXT", "c.log", "d.md"):
        (folder / name).write_text("")
    (folder / "a.txt").write_text("b\n")
    (root / "f.txt").write_text("FILE")
    os.utime(root / "f.txt", (0, 0))
