"""One update on its way through the gate: its blocks are taken in causal order, as an engine would take them.

Every block is looked at once for each id that it waits for, so the way is linear in the update. What is left is written
anew from the bytes that came; see gate.py for what it is for.
"""

from heapq import heappop, heappush

from collab_server.rooms.gate_ground import GARBAGE, Known, Spot
from collab_server.rooms.gate_places import Misplaced, Places, is_chained
from collab_server.rooms.walker import GC, SKIP, Block, Id, Malformed, Range, Section, Walk, write_varint


class Passage:
    """One update on its way through the gate: blocks are taken in causal order, as an engine would."""

    def __init__(self, known: Known, walked: Walk, *, forgiving: bool = False) -> None:
        """A `forgiving` one takes what can't lie where it says as garbage, instead of refusing all of the update."""
        self._known = known
        self._forgiving = forgiving
        self._update = walked.data
        self.places = Places(known, walked.data)
        self.sections = {section.client: section for section in walked.sections}
        self.reached: dict[int, int] = {}
        """The clocks that the update brings."""
        self.taken: dict[int, Range] = {}
        """The first and the last of the blocks of each client that are taken, as for `range`."""
        self.pairs: dict[int, set[int]] = {}
        self.trimmed = self.shortened = False
        self.blocks = self.leaps = 0
        """How many blocks were taken, and how many of them an engine has to find a place for."""
        self.lost: dict[int, dict[int, Range]] = {}
        """The new clocks of what is garbage now, by client and by the first byte of the block."""

    @property
    def changed(self) -> bool:
        """Whether what is taken is not what came."""
        return self.shortened or bool(self.lost)

    def has(self, id: Id) -> bool:
        """Whether the room has this clock, or will with what was taken so far."""
        return id[1] < self.clock(id[0])

    def clock(self, client: int) -> int:
        """The clock up to which everything of a client is there."""
        clock = self.reached.get(client)
        return self._known.clocks.get(client, 0) if clock is None else clock

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
        lost = self.lost.get(client, ())
        clock = blocks[0].clock
        if blocks[0].first_byte in lost:
            clock = max(clock, self._known.clocks.get(client, 0))
        body = [
            b"\0" + write_varint(block.end - max(clock, block.clock))
            if block.first_byte in lost
            else self._update[block.first_byte : block.last_byte]
            for block in blocks
        ]
        return write_varint(len(blocks)) + write_varint(client) + write_varint(clock) + b"".join(body)

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
        try:
            spot = self._placed(client, clock, block)
        except Misplaced:
            if not self._forgiving:
                raise
            spot = self.places.lose(client, clock)
        if not (spot.place == GARBAGE or is_chained(client, clock, block) or self._in_new_type(block)):
            self.leaps += 1
        if spot.place == GARBAGE and block.kind != GC:
            self.lost.setdefault(client, {})[block.first_byte] = (clock, block.end)
        elif block.pairs:
            found = self.pairs.setdefault(client, set())
            found.update(block.clock + offset for offset in block.pairs)

    def _placed(self, client: int, clock: int, block: Block) -> Spot:
        """Where a block lies; raises Misplaced if it can't lie there, or cuts a character in two."""
        if block.pairs and clock - block.clock in block.pairs:
            raise Misplaced(f"Block {client}:{block.clock} overlaps half a character", block.first_byte)
        if self._known.pairs or self.pairs:
            if block.origin is not None:
                self.refuse_cut(block.origin[0], block.origin[1] + 1)
            if block.right is not None:
                self.refuse_cut(*block.right)
        return self.places.place(client, clock, block)

    def cuts(self, client: int, clocks: Range) -> bool:
        """Whether a delete would leave half a character; raises Misplaced then, unless this forgives it."""
        try:
            for clock in clocks:
                self.refuse_cut(client, clock)
        except Misplaced:
            if not self._forgiving:
                raise
            return True
        return False

    def _in_new_type(self, block: Block) -> bool:
        """Whether a block is the first of its key in a type of this same update, so that its place is known."""
        return block.parent is not None and block.parent[1] >= self._known.clocks.get(block.parent[0], 0)

    def refuse_cut(self, client: int, clock: int) -> None:
        """Raise Misplaced if the two halves of one character lie on both sides of a clock."""
        for pairs in (self._known.pairs, self.pairs):
            if clock in pairs.get(client, ()):
                raise Misplaced(f"An edit cuts the character at {client}:{clock} in two")
