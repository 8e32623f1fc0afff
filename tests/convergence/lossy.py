"""The lossy replay: honest yjs peers whose frames are lost, reordered and doubled on their way to the server.

    python -m tests.convergence.lossy --seeds 1000                 # through the gate: nothing may diverge
    python -m tests.convergence.lossy --seeds 1000 --without-gate  # the control: the engine alone does

Each seed is one session of three peers in Node. A quarter of their frames is lost, the others come in another order,
some of them twice; then every peer sends all it has, as it does when it reconnects. What the server holds, what a
yjs joiner makes of its state and what a yjs peer makes of the updates it emitted has to be the union of the peers.
"""

import argparse
import asyncio
import base64
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Array, Doc, Map, Text

from collab_server.rooms.gate import Gate
from collab_server.rooms.walker import Malformed, walk
from tests.convergence.node_peers import NodePeers

LOST, DOUBLED, PEERS, EDITS = 0.25, 0.2, 3, 40


@dataclass
class Server:
    """A pycrdt document behind a gate, or without one, and what it told its peers."""

    gate: Gate | None
    doc: Doc[Any] = field(default_factory=Doc)
    emitted: list[bytes] = field(default_factory=list)
    trimmed: int = 0

    def __post_init__(self) -> None:
        self.text: Text = self.doc.get("text", type=Text)
        self.list: Array[Any] = self.doc.get("list", type=Array)
        self.things: Map[Any] = self.doc.get("things", type=Map)
        self._subscription = self.doc.observe(lambda event: self.emitted.append(event.update))

    def receive(self, update: bytes) -> None:
        """Take an update as a room does; raises Malformed, and whatever the engine raises."""
        if self.gate is None:
            self.doc.apply_update(update)
            return
        admitted = self.gate.admit(update)
        self.trimmed += admitted.trimmed
        if admitted.update is not None:
            self.doc.apply_update(admitted.update)
            self.gate.applied(admitted)

    def view(self) -> dict[str, Any]:
        """What the document holds, as node/editing.mjs tells it."""
        things = self.things.to_py()
        empty: dict[str, Any] = {"nodes": {}, "edges": {}, "pending": False}
        return {**empty, "things": things, "list": self.list.to_py(), "text": str(self.text)}


async def replay(node: NodePeers, seed: int, *, gated: bool) -> tuple[str | None, int]:
    """Play one seed; answers what went wrong, if anything did, and how many frames the gate trimmed."""
    session = await node.call("session", seed=seed, peers=PEERS, edits=EDITS)
    frames = [base64.b64decode(frame) for frame in session["frames"]]
    server = Server(Gate() if gated else None)
    try:
        for frame in delivered(random.Random(seed), frames):
            server.receive(frame)
        for state in session["states"]:
            server.receive(base64.b64decode(state))
        whole = server.doc.get_update()
        walk(whole)
        if server.gate is not None and Gate().admit(whole).trimmed:
            return "the state refers to what it does not have", server.trimmed
    except Malformed as error:
        return f"malformed: {error}", server.trimmed
    except BaseException as error:  # the engine's panics are no Exceptions
        if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
            raise
        return f"the engine failed: {error!r}"[:200], server.trimmed
    emitted = [base64.b64encode(update).decode() for update in server.emitted]
    verdict = await node.call("judge", state=base64.b64encode(whole).decode(), emitted=emitted)
    views = {"server": server.view(), **verdict}
    wrong = [name for name, view in views.items() if view != session["expected"]]
    return (f"diverged: {', '.join(wrong)}" if wrong else None), server.trimmed


def delivered(dice: random.Random, frames: list[bytes]) -> list[bytes]:
    """What arrives of the frames, in the order in which it does: near its own place, or now and then anywhere."""
    arriving = [(at + dice.uniform(0, 8), frame) for at, frame in enumerate(frames) if dice.random() >= LOST]
    arriving += [(dice.uniform(0, len(frames)), frame) for _, frame in arriving if dice.random() < DOUBLED]
    return [frame for _, frame in sorted(arriving)]


async def run(first: int, seeds: int, *, gated: bool) -> tuple[int, int]:
    """Play many seeds; answers how many failed and how many frames were trimmed. Prints what failed."""
    failed = trimmed = 0
    async with NodePeers() as node:
        for seed in range(first, first + seeds):
            wrong, count = await replay(node, seed, gated=gated)
            trimmed += count
            if wrong:
                failed += 1
                if gated or failed <= 3:
                    print(f"seed {seed}: {wrong}")
    return failed, trimmed


def main() -> int:
    """Play the seeds, print a line that sums up, and exit with 1 if the outcome is not what it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--without-gate", action="store_true", help="the control, which has to fail")
    arguments = parser.parse_args()
    begin = time.monotonic()
    gated = not arguments.without_gate
    failed, trimmed = asyncio.run(run(arguments.first, arguments.seeds, gated=gated))
    way = "through the gate" if gated else "without the gate"
    print(
        f"lossy replay {way}: {arguments.seeds} seeds, {failed} failed, {trimmed} frames trimmed, "
        f"{time.monotonic() - begin:.1f} s"
    )
    return int(failed > 0 if gated else failed == 0)


if __name__ == "__main__":
    sys.exit(main())
