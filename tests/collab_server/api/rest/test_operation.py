"""What those who run a server see of it, and change while it runs."""

import asyncio

import httpx
import websockets

from collab_server.folder import RunningServer
from tests.collab_server.api.rest.conftest import MakeClient
from tests.collab_server.cli.test_cli import flowroom
from tests.collab_server.rooms.conftest import Client


async def test_the_busiest_rooms_and_peers_are_shown(server: RunningServer, admin: httpx.Client) -> None:
    """OPS-10: a bounded number of them, by bytes or by messages."""
    ids = [
        (await asyncio.to_thread(admin.post, "/api/graphs", json={"title": f"Room {n}"})).json()["id"] for n in range(3)
    ]
    clients = []
    for at, id in enumerate(ids):
        url = f"{server.url.replace('http', 'ws')}/sync/graphs/{id}?token={server.token}"
        client = await Client(await websockets.connect(url)).sync()
        for number in range(3 - at):
            await client.saved(await client.edit("k", f"{number}" * 1000 * (at + 1) ** 3))
        clients.append(client)

    by_bytes = (await asyncio.to_thread(admin.get, "/api/server/rooms", params={"limit": 2})).json()
    by_messages = (await asyncio.to_thread(admin.get, "/api/server/rooms", params={"by": "messages"})).json()
    assert [row["room"] for row in by_bytes["items"]] == [f"graph:{ids[2]}", f"graph:{ids[1]}"]
    assert by_messages["items"][0]["room"] == f"graph:{ids[0]}"
    first = by_bytes["items"][0]
    assert first["peers"] == len(first["busiest"]) == 1
    assert first["busiest"][0]["bytes"] == first["bytes"] > 27_000
    assert by_bytes["open"] >= 3 and by_bytes["memory"] > 0
    for client in clients:
        await client.close()


def test_the_log_level_is_changed_by_a_command(server: RunningServer, admin: httpx.Client) -> None:
    """OPS-10."""
    reach = ("--url", server.url, "--token", server.token)
    before = flowroom("log-level", *reach).stdout.strip()
    try:
        assert flowroom("log-level", "warning", *reach).stdout.strip() == "warning"
        assert admin.get("/api/server/log-level").json() == {"level": "warning"}
        wrong = flowroom("log-level", "loud", *reach, check=False)
        assert wrong.returncode == 2 and "warning" in wrong.stderr, "wrong usage, and told what there is"
    finally:
        flowroom("log-level", before, *reach)


def test_only_an_admin_of_the_workspace_sees_and_changes_it(as_role: MakeClient) -> None:
    """OPS-10."""
    editor = as_role("editor")
    assert editor.get("/api/server/rooms").status_code == 403
    assert editor.get("/api/server/seen").status_code == 403
    assert editor.put("/api/server/log-level", json={"level": "debug"}).status_code == 403


def test_memory_and_refusals_are_metrics(admin: httpx.Client) -> None:
    """OPS-9 and OPS-10: without a label for each room or person."""
    told = admin.get("/metrics").text
    assert "flowroom_documents_memory_bytes" in told
    assert "flowroom_addresses_refused_total" in told
    assert 'room="' not in told
