"""Rooms of one document on several workers: each follows what the others write to its log (FAN-4 to FAN-12)."""

import asyncio
import random
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pytest
from pycrdt import Text

from collab_server.fanout.port import Edited, Snapshotted
from collab_server.rooms import following as followings
from collab_server.rooms import frames
from collab_server.rooms.sequence import Sequence
from collab_server.stores.documents import DocumentKey, Entry, MemoryDocuments, Position, Stored, Summary
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.cluster import cluster
from tests.collab_server.rooms.conftest import GRAPH, Client, eventually
from tests.collab_server.rooms.storage import FailingDocuments, HeldDocuments
from tests.convergence.wire import ANY_TRUE, item, section, string, update

NEVER = 3600.0
"""An interval that no test waits for."""


def holds(client: Client, expected: Mapping[str, object]) -> Callable[[], bool]:
    return lambda: client.map.to_py() == expected


async def test_an_edit_at_one_worker_reaches_peers_of_every_other() -> None:
    """FAN-4"""
    async with cluster(3) as here:
        one, two, three = [await worker.connect() for worker in here.workers]
        await one.saved(await one.edit("x", 1))
        await two.shows("x", 1)
        await three.saved(await three.edit("y", 2))
        for client in (one, two, three):
            await eventually(holds(client, {"x": 1, "y": 2}))


async def test_edits_of_others_are_not_stored_again() -> None:
    """FAN-4"""
    documents = MemoryDocuments()
    async with cluster(2, documents=documents) as here:
        one, two = [await worker.connect() for worker in here.workers]
        await one.edit("x", 1)
        await two.shows("x", 1)
        assert len((await documents.load(GRAPH)).tail) == 1


async def test_workers_that_edit_at_the_same_time_agree() -> None:
    """FAN-4"""
    async with cluster(3) as here:
        clients = [await worker.connect() for worker in here.workers for _ in range(2)]
        for turn in range(30):
            for at, client in enumerate(clients):
                await client.edit(f"{at}-{turn}", turn)
        expected = {f"{at}-{turn}": turn for at in range(6) for turn in range(30)}
        for client in clients:
            await eventually(holds(client, expected))
        rows = len((await here.documents.load(GRAPH)).tail)
        await eventually(lambda: [here.room(at).ledger.sequence.seq for at in range(3)] == [rows] * 3)


async def test_what_the_bus_lost_is_read_from_sql_when_the_next_edit_shows_the_gap() -> None:
    """FAN-5"""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        await one.saved(await one.edit("before", 1))
        await two.shows("before", 1)
        here.bus.cut()
        await one.saved(await one.edit("lost", 1))
        here.bus._cut = False  # mended without a word: nobody knows that something was missed
        await one.saved(await one.edit("next", 1))
        await two.shows("next", 1)
        await two.shows("lost", 1)


async def test_what_the_bus_lost_is_found_when_it_is_heard_again() -> None:
    """FAN-6"""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        here.bus.cut()
        await one.saved(await one.edit("lost", 1))
        assert "lost" not in two.map
        here.bus.mend()
        await two.shows("lost", 1)


async def test_without_a_bus_edits_come_late_but_come() -> None:
    """FAN-6: every `compare_seconds`."""
    async with cluster(2, compare_seconds=0.1) as here:
        one, two = [await worker.connect() for worker in here.workers]
        here.bus.cut()
        await one.saved(await one.edit("late", 1))
        await two.shows("late", 1)
        await two.saved(await two.edit("later", 2))
        await one.shows("later", 2)


async def test_an_edit_too_large_for_the_bus_is_read_from_sql() -> None:
    """FAN-5, ROOM-28"""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        heard: list[object] = []
        with here.workers[1].rooms.fanout.listen(heard.append, lambda keys: None):
            await one.saved(await one.edit("large", "x" * 300_000))
            await two.shows("large", "x" * 300_000)
        assert [message.update for message in heard if isinstance(message, Edited)] == [None]


async def test_a_worker_far_behind_reads_the_snapshot_that_took_the_place_of_the_log() -> None:
    """FAN-5"""
    async with cluster(2, compare_seconds=NEVER, snapshot_rows=10) as here:
        one, two = [await worker.connect() for worker in here.workers]
        await two.saved(await two.edit("mine", 0))
        here.bus.cut()
        for turn in range(25):
            await one.saved(await one.edit(f"k{turn}", turn))
        await here.room(0).upkeep.snapshot()
        assert not (await here.documents.load(GRAPH)).tail
        here.bus.mend()
        await two.shows("k24", 24)
        expected = {"mine": 0} | {f"k{turn}": turn for turn in range(25)}
        assert two.map.to_py() == expected
        joiner = await here.workers[1].connect()
        assert joiner.map.to_py() == expected
        assert here.room(1).ledger.committed().get("m", type=type(two.map)).to_py() == expected


async def test_a_joiner_during_a_commit_misses_nothing_that_another_worker_writes() -> None:
    """FAN-7: its state is taken before the other edit comes, and given after it."""
    held = HeldDocuments()
    async with cluster(2, documents=held, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        held.go.clear()
        await two.edit("mine", 1)
        await eventually(lambda: held.held == 1)
        joiner = await here.workers[1].connect(sync=False)
        await eventually(lambda: len(here.room(1).clients) == 2)
        await joiner.socket.send(frames.step1(joiner.doc.get_state()))
        await eventually(lambda: any(batch.answers for batch in here.room(1).committer.unsettled()))
        other = here.workers[0].rooms.rooms[GRAPH.name]
        append = MemoryDocuments.append(held, GRAPH, 1, [Entry(await one.edit("theirs", 2))])
        last = await append
        here.room(1).following.hear(Edited("x", GRAPH, 1, last, last, one.doc.get_update()))
        await two.shows("theirs", 2)
        held.go.set()
        await joiner.shows("theirs", 2)
        await joiner.shows("mine", 1)
        assert other.is_live


async def test_a_room_whose_own_edits_cant_be_stored_shows_those_of_others() -> None:
    """FAN-7, ROOM-14: a joiner gets both what is on disk here and what others have put there."""
    documents = FailingDocuments()
    async with cluster(2, documents=documents, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        documents.failing = True
        await two.edit("mine", 1)
        await eventually(lambda: two.notices)
        update = await one.edit("theirs", 2)
        last = await MemoryDocuments.append(documents, GRAPH, 1, [Entry(update)])
        here.room(1).following.hear(Edited("x", GRAPH, 1, last, last, update))
        await two.shows("theirs", 2)
        joiner = await here.workers[1].connect()
        assert joiner.map.to_py() == {"theirs": 2}
        documents.failing = False
        await joiner.shows("mine", 1)


async def test_lists_show_what_another_worker_s_peers_did_though_it_died_before_it_said_so() -> None:
    """FAN-4, ROOM-20"""
    documents = MemoryDocuments()
    async with cluster(2, documents=documents) as here:
        for worker in here.workers:
            await worker.connect()
        async with here.workers[0].rooms.opened(GRAPH) as room:
            await room.edit(lambda graph: graph.set_meta(title="Renamed"), by=None, origin="rest", listed=False)
        documents.documents[GRAPH].summary = Summary()
        await eventually(lambda: documents.documents[GRAPH].summary.title == "Renamed")


async def test_only_the_worker_whose_edits_made_it_due_takes_a_snapshot() -> None:
    """FAN-8"""
    async with cluster(2, snapshot_rows=20) as here:
        one, two = [await worker.connect() for worker in here.workers]
        heard: list[object] = []
        with here.workers[0].rooms.fanout.listen(heard.append, lambda keys: None):
            for turn in range(45):
                await one.saved(await one.edit(f"k{turn}", turn))
            await two.shows("k44", 44)
            await eventually(lambda: any(isinstance(message, Snapshotted) for message in heard))
        makers = {message.worker for message in heard if isinstance(message, Snapshotted)}
        assert makers == {here.workers[0].rooms.worker}


async def test_a_snapshot_waits_until_all_that_is_in_it_is_in_the_log() -> None:
    """FAN-8: else another worker could load it, and build on an edit that no log has."""
    held = HeldDocuments()
    async with cluster(1, documents=held) as here:
        one = await here.workers[0].connect()
        await one.saved(await one.edit("x", 1))
        held.go.clear()
        await one.edit("y", 2)
        await eventually(lambda: held.held)
        making = asyncio.create_task(here.room(0).upkeep.snapshot())
        await eventually(lambda: here.room(0).committer.batch.waiters)
        assert (await held.load(GRAPH)).snapshot is None
        held.go.set()
        await making
        assert (await held.load(GRAPH)).snapshot is not None


async def test_a_restored_document_ends_its_rooms_everywhere() -> None:
    """FAN-9"""
    documents = MemoryDocuments()
    async with cluster(2, documents=documents) as here:
        clients = [await worker.connect() for worker in here.workers]
        found = documents.documents[GRAPH]
        found.stored = replace(found.stored, epoch=2)
        here.workers[0].rooms.restored(GRAPH, 2)
        assert [await client.closed() for client in clients] == [CloseCode.EPOCH_CHANGED] * 2


async def test_a_document_restored_or_deleted_behind_the_server_s_back_is_noticed() -> None:
    """FAN-9: by comparing with SQL."""
    documents = MemoryDocuments()
    other = DocumentKey("graph", "h")
    await documents.create(other)
    async with cluster(1, documents=documents, compare_seconds=0.05) as here:
        one, two = await here.workers[0].connect(), await here.workers[0].connect("/sync/graphs/h")
        found = documents.documents[GRAPH]
        found.stored = replace(found.stored, epoch=2)
        documents.documents[other].deleted = True
        assert await one.closed() == CloseCode.EPOCH_CHANGED
        assert await two.closed() == CloseCode.NO_SUCH_DOCUMENT


async def test_a_log_that_does_not_fit_has_the_room_loaded_again() -> None:
    """FAN-5: an entry that depends on what the room has not can't be; its peers stay."""
    documents = MemoryDocuments()
    async with cluster(1, documents=documents, compare_seconds=NEVER) as here:
        one = await here.workers[0].connect()
        await one.saved(await one.edit("x", 1))
        stranger = await here.workers[0].connect()
        stranger.map["a"] = stranger.map["b"] = 1
        first, second = stranger.sent
        last = await documents.append(GRAPH, 1, [Entry(first), Entry(second)])
        here.room(0).following.hear(Edited("w", GRAPH, 1, last - 1, last - 1, second))
        await one.shows("a", 1)
        await one.shows("b", 1)
        assert here.room(0).is_live


async def test_of_two_edits_that_cant_both_be_the_later_one_is_left_out_everywhere() -> None:
    """ROOM-35: each worker took one before it heard of the other, and nobody is kept out for that."""
    documents = MemoryDocuments()
    async with cluster(2, documents=documents, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        text = update(section(7, 0, string("abc", parent="root")))
        value = update(section(8, 0, item(8, ANY_TRUE, parent="root")))
        here.bus.cut()
        for client, told in ((one, text), (two, value)):
            await client.socket.send(frames.update(told))
            await client.saved(told)
        here.bus.mend()
        rooms = [here.room(at) for at in range(2)]
        clocks = {7: 3, 8: 1}
        await eventually(lambda: all(room.is_live and room.document.gate.clocks == clocks for room in rooms))
        for room in rooms:
            assert room.document.doc.get("root", type=Text).to_py() == "abc"
        for client, key in ((one, "x"), (two, "y")):
            await client.saved(await client.edit(key, 1))
        for worker in here.workers:
            await eventually(holds(await worker.connect(), {"x": 1, "y": 1}))
        assert [entry.update for _key, entry, _reason in documents.quarantined] == [value]
        await here.room(0).upkeep.snapshot()
        assert (await documents.load(GRAPH)).snapshot_seq == 4


def test_a_room_has_everything_up_to_a_number_and_its_own_ahead_of_that() -> None:
    """FAN-5: in whatever order entries come, what is contiguous is what is here without a gap."""
    for seed in range(200):
        dice = random.Random(seed)
        sequence, here, at = Sequence(), set[int](), 0
        pieces: list[tuple[int, int]] = []
        while at < 30:
            size = dice.randint(1, 4)
            pieces.append((at + 1, at + size))
            at += size
        dice.shuffle(pieces)
        for first, last in pieces:
            sequence.take(first, last)
            here |= set(range(first, last + 1))
            expected = next(number for number in range(at + 2) if number + 1 not in here)
            assert (sequence.seq, sequence.newest) == (expected, max(here)), f"seed {seed}"
        assert not sequence.is_behind


async def test_what_is_told_of_an_older_epoch_is_passed_over() -> None:
    """FAN-9"""
    async with cluster(1) as here:
        one = await here.workers[0].connect()
        here.room(0).following.hear(Edited("w", GRAPH, 0, 1, 1, b"\0\0"))
        await one.saved(await one.edit("x", 1))
        assert here.room(0).ledger.sequence.seq == 1


class SlowlyRead(MemoryDocuments):
    """Storage that can't be read for a while."""

    unreadable = 0
    unaskable = False

    async def positions(self, keys: Collection[DocumentKey]) -> dict[DocumentKey, Position]:
        if self.unaskable:
            raise OSError("Input/output error")
        return await super().positions(keys)

    async def since(self, key: DocumentKey, epoch: int, seq: int) -> Stored:
        if self.unreadable:
            self.unreadable -= 1
            raise OSError("Input/output error")
        return await super().since(key, epoch, seq)


async def test_reading_what_is_missing_is_tried_until_it_works() -> None:
    """FAN-5"""
    documents = SlowlyRead()
    async with cluster(2, documents=documents, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        documents.unreadable = 3
        await one.edit("large", "x" * 300_000)
        await two.shows("large", "x" * 300_000)
        assert documents.unreadable == 0


async def test_what_is_heard_while_sql_can_not_be_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """FAN-5: a worker that is cut off from the database, and not from the bus, would keep all that others write."""
    monkeypatch.setattr(followings, "MAX_HEARD", 10, raising=False)
    documents = SlowlyRead()
    async with cluster(2, documents=documents, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        documents.unreadable = sys.maxsize
        await one.saved(await one.edit("large", "x" * 300_000))
        for number in range(40):
            await one.saved(await one.edit(f"{number}", number))
        following = here.room(1).following
        assert isinstance(following, followings.Following)
        assert len(following._heard) == 10
        documents.unreadable = 0
        await eventually(holds(two, one.map.to_py() or {}))


async def test_what_was_written_through_one_worker_is_read_through_another_at_once() -> None:
    """FAN-6: the server's own use of a room looks into SQL first, whether or not there is a bus."""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [worker.rooms for worker in here.workers]
        async with two.opened(GRAPH):
            here.bus.cut()
            async with one.opened(GRAPH) as room:
                await room.edit(lambda graph: graph.set_meta(title="Renamed"), by=None, origin="rest")
            async with two.opened(GRAPH) as room:
                assert (await room.graph()).meta.title == "Renamed"


async def test_a_room_that_cant_catch_up_is_shown_as_it_is() -> None:
    documents = SlowlyRead()
    async with cluster(2, documents=documents, compare_seconds=NEVER) as here:
        two = here.workers[1].rooms
        client = await here.workers[1].connect()
        documents.unaskable = True
        async with two.opened(GRAPH) as room:
            assert room.is_live
        documents.unaskable = False
        await here.room(1).following.until(7, seconds=0.01)
        await client.saved(await client.edit("x", 1))
