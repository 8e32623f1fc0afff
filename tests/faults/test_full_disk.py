"""A server process whose disk is full for a while, by a limit on the size of its files that can be changed any time."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from collab_server import folder
from tests.collab_server.rooms.conftest import eventually
from tests.convergence.server import TOKEN, flowroom_serve
from tests.faults.attack import joined

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """No byte fits in any file of a process while the block runs."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.timeout(120)
async def test_a_full_disk_is_told_acknowledges_nothing_and_is_recovered_from(tmp_path: Path) -> None:
    """ROOM-14"""
    async with flowroom_serve(tmp_path / "data") as server:
        running = folder.running(tmp_path / "data")
        assert running is not None
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with (
            httpx.AsyncClient(base_url=server.http, headers=headers, timeout=30) as api,
            joined(server, "g") as one,
            joined(server, "g") as other,
        ):
            await one.saved(await one.edit("before", 1))
            with full_disk(running.pid):
                lost = await one.edit("meanwhile", 2)
                await eventually(lambda: one.notices and other.notices, "nobody was told")
                refused = await api.post("/api/graphs", json={"title": "no room"})
                run = await api.post("/api/graphs/g/runs", json={})
                for answer in (refused, run):
                    assert answer.status_code == 503, answer.text
                    assert answer.headers["content-type"] == "application/problem+json"
                assert (await api.get("/api/graphs")).status_code == 200
                assert "flowroom_read_only_rooms 1.0" in (await api.get("/metrics")).text
                async with joined(server, "g") as late:
                    assert late.map.to_py() == {"before": 1}
                assert lost not in one.echoes and "meanwhile" not in other.map

            await one.saved(lost)
            await other.shows("meanwhile", 2)
            await one.saved(await one.edit("after", 3))
            assert (await api.post("/api/graphs", json={"title": "room"})).status_code == 201
    async with flowroom_serve(tmp_path / "data") as server, joined(server, "g") as again:
        assert again.map.to_py() == {"before": 1, "meanwhile": 2, "after": 3}
