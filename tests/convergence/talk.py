"""A discussion over three workers while everything fails: nothing that was acknowledged is lost, and all read the same.

    python -m tests.convergence.talk --seeds 20

Each seed is the discussion of one graph. Speakers at every worker begin threads, reply, edit, react and settle over
HTTP; meanwhile Redis is paused, restarted, flushed or cut off from a worker, and workers are killed or replaced. In the
end whoever watched, and whoever asks any worker, has to read the same, with every acknowledged message in it, and
nothing said twice.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from flowroom.client import GraphClient, connect
from flowroom.client.discussion import Threads
from flowroom.discussion import Thread
from flowroom.errors import FlowroomError
from flowroom.ydoc import GraphDocument
from tests.convergence.cluster import PATIENCE, faults, in_the_end
from tests.convergence.plays import played, program
from tests.convergence.server import TOKEN
from tests.convergence.workers import Deployment, deployed
from tests.services.postgres import postgres_server

STEPS = 25
SETTLE_SECONDS = 15.0
SETTINGS = {"FLOWROOM_MAX_COMMENTS_PER_MINUTE": "100000"}


@dataclass
class Speaker:
    """Somebody who talks at one worker, and remembers what was acknowledged. What they say, nobody else does."""

    name: str
    graph: GraphClient
    dice: random.Random
    said: list[tuple[str, str]] = field(default_factory=list)
    """Threads and the messages in them."""
    refused: int = 0

    async def speak(self) -> None:
        """Say so many things. The client says again what was not answered; what fails then is let be."""
        for number in range(STEPS):
            try:
                async with asyncio.timeout(10):
                    await self._step(number)
            except (FlowroomError, TimeoutError):
                self.refused += 1
            await asyncio.sleep(self.dice.choice([0, 0.02, 0.1]))

    async def _step(self, number: int) -> None:
        talk, chance = self.graph._conversation, self.dice.random()
        if not self.said or chance < 0.2:
            begun = await talk.begin("n", f"thread {number} of {self.name}", ())
            self.said.append((begun.id, begun.messages[0].id))
            return
        thread, message = self.dice.choice(self.said)
        if chance < 0.6:
            self.said.append((thread, (await talk.reply(thread, f"reply {number} of {self.name}", ())).id))
        elif chance < 0.7:
            await talk.edit(thread, message, f"edit {number} of {self.name}", ())
        elif chance < 0.85:
            await talk.react(thread, message, self.dice.choice("👍🎉"), on=self.dice.random() < 0.7)
        else:
            await talk.set_state(thread, self.dice.choice(["resolved", "open"]))


@dataclass
class Talk:
    """One discussion, everyone who watches it, and everyone who speaks."""

    speakers: list[Speaker]
    live: list[Threads]

    async def settled(self) -> str | None:
        """What is wrong now, if anything is."""
        views = [dict(threads) for threads in self.live]
        try:
            views += [await _asked(speaker.graph) for speaker in self.speakers]
        except FlowroomError as error:
            return f"not answered: {error}"
        if others := [at for at, view in enumerate(views) if view != views[0]]:
            return f"differ from the first: {others}"
        there = {(thread.id, message.id) for thread in views[0].values() for message in thread.messages}
        lost = [said for speaker in self.speakers for said in speaker.said if said not in there]
        bodies = Counter(message.body for thread in views[0].values() for message in thread.messages)
        twice = [body for body, times in bodies.items() if times > 1]
        return f"lost: {lost}" if lost else f"said twice: {twice}" if twice else None


async def _asked(graph: GraphClient) -> dict[Any, Thread]:
    """The discussion as a worker tells it over HTTP."""
    page = await graph._conversation._request("GET", "", params={"limit": 200})
    found = [Thread.model_validate(item) for item in page["items"]]
    return {thread.id: thread for thread in found}


async def play(here: Deployment, seed: int, told: list[str] | None = None) -> str | None:
    """Play one seed; answers what went wrong, if anything did. `told` gets what happened."""
    dice, told = random.Random(seed), [] if told is None else told
    document = GraphDocument()
    document.add_node("Log", id="n")
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(connect(here.address.http, token=TOKEN, patience=PATIENCE))
        graph = await near.create_graph(f"Seed {seed}", document.graph())
        speakers: list[Speaker] = []
        live: list[Threads] = []
        for worker in here.workers:
            workspace = await stack.enter_async_context(connect(worker.address.http, token=TOKEN, patience=PATIENCE))
            opened = await stack.enter_async_context(workspace.open(graph))
            live.append(await opened.threads())
            speakers.append(Speaker(f"{len(speakers)}", opened, random.Random(dice.random())))
        failing = asyncio.create_task(faults(here, random.Random(seed), told))
        await asyncio.gather(*(speaker.speak() for speaker in speakers))
        await failing
        here.heal()
        begin = time.monotonic()
        wrong = await in_the_end(Talk(speakers, live).settled, begin, SETTLE_SECONDS)
        told.append(f"{sum(len(speaker.said) for speaker in speakers)} messages acknowledged")
        told.append(f"{sum(speaker.refused for speaker in speakers)} calls failed")
        told.append(f"{time.monotonic() - begin:.1f} s until all agreed")
        return wrong


async def run(seeds: range) -> int:
    """Play seeds on one deployment; answers how many failed."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        async with deployed(Path(folder), postgres, **SETTINGS) as here:
            return await played(seeds, partial(play, here))


if __name__ == "__main__":
    sys.exit(program("talk", __doc__, run))
