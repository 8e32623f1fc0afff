"""A graph that has no room for more: what requests would add to it is refused, as a peer's edit is."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.settings import Settings

KB = 1024
LIMIT = 20 * KB


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    """Documents are small here."""
    return Settings(data=data, port=0, examples=False, max_document_bytes=LIMIT)


def graph(size: int) -> dict[str, Any]:
    """A graph with about so many bytes in it."""
    return {"nodes": {"a": {"type": "Template", "params": {"template": "x" * size}}}}


def is_refused(answer: httpx.Response) -> bool:
    """Whether it was, with what may be and what came."""
    told = answer.json()
    return answer.status_code == 413 and str(LIMIT) in told["expected"] and bool(told["advice"])


def made(admin: httpx.Client, size: int, **more: str) -> str:
    id: str = admin.post("/api/graphs", json={"graph": graph(size), **more}).raise_for_status().json()["id"]
    return id


def test_a_graph_that_is_too_large_is_not_made(admin: httpx.Client) -> None:
    """OPS-8: and none is left behind empty."""
    assert is_refused(admin.post("/api/graphs", json={"graph": graph(LIMIT), "title": "Far too large"}))
    assert is_refused(admin.put("/api/graphs/large", json={"graph": graph(LIMIT)}))
    assert admin.get("/api/graphs", params={"query": "Far too large"}).json()["items"] == []
    assert admin.get("/api/graphs/large").status_code == 404


def test_an_empty_graph_is_not_filled_with_too_much(admin: httpx.Client) -> None:
    """OPS-8."""
    admin.put("/api/graphs/empty", json={"title": "Empty"}).raise_for_status()
    assert is_refused(admin.put("/api/graphs/empty", json={"graph": graph(LIMIT)}))
    assert admin.get("/api/graphs/empty").json()["nodes"] == 0
    assert admin.put("/api/graphs/empty", json={"graph": graph(KB)}).is_success


def test_a_full_graph_takes_no_more_text(admin: httpx.Client) -> None:
    """OPS-8: what is refused changes nothing."""
    id = made(admin, LIMIT - KB, title="Full")
    assert is_refused(admin.patch(f"/api/graphs/{id}", json={"description": "y" * 2 * KB}))
    assert admin.get(f"/api/graphs/{id}").json()["description"] == ""
    assert admin.patch(f"/api/graphs/{id}", json={"title": "Short"}).is_success


def test_a_full_graph_can_be_run(admin: httpx.Client) -> None:
    """OPS-8: which run is the newest takes the place of the one before."""
    id = made(admin, LIMIT - KB // 4)
    assert is_refused(admin.patch(f"/api/graphs/{id}", json={"title": "No room for a title"}))
    run = admin.post(f"/api/graphs/{id}/runs", json={}).raise_for_status().json()
    assert admin.get(f"/api/graphs/{id}/runs").json()["items"][0]["id"] == run["id"]


def test_a_copy_that_would_be_too_large_is_not_made(admin: httpx.Client) -> None:
    """OPS-8: a copy says what it was made of, and that may be too much."""
    sizes = range(LIMIT - 10, 0, -10)
    tried = (admin.post("/api/graphs", json={"graph": graph(size)}) for size in sizes)
    id = next(answer.json()["id"] for answer in tried if answer.is_success)
    before = len(admin.get("/api/graphs").json()["items"])
    assert is_refused(admin.post(f"/api/graphs/{id}/duplicate"))
    assert len(admin.get("/api/graphs").json()["items"]) == before


def test_of_an_import_only_what_is_too_large_is_left_out(admin: httpx.Client, data: Path) -> None:
    """OPS-8 and FILE-17: alone it is refused, beside others it is a problem in the report."""
    assert is_refused(imported(admin, "large.json", json.dumps(graph(LIMIT)).encode()))

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Small.json", json.dumps(graph(KB)))
        archive.writestr("Large.json", json.dumps(graph(LIMIT)))
    report = imported(admin, "both.zip", packed.getvalue()).raise_for_status().json()
    assert [one["title"] for one in report["graphs"]] == ["Small"]
    [problem] = report["problems"]
    assert problem["file"] == "Large" and "larger than a graph may be" in problem["what"] and not problem["kept"]


def imported(admin: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return admin.post("/api/import", files={"file": (name, content)})


def test_a_full_discussion_takes_no_more_comments(admin: httpx.Client) -> None:
    """OPS-8: but deletions."""
    id = made(admin, KB)
    threads = f"/api/graphs/{id}/threads"
    body = {"anchor": {"type": "node", "node": "a"}, "body": "z" * 6 * KB}
    first = admin.post(threads, json=body).raise_for_status().json()["id"]
    admin.post(threads, json=body).raise_for_status()
    admin.post(threads, json=body).raise_for_status()
    assert is_refused(admin.post(threads, json=body))
    assert admin.delete(f"{threads}/{first}").is_success
