"""What is measured, each as a coroutine that takes a running server and gives figures by name."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.sync.client import Peer, Tally, connect, edits
from benchmarks.sync.servers import Server

SETTLE = 0.3
Figures = dict[str, float]


@dataclass(frozen=True)
class Size:
    """How long each scenario goes; `--quick` makes everything small."""

    seconds: float
    rooms: int
    nodes: int
    idle: int
    crashes: int


LONE = "1 room, 10 peers × 10 edits/s"
PACED = "1 room, 50 peers, 5 writers × 20/s"
FIFTY, HUNDRED = "saturated: 50 peers, 5 writers", "saturated: 100 peers, 5 writers"
ROOMS = "many rooms × 3 peers × 2 edits/s"
BULKY, STALLED = "12 kB edits, 30 readers", "12 kB edits, 10 of 30 readers stalled"
PRESENCE = "presence: 50 peers × 10/s"
THOUSAND, LARGE = "opening 1,000 nodes", "opening a large document"
CRASH, IDLE = "kill -9 right after delivery", "idle connections"

FULL = Size(seconds=5, rooms=200, nodes=5_000, idle=500, crashes=5)
QUICK = Size(seconds=1.5, rooms=40, nodes=1_000, idle=100, crashes=1)


async def paced(server: Server, size: Size, *, peers: int, writers: int, rate: float, rooms: int = 1) -> Figures:
    """`writers` of `peers` in each room edit `rate` times a second: latency, CPU for each delivery, and all memory."""
    tally = Tally()
    groups = [
        [await connect(url, tally.on_frame) for _ in range(peers)]
        for url in [server.room(f"paced-{peers}-{room}") for room in range(rooms)]
    ]
    await asyncio.sleep(SETTLE)
    count = int(size.seconds * rate)
    frames = {room * peers + w: edits(room * peers + w, count) for room in range(rooms) for w in range(writers)}
    cpu, started = server.cpu(), time.perf_counter()

    async def write(writer: int, peer: Peer) -> None:
        offset = (writer * 0.6180339887 % 1) / rate
        for seq, frame in enumerate(frames[writer]):
            due = started + offset + seq / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tally.sent[writer, seq] = time.perf_counter()
            peer.send(frame)

    await asyncio.gather(
        *(write(room * peers + w, group[w]) for room, group in enumerate(groups) for w in range(writers))
    )
    await _drained(tally)
    used, memory = server.cpu() - cpu, server.rss()
    _close(groups)
    expected = rooms * writers * count * peers
    return {
        "p50 ms": _percentile(tally.latencies, 50),
        "p99 ms": _percentile(tally.latencies, 99),
        "CPU ms / 1,000 deliveries": 1e6 * used / max(tally.delivered, 1),
        "delivered %": 100 * tally.delivered / expected,
        "RSS MB": memory / 2**20,
    }


async def saturated(server: Server, size: Size, *, peers: int, writers: int, window: int = 16) -> Figures:
    """Writers send as fast as their own edits come back (`window` under way each): deliveries a second."""
    tally = Tally()
    url = server.room(f"saturated-{peers}")
    group = [await connect(url, tally.on_frame) for _ in range(peers)]
    await asyncio.sleep(SETTLE)
    frames = {w: edits(w, int(size.seconds * 6_000)) for w in range(writers)}
    cpu, started = server.cpu(), time.perf_counter()
    end = started + size.seconds

    async def write(writer: int, peer: Peer) -> None:
        watcher = group[(writer + 1) % peers]
        for seq, frame in enumerate(frames[writer]):
            while seq - watcher.received.get(writer, -1) > window:
                if time.perf_counter() > end:
                    return
                await asyncio.sleep(0.0005)
            if time.perf_counter() > end:
                return
            tally.sent[writer, seq] = time.perf_counter()
            peer.send(frame)

    await asyncio.gather(*(write(w, group[w]) for w in range(writers)))
    elapsed, used = time.perf_counter() - started, server.cpu() - cpu
    _close([group])
    return {
        "delivered / s": tally.delivered / elapsed,
        "delivered / CPU s": tally.delivered / used,
        "p99 ms": _percentile(tally.latencies, 99),
    }


async def bulky(server: Server, size: Size, *, stalled: int) -> Figures:
    """Two writers send 12 kB edits to thirty readers, of which some stop reading: what the others notice."""
    tally = Tally()
    url = server.room("bulky")
    group = [await connect(url, tally.on_frame) for _ in range(30)]
    await asyncio.sleep(SETTLE)
    for peer in group[30 - stalled :]:
        peer.transport.pause_reading()
    rate = 100.0
    frames = {w: edits(w, int(size.seconds * rate), padding=12_000) for w in range(2)}
    memory, started = server.rss(), time.perf_counter()

    async def write(writer: int, peer: Peer) -> None:
        for seq, frame in enumerate(frames[writer]):
            await asyncio.sleep(max(0.0, started + seq / rate - time.perf_counter()))
            tally.sent[writer, seq] = time.perf_counter()
            peer.send(frame)

    await asyncio.gather(*(write(w, group[w]) for w in range(2)))
    await _drained(tally)
    grown = (server.rss() - memory) / 2**20
    _close([group])
    return {
        "readers' p50 ms": _percentile(tally.latencies, 50),
        "readers' p99 ms": _percentile(tally.latencies, 99),
        "RSS + MB": grown,
    }


async def opening(server: Server, nodes: int) -> Figures:
    """Join a document of so many nodes: ms to the whole state for one and for fifty at once while others have it
    open, and for the first one after the server was started again.
    """
    url = server.room("opening")
    seed = await connect(url, lambda peer, payload: None)
    for frame in _seed(nodes):
        seed.send(frame)
    await asyncio.sleep(1 + nodes / 4_000)
    alone = [await _join(url) for _ in range(9)]
    started = time.perf_counter()
    await asyncio.gather(*(_join(url) for _ in range(50)))
    together = time.perf_counter() - started
    _close([[seed]])
    await asyncio.sleep(3)  # nobody edits: a server may use that to make the next start short
    await asyncio.to_thread(server.restart)
    await _join(server.room("warm"))
    cold = await _join(url)
    return {
        "one joins, ms": 1e3 * statistics.median(alone),
        "50 join at once, ms": 1e3 * together,
        "first after a restart, ms": 1e3 * cold,
    }


async def crash(server: Server, size: Size) -> Figures:
    """Three writers edit as fast as others see it, and the server is killed in the middle: how much of what others saw
    is there when it is back. The worst writer of the worst trial counts.
    """
    kept: list[float] = []
    for trial in range(size.crashes):
        url = server.room(f"crash-{trial}")
        tally = Tally()
        group = [await connect(url, tally.on_frame) for _ in range(4)]
        await asyncio.sleep(SETTLE)
        frames = [edits(writer, 2_000) for writer in range(3)]
        watcher = group[3]
        for seq in range(200 + 37 * trial):
            for writer in range(3):
                group[writer].send(frames[writer][seq])
            await _seen(watcher, range(3), seq - 8)
        seen = dict(watcher.received)
        await asyncio.to_thread(server.crash)
        _close([group])
        again = Tally()
        reader = await connect(server.room(f"crash-{trial}"), again.on_frame)
        await _drained(again)
        kept += [(reader.received.get(writer, -1) + 1) / (seen[writer] + 1) for writer in range(3)]
        _close([[reader]])
    return {"seen edits that survive, worst, %": 100 * min(kept)}


async def presence(server: Server, size: Size) -> Figures:
    """Fifty peers move their cursors ten times a second: how much arrives, how late, and the CPU for it."""
    from benchmarks.sync.client import _sized

    seen: list[int] = [0]

    def on_frame(peer: Peer, payload: bytes) -> None:
        if payload[:1] == b"\x01":
            seen[0] += payload.count(b'"cursor"')

    url = server.room("presence")
    group = [await connect(url, on_frame) for _ in range(50)]
    await asyncio.sleep(SETTLE)
    cpu, rounds = server.cpu(), int(size.seconds * 10)

    async def move(index: int, peer: Peer) -> None:
        client = b"\x80" + bytes((1 + index,))
        for clock in range(1, rounds + 1):
            state = b'{"cursor":[%d,%d]}' % (clock, index)
            update = b"\x01" + client + _varint(clock) + _sized(state)
            peer.send(b"\x01" + _sized(update))
            await asyncio.sleep(0.1)

    await asyncio.gather(*(move(index, peer) for index, peer in enumerate(group)))
    await asyncio.sleep(SETTLE)
    used = server.cpu() - cpu
    _close([group])
    return {"received": float(seen[0]), "cores": used / size.seconds}


async def idle(server: Server, size: Size) -> Figures:
    """Open many connections to one room and leave them alone: memory for each, and the time to connect them."""
    url = server.room("idle")
    warm = [await connect(url, lambda peer, payload: None) for _ in range(5)]
    await asyncio.sleep(SETTLE)
    memory, started = server.rss(), time.perf_counter()
    group = [await connect(url, lambda peer, payload: None) for _ in range(size.idle)]
    elapsed = time.perf_counter() - started
    await asyncio.sleep(SETTLE)
    grown = (server.rss() - memory) / size.idle / 1024
    _close([group, warm])
    return {"KB / connection": grown, "connect all, s": elapsed}


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _seed(nodes: int) -> list[bytes]:
    from pycrdt import Doc, Map

    from benchmarks.sync.client import SYNC_UPDATE, _sized

    doc: Doc[Any] = Doc(client_id=99)
    root: Map[object] = doc.get("nodes", type=Map)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    for start in range(0, nodes, 500):
        with doc.transaction():
            for index in range(start, min(start + 500, nodes)):
                root[f"n{index}"] = Map({"type": "LLM", "name": f"Node {index}", "pos": [index * 8, index * 4]})
    doc.unobserve(subscription)
    return [SYNC_UPDATE + _sized(update) for update in updates]


async def _join(url: str) -> float:
    """Seconds from connecting to the answer of an empty document's sync step 1."""
    done = asyncio.get_running_loop().create_future()

    def on_frame(peer: Peer, payload: bytes) -> None:
        if payload[:2] in (b"\x00\x01", b"\x04\x01") and not done.done():
            done.set_result(None)

    started = time.perf_counter()
    peer = await connect(url, on_frame)
    try:
        await asyncio.wait_for(done, 30)
    except TimeoutError:
        return float("inf")
    finally:
        peer.transport.abort()
    return time.perf_counter() - started


async def _drained(tally: Tally) -> None:
    """Wait until nothing more arrives."""
    before = -1
    while tally.delivered != before:
        before = tally.delivered
        await asyncio.sleep(SETTLE)


async def _seen(watcher: Peer, writers: range, seq: int) -> None:
    """Wait until a peer has seen this edit of each writer. Raises TimeoutError."""
    deadline = time.perf_counter() + 30
    while min(watcher.received.get(writer, -1) for writer in writers) < seq:
        if time.perf_counter() > deadline:
            raise TimeoutError(f"edit {seq} did not arrive within 30 s")
        await asyncio.sleep(0.0005)


def _close(groups: list[list[Peer]]) -> None:
    for group in groups:
        for peer in group:
            peer.transport.abort()


def _percentile(values: list[float], percent: int) -> float:
    """Milliseconds; infinite when nothing arrived."""
    if len(values) < 2:
        return float("inf")
    return 1e3 * statistics.quantiles(values, n=100)[percent - 1]
