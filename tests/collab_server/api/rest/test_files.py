"""Import and export: what people bring, hostile or broken, gets a report or a problem document, never a 500."""

import io
import json
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.settings import Settings

GRAPH: dict[str, Any] = {
    "meta": {"schemaVersion": 1, "title": "Filed"},
    "nodes": {
        "a": {"type": "Chat", "typeVersion": 1, "name": "Ask", "pos": [0, 0], "params": {}},
        "b": {"type": "Log", "typeVersion": 1, "name": "Keep", "pos": [360, 0], "params": {}},
    },
    "edges": {"e": {"source": "a", "sourcePort": "message", "target": "b", "targetPort": "input"}},
}
PHASE1_CHAT = {
    "id": "ChatNode-aaaaaa",
    "type": "ChatNode",
    "name": "Chat",
    "props": {"history": []},
    "position": {"x": 0, "y": 0},
    "edges": {"out": [{"id": "e_aaaaaa", "targetId": "LogNode-bbbbbb", "kind": "flow"}]},
}
PHASE1_LOG = {
    "id": "LogNode-bbbbbb",
    "type": "LogNode",
    "name": "Log",
    "props": {"history": []},
    "position": {"x": 360.5, "y": 0},
    "edges": {"out": []},
}


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    """Limits small enough to be passed in a test."""
    return Settings(
        data=data,
        port=0,
        examples=False,
        max_upload_bytes=1_000_000,
        max_unpacked_bytes=3_000_000,
        max_unpacked_files=50,
        max_graph_nodes=100,
    )


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sent(client: httpx.Client, content: bytes, name: str = "upload.zip") -> httpx.Response:
    return client.post("/api/import", files={"file": (name, content)})


def test_a_native_file_becomes_a_graph_and_comes_back_byte_for_byte(admin: httpx.Client) -> None:
    first = admin.post("/api/graphs", json={"graph": GRAPH}).json()["id"]
    exported = admin.get(f"/api/graphs/{first}/export").content

    answer = sent(admin, exported, "mine.json")

    assert answer.status_code == 200, answer.text
    assert answer.json()["problems"] == []
    (made,) = answer.json()["graphs"]
    assert (made["title"], made["nodes"], made["edges"]) == ("Filed", 2, 1)
    assert admin.get(f"/api/graphs/{made['id']}/export").content == exported


def test_a_zip_of_native_files_becomes_several_graphs_and_reports_the_bad_one(admin: httpx.Client) -> None:
    answer = sent(admin, zipped({"one.json": json.dumps(GRAPH), "sub/two.json": json.dumps(GRAPH), "bad.json": "{"}))

    assert [graph["title"] for graph in answer.json()["graphs"]] == ["Filed", "Filed"]
    (problem,) = answer.json()["problems"]
    assert problem["file"] == "bad.json" and not problem["kept"]


def test_half_a_character_in_a_file_is_reported(admin: httpx.Client) -> None:
    """FILE-17, OPS-1: what is said of it can be sent, and what was good is made."""
    half = json.dumps({"nodes": {"\ud800": {"type": "Template"}}})

    several = sent(admin, zipped({"good.json": json.dumps(GRAPH), "half.json": half}))
    alone = sent(admin, half.encode(), "half.json")

    assert [graph["title"] for graph in several.json()["graphs"]] == ["Filed"]
    assert [problem["file"] for problem in several.json()["problems"]] == ["half.json"]
    assert alone.status_code == 422, alone.text
    assert "?" in alone.json()["detail"]


@pytest.mark.parametrize("folder", ["", "my workspace/", "deep/er/"])
def test_a_phase_1_workspace_becomes_a_graph_and_is_written_back(admin: httpx.Client, folder: str) -> None:
    files: dict[str, bytes | str] = {
        f"{folder}nodes/ChatNode-aaaaaa.json": json.dumps(PHASE1_CHAT),
        f"{folder}nodes/LogNode-bbbbbb.json": json.dumps(PHASE1_LOG),
        f"{folder}nodes/broken.json": "{",
    }

    answer = sent(admin, zipped(files), "my workspace.zip")

    assert answer.status_code == 200, answer.text
    (made,) = answer.json()["graphs"]
    assert (made["nodes"], made["edges"]) == (2, 1)
    assert [problem["file"] for problem in answer.json()["problems"]] == ["nodes/broken.json"]
    back = admin.get(f"/api/graphs/{made['id']}/export", params={"format": "phase1"})
    assert back.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(back.content)).namelist()
    assert {"nodes/ChatNode-aaaaaa.json", "nodes/LogNode-bbbbbb.json"} <= set(names)


def attacks() -> Iterator[tuple[str, bytes]]:
    yield "not a zip, not JSON", b"\x00\x01\x02 nonsense"
    yield "a zip cut short", zipped({"nodes/a.json": "{}" * 1000})[:-30]
    yield "only a zip's first bytes", b"PK\x03\x04"
    yield "an empty zip", zipped({})
    yield "a zip of nothing useful", zipped({"readme.txt": "hello"})
    yield "a zip of empty folders", zipped({"nodes/": ""})
    yield "JSON that is no graph", b"[1, 2, 3]"
    yield "JSON nested deeply", b"[" * 200_000 + b"]" * 200_000
    yield "duplicate ids", b'{"nodes": {"a": {"type": "Log"}, "a": {"type": "Chat"}}}'
    yield "NaN", b'{"nodes": {"a": {"type": "Log", "pos": [NaN, 0]}}}'
    yield "a huge number", b'{"nodes": {"a": {"type": "Log", "pos": [1e999, 0]}}}'
    yield "ids with slashes", b'{"nodes": {"../../a": {"type": "Log"}}}'
    yield "lone surrogates", b'{"nodes": {"a": {"type": "Log", "name": "\\ud800"}}}'
    yield "too many nodes", json.dumps({"nodes": {f"n{n}": {"type": "Log"} for n in range(101)}}).encode()


@pytest.mark.parametrize(("name", "content"), list(attacks()))
def test_a_file_that_is_no_graph_gets_a_problem_document(admin: httpx.Client, name: str, content: bytes) -> None:
    answer = sent(admin, content, "attack.zip" if content[:2] == b"PK" else "attack.json")

    assert answer.status_code in (200, 422), (name, answer.text)
    if answer.status_code == 422:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
    else:
        assert answer.json()["graphs"] == []
        assert answer.json()["problems"]
    assert admin.get("/livez").status_code == 200


def test_names_that_lead_outside_are_left_out_and_reported(admin: httpx.Client, data: Path, tmp_path: Path) -> None:
    evil = ["../evil.json", "/etc/evil.json", "a/../../evil.json", "..\\evil.json", "C:/evil.json"]
    files: dict[str, bytes | str] = dict.fromkeys(evil, json.dumps(GRAPH))

    answer = sent(admin, zipped(files | {"good.json": json.dumps(GRAPH)}))

    assert len(answer.json()["graphs"]) == 1
    assert {problem["file"] for problem in answer.json()["problems"]} == set(evil)
    assert not list(data.parent.rglob("evil.json"))


def test_links_in_a_zip_are_not_followed(admin: httpx.Client) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("nodes/passwd.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("nodes/ChatNode-aaaaaa.json", json.dumps(PHASE1_CHAT | {"edges": {"out": []}}))

    answer = sent(admin, buffer.getvalue())

    assert answer.json()["graphs"][0]["nodes"] == 1
    assert "it is a link" in answer.json()["problems"][0]["what"]


def test_a_zip_bomb_is_stopped_while_it_unpacks(admin: httpx.Client) -> None:
    """3 MB may come out; here 20 MB would, from 20 kB."""
    answer = sent(admin, zipped({f"nodes/{n}.json": b" " * 10_000_000 for n in range(2)}))

    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-large"


def test_a_zip_that_lies_about_its_sizes_is_stopped_too(admin: httpx.Client) -> None:
    content = bytearray(zipped({"nodes/a.json": b" " * 10_000_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = struct.pack("<I", 10)

    answer = sent(admin, bytes(content))

    assert answer.status_code in (200, 413, 422)
    assert answer.status_code != 200 or answer.json()["graphs"] == []


def test_a_zip_of_too_many_files_is_refused_before_unpacking(admin: httpx.Client) -> None:
    answer = sent(admin, zipped({f"{n}.json": "{}" for n in range(51)}))

    assert answer.status_code == 413
    assert "50" in answer.json()["expected"]


def test_a_file_over_the_limit_is_refused_without_reading_it_into_memory(admin: httpx.Client) -> None:
    """The limit is 1 MB here; 200 MB are sent, by a client that says so and by one that doesn't."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.zip"\r\n\r\n'
    block = b"\0" * 1_000_000

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(200):
            yield block
        yield b"\r\n--x--\r\n"

    length = str(len(head) + 200 * len(block) + len(b"\r\n--x--\r\n"))
    for headers in ({"content-length": length}, {}):
        kind = {"content-type": "multipart/form-data; boundary=x"}
        answer = admin.post("/api/import", content=body(), headers=kind | headers)
        assert answer.status_code == 413
        assert answer.json()["expected"] == "at most 1000000 bytes"


def test_cycles_dangling_edges_and_unknown_types_are_kept_as_they_are(admin: httpx.Client) -> None:
    graph = {
        "nodes": {
            "a": {"type": "Unheard Of", "params": {"x": 1}, "parent": "b"},
            "b": {"type": "Group", "parent": "a"},
        },
        "edges": {
            "loop": {"source": "a", "target": "a"},
            "back": {"source": "b", "target": "a"},
            "gone": {"source": "a", "target": "nowhere"},
        },
    }

    answer = sent(admin, json.dumps(graph).encode(), "odd.json")

    assert answer.status_code == 200, answer.text
    (made,) = answer.json()["graphs"]
    assert admin.get(f"/api/graphs/{made['id']}/export").json()["nodes"]["a"]["params"] == {"x": 1}
    assert admin.get(f"/api/graphs/{made['id']}/export", params={"format": "phase1"}).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data; boundary=x"),
        (b"no parts at all", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data"),
        (b"{}", "application/json"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_an_upload_that_is_none_gets_a_problem_document(admin: httpx.Client, content: bytes, kind: str) -> None:
    answer = admin.post("/api/import", content=content, headers={"content-type": kind})

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_title_can_do_no_harm_in_a_download_header(admin: httpx.Client) -> None:
    title = 'a"; filename="x.exe\r\nset-cookie: y=1 ü'
    made = admin.post("/api/graphs", json={"title": title}).json()

    answer = admin.get(f"/api/graphs/{made['id']}/export")

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert ".exe" not in answer.headers["content-disposition"].split("filename*=")[0].split('"')[2]


def test_files_of_a_workspace_stay_with_its_graph_and_are_written_back(admin: httpx.Client, data: Path) -> None:
    """FILE-16, FILE-19."""

    def workspace(text: str) -> bytes:
        return zipped({"nodes/ChatNode-aaaaaa.json": json.dumps(PHASE1_CHAT), "prompts/joke.md": text})

    first = sent(admin, workspace("first"), "one.zip").json()
    second = sent(admin, workspace("second"), "two.zip").json()

    assert not (data / "files").exists() or not list((data / "files").rglob("joke.md"))
    assert "prompts/joke.md" not in [problem["file"] for problem in second["problems"]]
    for report, text in ((first, b"first"), (second, b"second")):
        copy = admin.post(f"/api/graphs/{report['graphs'][0]['id']}/duplicate").json()["id"]
        for id in (report["graphs"][0]["id"], copy):
            back = admin.get(f"/api/graphs/{id}/export", params={"format": "phase1"}).content
            assert zipfile.ZipFile(io.BytesIO(back)).read("prompts/joke.md") == text
