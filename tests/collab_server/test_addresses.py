"""What one address may have, by itself and on a real server."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import websockets

from collab_server import addresses
from collab_server.addresses import Addresses, TooMany
from collab_server.cli.remote import started
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from tests.collab_server.rooms.conftest import DEADLINE
from tests.services.proxy import nginx


def some(**limits: float) -> Addresses:
    chosen = {"connections": 2, "sockets": 2, "joins_per_second": 10, "burst_seconds": 1} | limits
    return Addresses(**chosen)  # type: ignore[arg-type]


def test_an_address_holds_so_many_and_not_more() -> None:
    """OPS-6."""
    here = some()
    here.take("connections", "1.2.3.4")
    here.take("connections", "1.2.3.4")
    with pytest.raises(TooMany, match="connections"):
        here.take("connections", "1.2.3.4")
    here.take("connections", "1.2.3.5")
    here.give_back("connections", "1.2.3.4")
    here.take("connections", "1.2.3.4")


def test_attempts_to_join_come_at_a_rate() -> None:
    """OPS-6: ten at once, and one more each tenth of a second."""
    here = some(sockets=100)
    for _ in range(10):
        with here.joined("1.2.3.4", now=1.0):
            pass
    with pytest.raises(TooMany, match="attempts"), here.joined("1.2.3.4", now=1.05):
        pass
    with here.joined("1.2.3.4", now=1.2):
        pass


def test_an_ipv6_network_is_one_address_and_a_mapped_one_is_its_own() -> None:
    here = some(sockets=1)
    with here.joined("2001:db8::1", now=1.0):
        with pytest.raises(TooMany), here.joined("2001:db8::2", now=1.0):
            pass
        with here.joined("2001:db8:0:1::1", now=1.0), here.joined("::ffff:1.2.3.4", now=1.0):
            with pytest.raises(TooMany), here.joined("1.2.3.4", now=1.0):
                pass


def test_addresses_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MAX_ADDRESSES", 3)
    here = some()
    here.take("sockets", "held")
    for number in range(10):
        with here.joined(f"10.0.0.{number}", now=1.0):
            pass
    assert len(here._uses) == 3
    here.take("sockets", "held")
    with pytest.raises(TooMany):
        here.take("sockets", "held")


def test_who_comes_when_all_that_are_remembered_hold_something_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MAX_ADDRESSES", 3)
    here = some(connections=1)
    for number in range(5):
        here.take("connections", f"10.0.0.{number}")
        with pytest.raises(TooMany):
            here.take("connections", f"10.0.0.{number}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that believes no proxy but the one at 127.0.0.2, and has little patience."""
    settings = Settings(
        data=tmp_path_factory.mktemp("addresses"), port=0, examples=False, forwarded_allow_ips="127.0.0.2",
        create_on_join=True, max_sockets_per_address=3, handshake_seconds=0.5, body_seconds=0.5,
        max_stalled_seconds=0.5,
    )  # fmt: skip
    with started(settings) as found:
        yield found


async def opened(server: RunningServer, start: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(start)
    return reader, writer


SLOW = {
    "says nothing": b"",
    "never ends its head": b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "never ends its upgrade": b"GET /sync/graphs/g HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n",
    "never sends its body": b"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    "begins a second request": b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /li",
}


@pytest.mark.parametrize("how", SLOW)
async def test_a_connection_that_never_comes_to_the_point_is_ended(server: RunningServer, how: str) -> None:
    """OPS-6: slow loris, in each way there is to be slow; the others are served meanwhile."""
    reader, writer = await opened(server, SLOW[how])
    other_reader, other = await opened(server, b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert (await asyncio.wait_for(other_reader.read(), 10)).startswith(b"HTTP/1.1 200")
    other.close()
    async with asyncio.timeout(10):
        await _to_the_end(reader)
    writer.close()


@pytest.mark.parametrize("size", [3_500_000, 8_000_000])
def test_a_connection_that_does_not_read_its_answer_is_ended(server: RunningServer, size: int) -> None:
    """OPS-6: with the answer in memory; whether it is still being written, or all of it was and it is only kept."""
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=60) as http:
        text = "x" * 20_000
        nodes = {f"n{n}": {"type": "Template", "params": {"template": text}} for n in range(size // len(text))}
        made = http.post("/api/graphs", json={"graph": {"nodes": nodes}})
        assert made.status_code == 201, made.text
        before = unread(http)
        with small_window(server) as connection:
            head = f"GET /api/graphs/{made.json()['id']}/export HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            connection.sendall(f"{head}Authorization: Bearer {server.token}\r\n\r\n".encode())
            end = time.monotonic() + DEADLINE
            while unread(http) == before:
                assert time.monotonic() < end, "the answer is kept for ever"
                time.sleep(0.05)


def unread(http: httpx.Client) -> float:
    """How many connections were ended because nobody read what they were for."""
    found = re.search(r'flowroom_addresses_refused_total{what="unread"} (\S+)', http.get("/metrics").text)
    return float(found[1]) if found else 0


@contextmanager
def small_window(server: RunningServer) -> Iterator[socket.socket]:
    """A connection whose kernel takes as little as it can of what comes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.connect((host, int(port)))
        yield connection


async def test_one_address_has_only_so_many_connections(tmp_path: Path) -> None:
    """OPS-6: those over the limit are cut off at once."""
    settings = Settings(
        data=tmp_path, port=0, examples=False, forwarded_allow_ips="127.0.0.2", max_connections_per_address=20
    )
    with started(settings) as here:
        made = [await opened(here, b"") for _ in range(30)]
        reading = [asyncio.create_task(_to_the_end(reader)) for reader, _ in made]
        done: set[asyncio.Task[None]] = set()
        async with asyncio.timeout(5):
            while len(done) < 10:
                done, _ = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 10
        for task in reading:
            task.cancel()
        for _, writer in made:
            writer.close()


async def _to_the_end(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionResetError):
        await reader.read()


def url(server: RunningServer) -> str:
    return f"{server.url.replace('http', 'ws')}/sync/graphs/g?token={server.token}"


async def test_one_address_has_only_so_many_sockets(tmp_path: Path) -> None:
    """OPS-6: 1013, so that honest clients come back later; each person behind the proxy has an address of their own."""
    settings = Settings(
        data=tmp_path / "data", port=0, examples=False, create_on_join=True, max_sockets_per_address=3
    )  # fmt: skip
    with started(settings) as here:
        held = [await websockets.connect(url(here)) for _ in range(3)]
        async with websockets.connect(url(here)) as one_more:
            await asyncio.wait_for(one_more.wait_closed(), 10)
            assert one_more.close_code == 1013
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}  # the loopback address is a proxy that is believed
        async with websockets.connect(url(here), additional_headers=elsewhere) as other:
            assert await asyncio.wait_for(other.recv(), 10)
        await held[0].close()
        async with websockets.connect(url(here)) as again:
            assert await asyncio.wait_for(again.recv(), 10)
        for socket in held:
            await socket.close()


async def test_through_a_proxy_people_are_counted_one_by_one(tmp_path: Path) -> None:
    """OPS-6: the proxy's own connections are not counted, whatever the limit."""
    settings = Settings(data=tmp_path / "data", port=0, examples=False, max_connections_per_address=1)
    with started(settings) as here, nginx(tmp_path / "nginx", here.url) as front:
        host, port = front.removeprefix("http://").split(":")
        for _ in range(5):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_a_forged_address_is_not_believed(server: RunningServer) -> None:
    """OPS-6: whoever is no proxy of ours is who they are, whatever they say."""
    held = []
    for number in range(3):
        header = {"X-Forwarded-For": f"203.0.113.{number}"}
        held.append(await websockets.connect(url(server), additional_headers=header))
    async with websockets.connect(url(server), additional_headers={"X-Forwarded-For": "203.0.113.77"}) as refused:
        await asyncio.wait_for(refused.wait_closed(), 10)
        assert refused.close_code == 1013
    for one in held:
        await one.close()
