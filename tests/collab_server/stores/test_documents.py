"""One contract for every place documents are kept: memory, SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from collab_server.stores import migrations
from collab_server.stores.documents import (
    MAX_QUARANTINED,
    DocumentExists,
    DocumentKey,
    Documents,
    Entry,
    EpochChanged,
    MemoryDocuments,
    NoSuchDocument,
    Position,
    Summary,
)
from collab_server.stores.documents_sql import KEYS_PER_QUESTION, SqlDocuments
from collab_server.stores.tables import document, document_log, document_quarantine
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer
from tests.services.postgres import Postgres

KEY = DocumentKey("graph", "abc")


class Memory:
    """The memory adapter, and how to reach behind it."""

    def __init__(self) -> None:
        self.documents = MemoryDocuments()

    def mark_deleted(self, key: DocumentKey) -> None:
        self.documents.documents[key].deleted = True

    def raise_epoch(self, key: DocumentKey) -> None:
        found = self.documents.documents[key]
        found.stored = replace(found.stored, epoch=found.stored.epoch + 1)

    def summary(self, key: DocumentKey) -> Summary:
        return self.documents.documents[key].summary

    def quarantined(self) -> list[bytes]:
        return [entry.update for _key, entry, _reason in self.documents.quarantined]


class Sql:
    """The SQL adapter, and how to reach behind it."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self.engine = engine
        self.documents = SqlDocuments(engine, writer)

    def mark_deleted(self, key: DocumentKey) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(document).where(document.c.id == key.id).values(deleted_at=1.0))

    def raise_epoch(self, key: DocumentKey) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(document).where(document.c.id == key.id).values(epoch=document.c.epoch + 1))

    def summary(self, key: DocumentKey) -> Summary:
        d = document.c
        with self.engine.connect() as connection:
            query = select(d.title, d.description, d.nodes, d.edges, d.preview).where(d.id == key.id)
            return Summary(*connection.execute(query).one())

    def quarantined(self) -> list[bytes]:
        with self.engine.connect() as connection:
            return list(connection.scalars(select(document_quarantine.c.bytes).order_by(document_quarantine.c.id)))


Store = Memory | Sql


@contextmanager
def sql_store(url: str) -> Iterator[Sql]:
    engine = create_engine(url)
    migrations.upgrade(engine)
    with Writer(engine) as writer:
        yield Sql(engine, writer)
    dispose(engine)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    match request.param:
        case "memory":
            yield Memory()
        case "sqlite":
            with sql_store(f"sqlite:///{tmp_path}/test.db") as store:
                yield store
        case _:
            server: Postgres = request.getfixturevalue("postgres")
            with sql_store(server.database()) as store:
                yield store


@pytest.fixture
def documents(store: Store) -> Documents:
    return store.documents


def entries(*updates: bytes) -> list[Entry]:
    return [Entry(update, "peer", "ada", float(n)) for n, update in enumerate(updates)]


async def test_a_new_document_is_empty(documents: Documents) -> None:
    await documents.create(KEY, owner="ada")
    stored = await documents.load(KEY)
    assert (stored.epoch, stored.seq, stored.snapshot, stored.tail) == (1, 0, None, ())
    assert await documents.exists(KEY)


async def test_what_was_never_created_is_not_there(documents: Documents) -> None:
    assert not await documents.exists(KEY)
    with pytest.raises(NoSuchDocument):
        await documents.load(KEY)
    with pytest.raises(NoSuchDocument):
        await documents.append(KEY, 1, entries(b"a"))
    with pytest.raises(NoSuchDocument):
        await documents.snapshot(KEY, 1, 1, b"a")


async def test_positions_are_those_of_all_that_are_there_however_many_are_asked_for(documents: Documents) -> None:
    keys = [DocumentKey("graph", f"g{number}") for number in range(2 * KEYS_PER_QUESTION + 1)]
    for key in keys:
        await documents.create(key)
    await documents.append(keys[-1], 1, entries(b"a", b"b"))
    found = await documents.positions([*keys, DocumentKey("graph", "never")])
    assert found == dict.fromkeys(keys, Position(1, 0)) | {keys[-1]: Position(1, 2)}


async def test_an_id_is_taken_once_per_kind(documents: Documents) -> None:
    await documents.create(KEY)
    await documents.create(DocumentKey("discussion", KEY.id))
    with pytest.raises(DocumentExists):
        await documents.create(KEY)


async def test_a_deleted_document_is_gone_but_keeps_its_id(store: Store, documents: Documents) -> None:
    await documents.create(KEY)
    store.mark_deleted(KEY)
    assert not await documents.exists(KEY)
    with pytest.raises(NoSuchDocument):
        await documents.load(KEY)
    with pytest.raises(NoSuchDocument):
        await documents.append(KEY, 1, entries(b"a"))
    with pytest.raises(DocumentExists):
        await documents.create(KEY)


async def test_entries_come_back_in_order_with_whose_they_are(documents: Documents) -> None:
    await documents.create(KEY)
    assert await documents.append(KEY, 1, entries(b"a", b"b")) == 2
    assert await documents.append(KEY, 1, entries(b"\x00\xff")) == 3
    stored = await documents.load(KEY)
    assert stored.tail == (*entries(b"a", b"b"), *entries(b"\x00\xff"))
    assert stored.seq == 3


async def test_a_snapshot_takes_the_place_of_the_log_before_it(documents: Documents) -> None:
    await documents.create(KEY)
    await documents.append(KEY, 1, entries(b"a", b"b", b"c"))
    await documents.snapshot(KEY, 1, 2, b"ab")
    stored = await documents.load(KEY)
    assert (stored.snapshot, stored.snapshot_seq, stored.seq) == (b"ab", 2, 3)
    assert [entry.update for entry in stored.tail] == [b"c"]


async def test_an_older_snapshot_changes_nothing(documents: Documents) -> None:
    await documents.create(KEY)
    await documents.append(KEY, 1, entries(b"a", b"b", b"c"))
    await documents.snapshot(KEY, 1, 3, b"abc")
    await documents.snapshot(KEY, 1, 2, b"ab")
    stored = await documents.load(KEY)
    assert (stored.snapshot, stored.tail) == (b"abc", ())


async def test_the_log_goes_on_after_a_snapshot(documents: Documents) -> None:
    await documents.create(KEY)
    await documents.append(KEY, 1, entries(b"a"))
    await documents.snapshot(KEY, 1, 1, b"a")
    assert await documents.append(KEY, 1, entries(b"b")) == 2
    assert [entry.update for entry in (await documents.load(KEY)).tail] == [b"b"]


async def test_another_epoch_is_refused(store: Store, documents: Documents) -> None:
    await documents.create(KEY)
    store.raise_epoch(KEY)
    with pytest.raises(EpochChanged):
        await documents.append(KEY, 1, entries(b"a"))
    with pytest.raises(EpochChanged):
        await documents.snapshot(KEY, 1, 1, b"a")
    assert (await documents.load(KEY)).epoch == 2


async def test_the_summary_is_what_was_last_written(store: Store, documents: Documents) -> None:
    first = Summary("One", "first", 1, 0, {"nodes": [[0, 0, 1, 1, "Chat"]], "edges": []})
    second = Summary("Two", "", 2, 1, {"nodes": [], "edges": []})
    await documents.create(KEY, summary=first)
    assert store.summary(KEY) == first
    await documents.append(KEY, 1, entries(b"a"))
    assert store.summary(KEY) == first
    await documents.append(KEY, 1, [], second)
    assert store.summary(KEY) == second
    assert (await documents.load(KEY)).seq == 1


async def test_quarantined_bytes_are_kept(store: Store, documents: Documents) -> None:
    await documents.quarantine(KEY, Entry(b"poison", "peer", "eve"), "panicked")
    assert store.quarantined() == [b"poison"]


async def test_the_same_bytes_are_quarantined_once_for_a_document(store: Store, documents: Documents) -> None:
    """ROOM-16: a state of 50 MB that is refused at each snapshot does not fill the disk."""
    other = DocumentKey("graph", "other")
    for key in (KEY, KEY, other, KEY):
        await documents.quarantine(key, Entry(b"poison", "peer", "eve"), "panicked")
    assert store.quarantined() == [b"poison"] * 2


async def test_the_newest_bytes_that_were_refused_are_kept(store: Store, documents: Documents) -> None:
    """ROOM-16"""
    other = DocumentKey("graph", "other")
    await documents.quarantine(other, Entry(b"other", "peer", "eve"), "panicked")
    for n in range(MAX_QUARANTINED + 2):
        await documents.quarantine(KEY, Entry(b"%d" % n, "peer", "eve"), "panicked")
    assert store.quarantined() == [b"other", *(b"%d" % n for n in range(2, MAX_QUARANTINED + 2))]


async def test_a_snapshot_deletes_the_rows_it_stands_for(tmp_path: Path) -> None:
    with sql_store(f"sqlite:///{tmp_path}/test.db") as store:
        await store.documents.create(KEY)
        await store.documents.append(KEY, 1, entries(b"a", b"b", b"c"))
        await store.documents.snapshot(KEY, 1, 2, b"ab")
        with store.engine.connect() as connection:
            assert list(connection.scalars(select(document_log.c.seq))) == [3]


@pytest.mark.parametrize(("size", "here"), [(8 * 1024, True), (8 * 1024 + 1, False)])
async def test_the_loop_stores_a_small_edit_by_itself(tmp_path: Path, size: int, here: bool) -> None:
    """ROOM-29"""
    with sql_store(f"sqlite:///{tmp_path}/test.db") as store:
        await store.documents.create(KEY)
        turns: list[str] = []
        asyncio.get_running_loop().call_soon(turns.append, "next")
        await store.documents.append(KEY, 1, entries(bytes(size)))
        assert (not turns) is here
        assert (await store.documents.load(KEY)).seq == 1
