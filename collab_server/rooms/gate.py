"""What of an update a room may take just now: the causal gate before every `apply_update`.

An engine that is handed a gap keeps the loose part as pending, and yrs up to 0.28 corrupts the document when the
gap closes in another shape than it expected. So the gate lets through only blocks whose predecessors and
dependencies the room has, and drops the rest: the peer that sent it still has it, and a room that finds an update
`trimmed` asks that peer once for everything (sync step 1). The gate knows the room by its clocks alone:

    gate = Gate(state_vector)             # of the loaded document; Gate() for an empty one
    admitted = gate.admit(update)         # raises Malformed; decides only, changes nothing
    if admitted.update is not None:
        doc.apply_update(admitted.update) # and log, and fan out what the observer saw
        gate.applied(admitted)
    gate.saw(update)                      # instead, for what the server itself wrote into the document
    gate.reset(state_vector)              # after an apply that failed: nobody knows what it left

It refuses more than gaps: blocks that depend on themselves, shared types nested too deep for a browser's stack,
and edits that cut a surrogate pair in two, after which yrs writes an empty block and every joiner stalls.
The rules are GUARD-10 to GUARD-19 in docs/spec.md.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from os import urandom
from typing import NamedTuple

from collab_server.rooms.gate_ground import GARBAGE, LOST, UNKNOWN, UNSEEN, Ground, Spot, mark, place_of
from collab_server.rooms.walker import (
    ANY,
    BINARY,
    DELETED,
    EMBED,
    FORMAT,
    GC,
    HAS_KEY,
    SKIP,
    STRING,
    TYPE,
    Block,
    Id,
    Malformed,
    Range,
    Section,
    Walk,
    varint,
    walk,
    write_varint,
)

MAX_NESTING = 32
"""How deep shared types may lie in each other; browsers fail on a few thousand."""
_IS_TEXT = {STRING: True, FORMAT: True, EMBED: True, ANY: False, BINARY: False}
"""Whether a kind of content belongs in a text or in a list; shared types may lie in both."""
VALUES = frozenset({DELETED, BINARY, TYPE, ANY})
"""What may lie under a key."""
CHAIN_EFFORT = 512
"""What one more block counts in `Admitted.effort`, in blocks looked at: engines join chains of blocks by copying."""


class Admitted(NamedTuple):
    """What may be applied: `update` is nothing if there is nothing new in it.

    `trimmed` says that something was dropped which the room does not have; `clocks` are the clocks that
    applying it brings; `effort` bounds the blocks that an engine may have to look at for it. The rest is what
    the gate remembers of the blocks.
    """

    update: bytes | None
    trimmed: bool
    clocks: dict[int, int]
    effort: int
    pairs: dict[int, set[int]]
    ground: Ground


class Gate:
    """The clocks of one room, and what may be applied to it."""

    def __init__(self, state_vector: bytes = b"\0") -> None:
        self.clocks: dict[int, int] = {}
        self._pairs: dict[int, set[int]] = {}
        self._ground = Ground()
        self._salt = urandom(16)
        self._size = 0
        self.reset(state_vector)

    def admit(self, update: bytes) -> Admitted:
        """Decide what of an update is new and ready; raises Malformed. Changes nothing."""
        walked = walk(update)
        passage = _Passage(self, update, walked.sections)
        passage.run()
        deletes, clipped = _known_deletes(walked, passage)
        if not (passage.shortened or passage.lost or clipped) and walked.tidy:
            out = update if passage.reached or deletes else None
        else:
            out = _written(passage, deletes)
        effort = passage.leaps * (self._size + passage.blocks) + passage.blocks * CHAIN_EFFORT
        trimmed = passage.trimmed or clipped
        return Admitted(out, trimmed, passage.reached, effort, passage.new_pairs, passage.new_ground)

    def applied(self, admitted: Admitted) -> None:
        """The engine took what was admitted."""
        clocks = self.clocks
        for client, clock in admitted.clocks.items():
            known = clocks.get(client, 0)
            if clock > known:
                clocks[client] = clock
                self._size += clock - known
        for client, offsets in admitted.pairs.items():
            self._pairs.setdefault(client, set()).update(offsets)
        self._ground.merge(admitted.ground)

    def saw(self, update: bytes) -> None:
        """The server itself wrote this into the document."""
        self.applied(self.admit(update))

    def reset(self, state_vector: bytes) -> None:
        """Take the clocks from the engine again, after an apply that failed half-way."""
        self.clocks = read_state_vector(state_vector)
        self._size = sum(self.clocks.values())


class _Passage:
    """One update on its way through the gate: blocks are taken in causal order, as an engine would."""

    def __init__(self, gate: "Gate", update: bytes, sections: list[Section]) -> None:
        self._clocks = gate.clocks
        self._update = update
        self._salt = gate._salt
        self._old_pairs = gate._pairs
        self._old_ground = gate._ground
        self.sections = {section.client: section for section in sections}
        self.reached: dict[int, int] = {}
        self.taken: dict[int, Range] = {}
        self.new_pairs: dict[int, set[int]] = {}
        self.new_ground = Ground()
        self.lost: dict[int, set[int]] = {}
        self.trimmed = self.shortened = False
        self.blocks = self.leaps = 0

    def has(self, id: Id) -> bool:
        """Whether the room has this clock, or will with what was taken so far."""
        return id[1] < self.clock(id[0])

    def clock(self, client: int) -> int:
        """The clock up to which everything of a client is there."""
        clock = self.reached.get(client)
        return self._clocks.get(client, 0) if clock is None else clock

    def run(self) -> None:
        """Take every block that is new and ready."""
        waiting: dict[int, list[tuple[int, int]]] = {}
        ready = list(self.sections)
        while ready:
            client = ready.pop()
            missing = self._advance(self.sections[client])
            if missing is not None:
                heappush(waiting.setdefault(missing[0], []), (missing[1], client))
            line = waiting.get(client)
            clock = self.clock(client) if line else 0
            while line and line[0][0] < clock:
                ready.append(heappop(line)[1])
        for client, section in self.sections.items():
            first, stop = self.taken[client]
            self.trimmed = self.trimmed or stop < len(section.blocks)
            self.shortened = self.shortened or first > 0 or stop < len(section.blocks)

    def written(self, client: int) -> bytes:
        """The blocks of one client that were taken; what is attached to garbage is written as garbage.

        yjs makes it that anyway, and yrs would keep some of it where no other replica can follow.
        """
        first, stop = self.taken[client]
        blocks = self.sections[client].blocks[first:stop]
        lost = self.lost.get(client)
        clock = blocks[0].clock
        if not lost:
            body = self._update[blocks[0].first_byte : blocks[-1].last_byte]
        else:
            clock = max(clock, self._clocks.get(client, 0)) if blocks[0].first_byte in lost else clock
            parts = [
                b"\0" + write_varint(block.end - max(clock, block.clock))
                if block.first_byte in lost
                else self._update[block.first_byte : block.last_byte]
                for block in blocks
            ]
            body = b"".join(parts)
        return write_varint(len(blocks)) + write_varint(client) + write_varint(clock) + body

    def _advance(self, section: Section) -> Id | None:
        """Take as many blocks of one client as are ready; answers the id that the next one waits for."""
        client, blocks = section
        clock = self.clock(client)
        first, at = self.taken.get(client, (0, 0))
        missing = None
        while at < len(blocks):
            block = blocks[at]
            if block.end <= clock:
                first = at + 1
            elif block.kind == SKIP or block.clock > clock:
                break
            else:
                missing = self._missing(client, block)
                if missing is not None:
                    break
                self._take(client, block, clock)
                clock = self.reached[client] = block.end
            at += 1
        self.taken[client] = (first, at)
        return missing

    def _missing(self, client: int, block: Block) -> Id | None:
        """A dependency of a block that the room does not have yet."""
        for needed in (block.origin, block.right, block.parent):
            if needed is None:
                continue
            if needed[0] == client:
                if needed[1] >= block.clock:
                    raise Malformed(f"Block {client}:{block.clock} depends on itself", block.first_byte)
            elif not self.has(needed):
                return needed
        return None

    def _take(self, client: int, block: Block, clock: int) -> None:
        self.blocks += 1
        spot = self._spot(client, block)
        if clock > block.clock:
            spot = self._continued(client, clock, block, spot)
        if clock > block.clock or block.origin == (client, block.clock - 1):
            spot = spot._replace(chain=self._known((client, clock - 1)).chain)
        elif not self._in_new_type(block):
            self.leaps += 1
        if block.pairs:
            if clock - block.clock in block.pairs:
                raise Malformed(f"Block {client}:{block.clock} overlaps half a character", block.first_byte)
            found = self.new_pairs.setdefault(client, set())
            found.update(block.clock + offset for offset in block.pairs)
        if self._old_pairs or self.new_pairs:
            if block.origin is not None:
                self.refuse_cut(block.origin[0], block.origin[1] + 1)
            if block.right is not None:
                self.refuse_cut(*block.right)
        if spot.place == GARBAGE and block.kind != GC:
            self.lost.setdefault(client, set()).add(block.first_byte)
        self.new_ground.add(client, clock, spot)

    def _in_new_type(self, block: Block) -> bool:
        """Whether a block is the first of its key in a type of this same update, so that its place is known."""
        return block.parent is not None and block.parent[1] >= self._clocks.get(block.parent[0], 0)

    def _spot(self, client: int, block: Block) -> Spot:
        """Where a block lies, by what it says itself or by its neighbours; raises Malformed if they disagree."""
        if block.kind == GC:
            return LOST
        if block.place_end:
            place, depth, keyed = self._stated(block)
        else:
            place, depth, keyed = self._between(block)
        if place == GARBAGE:
            return LOST
        if depth > MAX_NESTING:
            raise Malformed(f"Shared types nest deeper than {MAX_NESTING}", block.first_byte)
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
            parent = self._known(block.parent)
            if parent.is_gone:
                return GARBAGE, 0, keyed
            if parent.place == UNSEEN:
                return UNSEEN, 0, keyed
            if not parent.is_type:
                raise Malformed("A block lies in one that is no shared type", block.first_byte)
            if parent.is_map is not keyed:
                raise Malformed("A block in a map has no key, or one elsewhere has one", block.first_byte)
            depth = parent.depth + 1
        name = b"k" if keyed else b"l"
        place = place_of(self._salt, name + self._update[block.first_byte + 1 : block.place_end])
        if block.parent is not None and not keyed:
            self.new_ground.texts[place] = parent.is_text
        return place, depth, keyed

    def _between(self, block: Block) -> tuple[int, int, bool]:
        """Place, depth and whether there is a key, for a block that has neighbours."""
        left = self._known(block.origin) if block.origin is not None else None
        right = self._known(block.right) if block.right is not None else None
        if right is not None and right.is_keyed:
            raise Malformed("A value under a key stands before another", block.first_byte)
        if GARBAGE in (left and left.place, right and right.place):
            return GARBAGE, 0, False
        if not self._in_order(block, left, right):
            raise Malformed("A block stands between two that are no neighbours", block.first_byte)
        spot = left or right or UNKNOWN
        return spot.place, spot.depth, spot.is_keyed

    @staticmethod
    def _in_order(block: Block, left: Spot | None, right: Spot | None) -> bool:
        """Whether somebody can have seen these two side by side, as far as one can tell.

        Between a block and its origin nothing of its own chain can stand, and what came behind something else was
        never the first. yrs ties a knot into a list whose neighbours lie the other way round.
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
        if block.kind not in VALUES or (block.kind != DELETED and block.end - block.clock != 1):
            raise Malformed(f"Block {client}:{block.clock} is no value of a key", block.first_byte)

    def _refuse_odd_content(self, block: Block, place: int) -> None:
        """Characters lie in texts and values in lists; a root is what it is first used as."""
        if place == UNSEEN:
            return
        is_text = _IS_TEXT[block.kind]
        known = self._old_ground.texts.get(place)
        if known is None:
            known = self.new_ground.texts.setdefault(place, is_text)
        if known is not is_text:
            raise Malformed("A block of text lies in a list, or a value in a text", block.first_byte)

    def _continued(self, client: int, clock: int, block: Block, spot: Spot) -> Spot:
        """The first part of this block is there already: the rest has to lie where that lies."""
        known = self._known((client, clock - 1))
        if GARBAGE in (known.place, spot.place):
            return LOST
        if UNSEEN in (known.place, spot.place):
            return spot
        right = self._known(block.right) if block.right is not None else None
        rest = block._replace(origin=(client, clock - 1))
        goes_on = known.place == spot.place and known.is_before is (right is not None)
        if not goes_on or not (right is None or self._in_order(rest, known, right)):
            raise Malformed(f"Block {client}:{block.clock} goes on in another place", block.first_byte)
        return spot

    def _known(self, id: Id) -> Spot:
        old = id[1] < self._clocks.get(id[0], 0)
        return (self._old_ground if old else self.new_ground).spot(id)

    def refuse_cut(self, client: int, clock: int) -> None:
        """Raise Malformed if the two halves of one character lie on both sides of a clock."""
        for pairs in (self._old_pairs, self.new_pairs):
            if clock in pairs.get(client, ()):
                raise Malformed(f"An edit cuts the character at {client}:{clock} in two")


def _has_origin(spot: Spot, id: Id) -> bool:
    return spot.place != UNSEEN and (id[1] > spot.chain or spot.is_after)


def read_state_vector(data: bytes) -> dict[int, int]:
    """The clocks a peer has; raises Malformed, also for counts that would make an engine reserve memory."""
    try:
        count, at = varint(data, 0)
        if count * 2 > len(data) - at:
            raise Malformed(f"{count} clients are announced and {len(data) - at} bytes are left", at)
        clocks: dict[int, int] = {}
        for _ in range(count):
            client, at = varint(data, at)
            clocks[client], at = varint(data, at, 2**31 + 1)
    except IndexError:
        raise Malformed("The state vector ends in the middle of a number", len(data)) from None
    if at != len(data) or len(clocks) != count:
        raise Malformed("A state vector names a client twice, or has bytes after its end", at)
    return clocks


def _known_deletes(walked: Walk, passage: _Passage) -> tuple[list[tuple[int, list[Range]]], bool]:
    """The deletes of what the room has or is about to have, sorted and merged, and whether that is less than all.

    An engine would keep the others as pending for ever; overlapping ones cost it the product of both.
    """
    known: dict[int, list[Range]] = {}
    clipped = False
    cuts = bool(passage._old_pairs or passage.new_pairs)
    for client, ranges in walked.deletes:
        limit = passage.clock(client)
        for clock, end in ranges:
            if end > limit:
                clipped, end = True, limit
            if clock < end:
                known.setdefault(client, []).append((clock, end))
                if cuts:
                    passage.refuse_cut(client, clock)
                    passage.refuse_cut(client, end)
    if not walked.tidy:
        known = {client: _merged(ranges) for client, ranges in known.items()}
    return list(known.items()), clipped


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for clock, end in sorted(ranges):
        if merged and clock <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((clock, end))
    return merged


def _written(passage: _Passage, deletes: list[tuple[int, list[Range]]]) -> bytes | None:
    """The update anew with what was taken; nothing if that is nothing."""
    sections = [passage.written(client) for client, (first, stop) in passage.taken.items() if first < stop]
    if not sections and not deletes:
        return None
    out = [write_varint(len(sections)), *sections, write_varint(len(deletes))]
    for client, ranges in deletes:
        out += [write_varint(client), write_varint(len(ranges))]
        out += [write_varint(clock) + write_varint(end - clock) for clock, end in ranges]
    return b"".join(out)
