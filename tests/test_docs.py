"""The pages under docs/ are true: their code runs as printed, and what they name exists."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer.main

from collab_server.cli import app
from collab_server.settings import Settings
from engine.secrets import SECRET_PREFIX
from engine.settings import EngineSettings
from flowroom.client import GraphClient, connect
from tests.flowroom_up import flowroom_up

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "reference")
BIN = Path(sys.executable).parent


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of one language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


# --- The reference ---------------------------------------------------------------------------------------------------


def test_the_reference_says_what_the_code_says() -> None:
    check = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference.py", "--check"], capture_output=True, text=True
    )
    assert check.returncode == 0, check.stdout + check.stderr


# --- Code on pages ---------------------------------------------------------------------------------------------------


@pytest.mark.timeout(120)
def test_a_node_type_is_added_as_the_page_says(tmp_path: Path) -> None:
    """In a copy of the project: the file, the row and the test, each to the letter."""
    house = a_copy(tmp_path)
    code, test = blocks("how-to/add-a-node-type.md", "python")
    (row,) = blocks("how-to/add-a-node-type.md", "diff")
    table = house / "engine" / "nodes" / "__init__.py"
    (house / "engine" / "nodes" / "shout.py").write_text(code)
    table.write_text(patched(table.read_text(), row))
    (house / "tests" / "engine" / "nodes" / "test_shout.py").write_text(test)

    for command in (
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/engine/nodes/test_shout.py"],
        ["-c", "import engine; assert 'Shout' in [one.type for one in engine.node_types()]"],
    ):
        done = subprocess.run([sys.executable, *command], cwd=house, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_python_on_pages_is_as_tidy_as_the_project(tmp_path: Path) -> None:
    for page in PAGES:
        for number, code in enumerate(blocks(page.relative_to(DOCS).as_posix(), "python")):
            (tmp_path / f"{page.stem.replace('-', '_')}_{number}.py").write_text(code)

    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [BIN / "ruff", *command, "--config", ROOT / "pyproject.toml", "--no-cache", tmp_path],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.timeout(120)
async def test_the_bot_names_what_is_added_without_a_name(tmp_path: Path) -> None:
    code, _watcher = blocks("how-to/bots.md", "python")
    (tmp_path / "namer.py").write_text(code)

    with flowroom_up(tmp_path / "data", "--no-examples") as address:
        url = address.partition("/?")[0]
        token = await asyncio.to_thread(a_token, tmp_path / "data")
        async with connect(address) as workspace:
            async with workspace.open(await workspace.create_graph("To be named")) as graph:
                with running(tmp_path / "namer.py", url, token, "To be named"):
                    assert await a_name_given(graph) == "Step 2"


@pytest.mark.timeout(120)
async def test_the_watcher_says_at_the_node_what_failed(tmp_path: Path) -> None:
    _namer, code = blocks("how-to/bots.md", "python")
    (tmp_path / "watcher.py").write_text(code)

    with flowroom_up(tmp_path / "data", "--no-examples") as address:
        token = await asyncio.to_thread(a_token, tmp_path / "data")
        async with connect(address) as workspace:
            async with workspace.open(await workspace.create_graph("Watched")) as graph:
                failing = graph.add_node("HTTPRequest", params={"url": "http://127.0.0.1:9/"})
                await graph.saved()
                threads = await graph.threads()
                with running(tmp_path / "watcher.py", address.partition("/?")[0], token, "Watched"):
                    async with asyncio.timeout(60):
                        while not graph.presence.others:
                            await graph.presence.changed()
                        said = graph.discussion()
                        await graph.run()
                        async for _ in said:
                            break
                (thread,) = threads.about(failing)
    assert "not on the public internet" in thread.messages[0].body


def a_token(data: Path) -> str:
    """A token for the bot, made as the page says."""
    command = [str(BIN / "flowroom"), "token", "--create", "Namer", "--role", "editor", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


async def a_name_given(graph: GraphClient) -> str:
    """What the bot calls the second of two nodes, once it is there; the first has a name already."""
    async with asyncio.timeout(60):
        while "Namer" not in [other.user.name for other in graph.presence.others]:
            await graph.presence.changed()
        named = graph.add_node("Log", name="Mine")
        changes = graph.changes()
        node = graph.add_node("Log")
        async for _ in changes:
            if graph.node(node).name:
                break
    assert graph.node(named).name == "Mine"
    return graph.node(node).name


@contextmanager
def running(script: Path, *arguments: str) -> Iterator[None]:
    """Run a script as long as the block takes."""
    process = subprocess.Popen([sys.executable, script, *arguments])
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


def a_copy(folder: Path) -> Path:
    """What a node type and its test need of the project, where it may be changed."""
    leave = shutil.ignore_patterns("__pycache__")
    for package in ("flowroom", "engine", "tests/engine/nodes"):
        shutil.copytree(ROOT / package, folder / package, ignore=leave)
    for file in ("pyproject.toml", "tests/__init__.py", "tests/engine/__init__.py"):
        shutil.copy(ROOT / file, folder / file)
    return folder


def patched(text: str, diff: str) -> str:
    """Put in each added line of a diff after the line it stands below there."""
    lines = text.splitlines()
    before = ""
    for line in diff.splitlines():
        if line.startswith("+"):
            assert lines.count(before) == 1, f"{before!r} stands {lines.count(before)} times in the file"
            lines.insert(lines.index(before) + 1, line[1:])
        before = line[1:]
    return "\n".join(lines) + "\n"


# --- Commands, settings and files that pages name --------------------------------------------------------------------


def test_commands_on_pages_are_there_with_all_their_options() -> None:
    group: Any = typer.main.get_command(app)
    for page, line in printed_commands():
        for name, rest in re.findall(r"\bflowroom ([\w-]+)((?:(?!&&|\|).)*)", line):
            assert name in group.commands, f"{page}: {line}"
            command = group.commands[name]
            if hasattr(command, "commands"):  # such as `flowroom people invite`
                assert rest.split()[0] in command.commands, f"{page}: {line}"
                command = command.commands[rest.split()[0]]
            known = {option for param in command.params for option in param.opts + param.secondary_opts}
            assert {word.split("=")[0] for word in rest.split() if word.startswith("-")} <= known, f"{page}: {line}"
        for target in re.findall(r"\bmake (\w+)", line):
            assert re.search(rf"^[\w ]*\b{target}\b[\w ]*:", (ROOT / "Makefile").read_text(), re.MULTILINE), line


def test_settings_on_pages_are_there() -> None:
    """Of the server, of the engine, or of a test that can be asked for more."""
    known = {f"FLOWROOM_{name.upper()}" for model in (Settings, EngineSettings) for name in model.model_fields}
    for path in (ROOT / "tests").rglob("*.py"):
        known |= set(re.findall(r"environ\S*\W(FLOWROOM_[A-Z_]+)", path.read_text()))
    for page in PAGES:
        for name in re.findall(r"\bFLOWROOM_[A-Z_]*[A-Z]\b", page.read_text()):
            assert name in known or name.startswith(SECRET_PREFIX), f"{page.relative_to(ROOT)} names {name}"


def test_files_on_pages_are_there() -> None:
    """Such as `engine/plan.py` or `tests/faults/`: what looks like a path from the top of the project is one."""
    made_there = {"engine/nodes/shout.py", "tests/engine/nodes/test_shout.py"}
    tops = "flowroom|collab_server|engine|web|tests|docs|scripts|benchmarks|examples"
    for page in PAGES:
        for name in re.findall(rf"`((?:{tops})/[\w./-]*)`", page.read_text()):
            assert name in made_there or os.path.exists(ROOT / name), f"{page.relative_to(ROOT)} names {name}"


def test_database_addresses_on_pages_are_read_by_the_database_s_own_tools_too() -> None:
    """`pg_dump "$FLOWROOM_DATABASE_URL"` takes postgresql://, and no address that names a driver of ours."""
    for page in [*PAGES, ROOT / "docker-compose.yml"]:
        assert "postgresql+" not in page.read_text(), page.relative_to(ROOT)


def printed_commands() -> Iterator[tuple[str, str]]:
    """Every `$ …` line of the pages."""
    for page in PAGES:
        name = page.relative_to(DOCS).as_posix()
        for block in blocks(name, "console"):
            for line in re.findall(r"^\$ (.*)", block, re.MULTILINE):
                yield name, line
