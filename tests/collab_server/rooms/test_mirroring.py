"""The document of a run, which no log has, at several workers: all show what the engine writes at one of them."""

from typing import Any

import pytest
from pycrdt import Doc, Text

from collab_server.fanout.memory import MemoryFanout
from collab_server.fanout.port import Shown
from collab_server.rooms.crdt import merge
from collab_server.stores.documents import DocumentKey
from flowroom.run_document import RunDocument, writer_id
from flowroom.runs import RunView
from tests.collab_server.rooms.cluster import Cluster, cluster
from tests.collab_server.rooms.conftest import Client, eventually
from tests.collab_server.rooms.test_runs_and_threads import RUN, finished, going

KEY = DocumentKey("run", "r")


async def watchers(here: Cluster) -> list[Client]:
    return [await worker.connect(RUN, token="viewer") for worker in here.workers]


async def test_a_run_is_seen_at_every_worker_as_it_goes() -> None:
    """FAN-10"""
    async with cluster(3, fill=going) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        all_of_them = await watchers(here)
        await engine.saved(await engine.edit("x", 1))
        for watcher in all_of_them:
            await watcher.shows("x", 1)


async def test_a_worker_that_opens_a_run_gets_what_was_written_before() -> None:
    """FAN-11: before anyone is served."""
    async with cluster(2, fill=going) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        await engine.saved(await engine.edit("x", 1))
        late = await here.workers[1].connect(RUN, token="viewer")
        assert late.map.to_py() == {"x": 1}


async def test_what_the_bus_lost_of_a_run_is_asked_for() -> None:
    """FAN-12: when the next edit shows the gap, and when the count is repeated; deletions too."""
    async with cluster(2, fill=going, compare_seconds=0.1) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        _, watcher = await watchers(here)
        await engine.saved(await engine.edit("x", 1))
        await watcher.shows("x", 1)
        here.bus.cut()
        del engine.map["x"]
        deletion = engine.sent[-1]
        await engine.flush()
        await engine.saved(deletion)
        here.bus._cut = False  # mended without a word
        await watcher.shows("x", None)
        await engine.edit("y", 2)
        await watcher.shows("y", 2)


async def test_an_engine_whose_worker_died_hands_another_what_it_lacks() -> None:
    """FAN-11"""
    async with cluster(2, fill=going) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        watcher = await here.workers[1].connect(RUN, token="viewer")
        await engine.saved(await engine.edit("x", 1))
        await watcher.shows("x", 1)
        here.bus.cut()
        await engine.saved(await engine.edit("unheard", 2))
        await engine.close()
        again = await here.workers[1].connect(RUN, token="engine", sync=False)
        again.doc.apply_update(merge([engine.doc.get_update()]))
        await again.sync()
        await watcher.shows("unheard", 2)


async def test_an_engine_that_comes_back_when_its_worker_has_put_the_run_away_is_seen() -> None:
    """FAN-12: the worker counts anew then, and others have heard its numbers before."""
    async with cluster(2, fill=going, evict_seconds=0.05) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        watcher = await here.workers[1].connect(RUN, token="viewer")
        for number in range(5):
            await engine.saved(await engine.edit("x", number))
        await watcher.shows("x", 4)
        await engine.close()
        await eventually(lambda: KEY.name not in here.workers[0].rooms.rooms)
        again = await here.workers[0].connect(RUN, token="engine")
        await again.saved(await again.edit("x", "again"))
        await watcher.shows("x", "again")


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_run_whose_engine_died_before_it_showed_the_end_is_shown_as_over(workers: int) -> None:
    """FAN-24: the end is in the run log, and nobody is there to write it."""
    view = await going(KEY)

    async def read(_key: DocumentKey) -> RunView:
        return view

    async with cluster(workers, fill=read, compare_seconds=0.1) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        all_of_them = await watchers(here)
        shown = RunDocument(Doc(client_id=writer_id()))
        shown.write(view, [])
        engine.doc.apply_update(shown.doc.get_update())
        await engine.flush()
        await eventually(lambda: all(RunDocument(one.doc).status == "running" for one in all_of_them))
        await engine.close()
        view = await finished(KEY)
        await eventually(lambda: all(RunDocument(one.doc).view() == view for one in all_of_them))


async def test_a_run_that_is_over_is_filled_from_its_log_and_listens_to_nobody() -> None:
    """FAN-11, ROOM-25"""
    async with cluster(2, fill=finished) as here:
        viewer, _ = await watchers(here)
        other: Doc[Any] = Doc()
        other.get("text", type=Text).insert(0, "x")
        here.workers[1].rooms.fanout.publish(Shown("stranger", KEY, 1, other.get_update()))
        assert RunDocument(viewer.doc).view().status == "succeeded"
        assert here.room(0, KEY).live is not None
        joiner = await here.workers[0].connect(RUN, token="viewer")
        assert str(joiner.doc.get("text", type=Text)) == ""


async def test_a_run_opens_soon_when_a_worker_that_follows_it_does_not_answer() -> None:
    """FAN-11: it is paused, say."""
    async with cluster(1, fill=going) as here:
        deaf = MemoryFanout(here.bus)
        deaf.follow(KEY)
        engine = await here.workers[0].connect(RUN, token="engine")
        await engine.saved(await engine.edit("x", 1))
        await eventually(lambda: here.room(0, KEY).is_live)


async def test_a_malformed_edit_of_a_run_harms_nobody() -> None:
    """FAN-12"""
    async with cluster(2, fill=going) as here:
        engine = await here.workers[0].connect(RUN, token="engine")
        _, watcher = await watchers(here)
        here.room(1, KEY).following.hear(Shown("w", KEY, 1, b"\xff"))
        await engine.saved(await engine.edit("x", 1))
        await watcher.shows("x", 1)
