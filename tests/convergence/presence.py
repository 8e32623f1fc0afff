"""Presence over several workers in time that is not waited for: real crowds, a bus that fails, and stock clients.

    python -m tests.convergence.presence --seeds 1000

A client here is what y-websocket and y-protocols make of one, as far as presence goes; test_awareness.py compares the
server with the real ones. One thing it does not do: renew its state every 15 s, so that nothing gets well by itself.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from collab_server.auth.identity import Identity
from collab_server.fanout.port import Asked, Gone, Introduced, Message, Present
from collab_server.rooms.crowd import Crowd
from collab_server.rooms.frames import EMPTY_VECTOR
from collab_server.rooms.seat import CLOCKS_SINCE
from collab_server.stores.documents import DocumentKey
from tests.collab_server.rooms.test_awareness import ADA, entries, heard
from tests.convergence.skipping import play

KEY = DocumentKey("graph", "g")
COMPARE_SECONDS = 5.0
TURNS = 40
QUIET_SECONDS = 10.0
"""For how long nothing may be told any more after that."""
TICK = 1e-6
"""Seconds between two things that happen in order: timers of one moment come in any."""
SETTLE_SECONDS = 15.0
"""How long it may take until presence is right after the last fault: two rounds and a look at who waits."""


def _wall() -> float:
    return CLOCKS_SINCE + 1000 + asyncio.get_running_loop().time()


class Bus:
    """What carries messages between workers: each pair in order, after a moment; some are lost on the way."""

    def __init__(self, dice: random.Random, *, loss: float = 0.0) -> None:
        self.dice, self.loss = dice, loss
        self.ends: list[End] = []

    def carry(self, message: Message, to: "End") -> None:
        loop = asyncio.get_running_loop()
        if self.dice.random() >= self.loss:
            at = to.due[message.worker] = max(to.due.get(message.worker, 0.0) + TICK, loop.time() + self.moment())
            loop.call_at(at, to.take, message)

    def moment(self) -> float:
        return self.dice.uniform(0.0, 0.05)


@dataclass
class End:
    """One worker's end of the bus, a `Fanout` as far as a crowd needs one. While it is cut, what is said waits."""

    bus: Bus
    worker: str
    hear: Callable[[Message], None]
    tuned: Callable[[], None]
    cut: bool = False
    waiting: list[Message] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    alone: bool = False

    def publish(self, message: Message) -> None:
        if self.cut:
            self.waiting.append(message)
            return
        if self in self.bus.ends:
            for end in self.bus.ends:
                if end is not self:
                    self.bus.carry(message, end)

    def take(self, message: Message) -> None:
        if not self.cut and self in self.bus.ends:
            self.hear(message)

    def mend(self) -> None:
        if self.cut:
            self.cut = False
            waiting, self.waiting = self.waiting, []
            for message in waiting:
                self.publish(message)
            self.tuned()


class Worker:
    """A server process with one room, which is put away when nobody is in it."""

    def __init__(self, bus: Bus, name: str, *, alone: bool) -> None:
        self.name = name
        self.peers: dict[Connection, None] = {}  # in order: a seed is to play the same each time
        self.crowd: Crowd | None = None
        self.end = End(bus, name, self._hear, self._tuned, alone=alone)
        self.dead = False
        bus.ends.append(self.end)
        self._beating = asyncio.create_task(self._beat())

    def join(self, peer: "Connection") -> None:
        if self.crowd is None:
            self.crowd = Crowd(KEY, self.peers, self.end, limit=10_000, wall=_wall)  # type: ignore[arg-type]
            asyncio.get_running_loop().call_later(self.end.bus.moment(), self._tuned)
        self.peers[peer] = None
        self.crowd.introduce(peer)  # type: ignore[arg-type]

    def receive(self, peer: "Connection", payload: bytes) -> None:
        if peer in self.peers and self.crowd is not None:
            self.crowd.receive(peer, payload)  # type: ignore[arg-type]

    def leave(self, peer: "Connection") -> None:
        if peer in self.peers and self.crowd is not None:
            del self.peers[peer]
            self.crowd.leave(peer)  # type: ignore[arg-type]

    def put_away(self) -> None:
        """Forget the room, as is done some time after the last has left it."""
        if not self.peers and self.crowd is not None:
            self.crowd.close()
            self.crowd = None

    def kill(self) -> None:
        """End as kill -9 does: nobody is told."""
        self.dead = True
        self.end.bus.ends.remove(self.end)
        self._beating.cancel()
        if self.crowd is not None:
            self.crowd.close()
            self.crowd = None
        for peer in tuple(self.peers):
            peer.break_off()
        self.peers.clear()

    def roll(self) -> None:
        """End in order."""
        for peer in tuple(self.peers):
            self.leave(peer)
            peer.break_off()
        self.end.publish(Gone(self.name))
        self.kill()

    def _hear(self, message: Message) -> None:
        match message:
            case _ if self.crowd is None:
                pass
            case Present() | Introduced():
                self.crowd.hear(message)
            case Asked():
                self.crowd.beat()
            case Gone(worker=worker):
                self.crowd.gone(worker)

    def _tuned(self) -> None:
        if self.crowd is not None and not self.dead:
            self.crowd.tuned()
            self.end.publish(Asked(self.name, KEY, EMPTY_VECTOR))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(COMPARE_SECONDS * self.end.bus.dice.uniform(0.8, 1.2))
            if self.crowd is not None:
                self.crowd.beat()


class Connection:
    """A socket between a client and a worker: a peer for the one, a provider for the other."""

    def __init__(self, client: "Client", worker: Worker) -> None:
        self.client, self.worker = client, worker
        self.identity: Identity = client.identity
        self._due = [0.0, 0.0]
        self.broken = False
        self._later(0, self._open)

    def push(self, frame: bytes) -> None:
        """The worker tells the client something."""
        self._later(1, self.client.hear, self, frame)

    def send(self, payload: bytes) -> None:
        """The client tells the worker something."""
        self._later(0, self.worker.receive, self, payload)

    def hang_up(self, after: float = 0.0) -> None:
        """The client leaves; with a dead network the worker takes its time to see that."""
        self._later(0, self.worker.leave, self, after=after)
        self.broken = True

    def break_off(self) -> None:
        """The worker is gone."""
        self.broken = True
        self.client.lost(self)

    def _open(self) -> None:
        if self.worker.dead:
            self.break_off()
            return
        self._later(1, self.client.opened, self)
        self.worker.join(self)

    def _later(self, way: int, what: Callable[..., object], *args: object, after: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        if not self.broken:
            self._due[way] = max(self._due[way] + TICK, loop.time() + self.worker.end.bus.moment() + after)
            loop.call_at(self._due[way], what, *args)


class Client:
    """A stock client: it keeps clocks, takes only what is newer, and repeats to its worker all that it took."""

    def __init__(self, id: int) -> None:
        self.id = id
        self.identity = replace(ADA, id=f"u{id}", session=f"s{id}")
        self.clocks: dict[int, int] = {id: 0}
        self.states: dict[int, Any] = {id: {}}
        self.said: int | None = None
        self.heard = 0
        self.connection: Connection | None = None

    def connect(self, worker: Worker) -> None:
        if self.connection is None:
            self.connection = Connection(self, worker)

    def disconnect(self, after: float = 0.0) -> None:
        if self.connection is not None:
            self.connection.hang_up(after)
            self.lost(self.connection)

    def say(self, number: int) -> None:
        self.clocks[self.id] += 1
        self.states[self.id] = {"n": number}
        self.said = number
        self._tell(self.id)

    def opened(self, connection: Connection) -> None:
        if connection is self.connection:
            self._tell(self.id)

    def lost(self, connection: Connection) -> None:
        """Forget the others, but not their clocks. What it said just now may have been undone by what it heard."""
        if connection is self.connection:
            self.connection = None
            self.said = self.states[self.id].get("n")
            self.states = {self.id: self.states[self.id]}

    def hear(self, connection: Connection, frame: bytes) -> None:
        if connection is not self.connection:
            return
        self.heard += 1
        taken = []
        for client, (clock, state) in heard(frame).items():
            known = self.clocks.get(client, 0)
            if clock < known or (clock == known and not (state is None and client in self.states)):
                continue
            if client == self.id and state is None:
                clock += 1  # it is here, whatever is said
            elif state is None:
                self.states.pop(client, None)
            else:
                self.states[client] = state
            self.clocks[client] = clock
            taken.append(client)
        if taken:
            self._tell(*taken)

    def sees(self) -> dict[int, Any]:
        return {client: state.get("n") for client, state in self.states.items()}

    def _tell(self, *clients: int) -> None:
        if self.connection is not None:
            told = [(client, self.clocks[client], self.states.get(client)) for client in clients]
            self.connection.send(entries(*told))


@dataclass
class Stage:
    """Workers and clients, and what may happen to them."""

    dice: random.Random
    bus: Bus
    workers: list[Worker]
    clients: list[Client]
    made: int = 0

    async def churn(self, turns: int) -> None:
        """Somebody moves, comes or goes, or something fails, again and again."""
        for turn in range(turns):
            self._turn(turn)
            await asyncio.sleep(self.dice.choice([0.0, 0.01, 0.1, 0.5, 2.0]))

    def _turn(self, turn: int) -> None:
        client, chance = self.dice.choice(self.clients), self.dice.random()
        worker = self.dice.choice(self.workers)
        if chance < 0.2:
            client.say(turn)
        elif chance < 0.4:
            client.disconnect(after=self.dice.choice([0.0, 0.0, 0.3, 3.0]))
        elif chance < 0.75:
            client.connect(worker)
        elif chance < 0.8:
            worker.put_away()
        elif chance < 0.85:
            worker.end.cut = True
        elif chance < 0.92:
            worker.end.mend()
        else:
            worker.kill() if chance < 0.96 else worker.roll()
            self.made += 1
            self.workers[self.workers.index(worker)] = Worker(
                self.bus, f"{worker.name}+{self.made}", alone=worker.end.alone
            )

    async def settle(self) -> str | None:
        """Everything is well again, and everyone is there; answers what is wrong after a while."""
        for worker in self.workers:
            worker.end.mend()
        self.bus.loss = 0.0
        await asyncio.sleep(4.0)
        for client in self.clients:
            client.connect(self.dice.choice(self.workers))
        truth = {client.id: client.said for client in self.clients}
        await asyncio.sleep(SETTLE_SECONDS)
        heard = sum(client.heard for client in self.clients)
        await asyncio.sleep(QUIET_SECONDS)
        for client in self.clients:
            if client.sees() != truth:
                return f"{client.id} sees {client.sees()}, there are {truth}"
        told = sum(client.heard for client in self.clients) - heard
        return f"{told} frames are still told, though nobody moves" if told else None


async def scene(seed: int, *, workers: int = 3, clients: int = 4, loss: float = 0.0) -> str | None:
    """Play one seed; answers what is wrong in the end, if anything is."""
    dice = random.Random(seed)
    bus = Bus(dice, loss=loss)
    servers = [Worker(bus, chr(ord("a") + number), alone=workers == 1) for number in range(workers)]
    stage = Stage(dice, bus, servers, [Client(id) for id in range(1, clients + 1)])
    await stage.churn(TURNS)
    return await stage.settle()


def main() -> int:
    """Play what was asked for, and exit with 1 if anything failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--loss", type=float, default=0.0, help="how many of the messages between workers get lost")
    arguments = parser.parse_args()
    failed = 0
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        play_it = scene(seed, workers=arguments.workers, clients=arguments.clients, loss=arguments.loss)
        wrong = play(play_it)
        failed += wrong is not None
        if wrong:
            print(f"seed {seed}: {wrong}")
    print(f"presence: {arguments.seeds} seeds, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
