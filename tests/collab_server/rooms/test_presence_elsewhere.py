"""People of one room at several workers: everyone sees everyone, once, under the name the server knows."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from collab_server.auth.identity import Identity
from collab_server.fanout.port import Person, Present
from collab_server.rooms.awareness import Presences
from collab_server.rooms.elsewhere import LEASE_SECONDS
from collab_server.stores.documents import DocumentKey
from tests.collab_server.rooms.cluster import cluster
from tests.collab_server.rooms.conftest import Client, eventually
from tests.collab_server.rooms.test_awareness import ADA, BOB, Clock, entries, heard

KEY = DocumentKey("graph", "g")


@dataclass
class Watcher:
    """What a stock client shows: it keeps clocks, and takes only what is newer."""

    clocks: dict[int, int] = field(default_factory=dict)
    states: dict[int, Any] = field(default_factory=dict)

    def hear(self, frame: bytes | None) -> None:
        for client, (clock, state) in heard(frame).items():
            known = self.clocks.get(client, -1)
            if clock > known or (clock == known and state is None and client in self.states):
                self.clocks[client] = clock
                if state is None:
                    self.states.pop(client, None)
                else:
                    self.states[client] = state

    def hang_up(self) -> None:
        """As y-websocket does: the others are forgotten, but not their clocks."""
        self.states.clear()

    def shows(self, client: int, **facts: Any) -> bool:
        return facts.items() <= self.states.get(client, {}).items() if client in self.states else False


@dataclass
class Side:
    """One worker's table, with a watcher in its room."""

    name: str
    clock: Clock
    outgoing: list[Person] = field(default_factory=list)
    watcher: Watcher = field(default_factory=Watcher)
    introduced: int = 0

    def __post_init__(self) -> None:
        self.presences = Presences(now=self.clock, share=self.outgoing.append, introduce=self._introduce)

    def _introduce(self) -> None:
        self.introduced += 1

    def receive(self, peer: object, identity: Identity, *told: tuple[int, int, Any]) -> None:
        self.watcher.hear(self.presences.receive(peer, identity, entries(*told)))

    def leave(self, peer: object) -> None:
        self.watcher.hear(self.presences.leave(peer))

    def take(self) -> Present:
        """What this worker says next."""
        people, self.outgoing[:] = tuple(self.outgoing), []
        return Present(self.name, KEY, False, people)

    def whole(self) -> Present:
        return Present(self.name, KEY, True, self.presences.people())

    def hear(self, present: Present) -> None:
        self.watcher.hear(self.presences.hear(present))


def exchange(*sides: Side) -> None:
    """Each tells the others what it has to, until nobody has."""
    while any(side.outgoing for side in sides):
        for side in sides:
            if side.outgoing:
                present = side.take()
                for other in sides:
                    if other is not side:
                        other.hear(present)


@contextmanager
def two_sides() -> Iterator[tuple[Side, Side]]:
    clock = Clock()
    yield Side("a", clock), Side("b", clock)


def test_a_state_is_told_at_other_workers_with_its_identity() -> None:
    """FAN-13"""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"cursor": [1, 2], "user": {"name": "Eve"}}))
        exchange(a, b)
        assert b.watcher.states[1]["user"]["name"] == "Ada"
        assert b.watcher.states == a.watcher.states


def test_a_joiner_is_told_of_people_at_other_workers_even_if_it_comes_back() -> None:
    """FAN-13: under clocks that are news to it, and the next word after that is news too."""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        exchange(a, b)
        b.watcher.hang_up()
        b.watcher.hear(b.presences.everyone())
        assert b.watcher.shows(1, n=0)
        a.presences.introduced()
        a.receive("p", ADA, (1, 1, {"n": 1}))
        exchange(a, b)
        assert b.watcher.shows(1, n=1)


def test_a_joiner_that_comes_back_again_and_again_sees_people_at_other_workers() -> None:
    """FAN-13: also those who don't move."""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        exchange(a, b)
        for _ in range(5):
            b.watcher.hang_up()
            a.clock.seconds += 2
            b.watcher.hear(b.presences.everyone())
            a.watcher.hear(a.presences.introduced())
            exchange(a, b)
            assert b.watcher.shows(1, n=0)


def test_a_joiner_that_knows_people_from_another_worker_sees_them_when_they_are_heard_of() -> None:
    """FAN-13: its own worker has just begun to hear of them, and has them told anew."""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        b.watcher.hear(a.presences.everyone())
        b.watcher.hang_up()
        b.hear(a.whole())
        assert b.introduced == 1 and not b.watcher.shows(1, n=0)
        a.clock.seconds += 2
        a.watcher.hear(a.presences.introduced())
        b.hear(a.take())
        assert b.watcher.shows(1, n=0)
        b.hear(a.whole())
        assert b.introduced == 1


def test_who_leaves_is_gone_at_other_workers_too() -> None:
    """FAN-14"""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        exchange(a, b)
        a.leave("p")
        exchange(a, b)
        assert b.watcher.states == {}
        assert heard(b.presences.everyone()) == {}


def test_nobody_speaks_for_a_client_at_another_worker() -> None:
    """FAN-15: stock clients repeat to their worker whatever they hear."""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        exchange(a, b)
        b.receive("q", BOB, (2, 0, {"n": 2}))
        b.receive("q", BOB, (1, 9, {"n": "forged"}))
        b.receive("thief", BOB, (1, 9, {"n": "forged"}))
        exchange(a, b)
        assert a.watcher.shows(1, n=0) and b.watcher.shows(1, n=0)
        assert not b.watcher.shows(1, n="forged")


def test_who_moves_to_another_worker_is_seen_by_all_whichever_word_comes_first() -> None:
    """FAN-15: the old worker's good-bye may come before the new one's word, after it, or cross it."""
    for order in ("left first", "came first", "crossing", "unknown there"):
        with two_sides() as (a, b):
            a.receive("old", ADA, (1, 5, {"n": 0}))
            if order != "unknown there":
                exchange(a, b)
            if order == "left first":
                a.leave("old")
                exchange(a, b)
            b.receive("new", ADA, (1, 5, {"n": 0}))
            if order == "came first":
                exchange(a, b)
            if order != "left first":
                a.leave("old")
            exchange(a, b)
            b.receive("new", ADA, (1, 6, {"n": 1}))
            exchange(a, b)
            assert a.watcher.shows(1, n=1), order
            assert b.watcher.shows(1, n=1), order
            assert not a.presences.people(), order


def test_people_of_a_worker_that_is_heard_no_more_are_gone_and_back_when_it_is() -> None:
    """FAN-16"""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        exchange(a, b)
        a.clock.seconds += LEASE_SECONDS - 1
        b.hear(a.whole())
        a.clock.seconds += LEASE_SECONDS - 1
        b.watcher.hear(b.presences.lapsed())
        assert b.watcher.shows(1, n=0)
        a.clock.seconds += 2
        b.watcher.hear(b.presences.lapsed())
        assert b.watcher.states == {}
        b.hear(a.whole())
        exchange(a, b)
        assert b.watcher.shows(1, n=0)


def test_who_is_missing_when_a_worker_tells_of_all_its_people_is_gone() -> None:
    """FAN-14: should the bus have lost the good-bye."""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        a.receive("q", BOB, (2, 0, {"n": 2}))
        exchange(a, b)
        a.leave("p")
        a.outgoing.clear()
        b.hear(a.whole())
        assert set(b.watcher.states) == {2}


def test_a_worker_that_ends_takes_its_people_with_it() -> None:
    """FAN-14"""
    with two_sides() as (a, b):
        a.receive("p", ADA, (1, 0, {"n": 0}))
        exchange(a, b)
        b.watcher.hear(b.presences.gone("a"))
        assert b.watcher.states == {}


def test_of_two_workers_that_claim_a_client_the_later_has_it() -> None:
    """FAN-15: the socket at the first is dead, and the worker doesn't know yet."""
    with two_sides() as (a, b):
        a.receive("dead", ADA, (1, 5, {"n": 0}))
        exchange(a, b)
        b.receive("new", ADA, (1, 5, {"n": 0}))
        exchange(a, b)
        assert not a.presences.people() and b.presences.people()
        a.receive("dead", ADA, (1, 9, {"n": "late"}))
        exchange(a, b)
        assert a.watcher.shows(1, n=0) and b.watcher.shows(1, n=0)


def test_whatever_happens_all_workers_show_the_same_in_the_end() -> None:
    """FAN-13 to FAN-16: clients come, move, speak and go, and words between workers get lost."""
    for seed in range(300):
        dice, clock = random.Random(seed), Clock()
        sides = [Side(name, clock) for name in "abc"]
        where: dict[int, tuple[Side, object]] = {}
        clocks = dict.fromkeys(range(1, 5), 0)
        said: dict[int, int] = {}
        for turn in range(40):
            client = dice.randint(1, 4)
            identity = replace(ADA, id=f"u{client}", session=f"s{client}")
            clock.seconds += 1
            match dice.randrange(5):
                case 0 if client in where:
                    side, peer = where.pop(client)
                    side.leave(peer)
                    said.pop(client)
                case 0 | 1:
                    side, peer = dice.choice(sides), object()
                    old = where.pop(client, None)
                    clocks[client] = max([clocks[client] + 1, *(s.watcher.clocks.get(client, 0) for s in sides)])
                    side.receive(peer, identity, (client, clocks[client], {"n": turn}))
                    where[client], said[client] = (side, peer), turn
                    if old is not None:
                        old[0].leave(old[1])
                case 2 if client in where:
                    side, peer = where[client]
                    clocks[client] += 1
                    side.receive(peer, identity, (client, clocks[client], {"n": turn}))
                    said[client] = turn
                case 3:
                    exchange(*sides)
                case _ if dice.random() < 0.3:
                    dice.choice(sides).outgoing.clear()
        for _ in range(3):  # rounds: everyone repeats, and clients renew their states
            clock.seconds += 10
            for client, (side, peer) in where.items():
                clocks[client] = side.watcher.clocks.get(client, clocks[client]) + 1
                identity = replace(ADA, id=f"u{client}", session=f"s{client}")
                side.receive(peer, identity, (client, clocks[client], {"n": said[client]}))
            for side in sides:
                for other in sides:
                    if other is not side:
                        other.hear(side.whole())
            exchange(*sides)
        for side in sides:
            shown = {client: state["n"] for client, state in side.watcher.states.items()}
            assert shown == said, f"seed {seed} at {side.name}"


def sees(client: Client, cursor: list[int]) -> Callable[[], bool]:
    """Whether a client was told of a cursor."""
    needle = orjson.dumps(cursor)
    return lambda: any(needle in frame for frame in client.presence)


async def say(client: Client, id: int, clock: int, state: Any) -> None:
    payload = entries((id, clock, state))
    await client.socket.send(bytes([1, len(payload)]) + payload)


async def test_presence_crosses_workers_and_a_joiner_anywhere_sees_everyone() -> None:
    """FAN-13, FAN-14"""
    async with cluster(2) as here:
        one, two = [await worker.connect() for worker in here.workers]
        await say(one, 1, 0, {"cursor": [11, 12]})
        await eventually(sees(two, [11, 12]))
        late = await here.workers[1].connect()
        await eventually(sees(late, [11, 12]))
        third = len(two.presence)
        await one.close()
        await eventually(lambda: any(b"null" in frame for frame in two.presence[third:]))


async def test_a_worker_that_opens_a_room_hears_at_once_who_is_in_it_elsewhere() -> None:
    """FAN-13"""
    async with cluster(2) as here:
        one = await here.workers[0].connect()
        await say(one, 1, 0, {"cursor": [21, 22]})
        two = await here.workers[1].connect()
        await eventually(sees(two, [21, 22]))
