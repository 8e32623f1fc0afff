"""The whole house on PostgreSQL: people, a real engine, and a server that is killed in between."""

from pathlib import Path

import httpx
import psutil
import pytest

from collab_server import folder
from flowroom.client import connect
from flowroom.model import Graph
from flowroom.ydoc import GraphDocument
from tests.convergence.server import TOKEN
from tests.faults.test_whole_house import _over
from tests.flowroom_up import flowroom_up
from tests.services.postgres import Postgres


def greeting() -> Graph:
    """A text and a place for it."""
    document = GraphDocument()
    document.add_node("Template", id="text", params={"template": "Good morning"})
    document.add_node("Log", id="log")
    document.connect("text", "log")
    return document.graph()


@pytest.mark.timeout(120)
async def test_edits_and_runs_on_postgresql_survive_a_killed_server(tmp_path: Path, postgres: Postgres) -> None:
    """OPS-2, with ROOM-15 and RUN-1: documents and runs in one database, nothing in the data folder."""
    url, data = postgres.database(), tmp_path / "data"
    environment = {"FLOWROOM_DATABASE_URL": url, "FLOWROOM_RUNS_URL": url, "FLOWROOM_TOKEN": TOKEN}
    with flowroom_up(data, "--no-examples", **environment) as address:
        async with connect(address.split("/?")[0], token=TOKEN) as workspace:
            id = (await workspace.create_graph("On PostgreSQL", greeting())).id
            async with workspace.open(id) as shared:
                shared.add_node("Template", id="added", name="while open", params={"template": "x"})
                await shared.saved()
                before = (await shared.run()).id
                async with httpx.AsyncClient(base_url=f"{address.split('/?')[0]}/api", headers=_signed()) as api:
                    assert (await _over(api, before))["state"] == "succeeded"
        running = folder.running(data)
        assert running is not None
        psutil.Process(running.pid).kill()
    with flowroom_up(data, "--no-examples", **environment) as address:
        async with httpx.AsyncClient(base_url=f"{address.split('/?')[0]}/api", headers=_signed()) as api:
            kept = (await api.get(f"/graphs/{id}/export")).json()
            assert kept["nodes"]["added"]["name"] == "while open"
            again = (await api.post(f"/graphs/{id}/runs", json={})).json()["id"]
            assert (await _over(api, again))["state"] == "succeeded"
            listed = (await api.get(f"/graphs/{id}/runs")).json()["items"]
            assert [run["id"] for run in listed] == [again, before]
            said = (await api.get(f"/graphs/{id}/nodes/log/history")).json()["items"]
            assert len(said) == 2
    assert not list(data.glob("*.db"))


def _signed() -> dict[str, str]:
    return {"authorization": f"Bearer {TOKEN}"}
