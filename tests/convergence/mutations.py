"""Random frames: honest updates bent a little, blocks that refer at random, and plain noise; all from one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Array, Doc, Map, Text

from collab_server.rooms.walker import write_varint
from tests.convergence.hostile import CROOKED, LOOSE, MALFORMED, base, overlapping_deletes
from tests.convergence.wire import Id, frame, item, section, string, text, update

WORDS = ("a", "bc", "Hello", "\u00e9", "\u20ac", "\U0001f600", "line\n", "x" * 40)


@dataclass
class HonestPeer:
    """A pycrdt document that is edited at random; `updates` is what it told the world."""

    dice: random.Random
    doc: Doc[Any] = field(init=False)
    updates: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.doc = Doc(client_id=self.dice.randrange(1, 2**32))
        self.text: Text = self.doc.get("text", type=Text)
        self.list: Array[Any] = self.doc.get("list", type=Array)
        self.nodes: Map[Any] = self.doc.get("nodes", type=Map)
        self._subscription = self.doc.observe(lambda event: self.updates.append(event.update))

    def edit(self) -> None:
        """One transaction of one to three edits."""
        with self.doc.transaction():
            for _ in range(self.dice.randint(1, 3)):
                self.dice.choice([self._type, self._erase, self._set, self._unset, self._push, self._pop, self._nest])()

    def _position(self) -> tuple[str, int]:
        """A character of the text, and where it begins in UTF-8, as pycrdt counts."""
        value = str(self.text)
        at = self.dice.randint(0, len(value))
        return value, len(value[:at].encode())

    def _type(self) -> None:
        self.text.insert(self._position()[1], self.dice.choice(WORDS))

    def _erase(self) -> None:
        value = str(self.text)
        if value:
            at = self.dice.randrange(len(value))
            upto = min(len(value), at + self.dice.randint(1, 4))
            del self.text[len(value[:at].encode()) : len(value[:upto].encode())]

    def value(self) -> Any:
        """Plain JSON of any kind."""
        scalar = self.dice.choice([None, True, False, 0, -1, 2**40, 1.5, "", *WORDS])
        return self.dice.choice([scalar, [scalar, 1], {"k": scalar, "deep": [{"er": scalar}]}])

    def _key(self) -> str:
        return f"n{self.dice.randrange(6)}"

    def _set(self) -> None:
        self.nodes[self._key()] = self.value()

    def _nest(self) -> None:
        prompt = Text(self.dice.choice(["", *WORDS]))
        self.nodes[self._key()] = Map({"name": "n", "pos": [1, 2], "params": Map({"prompt": prompt, "x": 1})})

    def _unset(self) -> None:
        key = self._key()
        if key in self.nodes:
            del self.nodes[key]

    def _push(self) -> None:
        self.list.insert(self.dice.randint(0, len(self.list)), self.value())

    def _pop(self) -> None:
        if len(self.list):
            del self.list[self.dice.randrange(len(self.list))]


def frames(dice: random.Random, count: int) -> Iterator[bytes]:
    """Frames of y-websocket, most of them wrong in some way."""
    peer = HonestPeer(dice)
    while len(peer.updates) < 3:
        peer.edit()
    for _ in range(count):
        if dice.random() < 0.3:
            peer.edit()
        kind = dice.random()
        if kind < 0.1:
            yield _whole_frame(dice, peer)
        else:
            yield frame(0, dice.choice([1, 2]), _update(dice, peer, kind))


def _update(dice: random.Random, peer: HonestPeer, kind: float) -> bytes:
    if kind < 0.2:
        corpus = dice.choice([MALFORMED, LOOSE, CROOKED])
        return dice.choice(list(corpus.values()))()
    if kind < 0.22:
        return base() if dice.random() < 0.5 else overlapping_deletes(200)
    if kind < 0.5:
        return _bent(dice, dice.choice(peer.updates))
    if kind < 0.6:
        return dice.choice(peer.updates)
    if kind < 0.65:
        return _bent(dice, peer.doc.get_update())
    if kind < 0.7:
        return dice.randbytes(dice.randint(0, 60))
    return _invented(dice, peer)


def _whole_frame(dice: random.Random, peer: HonestPeer) -> bytes:
    match dice.randrange(5):
        case 0:
            return frame(0, 0, peer.doc.get_state())
        case 1:
            return frame(0, 0, _bent(dice, peer.doc.get_state()))
        case 2:
            return dice.randbytes(dice.randint(0, 40))
        case 3:
            return _bent(dice, frame(0, 2, dice.choice(peer.updates)))
        case _:
            return b"\3"


def _bent(dice: random.Random, data: bytes) -> bytes:
    """The same bytes with one to three things done to them."""
    out = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(out) + 1)
        upto = min(len(out), at + dice.randint(1, 8))
        match dice.randrange(7):
            case 0:
                out[at:at] = dice.randbytes(dice.randint(1, 4))
            case 1:
                del out[at:upto]
            case 2:
                out[at:upto] = bytes(reversed(out[at:upto]))
            case 3:
                out[at:at] = out[at:upto] * dice.randint(1, 3)
            case 4:
                out[at:upto] = write_varint(dice.choice([0, 1, 127, 128, 2**31 - 1, 2**31, 2**32, 2**53]))
            case 5 if at < len(out):
                out[at] ^= 1 << dice.randrange(8)
            case _:
                del out[at:]
    return bytes(out)


def _invented(dice: random.Random, peer: HonestPeer) -> bytes:
    """Well-formed blocks of one to three clients that refer to ids at random, most of which exist."""
    clients = [peer.doc.client_id, 5, 6, 7, 8]

    def some_id() -> Id:
        return dice.choice(clients), dice.choice([0, 0, 1, 2, 3, 4, 5, 8, 12, 20, 30])

    def block() -> bytes:
        place: dict[str, Any] = {}
        match dice.randrange(4):
            case 0:
                place["origin"] = some_id()
            case 1:
                place["right"] = some_id()
            case 2:
                place["origin"], place["right"] = some_id(), some_id()
            case _:
                place["parent"] = dice.choice([some_id(), "text", "list", "nodes", "other"])
        if dice.random() < 0.4:
            place["key"] = dice.choice(["n1", "k", "__proto__", ""])
        match dice.randrange(9):
            case 0:
                return b"\0" + write_varint(dice.randint(1, 5))
            case 1:
                return item(1, write_varint(dice.randint(1, 5)), **place)
            case 2:
                return item(5, text('{"src": "x"}'), **place)
            case 3:
                return item(7, bytes([dice.randrange(3)]), **place)
            case 4:
                return item(8, b"\2\x78\x76\1\1k\x7e", **place)
            case 5:
                return item(dice.choice([5, 6]), text("null") * dice.randint(1, 2), **place)
            case 6:
                return item(3, text("bytes"), **place)
            case _:
                place.pop("key", None)
                place.setdefault("parent", "text")
                return string(dice.choice(WORDS), **place)

    chosen = dice.sample(clients, dice.randint(1, 3))
    clocks = [dice.choice([0, 0, 1, 2, 4, 6, 25]) for _ in chosen]
    sections = [
        section(client, clock, *(block() for _ in range(dice.randint(1, 6))))
        for client, clock in zip(chosen, clocks, strict=True)
    ]
    deletes = [
        (dice.choice(clients), [(dice.randrange(12), dice.randint(1, 6)) for _ in range(dice.randint(1, 4))])
        for _ in range(dice.randrange(3))
    ]
    return update(*sections, deletes=deletes)
