"""Making a document of what is on disk: a state, and the entries of the log after it, each through the gate again.

Two workers may each let in one of two edits that can't both be, as a text and a list under one name. In the order of
the log the later one comes too late, wherever it is read: what of it can't lie where it says is taken as garbage, and
as deleted. So every worker makes the same of it, the clocks go on counting for whoever made it, and whoever holds it
lets go of it with the next that they are told. Everything else in that entry, and what came after it, stands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from pycrdt import Doc

from collab_server.rooms.crdt import engine_calls
from collab_server.rooms.frames import EMPTY_UPDATE
from collab_server.rooms.gate import Admitted, Gate
from collab_server.rooms.gate_places import Misplaced
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.rooms.yielding import Stretch

LeftOut = Callable[[int, Misplaced], Awaitable[None]]
"""Told of the entry at a place in the log of which not everything can be, while it is there as it was."""


async def replay(
    doc: Doc[Any], base: bytes, tail: list[bytes], pool: WalkerPool, *, wary: bool, left_out: LeftOut
) -> Gate:
    """Fill a new document, and give its gate. The entries become what was taken of them. A `wary` one looks at a large
    state before, too, and not when the first edit comes: its log is known to have what can't be.
    """
    with engine_calls():
        doc.apply_update(base)
        gate = await pool.open_gate(base, doc.get_state(), at_once=wary)
    ready: list[bytes] = []
    stretch = Stretch()
    # The very list and no copy: what is followed meanwhile is replayed too, or the new document would lack it.
    for place, update in enumerate(tail):
        try:
            admitted = await pool.admit(gate, update)
        except Misplaced as error:
            await left_out(place, error)
            admitted = await admit_what_can_be(gate, update)
        gate.applied(admitted)
        tail[place] = admitted.update or EMPTY_UPDATE
        if admitted.update is not None:
            ready.append(admitted.update)
        await stretch.pause()  # a long log takes a second: other rooms go on meanwhile
    with engine_calls(), doc.transaction():
        for update in ready:
            doc.apply_update(update)
    return gate


async def admit_what_can_be(gate: Gate, update: bytes) -> Admitted:
    """Of an entry of which not everything can be. Nobody else may use the gate meanwhile."""
    return await asyncio.to_thread(partial(gate.admit, update, any_roots=True, forgiving=True))
