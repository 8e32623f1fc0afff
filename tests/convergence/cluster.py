"""The churn over three workers: stock y-websocket clients and a bot behind a balancer, while Redis and workers fail.

    python -m tests.convergence.cluster --seeds 100

Each seed is one graph. Three clients in Node and a bot through `flowroom.client` edit at random, hang up and come back,
each time at another worker; meanwhile Redis is paused, restarted, flushed or cut off from a worker, and workers are
killed with -9 or replaced. When all of that is over everyone has to hold the same, with every edit in it that was
echoed to whoever made it, and to see everyone who is there and nobody else.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pycrdt import Map

from flowroom.client import GraphClient, Patience, connect
from tests.convergence.churn import Bot
from tests.convergence.node_peers import NodePeers
from tests.convergence.plays import played, program
from tests.convergence.server import TOKEN, Cable
from tests.convergence.workers import Deployment, deployed
from tests.services.postgres import postgres_server

CLIENTS = 3
STEPS = 60
FAULTS = 3
SETTLE_SECONDS = 30.0
PATIENCE = Patience(longest=timedelta(milliseconds=300))


@dataclass
class Keeper:
    """A bot's keys that nobody removes, and which of them were said to be saved."""

    graph: GraphClient
    made: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept: Map[Any] = self.graph.doc.get("kept", type=Map)

    def keep(self, key: str) -> None:
        self.kept[key] = 1
        self.made.append((self.graph._connection.peer.made, key))

    def promised(self) -> set[str]:
        saved = self.graph._connection.peer.saved
        return {key for number, key in self.made if number <= saved}


async def faults(here: Deployment, dice: random.Random, told: list[str]) -> None:
    """A few faults, one after the other; what was paused or cut off goes on in the end."""
    for _ in range(FAULTS):
        await asyncio.sleep(dice.uniform(0, 0.3))
        worker, cable = dice.choice(here.workers), dice.choice(here.cables)
        fault = dice.choice(["pause", "restart", "flush", "cut", "partition", "kill", "roll"])
        told.append(fault)
        match fault:
            case "pause":
                await _paused(here, dice)
            case "restart":
                await _restarted(here, dice)
            case "flush":
                await asyncio.to_thread(here.redis.flush)
            case "cut":
                cable.cut()
            case "partition":
                await _partitioned(cable, dice)
            case "kill":
                await worker.kill()
            case "roll":
                await worker.roll()


async def _paused(here: Deployment, dice: random.Random) -> None:
    here.redis.server.pause()
    await asyncio.sleep(dice.uniform(0.1, 1.5))
    here.redis.server.go_on()


async def _restarted(here: Deployment, dice: random.Random) -> None:
    await asyncio.to_thread(here.redis.server.kill)
    await asyncio.sleep(dice.uniform(0, 0.5))
    await asyncio.to_thread(here.redis.server.start)


async def _partitioned(cable: Cable, dice: random.Random) -> None:
    cable.block()
    await asyncio.sleep(dice.uniform(0.1, 1.5))
    cable.unblock()


@dataclass
class Play:
    """One graph and everyone in it."""

    node: NodePeers
    names: list[str]
    bot: Bot
    keeper: Keeper
    cable: Cable
    dice: random.Random
    ids: dict[str, int]
    number: int = 0
    promised: int = 0
    agreed: float = 0.0

    async def step(self) -> None:
        """Somebody edits, moves, hangs up or comes back."""
        name, chance = self.dice.choice(self.names), self.dice.random()
        self.number += 1
        if chance < 0.35:
            await self.node.call("change", name=name, count=self.dice.randint(1, 3))
        elif chance < 0.5:
            await self.node.call("keep", name=name, key=f"k{self.number}")
        elif chance < 0.65:
            self.bot.edit()
        elif chance < 0.72:
            self.keeper.keep(f"k{self.number}")
        elif chance < 0.82:
            await self.node.call("setPresence", name=name, state={"cursor": [self.number, 0]})
        elif chance < 0.86:
            await self.node.call("terminate", name=name)
        elif chance < 0.89:
            await self.node.call("disconnect", name=name)
        elif chance < 0.97:
            await self.node.call("reconnect", name=name)
        else:
            self.cable.cut()
        await asyncio.sleep(self.dice.choice([0, 0.01, 0.05]))

    async def settled(self) -> str | None:
        """What is wrong now, if anything is."""
        looks = [await self.node.call("look", name=name) for name in self.names]
        if closed := [look["closed"] for look in looks if look["closed"]]:
            return f"closed for good: {closed}"
        if unsynced := [at for at, look in enumerate(looks) if not look["synced"]]:
            return f"not synced: {unsynced}; the bot is {self.bot.graph.status}"
        views = [look["view"] for look in looks] + [self.bot.view()]
        if others := [at for at, view in enumerate(views) if view != views[0]]:
            return f"differ from the first: {others}; the bot is {self.bot.graph.status}"
        kept = [await self.node.call("kept", name=name) for name in self.names]
        promised = self.keeper.promised().union(*(each["echoed"] for each in kept))
        for at, held in enumerate([*(each["held"] for each in kept), list(self.keeper.kept.keys())]):
            if lost := promised - set(held):
                return f"lost at {at}: {sorted(lost)} of {len(promised)} promised"
        self.promised, self.agreed = len(promised), time.monotonic()
        return None

    async def everyone_is_seen(self) -> str | None:
        """Who is seen and is not there, or is there and not seen, or is seen where it was before."""
        own = {name: (await self.node.call("presences", name=name)) for name in self.names}
        ids = {str(client) for client in self.ids.values()} | {str(self.bot.graph.doc.client_id)}
        truth = {str(self.ids[name]): own[name].get(str(self.ids[name]), {}).get("cursor") for name in self.names}
        for name in self.names:
            if set(own[name]) != ids:
                return f"{name} sees {sorted(own[name])}, there are {sorted(ids)}"
            wrong = [id for id, cursor in truth.items() if own[name][id].get("cursor") != cursor]
            if wrong:
                return f"{name} sees {wrong} elsewhere"
        seen = {state.cursor for state in self.bot.graph.presence.others}
        if len(seen) < len(self.names):
            return f"the bot sees {seen}"
        return None


async def churn(node: NodePeers, here: Deployment, seed: int, told: list[str] | None = None) -> str | None:
    """Play one seed; answers what went wrong, if anything did. `told` gets what happened."""
    dice = random.Random(seed)
    told = [] if told is None else told
    room = f"cluster-{seed}-{time.time_ns()}"
    names = [f"{room}/{index}" for index in range(CLIENTS)]
    async with AsyncExitStack() as stack:
        ids: dict[str, int] = {}
        for index, name in enumerate(names):
            ids[name] = await node.call(
                "join", name=name, url=here.address.graphs, room=room, token=TOKEN, seed=seed * 10 + index,
                state={"cursor": [-index, 0]},
            )  # fmt: skip
            stack.push_async_callback(node.call, "leave", name=name)
        await node.call("synced", names=names, deadline=SETTLE_SECONDS * 1000)
        cable = Cable(here.address)
        near = await stack.enter_async_context(cable.plugged())
        workspace = await stack.enter_async_context(connect(near.http, token=TOKEN, patience=PATIENCE))
        graph = await stack.enter_async_context(workspace.open(room))
        graph.presence.set(cursor=(1, 1))
        play = Play(node, names, Bot(graph, dice), Keeper(graph), cable, dice, ids)
        failing = asyncio.create_task(faults(here, random.Random(seed), told))
        for _ in range(STEPS):
            await play.step()
        await failing
        here.heal()
        for name in names:
            await node.call("reconnect", name=name)
        begin = time.monotonic()
        wrong = await in_the_end(play.settled, begin) or await in_the_end(play.everyone_is_seen, begin)
        told += [f"{play.promised} edits promised", f"{play.agreed - begin:.1f} s until all agreed"]
        return wrong


async def in_the_end(
    look: Callable[[], Awaitable[str | None]], begin: float, seconds: float = SETTLE_SECONDS
) -> str | None:
    """What is still wrong after a while."""
    while True:
        wrong = await look()
        if wrong is None or time.monotonic() - begin > seconds:
            return wrong
        await asyncio.sleep(0.05)


async def run(seeds: range) -> int:
    """Play seeds on one deployment; answers how many failed."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        async with deployed(Path(folder), postgres) as here, NodePeers() as node:

            def explain() -> None:
                for worker in here.workers:
                    print(worker.server.log.read_text()[-3000:])

            return await played(seeds, partial(churn, node, here), explain)


if __name__ == "__main__":
    sys.exit(program("cluster", __doc__, run))
