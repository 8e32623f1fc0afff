"""A bot that asks for permission, against the real server: it waits, hears the answer, and may at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from flowroom.client import AccessRequest, GraphClient, Workspace
from flowroom.errors import NoSuchDocument, NotAllowed, RequestRefused
from tests.flowroom.client.test_real_server import RealServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RealServer]:
    async with RealServer(tmp_path).running() as server:
        yield server


@pytest.fixture
async def ada(server: RealServer) -> AsyncIterator[Workspace]:
    async with server.workspace() as workspace:
        yield workspace


@asynccontextmanager
async def a_viewer(server: RealServer, ada: Workspace) -> AsyncIterator[Workspace]:
    made = await ada.request("POST", "/api/tokens", json={"name": "Bo", "role": "viewer", "kind": "bot"})
    async with server.workspace(made["token"]) as workspace:
        yield workspace


async def asked(g: GraphClient) -> AccessRequest:
    """The request that has come to a graph, once there is one."""
    async with asyncio.timeout(20):
        while not (found := await g.access_requests()):
            pass
    return found[0]


async def test_a_bot_asks_waits_and_edits_on_the_connection_that_it_has(server: RealServer, ada: Workspace) -> None:
    """KIT-5."""
    graph = await ada.create_graph("G")
    async with a_viewer(server, ada) as bo, ada.open(graph) as g, bo.open(graph) as theirs:
        asking = asyncio.create_task(theirs.ask("editor", reason="to tidy up"))
        request = await asked(g)
        assert (request.asker.name, request.role, request.reason) == ("Bo", "editor", "to tidy up")
        assert not asking.done()
        await g.grant(request.id)
        assert await asyncio.wait_for(asking, 20) == "editor"
        node = theirs.add_node("Log")
        await asyncio.wait_for(theirs.saved(), 20)
        assert theirs.status == "online"
        async with ada.open(graph) as fresh:
            assert fresh.node_ids() == [node]
        assert await theirs.ask("runner") == "editor"
        assert await g.access_requests() == []
        with pytest.raises(RequestRefused):
            await g.decline(request.id)


async def test_what_is_declined_is_raised_with_what_was_said(server: RealServer, ada: Workspace) -> None:
    """KIT-5."""
    graph = await ada.create_graph("G")
    async with a_viewer(server, ada) as bo, ada.open(graph) as g, bo.open(graph) as theirs:
        asking = asyncio.create_task(theirs.ask("admin"))
        request = await asked(g)
        with pytest.raises(NotAllowed):
            await theirs.grant(request.id)
        await g.decline(request.id, note="ask Grace")
        with pytest.raises(NotAllowed, match="declined the role admin: ask Grace"):
            await asyncio.wait_for(asking, 20)


async def test_who_stopped_waiting_goes_on_with_the_same_request(server: RealServer, ada: Workspace) -> None:
    """KIT-4."""
    graph = await ada.create_graph("G")
    async with a_viewer(server, ada) as bo, ada.open(graph) as g, bo.open(graph) as theirs:
        first = asyncio.create_task(theirs.ask("commenter"))
        request = await asked(g)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        again = asyncio.create_task(theirs.ask("editor"))
        async with asyncio.timeout(20):
            while (await g.access_requests())[0].role != "editor":
                pass
        await g.grant(request, role="runner", note="for now")
        assert await asyncio.wait_for(again, 20) == "runner"


async def test_one_that_was_withdrawn_ends_the_waiting(server: RealServer, ada: Workspace) -> None:
    graph = await ada.create_graph("G")
    async with a_viewer(server, ada) as bo, ada.open(graph) as g, bo.open(graph) as theirs:
        asking = asyncio.create_task(theirs.ask("editor"))
        request = await asked(g)
        await bo.request("DELETE", f"/api/graphs/{graph.id}/access/requests/{request.id}")
        with pytest.raises(NoSuchDocument):
            await asyncio.wait_for(asking, 20)
