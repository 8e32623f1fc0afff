"""Does a server hold: what an idle connection costs, whether rooms leave anything behind, how large a log gets.

    python -m benchmarks.holding idle --count 500       sockets that join and say nothing
    python -m benchmarks.holding soak --count 10000     rooms opened, edited and closed, one after the other
    python -m benchmarks.holding large --count 60       rooms of 2,000 nodes each, and what is left of them after
    python -m benchmarks.holding edits --count 36000    an hour of ten edits a second on one graph

Each starts a server of its own and prints what it measured; tests/faults/test_holding.py runs short ones.
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import websockets
from pycrdt import Doc, Map

from collab_server import folder
from collab_server.rooms import frames
from flowroom import collector
from flowroom.protocol import MessageType, SyncType
from tests.convergence.server import TOKEN, Address, flowroom_serve

MIB = 2**20
AT_ONCE = 8
"""Rooms that are opened at the same time in a soak."""
WARM_ROOMS = 3_000
"""Rooms after which a server is as large as it will be."""
IN_FLIGHT = 200
"""Edits that are sent before the first of them has come back."""
EDITS_PER_SECOND = 1_800
"""Little less than a peer may send for long (`max_peer_messages_per_second`)."""
MANY_ROWS = 1_000
"""More rows of a log than are left once everything in it is told and stands in a snapshot."""
SETTLE_SECONDS = 30.0
ECHO_SECONDS = 60.0
LARGE_NODES = 2_000


@dataclass
class House:
    """A running server and what can be seen of it from outside."""

    address: Address
    data: Path
    process: psutil.Process

    @property
    def rss(self) -> float:
        """Its memory in MiB."""
        return float(self.process.memory_info().rss) / MIB

    def stored(self) -> tuple[int, int]:
        """Rows of the log, and the bytes of the database with what is not checkpointed yet."""
        with closing(sqlite3.connect(f"file:{self.data / 'flowroom.db'}?mode=ro", uri=True)) as connection:
            rows = int(connection.execute("SELECT count(*) FROM document_log").fetchone()[0])
        return rows, sum(file.stat().st_size for file in self.data.glob("flowroom.db*"))

    async def settled(self) -> None:
        """Wait until the log has become short."""
        while self.stored()[0] > MANY_ROWS:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)


@asynccontextmanager
async def house(**environment: str) -> AsyncIterator[House]:
    """A server in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="flowroom-holding-") as place:
        data = Path(place) / "data"
        async with flowroom_serve(data, **environment) as address:
            running = folder.running(data)
            assert running is not None
            yield House(address, data, psutil.Process(running.pid))


def socket_to(house: House, room: str) -> websockets.connect:
    """A socket to a room, which makes it if need be."""
    url = f"{house.address.graphs}/{room}?token={TOKEN}"
    return websockets.connect(url, max_size=None, compression=None, ping_interval=None)


@dataclass
class Idle:
    """What connections that say nothing cost."""

    count: int
    kib_each: float
    connected_seconds: float
    edit_ms: float


async def idle(count: int, *, rooms: int = 50) -> Idle:
    """Join with many sockets that say nothing at all, spread over some rooms; then edit beside them."""
    async with house(FLOWROOM_MAX_JOINS_PER_SECOND="1000") as here:
        for room in range(rooms):  # what the rooms themselves cost is not what a connection costs
            async with socket_to(here, f"r{room}") as first:
                await first.recv()
        before, began = here.rss, time.perf_counter()
        sockets: list[websockets.ClientConnection] = []
        for number in range(count):
            socket = await socket_to(here, f"r{number % rooms}")
            sockets.append(socket)
        for socket in sockets:
            await socket.recv()
        took, grown = time.perf_counter() - began, here.rss - before
        async with Typist.at(here, "r0") as typist:
            began = time.perf_counter()
            await typist.edit_and_wait()
            waited = (time.perf_counter() - began) * 1000
        for socket in sockets:
            socket.transport.abort()
        return Idle(count, grown * 1024 / count, took, waited)


@dataclass
class Typist:
    """A client that edits one map of a graph, over and over."""

    socket: websockets.ClientConnection
    doc: Doc[Any] = field(default_factory=Doc)
    made: int = 0

    @classmethod
    @asynccontextmanager
    async def at(cls, house: House, room: str) -> AsyncIterator["Typist"]:
        """Join and have the document."""
        async with socket_to(house, room) as socket:
            here = cls(socket)
            await socket.send(frames.step1(here.doc.get_state()))
            await here.hears(SyncType.STEP2)
            yield here

    def update(self) -> bytes:
        """One more edit."""
        state = self.doc.get_state()
        shared = self.doc.get("holding", type=Map)
        shared[f"k{self.made % 20}"] = self.made
        self.made += 1
        return self.doc.get_update(state)

    def fill(self, nodes: int) -> bytes:
        """One edit that adds so much."""
        state = self.doc.get_state()
        with self.doc.transaction():
            shared = self.doc.get("holding", type=Map)
            for number in range(nodes):
                shared[f"n{number}"] = Map({"name": f"Node {number}", "template": "x" * 200, "x": number, "y": 0})
        return self.doc.get_update(state)

    async def edit_and_wait(self, update: bytes | None = None) -> None:
        """Edit, and wait until that is durable."""
        update = update or self.update()
        await self.socket.send(frames.update(update))
        await self.hears(SyncType.UPDATE, update)

    async def hears(self, step: SyncType, update: bytes | None = None) -> None:
        """Wait for a sync frame, which ends with this update."""
        async with asyncio.timeout(ECHO_SECONDS):
            while True:
                frame = await self.socket.recv()
                assert isinstance(frame, bytes)
                if frame[0] == MessageType.SYNC and frame[1] == step and (update is None or frame.endswith(update)):
                    return


async def soak(count: int, *, samples: int = 10, first: int = 0) -> list[float]:
    """Open, edit and close rooms that are never used again; the server's MiB after each tenth of them.

    Old graphs stay in the database; rooms are put away a moment after their last peer has left. With so many `first`
    nothing is measured, while what is kept for the next time, up to a bound, is filled: connections, pages of the
    database, the newest graphs whose edits are told.
    """
    async with house(FLOWROOM_EVICT_SECONDS="0.05", FLOWROOM_MAX_JOINS_PER_SECOND="100000") as here:
        seen: list[float] = []
        ends = [first + part * count // samples for part in range(samples + 1)]
        for begin, end in zip([0, *ends[:-1]], ends, strict=True):
            numbers = iter(range(begin, end))

            async def visit(numbers: Any = numbers) -> None:
                for number in numbers:
                    async with Typist.at(here, f"room-{number}") as typist:
                        await typist.edit_and_wait()

            async with asyncio.TaskGroup() as visitors:
                for _ in range(AT_ONCE):
                    visitors.create_task(visit())
            seen.append(here.rss)
        return seen[1:]


@dataclass
class Large:
    """The MiB of a server: before large rooms were opened, at most meanwhile, and once they were put away."""

    before: float
    most: float
    after: float


async def large(count: int, *, nodes: int = LARGE_NODES) -> Large:
    """Open, edit and close large rooms one after the other; a quarter of them first, which doesn't count."""
    async with house(FLOWROOM_EVICT_SECONDS="0.05", FLOWROOM_MAX_JOINS_PER_SECOND="100000") as here:
        before = most = 0.0
        for number in range(count + count // 4):
            if number == count // 4:
                await asyncio.sleep(2 * collector.GIVE_BACK_SECONDS)
                before = here.rss
            async with Typist.at(here, f"large-{number}") as typist:
                await typist.edit_and_wait(typist.fill(nodes))
            most = max(most, here.rss)
        await asyncio.sleep(2 * collector.GIVE_BACK_SECONDS)
        return Large(before, most, here.rss)


@dataclass
class Log:
    """How large a store became while one graph was edited."""

    edits: int
    cuts: int
    most_rows: int
    most_bytes: int
    last_rows: int
    last_bytes: int
    per_second: float


async def edits(count: int, *, per_second: int = EDITS_PER_SECOND, cuts: int = 0) -> Log:
    """Edit one graph, as fast as one peer may for long, and look at the store now and then.

    Goes on after `count` edits until the log has become shorter `cuts` times, however long this machine takes.
    """
    async with house() as here, Typist.at(here, "busy") as typist:
        began, most_rows, most_bytes, rows, cut = time.perf_counter(), 0, 0, 0, 0
        while typist.made < count or cut < cuts:
            last = b""
            for _ in range(IN_FLIGHT):
                last = typist.update()
                await typist.socket.send(frames.update(last))
            await typist.hears(SyncType.UPDATE, last)
            await asyncio.sleep(typist.made / per_second - (time.perf_counter() - began))
            before, (rows, size) = rows, here.stored()
            cut += rows < before
            most_rows, most_bytes = max(rows, most_rows), max(size, most_bytes)
        rate = typist.made / (time.perf_counter() - began)
        async with asyncio.timeout(SETTLE_SECONDS):
            await here.settled()
        return Log(typist.made, cut, most_rows, most_bytes, *here.stored(), rate)


async def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("idle", "soak", "large", "edits"))
    parser.add_argument("--count", type=int)
    chosen = parser.parse_args()
    match chosen.what:
        case "idle":
            found = await idle(chosen.count or 500)
            print(f"{found.count} idle connections: {found.kib_each:.1f} KiB each, {found.connected_seconds:.2f} s to")
            print(f"connect, {found.edit_ms:.1f} ms for an edit beside them")
        case "soak":
            seen = await soak(chosen.count or 10_000, first=WARM_ROOMS)
            print(f"MiB after each tenth, and {WARM_ROOMS:,} rooms before:", " ".join(f"{one:.0f}" for one in seen))
            print(f"from the first to the last: {(seen[-1] / seen[0] - 1) * 100:+.1f} %")
        case "large":
            size = await large(chosen.count or 60)
            print(f"rooms of {LARGE_NODES:,} nodes: {size.before:.0f} MiB before, {size.most:.0f} at most, ")
            print(f"{size.after:.0f} once they were put away")
        case _:
            log = await edits(chosen.count or 36_000)
            print(f"{log.edits} edits at {log.per_second:.0f}/s: at most {log.most_rows} rows of log, which was cut")
            print(f"{log.cuts} times, and {log.most_bytes / MIB:.1f} MiB of database;")
            print(f"at the end {log.last_rows} rows and {log.last_bytes / MIB:.1f} MiB")


if __name__ == "__main__":
    asyncio.run(main())
