"""The churn: stock y-websocket clients and a Python bot in one room of a real server, coming and going.

    python -m tests.convergence.churn --seeds 200      # random edits, disconnects and dead sockets: all have to agree
    python -m tests.convergence.churn --joiners 100    # fresh rooms with four first joiners at once: all have to sync

Each seed is one room: three clients in Node and a bot through `flowroom.client` edit at random, hang up, come back, or
have their sockets cut. In the end everyone is connected, and has to hold the same.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycrdt import Array, Map, Text

from flowroom.client import GraphClient, connect
from tests.convergence.node_peers import NodePeers
from tests.convergence.server import TOKEN, Address, Cable, flowroom_serve

CLIENTS = 3
STEPS = 60
SETTLE_SECONDS = 20.0
WORDS = ("a", "bc", "Hello ", "\u00e9", "\u20ac", "\U0001f600", "line\n")


@dataclass
class Bot:
    """A Python peer that builds and edits a graph at random."""

    graph: GraphClient
    dice: random.Random
    _roots: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        doc = self.graph.doc
        self._roots = {name: doc.get(name, type=Map) for name in ("nodes", "edges", "things")}
        self._roots |= {"list": doc.get("list", type=Array), "text": doc.get("text", type=Text)}

    def edit(self) -> None:
        """One random gesture."""
        nodes = self.graph.node_ids()
        if len(nodes) < 3 or self.dice.random() < 0.2:
            self.graph.add_node("Template", params={"template": self.dice.choice(WORDS)}, pos=(0, 0))
            return
        node = self.dice.choice(nodes)
        match self.dice.randrange(5):
            case 0:
                self.graph.move({node: (self.dice.randrange(100), self.dice.randrange(100))})
            case 1 if len(nodes) > 4:
                self.graph.delete([node])
            case 2:
                self.graph.connect(node, self.dice.choice(nodes))
            case _:
                self._write(node)

    def _write(self, node: str) -> None:
        prose = self.graph.text(node, "template")
        length = len(str(prose))
        if length and self.dice.random() < 0.3:
            at = self.dice.randrange(length)
            prose.delete(at, min(length, at + 3))
        else:
            prose.insert(self.dice.randint(0, length), self.dice.choice(WORDS))

    def view(self) -> dict[str, Any]:
        """What the bot holds, as node/editing.mjs tells it."""
        plain = {name: root.to_py() for name, root in self._roots.items() if name != "text"}
        return {**plain, "text": str(self._roots["text"]), "pending": False}


async def churn(node: NodePeers, server: Address, seed: int) -> str | None:
    """Play one seed; answers what went wrong, if anything did."""
    dice = random.Random(seed)
    room = f"churn-{seed}-{time.time_ns()}"
    names = [f"{room}/{index}" for index in range(CLIENTS)]
    async with AsyncExitStack() as stack:
        for index, name in enumerate(names):
            await node.call("join", name=name, url=server.graphs, room=room, token=TOKEN, seed=seed * 10 + index)
            stack.push_async_callback(node.call, "leave", name=name)
        await node.call("synced", names=names[:1])
        cable = Cable(server)
        near = await stack.enter_async_context(cable.plugged())
        workspace = await stack.enter_async_context(connect(near.http, token=TOKEN))
        bot = Bot(await stack.enter_async_context(workspace.open(room)), dice)
        for _ in range(STEPS):
            await _step(node, dice, names, bot, cable)
        for name in names:
            await node.call("reconnect", name=name)
        return await _settled(node, names, bot)


async def _step(node: NodePeers, dice: random.Random, names: list[str], bot: Bot, cable: Cable) -> None:
    name = dice.choice(names)
    chance = dice.random()
    if chance < 0.5:
        await node.call("change", name=name, count=dice.randint(1, 3))
    elif chance < 0.75:
        bot.edit()
    elif chance < 0.8:
        await node.call("terminate", name=name)
    elif chance < 0.85:
        await node.call("disconnect", name=name)
    elif chance < 0.95:
        await node.call("reconnect", name=name)
    else:
        cable.cut()
    await asyncio.sleep(dice.choice([0, 0, 0.002, 0.01]))


async def _settled(node: NodePeers, names: list[str], bot: Bot) -> str | None:
    """Wait until everyone holds the same; answers who does not."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        looks = [await node.call("look", name=name) for name in names]
        views = [look["view"] for look in looks] + [bot.view()]
        if all(look["synced"] for look in looks) and all(view == views[0] for view in views):
            return None
        closed = [look["closed"] for look in looks if look["closed"]]
        if closed:
            return f"closed for good: {closed}"
        if time.monotonic() > end:
            others = [index for index, view in enumerate(views) if view != views[0]]
            unsynced = [index for index, look in enumerate(looks) if not look["synced"]]
            return f"differ from the first: {others}, not synced: {unsynced}, the bot is {bot.graph.status}"
        await asyncio.sleep(0.02)


async def first_joiners(node: NodePeers, server: Address, number: int, joiners: int = 4) -> str | None:
    """Four clients enter a room that nobody has opened before, all at once; answers what went wrong."""
    room = f"fresh-{number}-{time.time_ns()}"
    names = [f"{room}/{index}" for index in range(joiners)]
    for name in names:
        await node.call("join", name=name, url=server.graphs, room=room, token=TOKEN)
    try:
        await node.call("synced", names=names)
    except Exception as error:
        return str(error).splitlines()[0]
    finally:
        for name in names:
            await node.call("leave", name=name)
    return None


async def run(seeds: range, joiners: int) -> int:
    """Play seeds and fresh rooms on one server; answers how many failed, and prints each."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        async with flowroom_serve(Path(folder) / "data") as server, NodePeers() as node:
            for seed in seeds:
                if wrong := await churn(node, server, seed):
                    failed += 1
                    print(f"seed {seed}: {wrong}")
            for number in range(joiners):
                if wrong := await first_joiners(node, server, number):
                    failed += 1
                    print(f"fresh room {number}: {wrong}")
    return failed


def main() -> int:
    """Play what was asked for, print a line that sums up, and exit with 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--joiners", type=int, default=0, help="how many fresh rooms")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    begin = time.monotonic()
    failed = asyncio.run(run(seeds, arguments.joiners))
    print(
        f"churn: {arguments.seeds} seeds, {arguments.joiners} fresh rooms with four joiners, {failed} failed, "
        f"{time.monotonic() - begin:.1f} s"
    )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
