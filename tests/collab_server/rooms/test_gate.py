"""A room takes only what it is ready for, and nothing that lies nowhere (GUARD-10 to GUARD-19)."""

import asyncio
import errno
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import anyio
import pytest
from pycrdt import Doc, Text

from collab_server.rooms.gate import Admitted, Gate, read_state_vector
from collab_server.rooms.walker import Malformed, walk
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES, TookTooLong, Undecided, WalkerPool
from tests.collab_server.rooms.conftest import eventually
from tests.collab_server.rooms.storage import SlowChildren
from tests.convergence import hostile
from tests.convergence.mutations import HonestPeer
from tests.convergence.wire import ANY_TRUE, item, section, string, update
from tests.steps import steps


@pytest.fixture
def gate() -> Gate:
    """A gate whose room holds `hostile.base()`."""
    gate = Gate()
    gate.saw(hostile.base())
    return gate


@pytest.fixture
async def pool() -> AsyncIterator[WalkerPool]:
    async with WalkerPool(size=1) as pool:
        yield pool


@pytest.mark.parametrize("name", hostile.LOOSE)
def test_nothing_is_kept_that_waits_for_ever(gate: Gate, name: str) -> None:
    """GUARD-11: an update of which nothing is ready leaves nothing, and says that it was trimmed."""
    admitted = gate.admit(hostile.LOOSE[name]())

    assert (admitted.update, admitted.trimmed, admitted.clocks) == (None, True, {})


@pytest.mark.parametrize("name", hostile.CROOKED)
def test_an_edit_that_cuts_a_character_in_two_is_refused(gate: Gate, name: str) -> None:
    """GUARD-16: yrs would write an empty block for it, and every joiner would stall."""
    with pytest.raises(Malformed):
        gate.admit(hostile.CROOKED[name]())


def test_the_ready_part_of_an_update_is_taken_and_the_rest_comes_again(gate: Gate) -> None:
    """GUARD-11: what depends on a lost block waits with the peer, and is taken when it sends all it has."""
    lost = string("lost", origin=(hostile.BASE_CLIENT, 3))
    known = section(7, 0, string("known", origin=(hostile.BASE_CLIENT, 3)))
    loose = section(6, 4, string("loose", origin=(6, 3)))

    first = gate.admit(update(known, loose))
    assert (first.update, first.trimmed, first.clocks) == (update(known), True, {7: 5})
    gate.applied(first)

    again = gate.admit(update(section(6, 0, lost, string("loose", origin=(6, 3)))))
    assert not again.trimmed
    gate.applied(again)
    assert (gate.clocks[6], gate.clocks[7]) == (9, 5)


def test_blocks_that_the_room_has_are_left_out() -> None:
    """GUARD-12: a step 2 that repeats what is known brings only what is new, with its offset."""
    gate = Gate()
    gate.saw(update(section(1, 0, string("ab"))))

    admitted = gate.admit(update(section(1, 0, string("ab"), string("c", origin=(1, 1)))))

    assert admitted.update == update(section(1, 2, string("c", origin=(1, 1))))
    assert not admitted.trimmed
    assert gate.admit(update(section(1, 0, string("ab")))).update is None


def test_clients_of_one_update_may_depend_on_each_other_in_any_order() -> None:
    """GUARD-10: causal order is found whatever the order of the sections, and however often it changes sides."""
    length = 3000
    ones = [string("a")] + [string("a", origin=(2, at)) for at in range(length)]
    twos = [string("b", origin=(1, at)) for at in range(length)]
    entwined = update(section(2, 0, *twos), section(1, 0, *ones))

    assert Gate().admit(entwined).clocks == {1: length + 1, 2: length}
    assert steps(lambda: Gate().admit(entwined)) < 400 * length  # 357 when this was written


def test_a_skip_over_what_is_known_is_passed_over_and_never_reaches_the_engine() -> None:
    """GUARD-12: skips are how engines write holes; behind the gate there are none."""
    gate = Gate()
    gate.saw(update(section(1, 0, string("abc"))))

    admitted = gate.admit(update(section(1, 0, b"\x0a\3", string("d", origin=(1, 2)))))

    assert admitted.update == update(section(1, 3, string("d", origin=(1, 2))))


def test_deletes_are_kept_to_what_is_there_and_put_in_order(gate: Gate) -> None:
    """GUARD-13: unknown clocks are clipped, which counts as trimmed; overlaps are merged, which does not."""
    clipped = gate.admit(update(deletes=[(hostile.BASE_CLIENT, [(20, 100)]), (77, [(0, 1)])]))
    assert (clipped.update, clipped.trimmed) == (update(deletes=[(hostile.BASE_CLIENT, [(20, 5)])]), True)

    merged = gate.admit(update(deletes=[(hostile.BASE_CLIENT, [(8, 4), (5, 4), (9, 0)])]))
    assert (merged.update, merged.trimmed) == (update(deletes=[(hostile.BASE_CLIENT, [(5, 7)])]), False)

    many = gate.admit(hostile.overlapping_deletes())
    assert many.update == update(deletes=[(hostile.BASE_CLIENT, [(4, 20)])])


def test_what_is_attached_to_garbage_is_garbage() -> None:
    """GUARD-15: yjs makes it that, yrs not always; so the gate writes it as that for everyone, and as deleted, since
    whoever sent it may have it yet.
    """
    gate = Gate()
    gate.saw(update(section(1, 0, b"\0\3")))

    child = gate.admit(update(section(2, 0, item(8, ANY_TRUE, parent=(1, 1), key="k"), string("x", origin=(1, 0)))))
    assert child.update == update(section(2, 0, b"\0\1", b"\0\1"), deletes=[(2, [(0, 2)])])

    rest = gate.admit(update(section(1, 0, string("abcdef"))))
    assert rest.update == update(section(1, 3, b"\0\3"), deletes=[(1, [(3, 3)])])


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param([string("x", origin=(5, 0), right=(8, 0))], id="between two texts"),
        pytest.param([item(8, ANY_TRUE, parent=(5, 0), key="k")], id="inside a character"),
        pytest.param([item(8, ANY_TRUE, parent=(5, 4))], id="in a map, without a key"),
        pytest.param([item(8, ANY_TRUE, right=(5, 5))], id="before a value of a key"),
        pytest.param([item(8, b"\2\x78\x78", parent=(5, 4), key="k")], id="two values under one key"),
        pytest.param([string("x", origin=(5, 5))], id="a text under a key"),
        pytest.param([item(8, ANY_TRUE, origin=(5, 3))], id="a value in a text"),
        pytest.param([string("x", origin=(5, 3), right=(5, 0))], id="the wrong way round"),
        pytest.param([string("x", right=(5, 3))], id="first, but in the middle"),
        pytest.param([string("x", origin=(5, 0), right=(5, 3))], id="between two that are no neighbours"),
    ],
)
def test_a_block_that_can_lie_nowhere_is_refused(gate: Gate, blocks: list[bytes]) -> None:
    """GUARD-14: yrs believes such neighbours: it miscounts the list, fails half-way, or parts from other replicas."""
    gate.saw(update(section(8, 0, string("other", parent="other"))))

    with pytest.raises(Malformed):
        gate.admit(update(section(9, 0, *blocks)))


def test_what_was_refused_has_changed_nothing(gate: Gate) -> None:
    """GUARD-6: the good blocks of a bad update don't count either."""
    with pytest.raises(Malformed):
        gate.admit(update(section(6, 0, string("good"), string("bad", origin=(5, 1)))))

    assert gate.clocks == {5: 25}
    assert gate.admit(update(section(6, 0, string("other")))).clocks == {6: 5}


@pytest.mark.parametrize("blocks", [4_000, 40_000])
def test_time_grows_with_the_bytes_and_no_faster(blocks: int) -> None:
    """GUARD-7: the smallest blocks there are, each behind the one before."""
    chain = update(section(1, 0, string("a"), *(string("b", origin=(1, at)) for at in range(blocks))))

    assert steps(lambda: Gate().admit(chain)) < 180 * blocks  # 156 when this was written


def test_a_gate_that_has_not_seen_the_document_trusts_its_clocks_until_it_has() -> None:
    """GUARD-18: what is not known is not refused; after `learn` the same edit is."""
    doc: Doc[Any] = Doc()
    doc.apply_update(hostile.base())
    gate = Gate(doc.get_state())
    crooked = hostile.CROOKED["a delete of the second half"]()

    assert gate.unseen
    assert gate.admit(crooked).update == crooked

    gate.learn(gate.blank().admit(doc.get_update()))
    assert not gate.unseen
    with pytest.raises(Malformed):
        gate.admit(crooked)


def test_a_reset_gate_has_the_clocks_of_the_engine(gate: Gate) -> None:
    """GUARD-17: after an apply that failed, what was admitted does not count."""
    admitted = gate.admit(update(section(6, 0, string("x"))))
    gate.applied(admitted)
    gate.reset(b"\1\5\x19")

    assert gate.clocks == {5: 25}
    assert gate.admit(update(section(6, 0, string("x")))).clocks == {6: 1}


def test_state_vectors_are_read_strictly() -> None:
    """GUARD-2: counts are bounded by the bytes, and nothing is left over."""
    assert read_state_vector(b"\2\5\7\6\x80\1") == {5: 7, 6: 128}
    for wrong in (hostile.huge_state_vector(), b"", b"\1\5", b"\1\5\1\0", b"\2\5\1\5\1"):
        with pytest.raises(Malformed):
            read_state_vector(wrong)


async def test_a_large_update_is_walked_in_a_child(pool: WalkerPool) -> None:
    """GUARD-8: the answer is that of the gate, good or bad."""
    gate = Gate()
    large = update(section(1, 0, *(item(8, ANY_TRUE, key=f"key{at}") for at in range(8000))))
    assert len(large) > INLINE_WALK_BYTES

    admitted = await pool.admit(gate, large)

    assert (admitted.update, admitted.clocks) == (large, {1: 8000})
    with pytest.raises(Malformed, match="after the end"):
        await pool.admit(gate, large + b"\0")


async def test_an_update_that_keeps_the_engine_busy_is_tried_on_a_copy_and_refused() -> None:
    """GUARD-8: joining a long chain of characters takes yrs many seconds; no room waits for that."""
    doc: Doc[Any] = Doc()
    chain = update(section(1, 0, string("a"), *(string("b", origin=(1, at)) for at in range(60_000))))

    async with WalkerPool(size=1, try_cpu=timedelta(milliseconds=200)) as pool:
        with pytest.raises(Malformed, match="too long"):
            await pool.admit(Gate(), chain, doc.get_update)
        honest = update(section(1, 0, string("c" * INLINE_WALK_BYTES)))
        assert (await pool.admit(Gate(), honest, doc.get_update)).update == honest


async def test_a_child_that_takes_too_long_is_replaced() -> None:
    """GUARD-8: the deadline holds for every update, and the next one finds a child."""
    large = update(section(1, 0, string("c" * INLINE_WALK_BYTES)))

    async with WalkerPool(size=1, deadline=timedelta(0), deadline_for_a_mb=timedelta(0)) as pool:
        for _ in range(2):
            with pytest.raises(TookTooLong):
                await pool.admit(Gate(), large)


async def test_a_child_that_cant_be_started_refuses_nothing(pool: WalkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """GUARD-8: the machine has no place for one more process, or for its pipes."""

    async def full(*_args: Any, **_options: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    large = update(section(1, 0, string("c" * INLINE_WALK_BYTES)))
    with monkeypatch.context() as patch:
        patch.setattr(anyio, "open_process", full)
        with pytest.raises(Undecided, match="Too many open files"):
            await pool.admit(Gate(), large)
    assert (await pool.admit(Gate(), large)).update == large


async def test_a_child_that_somebody_else_ended_refuses_nothing(pool: WalkerPool) -> None:
    """GUARD-8: a kernel without memory does that, to one that is idle too."""
    large = update(section(1, 0, string("c" * INLINE_WALK_BYTES)))
    asked = asyncio.create_task(pool.admit(Gate(), large, Doc[Any]().get_update))
    await eventually(lambda: pool._busy)
    next(iter(pool._busy))._process.kill()
    with pytest.raises(Undecided):
        await asked
    await pool.admit(Gate(), large)
    pool._idle[0]._process.kill()
    await pool._idle[0]._process.wait()
    assert (await pool.admit(Gate(), large)).update == large


async def looked_at_while(came: bytes, large: bytes) -> Admitted:
    """What becomes of a large update of which a child had its say before another came."""
    gate = Gate()
    async with SlowChildren() as pool:
        asked = asyncio.create_task(pool.admit(gate, large, Doc[Any]().get_update))
        await pool.asked.wait()
        gate.saw(came)
        pool.go.set()
        return await asked


@pytest.mark.parametrize(
    "came",
    [
        pytest.param(update(section(2, 0, item(8, ANY_TRUE, parent="text"))), id="a value in the same root"),
        pytest.param(update(section(1, 0, item(8, ANY_TRUE, key="a"))), id="another block of the same client"),
    ],
)
async def test_what_came_while_a_child_looked_at_an_update_counts(came: bytes) -> None:
    """GUARD-32: each would be taken without the other, and nobody could open a document with both."""
    with pytest.raises(Malformed):
        await looked_at_while(came, update(section(1, 0, string("c" * INLINE_WALK_BYTES))))


async def test_of_an_update_that_came_twice_at_once_the_second_is_nothing_new() -> None:
    """GUARD-32: as when somebody sends it again over a new connection while a child still looks at it."""
    large = update(section(1, 0, string("c" * INLINE_WALK_BYTES)))
    admitted = await looked_at_while(large, large)
    assert admitted.update is None and not admitted.trimmed


async def test_a_document_is_looked_at_before_its_first_edit(pool: WalkerPool) -> None:
    """GUARD-18: the pool has the gate learn a loaded document, a small one at once and a large one when it matters."""
    doc: Doc[Any] = Doc()
    doc.apply_update(hostile.base())
    small = await pool.open_gate(doc.get_update(), doc.get_state())
    assert not small.unseen

    doc.get("long", type=Text).insert(0, "x" * INLINE_WALK_BYTES)
    large = await pool.open_gate(doc.get_update(), doc.get_state())
    assert large.unseen
    with pytest.raises(Malformed):
        await pool.admit(large, hostile.CROOKED["a delete of the first half"](), doc.get_update)


async def test_a_document_is_checked_before_it_is_stored(pool: WalkerPool) -> None:
    """GUARD-19: a state that refers to what it does not have is no state."""
    peer = HonestPeer(random.Random(1))
    for _ in range(30):
        peer.edit()

    assert (await pool.check(peer.doc.get_update())).update == peer.doc.get_update()
    with pytest.raises(Malformed):
        await pool.check(hostile.LOOSE["a text after a gap"]())
    walk(peer.doc.get_update())
