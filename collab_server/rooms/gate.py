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

from bisect import bisect_right
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from collab_server.rooms.walker import (
    SKIP,
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
CHAIN_EFFORT = 512
"""What one more block counts in `Admitted.effort`, in blocks looked at: engines join chains of blocks by copying."""


class Depths:
    """How deep each block lies, for those that lie in a shared type which the gate saw being made."""

    def __init__(self) -> None:
        self._starts: dict[int, list[int]] = {}
        self._spans: dict[int, list[tuple[int, int]]] = {}

    def __bool__(self) -> bool:
        return bool(self._spans)

    def of(self, id: Id) -> int:
        """The depth of one clock; 0 for what is not known."""
        client, clock = id
        starts = self._starts.get(client)
        if starts is None:
            return 0
        at = bisect_right(starts, clock) - 1
        if at < 0:
            return 0
        end, depth = self._spans[client][at]
        return depth if clock < end else 0

    def add(self, client: int, clock: int, end: int, depth: int) -> None:
        """Remember a run of clocks; runs of one client come in order and join where they can."""
        starts = self._starts.setdefault(client, [])
        spans = self._spans.setdefault(client, [])
        if spans and spans[-1] == (clock, depth):
            spans[-1] = (end, depth)
        elif not spans or spans[-1][0] <= clock:
            starts.append(clock)
            spans.append((end, depth))

    def merge(self, other: "Depths") -> None:
        """Take over everything `other` knows."""
        for client, starts in other._starts.items():
            for start, (end, depth) in zip(starts, other._spans[client], strict=True):
                self.add(client, start, end, depth)


class Admitted(NamedTuple):
    """What may be applied: `update` is nothing if there is nothing new in it.

    `trimmed` says that something was dropped which the room does not have; `clocks` are the clocks that
    applying it brings; `effort` bounds the blocks that an engine may have to look at for it. The rest is what
    the gate remembers for later cuts and depths.
    """

    update: bytes | None
    trimmed: bool
    clocks: dict[int, int]
    effort: int
    pairs: dict[int, set[int]]
    depths: Depths


class Gate:
    """The clocks of one room, and what may be applied to it."""

    def __init__(self, state_vector: bytes = b"\0") -> None:
        self.clocks: dict[int, int] = {}
        self._pairs: dict[int, set[int]] = {}
        self._depths = Depths()
        self._size = 0
        self.reset(state_vector)

    def admit(self, update: bytes) -> Admitted:
        """Decide what of an update is new and ready; raises Malformed. Changes nothing."""
        walked = walk(update)
        passage = _Passage(self.clocks, self._pairs, self._depths, walked.sections)
        passage.run()
        deletes, clipped = _known_deletes(walked, passage)
        if not passage.shortened and not clipped and walked.tidy:
            out = update if passage.reached or deletes else None
        else:
            out = _written(update, passage, deletes)
        effort = passage.leaps * (self._size + passage.blocks) + passage.blocks * CHAIN_EFFORT
        trimmed = passage.trimmed or clipped
        return Admitted(out, trimmed, passage.reached, effort, passage.new_pairs, passage.new_depths)

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
        if admitted.depths:
            self._depths.merge(admitted.depths)

    def saw(self, update: bytes) -> None:
        """The server itself wrote this into the document."""
        self.applied(self.admit(update))

    def reset(self, state_vector: bytes) -> None:
        """Take the clocks from the engine again, after an apply that failed half-way."""
        self.clocks = read_state_vector(state_vector)
        self._size = sum(self.clocks.values())


class _Passage:
    """One update on its way through the gate: blocks are taken in causal order, as an engine would."""

    def __init__(
        self, clocks: dict[int, int], pairs: dict[int, set[int]], depths: Depths, sections: list[Section]
    ) -> None:
        self._clocks = clocks
        self._old_pairs = pairs
        self._old_depths = depths
        self.sections = {section.client: section for section in sections}
        self.reached: dict[int, int] = {}
        self.taken: dict[int, Range] = {}
        self.new_pairs: dict[int, set[int]] = {}
        self.new_depths = Depths()
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
        if block.origin != (client, block.clock - 1) and not self._in_new_type(block):
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
        depth = self._depth(block)
        if depth:
            if depth > MAX_NESTING:
                raise Malformed(f"Shared types nest deeper than {MAX_NESTING}", block.first_byte)
            self.new_depths.add(client, max(clock, block.clock), block.end, depth)
        elif block.kind == TYPE:
            self.new_depths.add(client, block.clock, block.end, 0)

    def _in_new_type(self, block: Block) -> bool:
        """Whether a block is the first of its key in a type of this same update, so that its place is known."""
        return block.parent is not None and block.parent[1] >= self._clocks.get(block.parent[0], 0)

    def _depth(self, block: Block) -> int:
        """In how many shared types a block lies that the gate saw being made."""
        if not self._old_depths and not self.new_depths:
            return 0
        if block.parent is not None:
            return self._known_depth(block.parent) + 1
        depth = 0 if block.origin is None else self._known_depth(block.origin)
        return depth if block.right is None else max(depth, self._known_depth(block.right))

    def _known_depth(self, id: Id) -> int:
        return self.new_depths.of(id) or self._old_depths.of(id)

    def refuse_cut(self, client: int, clock: int) -> None:
        """Raise Malformed if the two halves of one character lie on both sides of a clock."""
        for pairs in (self._old_pairs, self.new_pairs):
            if clock in pairs.get(client, ()):
                raise Malformed(f"An edit cuts the character at {client}:{clock} in two")


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


def _written(update: bytes, passage: _Passage, deletes: list[tuple[int, list[Range]]]) -> bytes | None:
    """The update anew with what was taken; nothing if that is nothing."""
    sections: list[bytes] = []
    for client, (first, stop) in passage.taken.items():
        if first < stop:
            blocks = passage.sections[client].blocks
            head = write_varint(stop - first) + write_varint(client) + write_varint(blocks[first].clock)
            sections.append(head + update[blocks[first].first_byte : blocks[stop - 1].last_byte])
    if not sections and not deletes:
        return None
    out = [write_varint(len(sections)), *sections, write_varint(len(deletes))]
    for client, ranges in deletes:
        out += [write_varint(client), write_varint(len(ranges))]
        out += [write_varint(clock) + write_varint(end - clock) for clock, end in ranges]
    return b"".join(out)
