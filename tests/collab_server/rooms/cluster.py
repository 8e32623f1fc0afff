"""Several workers in one process, as rooms see them: servers that share a store and a bus."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from collab_server.fanout.memory import MemoryBus, MemoryFanout
from collab_server.rooms.ledger import Fill
from collab_server.rooms.room import Room
from collab_server.stores.documents import DocumentKey, Documents, MemoryDocuments
from tests.collab_server.rooms.conftest import GRAPH, Running, no_run, serve


@dataclass
class Cluster:
    """Workers, and what connects them."""

    bus: MemoryBus
    documents: Documents
    workers: list[Running]

    def room(self, worker: int, key: DocumentKey = GRAPH) -> Room:
        """The room of a document at a worker."""
        return self.workers[worker].rooms.rooms[key.name]


@asynccontextmanager
async def cluster(
    workers: int = 2,
    *,
    bus: MemoryBus | None = None,
    documents: Documents | None = None,
    fill: Fill = no_run,
    **settings: Any,
) -> AsyncIterator[Cluster]:
    """Workers that start together; `settings` are of each."""
    bus, documents = bus or MemoryBus(), documents or MemoryDocuments()
    fanouts = [MemoryFanout(bus) for _ in range(workers)]
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(serve(documents, fill=fill, fanout=fanout, **settings))
            for fanout in fanouts
        ]
        yield Cluster(bus, documents, running)
