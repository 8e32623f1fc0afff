"""Where every block of a room lies: in which list, or under which key of which map, and how deep.

An engine believes whatever an update says of its neighbours. A block between two lists, or inside a plain value,
miscounts its list for ever or fails half-way; so the gate has to know where the neighbours lie. A place is known by a
hash alone, and a chain of blocks, each typed behind the one before, takes 18 bytes in all.
"""

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from hashlib import blake2b
from os import urandom
from typing import NamedTuple

from collab_server.rooms.walker import DELETED, MAP_TYPE, TEXT_TYPE, Block, Id

UNSEEN, GARBAGE = 0, 1
"""No places: of what was there before the gate could look, and of garbage with everything attached to it."""

_TYPE, _MAP, _KEYED, _DELETED, _TEXT = 0x8000, 0x4000, 0x2000, 0x1000, 0x0800
_AFTER, _BEFORE, _DEPTH = 0x0400, 0x0200, 0x01FF


class Spot(NamedTuple):
    """What is known of one block: its place, whether it is a shared type, and the clock where its chain began."""

    place: int
    mark: int
    chain: int = 0

    @property
    def is_type(self) -> bool:
        """Whether other blocks may lie in it."""
        return bool(self.mark & _TYPE)

    @property
    def is_map(self) -> bool:
        """Whether what lies in it has keys."""
        return bool(self.mark & _MAP)

    @property
    def is_text(self) -> bool:
        """Whether what lies in it is text."""
        return bool(self.mark & _TEXT)

    @property
    def is_keyed(self) -> bool:
        """Whether it lies under a key."""
        return bool(self.mark & _KEYED)

    @property
    def is_gone(self) -> bool:
        """Whether what lies in it is garbage too."""
        return self.place == GARBAGE or bool(self.mark & _DELETED)

    @property
    def is_after(self) -> bool:
        """Whether something stood before its chain when it came."""
        return bool(self.mark & _AFTER)

    @property
    def is_before(self) -> bool:
        """Whether something stood behind it when it came."""
        return bool(self.mark & _BEFORE)

    @property
    def depth(self) -> int:
        """In how many shared types it lies."""
        return self.mark & _DEPTH


UNKNOWN, LOST = Spot(UNSEEN, 0), Spot(GARBAGE, 0)


def mark(block: Block, *, depth: int, keyed: bool, type: int | None) -> int:
    """The properties of a block as `Spot.mark`; `type` is the shared type that it is, if it is one."""
    flags = depth | (_KEYED if keyed else 0) | (_DELETED if block.kind == DELETED else 0)
    flags |= (_AFTER if block.origin else 0) | (_BEFORE if block.right else 0)
    if type is not None:
        flags |= _TYPE | (_MAP if type == MAP_TYPE else 0) | (_TEXT if type == TEXT_TYPE else 0)
    return flags


def place_of(salt: bytes, name: bytes) -> int:
    """A place by the bytes that name it; nobody without the salt can make two names meet."""
    return int.from_bytes(blake2b(name, digest_size=8, key=salt).digest(), "big") | 2


class _Runs:
    """The blocks of one client, from its first clock or from where an update begins."""

    __slots__ = ("chains", "marks", "places", "starts")

    def __init__(self) -> None:
        self.starts = array("I")
        self.places = array("Q")
        self.marks = array("H")
        self.chains = array("I")

    def add(self, clock: int, spot: Spot) -> None:
        place, mark, chain = spot
        if self.starts and self.chains[-1] == chain and self.places[-1] == place:
            if self.marks[-1] | _AFTER == mark | _AFTER and not mark & _TYPE:
                return
        self.starts.append(clock)
        self.places.append(place)
        self.marks.append(mark)
        self.chains.append(chain)

    def at(self, index: int) -> Spot:
        return Spot(self.places[index], self.marks[index], self.chains[index])


class Ground:
    """The spots of all blocks of a room, or of those that one update brings."""

    def __init__(self) -> None:
        self._clients: dict[int, _Runs] = {}
        self.texts: dict[int, bool] = {}
        """Whether the list at a place is a text, as far as that is known."""

    def spot(self, id: Id) -> Spot:
        """What is known of one clock, which must be one that is there."""
        runs = self._clients.get(id[0])
        if runs is None:
            return UNKNOWN
        at = bisect_right(runs.starts, id[1]) - 1
        return UNKNOWN if at < 0 else runs.at(at)

    def add(self, client: int, clock: int, spot: Spot) -> None:
        """Remember a block that begins at a clock; the clocks of a client count up."""
        runs = self._clients.get(client)
        if runs is None:
            runs = self._clients[client] = _Runs()
        runs.add(clock, spot)

    def follows(self, known: "Known") -> bool:
        """Whether an update that brings this goes on where its clients are, and every list is to it what it is."""
        clocks, texts = known.clocks, known.ground.texts
        goes_on = all(runs.starts[0] == clocks.get(client, 0) for client, runs in self._clients.items())
        return goes_on and all(texts.get(place, is_text) is is_text for place, is_text in self.texts.items())

    def merge(self, other: "Ground") -> None:
        """Take over what an update brought."""
        self.texts.update(other.texts)
        for client, new in other._clients.items():
            runs = self._clients.get(client)
            if runs is None:
                self._clients[client] = new
            else:
                for index, clock in enumerate(new.starts):
                    if clock > runs.starts[-1]:
                        runs.add(clock, new.at(index))


@dataclass(slots=True)
class Known:
    """All that a gate knows of its room: clocks, where blocks lie, and where characters may not be cut."""

    clocks: dict[int, int] = field(default_factory=dict)
    ground: Ground = field(default_factory=Ground)
    pairs: dict[int, set[int]] = field(default_factory=dict)
    salt: bytes = field(default_factory=lambda: urandom(16))
