"""What a room does by itself, while the machine has no process left for it, or something else fails: ROOM-31."""

import errno

import pytest
from pycrdt import Doc

from collab_server.fanout.port import Edited, Shown
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES, Undecided
from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode
from flowroom.run_document import RunDocument, writer_id
from flowroom.runs import RunView
from tests.collab_server.rooms.cluster import cluster
from tests.collab_server.rooms.conftest import GRAPH, eventually, serve
from tests.collab_server.rooms.storage import BusyPool, FailingDocuments
from tests.collab_server.rooms.test_runs_and_threads import RUN, finished, going

RUN_KEY = DocumentKey("run", "r")
NO_FILES = OSError(errno.EMFILE, "Too many open files")
NEVER = 1000.0


async def test_a_room_follows_other_workers_after_whatever_failed() -> None:
    """ROOM-31, FAN-4"""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        here.room(1).pool = BusyPool(NO_FILES, Undecided("no process"), RuntimeError("a defect"))
        await one.saved(await one.edit("x", "y" * INLINE_WALK_BYTES))
        await two.shows("x", "y" * INLINE_WALK_BYTES)
        await one.saved(await one.edit("z", 1))
        await two.shows("z", 1)


async def test_a_message_that_makes_no_sense_costs_nothing_but_itself() -> None:
    """ROOM-31"""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        here.room(1).following.hear(Edited("w", GRAPH, 1, 7, None, b""))  # type: ignore[arg-type]
        await one.saved(await one.edit("x", 1))
        await two.shows("x", 1)


async def test_a_message_of_entries_that_no_log_has_is_forgotten() -> None:
    """ROOM-31, FAN-5: SQL is not asked for them for good."""
    async with cluster(2, compare_seconds=NEVER) as here:
        one, two = [await worker.connect() for worker in here.workers]
        following, sequence = here.room(1).following, here.room(1).ledger.sequence
        following.hear(Edited("w", GRAPH, 1, 10**9, 10**9, b""))
        await eventually(lambda: sequence.newest == 10**9)
        await eventually(lambda: not sequence.is_behind)
        await one.saved(await one.edit("x", 1))
        await two.shows("x", 1)
        assert (sequence.seq, sequence.newest) == (1, 1)


async def test_a_run_is_followed_after_whatever_failed() -> None:
    """ROOM-31, FAN-12"""
    async with cluster(2, fill=going, compare_seconds=NEVER) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        watcher = await here.workers[1].connect(RUN, token="viewer")
        here.room(1, RUN_KEY).pool = BusyPool(NO_FILES, Undecided("no process"), RuntimeError("a defect"))
        await engine.saved(await engine.edit("x", "y" * INLINE_WALK_BYTES))
        await watcher.shows("x", "y" * INLINE_WALK_BYTES)
        await engine.saved(await engine.edit("z", 1))
        await watcher.shows("z", 1)


async def test_the_end_of_a_run_is_shown_though_it_could_not_be_looked_at_at_first() -> None:
    """ROOM-31, FAN-24"""
    view = await going(RUN_KEY)

    async def read(_key: DocumentKey) -> RunView:
        return view

    async with cluster(1, fill=read, compare_seconds=0.05) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        watcher = await here.workers[0].connect(RUN, token="viewer")
        shown = RunDocument(Doc(client_id=writer_id()))
        shown.write(view, [])
        engine.doc.apply_update(shown.doc.get_update())
        await engine.flush()
        await eventually(lambda: RunDocument(watcher.doc).status == "running")
        await engine.close()
        here.room(0, RUN_KEY).pool = BusyPool(Undecided("no process"), Undecided("no process"))
        view = await finished(RUN_KEY)
        await eventually(lambda: RunDocument(watcher.doc).view() == view)


async def test_a_malformed_word_of_a_run_is_not_taken_twice() -> None:
    """ROOM-31: what fails for another reason than that it can't be looked at is not heard again."""
    async with cluster(2, fill=going, compare_seconds=NEVER) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        watcher = await here.workers[1].connect(RUN, token="viewer")
        here.room(1, RUN_KEY).following.hear(Shown("w", RUN_KEY, 1, None))  # type: ignore[arg-type]
        await engine.saved(await engine.edit("x", 1))
        await watcher.shows("x", 1)


async def test_a_room_that_can_t_say_who_is_in_it_silences_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROOM-31"""

    def fails() -> None:
        raise RuntimeError("a defect")

    async with cluster(1, fill=going, compare_seconds=0.02) as here:
        await here.workers[0].connect()
        await here.workers[0].connect(RUN, token="engine")
        said: list[None] = []
        monkeypatch.setattr(here.room(0).crowd, "beat", fails)
        monkeypatch.setattr(here.room(0, RUN_KEY).crowd, "beat", lambda: said.append(None))
        await eventually(lambda: len(said) >= 2)


async def test_snapshots_are_made_after_whatever_failed() -> None:
    """ROOM-31, ROOM-18"""
    documents = FailingDocuments()
    async with serve(documents, snapshot_rows=1) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        await eventually(lambda: documents.documents[GRAPH].stored.snapshot is not None)
        server.rooms.rooms[GRAPH.name].pool = pool = BusyPool(NO_FILES)
        await one.saved(await one.edit("y", 2))
        await eventually(lambda: not pool.errors)
        await one.saved(await one.edit("z", 3))
        await eventually(lambda: documents.documents[GRAPH].stored.snapshot_seq == 3)


async def test_a_room_that_could_not_be_put_away_is_put_away_later() -> None:
    """ROOM-31, ROOM-17"""
    async with serve(evict_seconds=0.05) as server:
        one = await server.connect()
        await one.saved(await one.edit("x", 1))
        server.rooms.rooms[GRAPH.name].pool = pool = BusyPool(NO_FILES)
        await one.close()
        await eventually(lambda: not server.rooms.rooms)
        assert not pool.errors


async def test_a_peer_whose_large_edit_can_t_be_looked_at_keeps_it_and_tries_again() -> None:
    """GUARD-8: it is not closed as one that sends what is malformed."""
    async with serve() as server:
        one = await server.connect()
        server.rooms.rooms[GRAPH.name].pool = BusyPool(Undecided("no process"))
        await one.edit("x", "y" * INLINE_WALK_BYTES)
        assert await one.closed() == CloseCode.TRY_LATER
        again = await server.connect()
        again.doc.apply_update(one.doc.get_update())
        update = again.sent[-1]
        await again.flush()
        await again.saved(update)
