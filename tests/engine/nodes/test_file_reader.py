"""FileReader and the files folder: everything inside it, nothing outside."""

import os
from pathlib import Path

import pytest

from engine.files import FilesFolder, FilesOfGraph
from engine.nodes.errors import FileProblem, InvalidParams, Refused
from tests.engine.nodes.contexts import Bench, RecordedCascade


async def test_a_file_is_read_with_its_facts(bench: Bench) -> None:
    (bench.root / "docs").mkdir()
    (bench.root / "docs" / "a.md").write_text("grüße")
    outputs = await bench.run(bench.context("FileReader", {"filePath": "docs\\a.md"}))
    assert outputs["content"] == "grüße"
    assert outputs["file"]["path"] == "docs/a.md"
    assert (outputs["file"]["size"], outputs["file"]["contentEncoding"]) == (7, "utf-8")


async def test_the_path_may_come_from_another_node(bench: Bench) -> None:
    (bench.root / "b.bin").write_bytes(b"\xff\x00")
    ctx = bench.context("FileReader", {"filePath": "a", "encodedAs": "base64"})
    assert (await bench.run(ctx, {"path": "b.bin"}))["content"] == "/wA="
    named = bench.context("FileReader", {"filePath": "{{ vars.name }}.bin"}, variables={"vars": {"name": "b"}})
    assert (await bench.run(named))["file"]["size"] == 2


async def test_a_folder_gives_its_matching_files_in_order(bench: Bench) -> None:
    for name in ("b.TXT", "a.txt", "c.log", "d.md", ".hidden.txt"):
        (bench.root / name).write_text(name)
    (bench.root / "folder.txt").mkdir()
    ctx = bench.context("FileReader", {"mode": "directory", "dirPath": ".", "includePatterns": "*.txt, *.log"})
    outputs = await bench.run(ctx)
    assert [file["content"] for file in outputs["files"]] == [".hidden.txt", "a.txt", "b.TXT", "c.log"]
    assert [file["index"] for file in outputs["files"]] == [0, 1, 2, 3]
    assert ctx.steps[-1] == (4, 4)


async def test_a_file_whose_name_is_no_text_keeps_no_other_from_being_read(bench: Bench) -> None:
    """RUN-37."""
    (bench.root / os.fsdecode(b"caf\xe9.txt")).write_text("old")
    (bench.root / "new.txt").write_text("new")
    ctx = bench.context("FileReader", {"mode": "directory", "dirPath": "."})
    outputs = await bench.run(ctx)
    assert [file["content"] for file in outputs["files"]] == ["new"]
    assert ctx.logs == [("warn", "names_not_utf8")]


async def test_a_file_over_the_limit_is_refused_with_both_numbers(bench: Bench) -> None:
    (bench.root / "big").write_text("x" * 11)
    with pytest.raises(FileProblem, match="11 bytes, more than this node's limit of 10"):
        await bench.run(bench.context("FileReader", {"filePath": "big", "maxFileSizeBytes": 10}))
    with pytest.raises(InvalidParams):
        await bench.run(bench.context("FileReader"))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../root-x/secret", "path_outside_repo_root"),
        ("../../etc/passwd", "path_outside_repo_root"),
        ("/etc/passwd", "path_outside_repo_root"),
        ("link", "path_outside_repo_root"),
        ("linked/secret", "path_outside_repo_root"),
        ("nothing", "not_found"),
        ("a\0b", "not_found"),
        ("folder", "not_a_file"),
        ("pipe", "not_a_file"),
        ("x" * 5000, "not_found"),
    ],
)
async def test_nothing_outside_the_folder_is_read(tmp_path: Path, path: str, code: str) -> None:
    root, beside = tmp_path / "root", tmp_path / "root-x"
    for folder in (root, beside, root / "folder"):
        folder.mkdir()
    (beside / "secret").write_text("secret")
    (root / "link").symlink_to(beside / "secret")
    (root / "linked").symlink_to(beside)
    os.mkfifo(root / "pipe")
    with pytest.raises(FileProblem) as caught:
        await FilesFolder(root).read(path)
    assert caught.value.facts["code"] == code


async def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert await FilesFolder(tmp_path).read("b") == b"a"
    assert await FilesFolder(tmp_path).read(str(tmp_path / "a")) == b"a"


async def test_a_missing_folder_or_a_file_as_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    for folder, code in (("nope", "dir_not_found"), ("a", "not_a_directory")):
        with pytest.raises(FileProblem) as caught:
            await FilesFolder(tmp_path).names(folder)
        assert caught.value.facts["code"] == code


async def test_what_is_said_of_a_folder_is_so(tmp_path: Path) -> None:
    """Neither that there is none where there is, nor that `.` is missing."""
    with pytest.raises(FileProblem, match="The files folder is not there yet"):
        await FilesFolder(tmp_path / "files").names(".")
    with pytest.raises(FileProblem, match=r"^There is no folder 'docs' in the files folder\.$"):
        await FilesFolder(tmp_path / "files").names("docs")


async def test_a_path_of_any_length_is_told_as_far_as_it_takes_to_know_it(tmp_path: Path) -> None:
    for asked in (FilesFolder(tmp_path).read("x" * 5000), FilesFolder(tmp_path).names("x" * 5000)):
        with pytest.raises(FileProblem) as caught:
            await asked
        assert "'xxx" in caught.value.message and len(caught.value.message) < 300


async def test_an_unknown_mode_is_refused_with_those_there_are(bench: Bench) -> None:
    (bench.root / "a").write_text("a")
    with pytest.raises(InvalidParams, match="no mode 'folder'; choose one of single, directory"):
        await bench.run(bench.context("FileReader", {"mode": "folder", "filePath": "a"}))


async def test_without_a_files_folder_nothing_is_read() -> None:
    with pytest.raises(Refused, match="FLOWROOM_FILES"):
        await FilesFolder(None).read("a")


@pytest.fixture
def of_graph(tmp_path: Path) -> FilesOfGraph:
    """What one graph reads: `own` behind which lies `shared`; beside them the files of another graph."""
    for name in ("own/prompts", "shared/prompts", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "own" / "prompts" / "a.md").write_text("own")
    (tmp_path / "shared" / "prompts" / "a.md").write_text("shared")
    (tmp_path / "shared" / "prompts" / "B.md").write_text("shared")
    (tmp_path / "other" / "secret").write_text("secret")
    return FilesOfGraph(FilesFolder(tmp_path / "own"), FilesFolder(tmp_path / "shared"))


async def test_a_graph_reads_its_own_files_and_behind_them_the_shared_ones(
    of_graph: FilesOfGraph, tmp_path: Path
) -> None:
    """FILE-19."""
    assert await of_graph.read("prompts\\a.md") == b"own"
    assert (await of_graph.stat("prompts/a.md")).size == 3
    assert await of_graph.read("prompts/B.md") == b"shared"
    assert await of_graph.read(str(tmp_path / "own/prompts/a.md")) == b"own"
    assert await of_graph.read(str(tmp_path / "shared/prompts/a.md")) == b"shared"
    assert await of_graph.names("prompts") == ["a.md", "B.md"]
    with pytest.raises(FileProblem, match="more than 2 bytes"):
        await of_graph.read("prompts/a.md", limit=2)


async def test_of_two_folders_each_may_lack_what_is_asked_for(of_graph: FilesOfGraph, tmp_path: Path) -> None:
    (tmp_path / "shared/data").mkdir()
    (tmp_path / "shared/data/x").touch()
    assert await of_graph.names("data") == ["x"]
    for asked, code in ((of_graph.read("nothing"), "not_found"), (of_graph.names("nothing"), "dir_not_found")):
        with pytest.raises(FileProblem) as caught:
            await asked
        assert caught.value.facts["code"] == code
    alone = FilesOfGraph(FilesFolder(tmp_path / "own"), FilesFolder(None))
    assert await alone.names("prompts") == ["a.md"]
    with pytest.raises(Refused, match="FLOWROOM_FILES"):
        await alone.read("nothing")


@pytest.mark.parametrize("path", ["../other/secret", "link", "linked/secret"])
async def test_no_graph_reads_the_files_of_another(of_graph: FilesOfGraph, tmp_path: Path, path: str) -> None:
    """FILE-19: neither by a path nor by a link, from whichever of its two folders."""
    for folder in ("own", "shared"):
        (tmp_path / folder / "link").symlink_to(tmp_path / "other" / "secret")
        (tmp_path / folder / "linked").symlink_to(tmp_path / "other")
    for tried in (path, str(tmp_path / "other/secret")):
        with pytest.raises(FileProblem) as caught:
            await of_graph.read(tried)
        assert caught.value.facts["code"] == "path_outside_repo_root"


async def test_in_a_cascade_each_run_emits_the_next_file(bench: Bench) -> None:
    for name in ("a.txt", "b.txt"):
        (bench.root / name).write_text(name)
    params = {"mode": "directory", "dirPath": ".", "emitContent": True, "action": "reset"}
    ctx = bench.context("FileReader", params, cascade=RecordedCascade())
    emitted = [(await bench.run(ctx))["file"] for _ in range(3)]
    assert [file["content"] for file in emitted] == ["a.txt", "b.txt", "a.txt"]
    assert emitted[2]["wrapped"] is True
    assert ctx.state["cursorIndex"] == 0


async def test_the_data_folder_is_not_read_wherever_links_lead(tmp_path: Path) -> None:
    """RUN-31: neither by a folder that holds it, nor by a link in place of one; its own `files` are."""
    data, outside = tmp_path / "data", tmp_path / "outside"
    (data / "attachments" / "g").mkdir(parents=True)
    (data / "files").mkdir()
    for file in ("secret-key", "attachments/g/letter", "files/open"):
        (data / file).write_text("seen")
    outside.symlink_to(data)

    for root, path in ((tmp_path, "data/secret-key"), (outside, "secret-key"), (data / "attachments", "g/letter")):
        with pytest.raises(FileProblem) as refused:
            await FilesFolder(root, data=data).read(path)
        assert refused.value.facts["code"] == "path_outside_repo_root"
        with pytest.raises(FileProblem):
            await FilesFolder(root, data=outside).read(path)
    with pytest.raises(FileProblem):
        await FilesFolder(outside, data=data).names(".")
    assert await FilesFolder(data / "files", data=outside).read("open") == b"seen"
    assert await FilesFolder(outside, data=data).read("files/open") == b"seen"
