"""Workers whose bus loses, repeats and reorders messages, and whose commits take their time: all agree in the end.

FLOWROOM_LOSSY_SEEDS=200 pytest tests/collab_server/rooms/test_lossy_bus.py
"""

import asyncio
import os
import random
from collections.abc import Sequence

import pytest

from collab_server.fanout.memory import MemoryBus, MemoryFanout
from collab_server.fanout.port import Message
from collab_server.stores.documents import DocumentKey, Entry, MemoryDocuments, Summary
from tests.collab_server.rooms.cluster import Cluster, cluster
from tests.collab_server.rooms.conftest import GRAPH, Client, eventually

SEEDS = range(int(os.environ.get("FLOWROOM_LOSSY_SEEDS", "4")))
STEPS = 120


class LossyBus(MemoryBus):
    """What one says reaches the others late, twice, in another order or never."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice
        self.lossy = True

    def carry(self, message: Message, to: MemoryFanout) -> None:
        if not self.lossy:
            super().carry(message, to)
            return
        for _ in range(self.dice.choice([0, 1, 1, 1, 1, 2])):
            delay = self.dice.choice([0, 0, 0.001, 0.01, 0.05])
            asyncio.get_running_loop().call_later(delay, super().carry, message, to)


class SlowDocuments(MemoryDocuments):
    """Commits that take a while; those of different workers overtake each other on the way back."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice

    async def append(
        self, key: DocumentKey, epoch: int, entries: Sequence[Entry], summary: Summary | None = None
    ) -> int:
        await asyncio.sleep(self.dice.choice([0, 0, 0.001, 0.01]))
        last = await super().append(key, epoch, entries, summary)
        await asyncio.sleep(self.dice.choice([0, 0, 0.001, 0.01]))
        return last


async def step(
    here: Cluster, dice: random.Random, clients: list[Client], number: int, promised: dict[str, bytes]
) -> None:
    """Somebody edits, joins or leaves, or a worker takes a snapshot."""
    client = dice.choice(clients)
    chance = dice.random()
    if chance < 0.5:
        promised[f"k{number}"] = await client.edit(f"k{number}", number)
    elif chance < 0.8:
        client.text.insert(dice.randint(0, len(str(client.text))), dice.choice(["a", "bc"]))
        await client.flush()
    elif chance < 0.85 and len(clients) > 3:
        clients.remove(client)
        await client.close()
    elif chance < 0.92:
        clients.append(await dice.choice(here.workers).connect())
    elif chance < 0.95:
        rooms = dice.choice(here.workers).rooms.rooms
        if GRAPH.name in rooms and rooms[GRAPH.name].is_live:
            await rooms[GRAPH.name].upkeep.snapshot()
    await asyncio.sleep(dice.choice([0, 0, 0.002]))


@pytest.mark.parametrize("seed", SEEDS)
async def test_workers_agree_whatever_the_bus_does(seed: int) -> None:
    """FAN-5 to FAN-8, FAN-22"""
    dice = random.Random(seed)
    bus = LossyBus(dice)
    async with cluster(
        3, bus=bus, documents=SlowDocuments(dice), compare_seconds=0.3, snapshot_rows=25, evict_seconds=0.2
    ) as here:
        clients = [await worker.connect() for worker in here.workers]
        promised: dict[str, bytes] = {}
        everyone = list(clients)
        for number in range(STEPS):
            await step(here, dice, clients, number, promised)
            everyone += [client for client in clients if client not in everyone]
        bus.lossy = False
        late = [await worker.connect() for worker in here.workers]
        echoed = {key for key, update in promised.items() if any(update in client.echoes for client in everyone)}

        def agree() -> bool:
            first = clients[0]
            return all(
                client.map.to_py() == first.map.to_py() and str(client.text) == str(first.text)
                for client in (*clients, *late)
            )

        await eventually(agree, f"seed {seed}: they differ")
        assert echoed <= set(clients[0].map.keys()), f"seed {seed}: lost"
        stored = await here.documents.load(GRAPH)
        newest = stored.seq
        await eventually(
            lambda: all(
                worker.rooms.rooms[GRAPH.name].ledger.sequence.seq >= newest
                for worker in here.workers
                if GRAPH.name in worker.rooms.rooms
            ),
            f"seed {seed}: a room is behind",
        )
