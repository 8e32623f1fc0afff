"""Connections that are lost in ways that no close code tells of: what passes is tried again, what doesn't is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowroom.changes import Change
from flowroom.client import ChangeStream, Workspace, connect
from flowroom.client.protocol import Peer
from flowroom.errors import ConnectionLost, RequestRefused
from tests.flowroom.client.small_server import SmallServer, until
from tests.flowroom.client.test_graph_client import QUICK, held
from tests.services.certificates import self_signed


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


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8000", "ftp://host", "http://", "http://host:99999", "http://[::1", "http://a..b"]
)
async def test_what_is_no_address_is_told_before_anything_is_sent(address: str) -> None:
    """KIT-9: without the token that may stand in it."""
    with pytest.raises(ValueError, match=r"Expected a server's address, such as http:") as raised:
        async with connect(f"{address}?token=hidden"):
            pass
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(("kind", "what"), [("text/html", "a page"), ("application/json", "no JSON")])
async def test_a_server_that_is_no_flowroom_is_told_so(
    server: SmallServer, workspace: Workspace, kind: str, what: str
) -> None:
    """KIT-9."""
    server.answers_page = kind
    with pytest.raises(RequestRefused, match=f"/api/graphs.* answered with .*{what}.* is the address right"):
        await workspace.graphs()
    with pytest.raises(ConnectionLost, match=r"\(HTTP status 200\); is it running, and is the address right"):
        async with workspace.open("g"):
            pass


async def test_a_redirect_of_the_api_says_where_to_connect(server: SmallServer, workspace: Workspace) -> None:
    """KIT-9: from http to https, say; what is sent again elsewhere would lose its body, or its token."""
    server.redirects_to = "https://flowroom.example.org/api/graphs"
    with pytest.raises(RequestRefused, match=r"sends on to https://flowroom\.example\.org/api/graphs: connect to"):
        await workspace.graphs()


async def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path) -> None:
    """KIT-9."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, connect(url, patience=QUICK) as workspace:
        for attempt in (workspace.graphs(), joined(workspace)):
            with pytest.raises(ConnectionLost, match="certificate verify failed"):
                await attempt


async def joined(workspace: Workspace) -> None:
    async with workspace.open("g"):
        pass


async def test_an_edit_in_another_thread_is_refused(server: SmallServer, workspace: Workspace) -> None:
    """KIT-10: it would be sent when the loop happens to wake, and its parts might come in another order."""
    async with workspace.open("g") as g:
        with pytest.raises(RuntimeError, match="call_soon_threadsafe"):
            await asyncio.to_thread(g.add_node, "A")
        assert await asyncio.to_thread(g.node_ids) == []
        g.add_node("A")


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
