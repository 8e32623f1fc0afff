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
The rules are GUARD-10 to GUARD-19 and GUARD-31 in docs/spec.md.
"""

from collections.abc import Iterable
from typing import NamedTuple

from collab_server.rooms.gate_ground import Ground, Known
from collab_server.rooms.gate_passage import Passage
from collab_server.rooms.walker import Malformed, Range, Walk, varint, walk, write_varint
from collab_server.rooms.walker_together import walk_together

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
        self.unseen = False
        """Whether there are blocks of which only the clocks are known."""
        self._known = Known()
        self._size = 0
        self.reset(state_vector)

    @property
    def clocks(self) -> dict[int, int]:
        """The clock up to which the room has everything, by client."""
        return self._known.clocks

    def blank(self) -> "Gate":
        """A gate without clocks that names places as this one does, to read a whole document for `learn`."""
        gate = Gate()
        gate._known.salt = self._known.salt
        return gate

    def learn(self, document: Admitted) -> None:
        """Take over where the blocks of the loaded document lie; what was applied since then stands above it."""
        document.ground.merge(self._known.ground)
        self._known.ground = document.ground
        for client, offsets in document.pairs.items():
            self._known.pairs.setdefault(client, set()).update(offsets)
        self.unseen = False

    def admit(self, *updates: bytes, any_roots: bool = False, forgiving: bool = False) -> Admitted:
        """Decide what of an update is new and ready, or of several, of which each goes on where those before it ended,
        as if they were one; raises Malformed. Changes nothing. What is made of many updates, as a document is, may name
        `any_roots`. Of what stands in a log already, a `forgiving` gate takes as garbage what can't lie where it says.
        """
        walked = walk(updates[0], any_roots=any_roots) if len(updates) == 1 else walk_together(updates)
        passage = Passage(self._known, walked, forgiving=forgiving)
        passage.run()
        deletes, clipped = _known_deletes(walked, passage)
        if not (passage.changed or clipped) and walked.tidy:
            out = walked.data if passage.reached or deletes else None
        else:
            out = _written(passage, deletes)
        effort = passage.leaps * (self._size + passage.blocks) + passage.blocks * CHAIN_EFFORT
        trimmed = passage.trimmed or clipped
        return Admitted(out, trimmed, passage.reached, effort, passage.pairs, passage.places.found)

    def still_admits(self, admitted: Admitted) -> bool:
        """Whether what was decided a while ago may be applied: what came meanwhile may not stand beside it, if it is of
        the same client, or the first in the same root.
        """
        return admitted.ground.follows(self._known)

    def applied(self, admitted: Admitted) -> None:
        """The engine took what was admitted."""
        clocks = self.clocks
        for client, clock in admitted.clocks.items():
            known = clocks.get(client, 0)
            if clock > known:
                clocks[client] = clock
                self._size += clock - known
        for client, offsets in admitted.pairs.items():
            self._known.pairs.setdefault(client, set()).update(offsets)
        self._known.ground.merge(admitted.ground)

    def saw(self, update: bytes) -> Admitted:
        """The server itself wrote this into the document; answers and raises as `admit`."""
        admitted = self.admit(update)
        self.applied(admitted)
        return admitted

    def reset(self, state_vector: bytes) -> None:
        """Take the clocks from the engine again, after an apply that failed half-way."""
        self._known.clocks = read_state_vector(state_vector)
        self._size = sum(self.clocks.values())
        self._known.ground = Ground()
        self.unseen = bool(self.clocks)


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


def _known_deletes(walked: Walk, passage: Passage) -> tuple[list[tuple[int, list[Range]]], bool]:
    """The deletes of what the room has or is about to have, sorted and merged, and whether that is less than all.

    An engine would keep the others as pending for ever; overlapping ones cost it the product of both. What is garbage
    here is deleted, too: whoever sent it may have it yet.
    """
    known: dict[int, list[Range]] = {}
    clipped = False
    for client, ranges in walked.deletes:
        limit = passage.clock(client)
        for clock, end in ranges:
            if end > limit:
                clipped, end = True, limit
            if clock < end and not passage.cuts(client, (clock, end)):
                known.setdefault(client, []).append((clock, end))
    for client, lost in passage.lost.items():
        known.setdefault(client, []).extend(lost.values())
    if passage.lost or not walked.tidy:
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


def _written(passage: Passage, deletes: list[tuple[int, list[Range]]]) -> bytes | None:
    """The update anew with what was taken; nothing if that is nothing."""
    sections = [passage.written(client) for client, (first, stop) in passage.taken.items() if first < stop]
    if not sections and not deletes:
        return None
    out = [write_varint(len(sections)), *sections, write_varint(len(deletes))]
    for client, ranges in deletes:
        out += [write_varint(client), write_varint(len(ranges))]
        out += [write_varint(clock) + write_varint(end - clock) for clock, end in ranges]
    return b"".join(out)
