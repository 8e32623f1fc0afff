"""Whoever is signed out is out of every room within a second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from collab_server.folder import RunningServer
from flowroom.protocol import CloseCode


@contextmanager
def joined(server: RunningServer, path: str, **headers: str) -> Iterator[ClientConnection]:
    with connect(f"ws{server.url[4:]}{path}", additional_headers=headers, proxy=None) as socket:
        socket.recv(timeout=5)  # the server's first step: we are in the room
        yield socket


def close_code(socket: ClientConnection) -> int | None:
    """What a socket is closed with within a second."""
    deadline = time.monotonic() + 1
    with pytest.raises(ConnectionClosed) as ended:
        while True:
            socket.recv(timeout=max(0.0, deadline - time.monotonic()))
    return ended.value.rcvd.code if ended.value.rcvd else None


def test_revoking_a_token_closes_its_sockets_and_no_others(admin: httpx.Client, server: RunningServer) -> None:
    graph = admin.post("/api/graphs", json={}).json()["id"]
    made = admin.post("/api/tokens", json={"name": "x"}).json()
    with (
        joined(server, f"/sync/graphs/{graph}?token={server.token}") as other,
        joined(server, f"/sync/graphs/{graph}?token={made['token']}") as gone,
    ):
        admin.delete(f"/api/tokens/{made['id']}")

        assert close_code(gone) == CloseCode.NOT_SIGNED_IN
        other.ping().wait(5)
        assert other.close_code is None


def test_signing_out_closes_the_browsers_sockets(browser: httpx.Client, server: RunningServer) -> None:
    graph = browser.post("/api/graphs", json={}).json()["id"]
    cookie = f"flowroom_session={browser.cookies['flowroom_session']}"
    with joined(server, f"/sync/graphs/{graph}", cookie=cookie) as socket:
        browser.delete("/api/session")

        assert close_code(socket) == CloseCode.NOT_SIGNED_IN


def test_a_deleted_graph_closes_its_sockets(admin: httpx.Client, server: RunningServer) -> None:
    graph = admin.post("/api/graphs", json={}).json()["id"]
    with joined(server, f"/sync/graphs/{graph}?token={server.token}") as socket:
        admin.delete(f"/api/graphs/{graph}")

        assert close_code(socket) == CloseCode.NO_SUCH_DOCUMENT
