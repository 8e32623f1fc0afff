"""A private graph with its three kinds of document, everyone who may or may not get into it, and their sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import orjson
import websockets

from collab_server.rooms.entries import read_entries
from collab_server.rooms.guard import AwarenessUpdate, read_frame
from collab_server.rooms.walker import write_varint
from flowroom.protocol import MessageType
from tests.collab_server.access_house import House, socket_headers
from tests.collab_server.rooms.conftest import Client, eventually

KINDS = ("graph", "discussion", "run")
SECOND = 1.0


@dataclass
class Place:
    """A private graph with a run, and what its three kinds of document are called."""

    graph: str
    run: str

    def path(self, kind: str) -> str:
        """The door of one of its documents."""
        match kind:
            case "graph":
                return f"/sync/graphs/{self.graph}"
            case "discussion":
                return f"/sync/graphs/{self.graph}/discussion"
            case _:
                return f"/sync/runs/{self.run}"


@asynccontextmanager
async def joined(
    house: House, who: httpx.Client, path: str, *, named: str = "127.0.0.1", **more: str
) -> AsyncIterator[Client]:
    """A socket of someone, whether they are let in or not; `named` is what it takes the server's name to be."""
    port = int(house.server.url.rpartition(":")[2])
    headers = socket_headers(who) | more
    client = Client(
        await websockets.connect(
            f"ws://{named}:{port}{path}",
            host="127.0.0.1",
            port=port,
            additional_headers=headers,
            max_size=None,
            proxy=None,
        )
    )
    try:
        yield client
    finally:
        await client.close()


async def closed_soon(client: Client, within: float) -> int | None:
    """What the server closes a socket with, in so many seconds at most."""
    await asyncio.wait_for(client.socket.wait_closed(), within)
    return client.socket.close_code


async def written(client: Client) -> int | None:
    """Write into a document: None when it is taken, or what the server closes the socket with."""
    await client.sync()
    update = await client.edit("x", 1)
    await eventually(lambda: update in client.echoes or client.socket.close_code is not None, "neither echo nor close")
    return client.socket.close_code


def presence(client: int, clock: int, state: object) -> bytes:
    """An awareness frame of one state."""
    text = json.dumps(state).encode()
    entry = write_varint(client) + write_varint(clock) + write_varint(len(text)) + text
    payload = write_varint(1) + entry
    return write_varint(MessageType.AWARENESS) + write_varint(len(payload)) + payload


def names_of(client: Client, id: int) -> list[str]:
    """The names that were told for a client id, in order; an empty one when it left."""
    messages = [message for frame in client.presence if isinstance(message := read_frame(frame), AwarenessUpdate)]
    states = [entry.state for message in messages for entry in read_entries(message.payload) if entry.client == id]
    return [(orjson.loads(state) or {}).get("user", {}).get("name", "") for state in states]
