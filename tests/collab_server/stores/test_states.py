"""Whole documents in parts: nothing waits for a large one and nothing is left over, on SQLite and PostgreSQL."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, func, select, text

from collab_server.stores import migrations, telling
from collab_server.stores.documents import DocumentKey, Entry, EpochChanged
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.states import PART_BYTES, STRAY_SECONDS, StateGone, States, state_part
from collab_server.stores.versions import Version, Versions
from flowroom.sql import create_engine
from flowroom.writer import Writer
from tests.collab_server.activity.conftest import opened as open_database
from tests.collab_server.rooms.conftest import eventually

KEY = DocumentKey("graph", "g")
DAY = STRAY_SECONDS


@dataclass
class Store:
    """A database, and what is asked of it."""

    engine: Engine
    writer: Writer
    documents: SqlDocuments = field(init=False)
    states: States = field(init=False)

    def __post_init__(self) -> None:
        self.documents = SqlDocuments(self.engine, self.writer)
        self.states = States(self.engine, self.writer)

    def parts(self) -> dict[int, int]:
        """How many parts there are of each state."""
        with self.engine.connect() as connection:
            counted = select(state_part.c.state, func.count()).group_by(state_part.c.state)
            return dict(connection.execute(counted).all())

    async def began(self, *updates: bytes) -> None:
        """A document with some edits."""
        await self.documents.create(KEY)
        await self.documents.append(KEY, 1, [Entry(update, "peer", "ada") for update in updates])


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with opened(database) as found:
        yield found


@contextmanager
def opened(url: str) -> Iterator[Store]:
    with open_database(url) as found:
        yield Store(found.engine, found.writer)


def state(size: int) -> bytes:
    """Bytes of which no two parts are alike."""
    return b"".join(n.to_bytes(4, "big") for n in range(-(-size // 4)))[:size]


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 20 * PART_BYTES + 7])
async def test_a_state_comes_back_as_it_was(store: Store, size: int) -> None:
    """ROOM-18"""
    await store.began(b"a")
    await store.documents.snapshot(KEY, 1, 1, state(size))
    assert (await store.documents.load(KEY)).snapshot == state(size)
    assert list(store.parts().values()) == [max(1, -(-size // PART_BYTES))]


async def test_edits_are_stored_while_a_large_state_is(store: Store) -> None:
    """ROOM-18"""
    await store.began(b"a")
    storing = asyncio.create_task(store.documents.snapshot(KEY, 1, 1, state(60 * PART_BYTES)))
    await eventually(lambda: bool(store.parts()))
    assert await store.documents.append(KEY, 1, [Entry(b"b", "peer", "ada")]) == 2
    assert not storing.done()
    assert (await store.documents.load(KEY)).snapshot is None, "it is not shown in part"
    await storing
    stored = await store.documents.load(KEY)
    assert (stored.snapshot, stored.snapshot_seq) == (state(60 * PART_BYTES), 1)
    assert [entry.update for entry in stored.tail] == [b"b"]


async def test_a_new_snapshot_leaves_nothing_of_the_one_before(store: Store) -> None:
    await store.began(b"a", b"b", b"c")
    await store.documents.snapshot(KEY, 1, 1, state(30 * PART_BYTES))
    await store.documents.snapshot(KEY, 1, 3, b"abc")
    assert list(store.parts().values()) == [1]
    await store.documents.snapshot(KEY, 1, 2, state(30 * PART_BYTES))
    assert list(store.parts().values()) == [1], "an older one changes nothing"
    assert (await store.documents.load(KEY)).snapshot == b"abc"


async def test_a_snapshot_that_is_refused_leaves_nothing(store: Store) -> None:
    await store.began(b"a")
    with pytest.raises(EpochChanged):
        await store.documents.snapshot(KEY, 2, 1, state(3 * PART_BYTES))
    assert store.parts() == {}


async def test_a_state_that_two_refer_to_goes_with_the_last(store: Store) -> None:
    """ACT-4: telling begins with the snapshot that is there, and a newer one comes."""
    await store.began(b"a", b"b")
    await store.documents.snapshot(KEY, 1, 1, state(PART_BYTES + 1))
    with store.engine.connect() as connection:
        beginning = telling.place(connection, "g")
    assert beginning is not None and not beginning.begun
    assert await store.writer.write(lambda connection: telling.advance(connection, beginning, beginning.seq))
    [shared] = store.parts()
    await store.documents.snapshot(KEY, 1, 2, b"ab")
    assert shared in store.parts()
    with store.engine.connect() as connection:
        where = telling.place(connection, "g")
        assert where is not None
        assert telling.base(connection, where) == state(PART_BYTES + 1)

    async with store.states.laid_down(b"ab") as new:
        gone = await store.writer.write(lambda connection: telling.rebase(connection, where, 2, new))
    await store.states.forget(gone)
    assert gone == [shared] and shared not in store.parts()


async def test_versions_come_back_and_leave_nothing(store: Store) -> None:
    """OPS-3"""
    await store.began(b"a")
    versions = Versions(store.engine, store.writer)
    for n in range(3):
        kept = Version(f"v{n}", "", "Ada", float(n), 1, 1, 3 * PART_BYTES + n)
        await versions.add(KEY, kept, state(3 * PART_BYTES + n), keep=2)
    assert await versions.get(KEY, "v0") is None
    assert (await versions.get(KEY, "v2") or [None])[-1] == state(3 * PART_BYTES + 2)
    assert [version.size for version in await versions.page(KEY, before=None, limit=9)] == [
        3 * PART_BYTES + 2,
        3 * PART_BYTES + 1,
    ]
    assert sorted(store.parts().values()) == [4, 4]
    assert await versions.delete(KEY, "v1") and not await versions.delete(KEY, "v1")
    assert list(store.parts().values()) == [4]


async def test_what_a_crash_left_half_way_is_swept_and_nothing_else(store: Store) -> None:
    """OPS-11"""
    await store.began(b"a")
    await store.documents.snapshot(KEY, 1, 1, state(2 * PART_BYTES))
    [used] = store.parts()
    async with store.states.laid_down(state(20 * PART_BYTES)) as crashed:
        pass  # nobody finishes it
    assert await store.states.sweep(time.time()) == [], "it may still be finished"
    assert await store.states.sweep(time.time() + DAY + 60) == [crashed.id]
    assert list(store.parts()) == [used]


async def test_a_state_that_was_taken_for_a_stray_one_is_not_used(store: Store) -> None:
    await store.began(b"a")
    with pytest.raises(StateGone):
        async with store.states.laid_down(state(2 * PART_BYTES)) as new:
            await store.states.sweep(time.time() + DAY + 60)
            await store.writer.write(new.finish)
    assert store.parts() == {}


async def test_snapshots_of_before_there_were_parts_are_taken_over_and_back(database: str) -> None:
    """OPS-2"""
    engine = create_engine(database)
    migrations.upgrade(engine)
    migrations.HISTORY.downgrade(engine, "0007")
    with engine.begin() as connection:
        for id in ("g", "h"):
            connection.execute(
                text(
                    "INSERT INTO document (kind, id, created_at, updated_at, snapshot_seq, next_seq) "
                    "VALUES ('graph', :id, 1, 1, 4, 5)"
                ),
                {"id": id},
            )
            connection.execute(
                text(
                    "INSERT INTO document_snapshot (kind, document, epoch, seq, bytes) VALUES ('graph', :id, 1, 4, :b)"
                ),
                {"id": id, "b": f"snapshot of {id}".encode()},
            )
        connection.execute(
            text(
                "INSERT INTO activity_told (graph, epoch, seq, base_seq, base) "
                "VALUES ('g', 1, 4, 3, :b), ('h', 1, 4, 0, NULL)"
            ),
            {"b": b"base of g"},
        )
        connection.execute(
            text(
                "INSERT INTO document_version (id, kind, document, author, at, seq, bytes) "
                "VALUES ('v', 'graph', 'g', 'Ada', 1, 2, :b)"
            ),
            {"b": b"version of g"},
        )
    engine.dispose()

    with opened(database) as store:
        for id in ("g", "h"):
            assert (await store.documents.load(DocumentKey("graph", id))).snapshot == f"snapshot of {id}".encode()
        with store.engine.connect() as connection:
            bases = [telling.base(connection, place) for id in ("g", "h") if (place := telling.place(connection, id))]
        assert bases == [b"base of g", None]
        version = await Versions(store.engine, store.writer).get(KEY, "v")
        assert version is not None and (version[0].size, version[1]) == (12, b"version of g")
        assert await store.states.sweep(time.time() + DAY + 60) == []
        await store.documents.append(KEY, 1, [Entry(b"e", "peer", "ada")])
        await store.documents.snapshot(KEY, 1, 5, state(3 * PART_BYTES))
        assert len(store.parts()) == 4

        migrations.HISTORY.downgrade(store.engine, "0007")
        with store.engine.connect() as connection:
            snapshots = connection.execute(
                text("SELECT document, bytes FROM document_snapshot ORDER BY document")
            ).all()
            version_before = connection.scalar(text("SELECT bytes FROM document_version"))
            told = connection.execute(text("SELECT graph, base FROM activity_told ORDER BY graph")).all()
        assert [(id, bytes(whole)) for id, whole in snapshots] == [
            ("g", state(3 * PART_BYTES)),
            ("h", b"snapshot of h"),
        ]
        assert bytes(version_before) == b"version of g"
        assert [(id, whole and bytes(whole)) for id, whole in told] == [("g", b"base of g"), ("h", None)]
