"""Connections that are lost in ways that no close code tells of: what passes is tried again, what doesn't is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from flowroom.changes import Change
from flowroom.client import ChangeStream, Workspace, connect
from flowroom.client.protocol import Peer
from flowroom.errors import ConnectionLost
from tests.flowroom.client.small_server import SmallServer, until
from tests.flowroom.client.test_graph_client import QUICK, held


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with SmallServer() as server:
        yield server


@pytest.fixture
async def workspace(server: SmallServer) -> AsyncIterator[Workspace]:
    async with connect(server.url, patience=QUICK) as workspace:
        yield workspace


@pytest.mark.parametrize("page", ["https://login.example.org/", "/login"])
async def test_a_redirect_to_a_page_is_tried_again(server: SmallServer, workspace: Workspace, page: str) -> None:
    """KIT-3: what a proxy answers in passing is no close code, whatever the page that it leads to answers."""
    async with workspace.open("g") as g:
        asked = len(server.tokens)
        server.redirects_to = page
        server.drop_all()
        await until(lambda: len(server.tokens) > asked + 2 and g.status == "offline")
        g.add_node("A", id="a")

        server.redirects_to = None
        await g.saved()
        assert held(server).node_ids() == ["a"]


async def test_a_connection_that_fails_here_tells_whoever_waits_or_edits(
    server: SmallServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KIT-3: nobody waits for ever on a connection that is not tried again."""
    with pytest.raises(ConnectionLost, match="a defect"):
        async with workspace.open("g") as g:
            server.holds_echoes = True
            g.add_node("A")
            waiting = [asyncio.create_task(each) for each in (g.saved(), in_full(g.changes()), g.presence.changed())]
            await until(lambda: held(server).node_ids() != [])
            monkeypatch.setattr(Peer, "opened", fails)
            server.drop_all()

            ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [ConnectionLost] * 3
            assert g.status == "closed"
            with pytest.raises(ConnectionLost, match="a defect"):
                g.add_node("B")


async def in_full(changes: ChangeStream) -> list[Change]:
    return [change async for change in changes]


def fails(peer: Peer) -> None:
    raise LookupError("a defect")
