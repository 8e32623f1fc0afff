"""Where the blocks of one update lie, by what they say and by what their neighbours are; and what can't be.

An engine believes what it is told: a block between two lists, text in a list of values or a child of a plain value
leaves it with wrong lengths, endless loops or half an update. Honest engines make none of these. What is known of the
room is in gate_ground.py.
"""

from collab_server.rooms.gate_ground import GARBAGE, LOST, UNKNOWN, UNSEEN, Ground, Known, Spot, mark, place_of
from collab_server.rooms.walker import (
    ANY,
    BINARY,
    DELETED,
    EMBED,
    FORMAT,
    GC,
    HAS_KEY,
    STRING,
    TYPE,
    Block,
    Id,
    Malformed,
)

MAX_NESTING = 32
"""How deep shared types may lie in each other; browsers fail on a few thousand."""
_IS_TEXT = {STRING: True, FORMAT: True, EMBED: True, ANY: False, BINARY: False}
"""Whether a kind of content belongs in a text or in a list; shared types may lie in both."""
_VALUES = frozenset({DELETED, BINARY, TYPE, ANY})
"""What may lie under a key."""


class Misplaced(Malformed):
    """Blocks that can't lie where they say in this room: well-formed, and perhaps ready elsewhere."""


class Places:
    """The spots of the blocks of one update; `found` is what it adds to the ground of the room."""

    def __init__(self, known: Known, update: bytes) -> None:
        self._known = known
        self._update = update
        self.found = Ground()

    def place(self, client: int, clock: int, block: Block) -> Spot:
        """Find out where a block lies of which the clocks before `clock` are there; raises Misplaced if it can't be."""
        spot = self._spot(client, block)
        if clock > block.clock:
            spot = self._continued(client, clock, block, spot)
        if is_chained(client, clock, block):
            spot = spot._replace(chain=self._at((client, clock - 1)).chain)
        self.found.add(client, clock, spot)
        return spot

    def lose(self, client: int, clock: int) -> Spot:
        """Let a block be garbage from a clock on, wherever it says that it lies."""
        self.found.add(client, clock, LOST)
        return LOST

    def _spot(self, client: int, block: Block) -> Spot:
        """Where a block lies, by what it says itself or by its neighbours; raises Misplaced if they disagree."""
        if block.kind == GC:
            return LOST
        if block.place_end:
            place, depth, keyed = self._stated(block)
        else:
            place, depth, keyed = self._between(block)
        if place == GARBAGE:
            return LOST
        if depth > MAX_NESTING:
            raise Misplaced(f"Shared types nest deeper than {MAX_NESTING}", block.first_byte)
        if keyed:
            self._refuse_odd_value(client, block)
        elif block.kind in _IS_TEXT:
            self._refuse_odd_content(block, place)
        type = self._update[block.last_byte - 1] if block.kind == TYPE else None
        return Spot(place, mark(block, depth=depth, keyed=keyed, type=type), block.clock)

    def _stated(self, block: Block) -> tuple[int, int, bool]:
        """Place, depth and whether there is a key, for a block that says in what it lies."""
        info = self._update[block.first_byte]
        keyed = bool(info & HAS_KEY)
        depth = 0
        if block.parent is not None:
            parent = self._at(block.parent)
            if parent.is_gone:
                return GARBAGE, 0, keyed
            if parent.place == UNSEEN:
                return UNSEEN, 0, keyed
            if not parent.is_type:
                raise Misplaced("A block lies in one that is no shared type", block.first_byte)
            if parent.is_map is not keyed:
                raise Misplaced("A block in a map has no key, or one elsewhere has one", block.first_byte)
            depth = parent.depth + 1
        name = b"k" if keyed else b"l"
        place = place_of(self._known.salt, name + self._update[block.first_byte + 1 : block.place_end])
        if block.parent is not None and not keyed:
            self.found.texts[place] = parent.is_text
        return place, depth, keyed

    def _between(self, block: Block) -> tuple[int, int, bool]:
        """Place, depth and whether there is a key, for a block that has neighbours."""
        left = self._at(block.origin) if block.origin is not None else None
        right = self._at(block.right) if block.right is not None else None
        if right is not None and right.is_keyed:
            raise Misplaced("A value under a key stands before another", block.first_byte)
        if GARBAGE in (left and left.place, right and right.place):
            return GARBAGE, 0, False
        if not self._in_order(block, left, right):
            raise Misplaced("A block stands between two that are no neighbours", block.first_byte)
        spot = left or right or UNKNOWN
        return spot.place, spot.depth, spot.is_keyed

    @staticmethod
    def _in_order(block: Block, left: Spot | None, right: Spot | None) -> bool:
        """Whether somebody can have seen these two side by side, as far as one can tell.

        Between a block and its origin nothing of its own chain can stand, and what came behind something else was
        never the first. Replicas put a block with impossible neighbours in different places, for good.
        """
        if left is None:
            return right is None or block.right is None or not _has_origin(right, block.right)
        if right is None:
            return not left.is_before
        if UNSEEN in (left.place, right.place):
            return True
        if left.place != right.place:
            return False
        assert block.origin is not None and block.right is not None
        same_chain = block.origin[0] == block.right[0] and left.chain == right.chain
        return not same_chain or block.right[1] == block.origin[1] + 1

    def _refuse_odd_value(self, client: int, block: Block) -> None:
        """Under a key there is one value; only deleted ones are ever joined."""
        if block.kind not in _VALUES or (block.kind != DELETED and block.end - block.clock != 1):
            raise Misplaced(f"Block {client}:{block.clock} is no value of a key", block.first_byte)

    def _refuse_odd_content(self, block: Block, place: int) -> None:
        """Characters lie in texts and values in lists; a root is what it is first used as."""
        if place == UNSEEN:
            return
        is_text = _IS_TEXT[block.kind]
        known = self._known.ground.texts.get(place)
        if known is None:
            known = self.found.texts.setdefault(place, is_text)
        if known is not is_text:
            raise Misplaced("A block of text lies in a list, or a value in a text", block.first_byte)

    def _continued(self, client: int, clock: int, block: Block, spot: Spot) -> Spot:
        """The first part of this block is there already: the rest has to lie where that lies."""
        known = self._at((client, clock - 1))
        if GARBAGE in (known.place, spot.place):
            return LOST
        if UNSEEN in (known.place, spot.place):
            return spot
        right = self._at(block.right) if block.right is not None else None
        rest = block._replace(origin=(client, clock - 1))
        goes_on = known.place == spot.place and known.is_before is (right is not None)
        if not goes_on or not (right is None or self._in_order(rest, known, right)):
            raise Misplaced(f"Block {client}:{block.clock} goes on in another place", block.first_byte)
        return spot

    def _at(self, id: Id) -> Spot:
        old = id[1] < self._known.clocks.get(id[0], 0)
        return (self._known.ground if old else self.found).spot(id)


def is_chained(client: int, clock: int, block: Block) -> bool:
    """Whether a block goes on directly behind the clock before it."""
    return clock > block.clock or block.origin == (client, block.clock - 1)


def _has_origin(spot: Spot, id: Id) -> bool:
    return spot.place != UNSEEN and (id[1] > spot.chain or spot.is_after)
