"""Whoever is signed out is out of every room within a second, and nothing that they have begun goes on."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from collab_server.auth.identity import SIGN_IN
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from flowroom.protocol import CloseCode
from tests.collab_server.portless import without_a_port


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


async def slowly(body: bytes, meanwhile: Callable[[], Awaitable[object]]) -> AsyncIterator[bytes]:
    """A body of which the end comes only after something else was done."""
    yield body[:1]
    await meanwhile()
    yield body[1:]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/webhooks", b'{"url": "https://hooks.example.org/all"}'), ("/api/graphs/{}/versions?label=Late", b"\0\0")],
)
async def test_nothing_is_done_for_whoever_lost_their_right_while_they_sent_it(
    tmp_path: Path, path: str, body: bytes
) -> None:
    """ACCESS-17: a body may come as slowly as one likes, and so be kept for the day on which one is shut out."""
    async with without_a_port(Settings(data=tmp_path, examples=False)) as (here, client, sign_in):
        graph = (await client.post(f"/api/graphs?token={sign_in}", json={})).json()["id"]
        secret, token = await here.accounts.create_token("Ops", "admin", "bot", by=SIGN_IN)

        answer = await client.post(
            path.format(graph),
            content=slowly(body, lambda: here.accounts.revoke_token(token.id, by=SIGN_IN)),
            headers={"authorization": f"Bearer {secret}", "content-type": "application/json"},
        )

        assert answer.status_code == 401, answer.text
