"""Small edits that come in one read are taken as one (ROOM-34, GUARD-31)."""

import random
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from collab_server.rooms import frames, guard
from collab_server.rooms.reading import MOST_TOGETHER, SMALL_BYTES, Reading
from collab_server.stores.documents import MemoryDocuments
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import GRAPH, Client, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments, PanickingDoc
from tests.convergence.mutations import HonestPeer
from tests.convergence.wire import ANY_TRUE, item, section, string, update


def portions_of(dice: random.Random, updates: list[bytes]) -> list[list[bytes]]:
    """The same updates in the same order, one to six at a time."""
    found = []
    while updates:
        count = dice.randint(1, 6)
        found.append(updates[:count])
        updates = updates[count:]
    return found


def contents(doc: Doc[Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """What an honest peer's document holds."""
    return (
        str(doc.get("text", type=Text)),
        doc.get("list", type=Array).to_py() or [],
        doc.get("nodes", type=Map).to_py() or {},
    )


@pytest.mark.parametrize("seed", range(30))
def test_edits_taken_together_leave_what_they_leave_one_by_one(seed: int) -> None:
    """GUARD-31: whatever honest edits they are, and wherever they are parted."""
    dice = random.Random(seed)
    peer, gate, doc = HonestPeer(dice), guard.Gate(), Doc[Any]()
    for _ in range(60):
        peer.edit()
    for portion in portions_of(dice, peer.updates):
        admitted = gate.admit(*portion)
        assert admitted.update is not None and not admitted.trimmed, f"seed {seed}"
        doc.apply_update(admitted.update)
        gate.applied(admitted)
    assert contents(doc) == contents(peer.doc), f"seed {seed}"
    assert gate.clocks == guard.read_state_vector(peer.doc.get_state())
    again = guard.Gate().admit(doc.get_update())
    assert again.clocks == gate.clocks and not again.trimmed


def test_edits_of_two_clients_and_what_they_delete_go_together() -> None:
    """GUARD-31: as when somebody hands on what others wrote."""
    gate = guard.Gate()
    gate.saw(update(section(1, 0, string("abc"))))
    admitted = gate.admit(
        update(section(1, 3, string("d", origin=(1, 2))), deletes=[(1, [(1, 1)])]),
        update(section(2, 0, string("x", origin=(1, 3)))),
        update(section(1, 4, string("e", origin=(1, 3), right=(2, 0))), deletes=[(1, [(0, 1)])]),
    )
    assert admitted.clocks == {1: 5, 2: 1} and not admitted.trimmed
    assert admitted.update is not None
    doc = Doc[Any]()
    text = doc.get("text", type=Text)
    doc.apply_update(update(section(1, 0, string("abc"))))
    doc.apply_update(admitted.update)
    assert str(text) == "cdex"


def test_edits_that_brought_nothing_new_are_nothing_together_either() -> None:
    """GUARD-31"""
    gate = guard.Gate()
    told = [update(section(1, at, string("a", origin=(1, at - 1) if at else None))) for at in range(3)]
    gate.saw(update(section(1, 0, string("aaa"))))
    assert gate.admit(*told).update is None


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([update(section(1, 0, string("a"))), update(section(1, 5, string("b")))], id="a gap"),
        pytest.param([update(section(1, 0, string("ab"))), update(section(1, 1, string("b")))], id="an overlap"),
        pytest.param(
            [update(section(1, 0, string("a"))), update(section(1, 1, string("b"))) + b"\0"], id="bytes after it"
        ),
        pytest.param([update(section(1, 0, string("a"))), update(section(1, 1, string("b")))[:-1]], id="a cut end"),
    ],
)
def test_edits_that_do_not_go_on_from_each_other_are_refused_together(told: list[bytes]) -> None:
    """GUARD-31"""
    with pytest.raises(guard.Malformed):
        guard.Gate().admit(*told)


def test_an_edit_that_needs_the_bytes_of_the_next_one_is_refused() -> None:
    """GUARD-31: each ends where it says, though what is read goes on."""
    whole = update(section(1, 0, item(8, ANY_TRUE, key="a"), item(8, ANY_TRUE, key="b")))
    for at in range(1, len(whole)):
        with pytest.raises(guard.Malformed):
            guard.Gate().admit(whole[:at], whole[at:])


def test_small_edits_that_follow_each_other_are_handed_on_together() -> None:
    """ROOM-34"""
    edit, presence, large = frames.update(b"\1\2"), b"\1\1\0", frames.update(b"x" * SMALL_BYTES)
    taken: list[list[bytes]] = []
    reading = Reading(lambda portion: taken.append(list(portion)), lambda _held: None)
    reading.came([edit, edit, presence, edit, large, edit, *[edit] * MOST_TOGETHER])
    assert taken == [[edit, edit, edit], [presence], [large], [edit] * MOST_TOGETHER, [edit]]


def test_presence_between_edits_keeps_them_from_nothing_and_its_own_order() -> None:
    """ROOM-34: as while somebody drags; what is neither goes before what comes after it."""
    edits = [frames.update(bytes([number])) for number in range(MOST_TOGETHER + 2)]
    first, second, third, question = b"\1\1\0", b"\1\1\1", b"\1\1\2", frames.step1(b"\0")
    taken: list[list[bytes]] = []
    reading = Reading(lambda portion: taken.append(list(portion)), lambda _held: None)
    reading.came([first, edits[0], second, edits[1], third, question, first, edits[2], second])
    assert taken == [[first], edits[:2], [second], [third], [question], [first], [edits[2]], [second]]
    taken.clear()
    reading.came([frame for edit in edits for frame in (edit, first)])
    assert taken == [edits[:-2], *[[first]] * MOST_TOGETHER, edits[-2:], [first], [first]]


async def send_at_once(client: Client, *updates: bytes) -> None:
    """Send edits so that one read brings them all."""
    protocol = client.socket.protocol
    for each in updates:
        protocol.send_binary(frames.update(each))
    client.socket.transport.write(b"".join(protocol.data_to_send()))


def made(client: Client, count: int, *, name: str = "key", padding: str = "") -> list[bytes]:
    """That many edits, which the client has not sent yet."""
    for number in range(count):
        client.map[f"{name}{number}"] = padding or number
    told, client.sent = client.sent, []
    return told


async def test_each_edit_of_a_read_is_echoed_and_the_log_has_fewer_rows() -> None:
    """ROOM-6, ROOM-34: the echo is the frame, byte for byte, and the others see all of them."""
    documents = MemoryDocuments()
    async with serve(documents) as server:
        one, other = await server.connect(), await server.connect()
        told = made(one, 12)
        await send_at_once(one, *told)
        for each in told:
            await one.saved(each)
        for number in range(12):
            await other.shows(f"key{number}", number)
        assert len((await documents.load(GRAPH)).tail) < 12
        joiner = await server.connect()
        assert dict(joiner.map) == {f"key{number}": number for number in range(12)}


async def test_one_bad_edit_in_a_read_spoils_only_what_comes_after_it() -> None:
    """ROOM-12, ROOM-34: the peer is closed, and what it sent before is taken."""
    async with serve() as server:
        one, other = await server.connect(), await server.connect()
        told = made(one, 6)
        await send_at_once(one, *told[:3], b"\1\1\1", *told[3:])
        assert await one.closed() == CloseCode.MALFORMED
        await other.shows("key2", 2)
        assert set(dict(other.map)) == {"key0", "key1", "key2"}


@pytest.mark.parametrize("limit", ["max_peer_messages_per_second", "max_room_messages_per_second"])
async def test_edits_of_a_read_over_the_limit_are_not_taken(limit: str) -> None:
    """ROOM-13, ROOM-34: those before it are."""
    limits: dict[str, Any] = {limit: 20, "rate_burst_seconds": 2}
    async with serve(**limits) as server:
        one, other = await server.connect(token="editor"), await server.connect(token="admin")
        await send_at_once(one, *made(one, 80))
        assert await one.closed() == CloseCode.RATE_LIMITED
        await other.shows("key3", 3)
        assert "key79" not in other.map


async def test_edits_of_a_read_that_have_no_room_are_not_taken_but_its_deletions_are() -> None:
    """OPS-8, ROOM-34: none is refused that would have been taken by itself."""
    async with serve(max_document_bytes=4_000, snapshot_rows=10_000) as server:
        one, other = await server.connect(), await server.connect()
        told = made(one, 9, padding="x" * 400)
        await send_at_once(one, *told)
        await one.saved(told[8])
        await other.shows("key8", "x" * 400)
        await send_at_once(one, *made(one, 4, name="more", padding="y" * 400))
        await eventually(lambda: any(b"full" in notice for notice in one.notices), "not told that it is full")
        for number in range(3):
            del one.map[f"key{number}"]
        await send_at_once(one, *one.sent)
        await eventually(lambda: "key2" not in other.map, "not deleted")
        assert set(dict(other.map)) >= {"key3", "key8"} and "more3" not in other.map


def naming(first: int, count: int) -> bytes:
    """An edit of client 7 that names as many root types."""
    return update(section(7, first, *(string("a", parent=f"n{first + at}") for at in range(count))))


async def test_edits_of_a_read_that_name_too_many_root_types_together_are_stored_apart() -> None:
    """GUARD-5, ROOM-34: else nobody could open the document again."""
    documents = MemoryDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        told = [naming(40 * number, 40) for number in range(8)]
        await send_at_once(one, *told)
        for each in told:
            await one.saved(each)
        for entry in (await documents.load(GRAPH)).tail:
            guard.check_update(entry.update)


async def test_a_gap_in_a_read_is_asked_for() -> None:
    """ROOM-7, ROOM-34: one edit did not arrive; what waited for it comes with the answer."""
    async with serve() as server:
        one, other = await server.connect(), await server.connect()
        told = made(one, 5)
        await send_at_once(one, told[0], *told[2:])
        for number in range(5):
            await other.shows(f"key{number}", number)


async def test_of_a_read_all_that_is_ready_is_echoed() -> None:
    """ROOM-7, ROOM-34: what waits for something else keeps nothing from being acknowledged."""
    stranger = Doc[Any](client_id=77)
    strange: list[bytes] = []
    subscription = stranger.observe(lambda event: strange.append(event.update))
    for number in range(2):
        stranger.get("a", type=Array).append(number)
    stranger.unobserve(subscription)
    async with serve() as server:
        one = await server.connect()
        ours = made(one, 2)
        await send_at_once(one, *ours, strange[1])
        for each in ours:
            await one.saved(each)
        assert strange[1] not in one.echoes


async def test_echoes_wait_for_a_full_socket_as_all_else_does() -> None:
    """ROOM-6, ROOM-8, ROOM-34"""
    async with serve() as server:
        one, other = await server.connect(), await server.connect()
        one.socket.transport.pause_reading()
        room, number = server.rooms.rooms[GRAPH.name], 0
        while not any(peer.is_slow for peer in room.clients):
            await other.saved(await other.edit(f"blob{number % 5}", f"{number}" + "x" * 50_000))
            number += 1
        told = made(one, 6)
        await send_at_once(one, *told)
        await other.shows("key5", 5)
        one.socket.transport.resume_reading()
        for each in told:
            await one.saved(each)


async def test_a_panic_at_edits_of_a_read_costs_only_their_peer() -> None:
    """ROOM-16, ROOM-34"""
    documents = FailingDocuments()
    async with serve(documents, make_doc=PanickingDoc) as server:
        one, other = await server.connect(), await server.connect()
        await send_at_once(one, *made(one, 2), *made(one, 1, name="bad", padding="panic!"))
        assert await one.closed() == CloseCode.MALFORMED
        await other.saved(await other.edit("z", 2))
        assert dict(other.map) == {"z": 2}
        assert [reason for _key, _entry, reason in documents.quarantined] == ["engine"]


async def test_whatever_fails_at_edits_of_a_read_costs_only_their_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROOM-4, ROOM-34: it is told why, and may try again."""
    monkeypatch.setattr("collab_server.rooms.gate.walk_together", lambda _updates: 1 / 0)
    async with serve() as server:
        one, other = await server.connect(), await server.connect()
        await send_at_once(one, *made(one, 3))
        assert await one.closed() == CloseCode.TRY_LATER
        await other.saved(await other.edit("z", 2))


async def test_a_viewer_s_edits_close_it_together_too() -> None:
    """ROOM-10, ROOM-34"""
    async with serve() as server:
        one, other = await server.connect(token="viewer"), await server.connect()
        await send_at_once(one, *made(one, 3))
        assert await one.closed() == CloseCode.NOT_ALLOWED
        assert not dict(other.map)
