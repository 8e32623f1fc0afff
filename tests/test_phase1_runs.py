"""Phase 1 workspaces in the whole house: imported through the door people use, run by the engine, seen by a peer."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flowroom.client import Workspace, connect
from flowroom.runs import NodePath, RunView
from tests.flowroom.files.phase1.workspaces import chat_pipeline, write
from tests.flowroom_up import flowroom_up

REAL = Path(__file__).resolve().parents[2] / "shared" / "phase1" / "workspaces"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real Phase 1 workspaces do not lie beside the project")
pytestmark = pytest.mark.timeout(120)


def zipped(folder: Path) -> bytes:
    """The folder as people would zip it: with its own name at the top."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, Path(folder.name) / path.relative_to(folder))
    return packed.getvalue()


async def imported(workspace: Workspace, folder: Path) -> str:
    """The id of the graph that an import of this folder made first."""
    result = await workspace.import_(zipped(folder), f"{folder.name}.zip")
    return next(graph.id for graph in result.graphs if graph.title == folder.name)


async def run_from(workspace: Workspace, graph: str, node: str, message: str | None = None) -> RunView:
    """Start at a node, as its button or its message field does, and wait for the end."""
    async with workspace.open(graph) as g:
        return await (await g.run(start=node, message=message)).finished()


async def history(workspace: Workspace, graph: str, node: str) -> list[dict[str, Any]]:
    """What a Chat or Log node shows."""
    page = await workspace.request("GET", f"/api/graphs/{graph}/nodes/{node}/history")
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_a_pipeline_answers_with_the_file_its_prompt_names(tmp_path: Path) -> None:
    """FILE-10, RUN-16: Chat → LLM → Log, and a FileReader whose text is pulled into the prompt."""
    folder = write(tmp_path / "pipeline", chat_pipeline())
    with flowroom_up(tmp_path / "data") as address:
        async with connect(address) as workspace:
            graph = await imported(workspace, folder)
            view = await run_from(workspace, graph, "ChatNode-a", "Hello there.")
            entries = await history(workspace, graph, "LogNode-c")

    assert view.status == "succeeded"
    assert [entry["preview"] for entry in entries] == [
        "Assistant(stub): Hello there. Why did the edge cross the canvas?"
    ]
    assert entries[0]["sourceId"] == "LLM-b"


async def test_what_an_import_brought_is_read_by_its_graph_and_copies_of_it_alone(tmp_path: Path) -> None:
    """FILE-19: nobody finds it by its path from a graph of their own, while what the operator shares is for all."""
    folder = write(tmp_path / "pipeline", chat_pipeline())
    joke = {"type": "FileReader", "params": {"filePath": "prompts/joke.md"}}
    stranger = {"meta": {"title": "Other"}, "nodes": {"f": joke}}
    with flowroom_up(tmp_path / "data") as address:
        async with connect(address) as workspace:
            graph = await imported(workspace, folder)
            copy = (await workspace.request("POST", f"/api/graphs/{graph}/duplicate"))["id"]
            other = (await workspace.request("POST", "/api/graphs", json={"graph": stranger}))["id"]
            mine = [await run_from(workspace, id, "FileReaderNode--f") for id in (graph, copy)]
            theirs = await run_from(workspace, other, "f")
            shared = tmp_path / "data" / "files" / "prompts"
            shared.mkdir(parents=True)
            (shared / "joke.md").write_text("for all")
            after = await run_from(workspace, other, "f")

    assert [view.status for view in (*mine, theirs, after)] == ["succeeded", "succeeded", "failed", "succeeded"]
    read = [view.nodes[NodePath("FileReaderNode--f")].preview or "" for view in mine]
    assert all("Why did the edge cross the canvas?" in preview for preview in read)
    assert "for all" in (after.nodes[NodePath("f")].preview or "")


@needs_real
async def test_the_real_chat_pipeline_runs(tmp_path: Path) -> None:
    """Its model is Phase 1's stub, so its log gets the first line of the prompt."""
    with flowroom_up(tmp_path / "data") as address:
        async with connect(address) as workspace:
            graph = await imported(workspace, REAL / "chat-pipeline")
            view = await run_from(workspace, graph, "ChatNode-HuBg4d", "Hello there.")
            entries = await history(workspace, graph, "LogNode-bpn3un")

    assert view.status == "succeeded"
    assert entries[-1]["preview"].endswith("Hello there.")


@needs_real
async def test_the_real_reference_workspace_runs_from_its_files_and_its_chats(tmp_path: Path) -> None:
    """Its model is an Ollama that is not there: as in Phase 1 the rendered prompt comes back, with a diagnostic."""
    with flowroom_up(tmp_path / "data") as address:
        async with connect(address) as workspace:
            graph = await imported(workspace, REAL / "complete")
            from_file = await run_from(workspace, graph, "FileReaderNode-60M8wN")
            from_chat = await run_from(workspace, graph, "ChatNode-oahYox", "Tell a joke.")
            entries = await history(workspace, graph, "LogNode-ot-nJ8")

    assert (from_file.status, from_chat.status) == ("succeeded", "succeeded")
    assert entries
    assert all(entry["preview"].startswith("Assistant(gemma3:12b):") for entry in entries)
