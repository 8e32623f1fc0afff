"""A graph is taken back to a good state, a new epoch begins, and nobody's copy is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from collab_server.auth.identity import Identity
from collab_server.errors import Conflict, InvalidRequest, NotFound, TooLarge
from collab_server.happenings import Happenings
from collab_server.restoring import Restores, content, good_state
from collab_server.rooms import yielding
from collab_server.rooms.registry import Rooms
from collab_server.rooms.walker_pool import INLINE_WALK_BYTES, WalkerPool
from collab_server.settings import Settings
from collab_server.stores import migrations
from collab_server.stores.activity import activity_told
from collab_server.stores.documents import DocumentKey, Entry, NoSuchDocument, Stored
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.states import state_part
from collab_server.stores.tables import document_log, document_snapshot
from collab_server.stores.versions import Moved, Versions
from flowroom.sql import create_engine
from flowroom.writer import Writer
from flowroom.ydoc import GraphDocument
from tests.collab_server.rooms.conftest import eventually, no_run

KEY = DocumentKey("graph", "g")
ADA = Identity("ada", "Ada", "#112233", "admin")


class House:
    """Graphs in a database, and the way back to earlier states of them."""

    def __init__(self, engine: Any, writer: Writer, rooms: Rooms, documents: SqlDocuments, settings: Settings) -> None:
        self.engine, self.rooms, self.documents = engine, rooms, documents
        self.versions = Versions(engine, writer)
        self.restores = Restores(documents, self.versions, rooms, Happenings(), settings)

    async def wrote(self, *names: str) -> list[bytes]:
        """A graph whose log has a node for each name; its updates."""
        await self.documents.create(KEY)
        updates = updates_of(*names)
        await self.documents.append(KEY, 1, [Entry(one, "peer", "ada") for one in updates])
        return updates

    async def nodes(self) -> list[str]:
        """Those of the room that opens once the old one is closed."""
        await eventually(lambda: KEY.name not in self.rooms.rooms)
        async with self.rooms.opened(KEY) as room:
            return sorted(node.name for node in (await room.graph()).nodes.values())

    def damage(self, seq: int, what: bytes) -> None:
        """Put something else in place of a log entry."""
        with self.engine.begin() as connection:
            connection.execute(update(document_log).where(document_log.c.seq == seq).values(bytes=what))


def updates_of(*names: str) -> list[bytes]:
    """What a client sends that adds a node for each name."""
    document, found = GraphDocument(Doc()), []
    subscription = document.doc.observe(lambda event: found.append(event.update))
    for name in names:
        document.add_node("Log", id=name, name=name)
    document.doc.unobserve(subscription)
    return found


def whole(*names: str) -> bytes:
    """A document with a node for each name."""
    document = GraphDocument(Doc())
    for name in names:
        document.add_node("Log", id=name, name=name)
    return document.doc.get_update()


@asynccontextmanager
async def opened(database: str, **limits: int) -> AsyncIterator[House]:
    """A house on an empty database."""
    engine = create_engine(database)
    migrations.upgrade(engine)
    settings = Settings.model_validate({"data": Path("unused"), "max_versions": 3, **limits})
    with Writer(engine) as writer:
        documents = SqlDocuments(engine, writer)
        async with Rooms(documents, settings, fill=no_run) as rooms:
            yield House(engine, writer, rooms, documents, settings)
    engine.dispose()


async def test_a_graph_goes_back_to_after_an_entry_of_its_log(database: str) -> None:
    """OPS-3: in a new epoch, and what it was before is kept as a version."""
    async with opened(database) as house:
        await house.wrote("a", "b", "c")
        restored = await house.restores.restore("g", to=2, by=ADA)

        assert (restored.epoch, restored.seq, restored.left_out) == (2, 2, ())
        assert await house.nodes() == ["a", "b"]
        [kept] = await house.versions.page(KEY, before=None, limit=10)
        assert (kept.id, kept.reason, kept.epoch) == (restored.kept_as, "restore", 1)

        again = await house.restores.restore("g", to=kept.id, by=ADA)
        assert again.epoch == 3
        assert await house.nodes() == ["a", "b", "c"]


async def test_a_version_that_is_larger_than_a_graph_may_be_stays_where_it_is(database: str) -> None:
    """OPS-8: unless the graph is larger still; the newest good state is never too large."""
    names = [f"{number:04}" for number in range(40)]
    async with opened(database, max_document_bytes=1024) as house:
        updates = await house.wrote(*names)
        assert sum(map(len, updates)) > 1024
        assert (await house.restores.restore("g", to=len(names) - 1, by=ADA)).epoch == 2

        [whole_graph] = await house.versions.page(KEY, before=None, limit=10)
        await house.restores.restore("g", to=None, by=ADA)
        await eventually(lambda: KEY.name not in house.rooms.rooms)
        with pytest.raises(TooLarge, match="larger than a graph may be"):
            await house.restores.restore("g", to=whole_graph.id, by=ADA)


async def test_the_last_good_state_leaves_out_what_is_damaged(database: str) -> None:
    """OPS-3: entries that can't be taken are named, and the rest stays."""
    async with opened(database) as house:
        await house.wrote("a", "b")
        await house.documents.append(KEY, 1, [Entry(whole("other"), "peer", "eve")])
        house.damage(2, b"\xff\xff\xff")

        restored = await house.restores.restore("g", to=None, by=ADA)
        assert restored.left_out == (2,)
        assert await house.nodes() == ["a", "other"]


async def test_the_last_good_state_has_what_can_be_of_an_entry_of_which_not_all_can() -> None:
    """ROOM-36: as the graph has it; and what came after it."""
    first, second, third = Doc[Any](), Doc[Any](), []
    text = first.get("root", type=Text)
    text += "ab"
    subscription = second.observe(lambda event: third.append(event.update))
    with second.transaction():
        second.get("root", type=Array).append(1)
        second.get("m", type=Map)["beside"] = 1
    second.get("m", type=Map)["after"] = 2
    second.unobserve(subscription)
    tail = tuple(Entry(one, "peer", "ada") for one in (first.get_update(), *third))
    async with WalkerPool() as pool:
        good = await good_state(Stored(1, 3, None, 0, tail), pool)

    doc = Doc[Any]()
    doc.apply_update(good.state)
    assert doc.get("root", type=Text).to_py() == "ab"
    assert doc.get("m", type=Map).to_py() == {"beside": 1, "after": 2}
    assert good.left_out == (2,)


async def test_a_damaged_snapshot_says_what_is_left_to_do(database: str) -> None:
    async with opened(database) as house:
        await house.wrote("a")
        kept = await house.restores.keep_copy("g", whole("mine"), label="Copy of G", epoch=1, by=ADA)
        row = {"kind": "graph", "document": "g", "epoch": 1, "seq": 1}
        with house.engine.begin() as connection:
            connection.execute(insert(state_part), {"state": 1, "part": 0, "bytes": b"\xff\xff"})
            connection.execute(insert(document_snapshot), {**row, "state": 1})
        with pytest.raises(Conflict, match="snapshot of this graph is damaged"):
            await house.restores.restore("g", to=None, by=ADA)

        await house.restores.restore("g", to=kept.id, by=ADA)
        assert await house.nodes() == ["mine"]


async def test_the_epoch_before_is_kept_and_older_ones_go(database: str) -> None:
    """ACT-4: once what was done in them is told."""
    async with opened(database) as house:
        await house.wrote("a", "b")
        await house.restores.restore("g", to=1, by=ADA)
        with house.engine.begin() as connection:
            connection.execute(update(activity_told).where(activity_told.c.epoch == 1).values(seq=2))
        await house.restores.restore("g", to=None, by=ADA)
        with house.engine.connect() as connection:
            epochs = set(connection.scalars(select(document_log.c.epoch))) | set(
                connection.scalars(select(document_snapshot.c.epoch))
            )
        assert epochs == {2, 3}


async def test_an_edit_that_came_meanwhile_is_not_lost(database: str) -> None:
    """OPS-3: whoever read the log too early begins again."""
    async with opened(database) as house:
        [update] = await house.wrote("a")
        with pytest.raises(Moved):
            await house.versions.begin_epoch(KEY, epoch=1, seq=0, state=update, summary=(await _stored_summary(house)))


async def _stored_summary(house: House) -> Any:
    from collab_server.rooms.summary import summarise

    return summarise(content(whole("a")))


@pytest.mark.parametrize("edits", [1, 20])
async def test_what_is_put_aside_has_what_was_acknowledged_meanwhile(
    database: str, edits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-3: whatever it goes back to. Where edits never pause it goes back all the same."""
    async with opened(database) as house:
        await house.wrote("a", "b", "c")
        coming = updates_of(*(f"later {number}" for number in range(edits)))
        begin = house.versions.begin_epoch

        async def at_the_last_moment(*given: Any, **named: Any) -> int:
            if coming:
                await house.documents.append(KEY, 1, [Entry(coming.pop(0), "peer", "bo")])
            return await begin(*given, **named)

        monkeypatch.setattr(house.versions, "begin_epoch", at_the_last_moment)
        restored = await house.restores.restore("g", to=2, by=ADA)

        assert await house.nodes() == ["a", "b"]
        [kept] = await house.versions.page(KEY, before=None, limit=10)
        assert kept.id == restored.kept_as
        aside = content((await house.restores.version("g", kept.id))[1]).nodes
        assert "later 0" in aside
        assert edits > 1 or sorted(aside) == ["a", "b", "c", "later 0"]


async def test_a_restore_that_fails_keeps_nothing_and_has_nothing_make_place(database: str) -> None:
    """OPS-3: what the graph is goes on being the graph, and the oldest version stays."""
    async with opened(database) as house:
        await house.wrote("a", "b")
        for number in range(3):
            await house.restores.keep_copy("g", whole(f"n{number}"), label="Copy", epoch=1, by=ADA)
        before = await house.versions.page(KEY, before=None, limit=10)
        with house.engine.begin() as connection:  # a table that beginning an epoch writes to, late
            connection.execute(text("ALTER TABLE activity_told RENAME TO somewhere_else"))
        with pytest.raises(DBAPIError):
            await house.restores.restore("g", to=1, by=ADA)

        assert await house.versions.page(KEY, before=None, limit=10) == before
        assert (await house.documents.load(KEY)).epoch == 1


async def test_what_is_not_there_is_refused(database: str) -> None:
    async with opened(database) as house:
        await house.wrote("a")
        with pytest.raises(Conflict, match="can't be followed to entry 7"):
            await house.restores.restore("g", to=7, by=ADA)
        with pytest.raises(NotFound):
            await house.restores.restore("g", to="no-such-version", by=ADA)
        with pytest.raises(NoSuchDocument):
            await house.restores.restore("nothing", to=None, by=ADA)


async def test_copies_are_looked_into_and_bounded(database: str) -> None:
    """OPS-4."""
    async with opened(database) as house:
        await house.wrote("a")
        with pytest.raises(InvalidRequest, match="The copy can't be kept"):
            await house.restores.keep_copy("g", b"\x01\x02\x03", label="Copy", epoch=1, by=ADA)
        made = [
            await house.restores.keep_copy("g", whole(f"n{n}"), label=f"Copy {n}", epoch=1, by=ADA) for n in range(5)
        ]
        kept = await house.versions.page(KEY, before=None, limit=10)
        assert [version.id for version in kept] == [version.id for version in reversed(made[2:])]
        assert kept[0].summary["nodes"] == 1
        assert await house.versions.page(KEY, before=made[3].id, limit=10) == [kept[2]]
        assert content((await house.restores.version("g", made[4].id))[1]).nodes.keys() == {"n4"}
        assert await house.versions.delete(KEY, made[4].id)
        assert not await house.versions.delete(KEY, made[4].id)


async def test_quarantine_and_log_are_listed(database: str) -> None:
    async with opened(database) as house:
        await house.wrote("a", "b")
        await house.documents.quarantine(KEY, Entry(b"poison", "peer", "eve", 5.0), "engine")
        [refused] = await house.versions.quarantined(KEY, 10)
        assert (refused.reason, refused.user, refused.size, refused.at) == ("engine", "eve", 6, 5.0)
        assert [point.seq for point in await house.versions.points(KEY, 10)] == [2, 1]


async def test_a_long_log_that_is_read_for_a_version_lets_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-3: edits of other graphs don't wait until all of it is looked at."""
    monkeypatch.setattr(yielding, "YIELD_SECONDS", 0.0)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    document, updates = GraphDocument(Doc()), []
    subscription = document.doc.observe(lambda event: updates.append(event.update))
    for number in range(1000):
        document.set_meta(title=str(number))
    document.doc.unobserve(subscription)
    stored = Stored(1, len(updates), None, 0, tuple(Entry(one, "peer", "ada") for one in updates))
    async with WalkerPool() as pool:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(others())
            await asyncio.sleep(0)
            before = turns
            good = await good_state(stored, pool)
            during = turns - before
            task.cancel()
    assert len(good.state) < INLINE_WALK_BYTES  # no child is asked, for which it would wait
    assert good.seq == 1000
    assert during > 500
