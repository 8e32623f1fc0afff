"""What the disk asks for, measured in the same run: no server that stores before it tells can be faster.

A commit is two rows in SQLite with WAL and `synchronous=FULL`, which ends in one fsync.
"""

import asyncio
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.sync.bare import BareLog
from benchmarks.sync.scenarios import Figures, Size
from collab_server.stores import migrations
from collab_server.stores.documents import DocumentKey, Entry
from collab_server.stores.documents_sql import SqlDocuments
from flowroom.sql import create_engine
from flowroom.writer import Writer

UPDATE = b"x" * 83
IN_FLIGHT = 50
PAUSE = 0.01
"""Seconds between two lone commits: back to back, the caches would be warmer than a server's are."""

DISK = "the disk: SQLite in WAL, synchronous=FULL"


def bare_commits(size: Size) -> Figures:
    """Lone commits through nothing but the driver."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, closing(BareLog(Path(folder) / "bare.db")) as log:
        cpu = time.thread_time()
        for _ in range(int(size.seconds / 2 / PAUSE)):
            time.sleep(PAUSE)
            started = time.perf_counter()
            log.commit([("a", UPDATE)])
            times.append(time.perf_counter() - started)
        cpu = time.thread_time() - cpu
    return {**_figures("a lone commit", times), "a lone commit, CPU ms": 1e3 * cpu / len(times)}


async def appends(size: Size) -> Figures:
    """Appends to fifty documents, fifty of them under way at any time, through the server's own storage."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/bench.db")
        migrations.upgrade(engine)
        with Writer(engine) as writer:
            documents = SqlDocuments(engine, writer)
            until = time.perf_counter() + size.seconds / 2

            async def append(key: DocumentKey) -> None:
                await documents.create(key)
                while (started := time.perf_counter()) < until:
                    await documents.append(key, 1, [Entry(UPDATE, "peer", "bench")])
                    times.append(time.perf_counter() - started)

            await asyncio.gather(*(append(DocumentKey("graph", f"g{n}")) for n in range(IN_FLIGHT)))
        engine.dispose()
    return _figures(f"an append, {IN_FLIGHT} under way", times)


def _figures(what: str, times: list[float]) -> Figures:
    hundredths = statistics.quantiles(times, n=100)
    return {f"{what}, p50 ms": 1e3 * hundredths[49], f"{what}, p99 ms": 1e3 * hundredths[98]}
