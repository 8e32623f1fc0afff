"""What people were told, on SQLite and on PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from collab_server import inbox as inbox_module
from collab_server.auth.identity import Identity
from collab_server.errors import NotReady, RateLimited
from collab_server.fanout.memory import MemoryBus, MemoryFanout
from collab_server.inbox import MAX_LISTENERS, Inbox
from collab_server.notifications import Notice
from collab_server.stores import inbox as inbox_store
from collab_server.stores import migrations
from collab_server.stores.database import Database
from collab_server.stores.documents import DocumentKey, Summary
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.graphs import GraphRows
from flowroom.discussion import Message, Thread
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer
from tests.collab_server.rooms.conftest import eventually
from tests.flowroom.talk import BO, said, thread
from tests.services.postgres import Postgres

ADA = Identity("ada", "Ada", "#112233", "commenter")
CY = Identity("cy", "Cy", "#334455", "viewer")
MESSAGE = said("m", BO, "hello")
TALK = thread(MESSAGE, quote="Book")


def notice(
    person: str = "ada", *, at: float = 1, talk: Thread = TALK, message: Message | None = MESSAGE, emoji: str = ""
) -> Notice:
    return Notice(person, "reaction" if emoji else "reply", talk, BO, at, message, emoji)


class Place:
    """A database with the graphs `g` and `h`, and what opens inboxes on it."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self.database = Database(engine, writer)
        self.rows = GraphRows(engine, writer)
        self.hidden: set[str] = set()
        self.nobodies: set[str] = set()
        self.bus = MemoryBus()
        self.inbox = self.another()

    def another(self, most: int = 100) -> Inbox:
        """An inbox on the same database, as another server has it."""
        return Inbox(
            self.database,
            MemoryFanout(self.bus),
            most=most,
            reach=self.reach,
            existing=lambda _, ids: {*ids} - self.nobodies,
        )

    async def reach(self, _identity: Identity, graphs: Collection[str]) -> set[str]:
        return set(graphs) - self.hidden

    async def told(self, me: Identity = ADA, **query: bool) -> list[tuple[str, float]]:
        page = await self.inbox.page(me, unread=query.get("unread", False), before=None, limit=100)
        return [(item.graph, item.at) for item in page]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Place]:
    engine = create_engine(url)
    migrations.upgrade(engine)
    with Writer(engine) as writer:
        documents = SqlDocuments(engine, writer)
        for id in ("g", "h"):
            await documents.create(DocumentKey("graph", id), summary=Summary(title=f"Graph {id}"))
            await documents.create(DocumentKey("discussion", id))
        yield Place(engine, writer)
    dispose(engine)


@pytest.fixture(params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/test.db"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database()
    async with opened(url) as found:
        yield found


async def test_each_person_is_told_their_own_the_newest_first(place: Place) -> None:
    """TALK-11."""
    await place.inbox.put("g", [notice(at=1), notice("cy", at=1)])
    await place.inbox.put("h", [notice(at=2, emoji="👍")])
    first, second = await place.inbox.page(ADA, unread=False, before=None, limit=10)
    assert (first.graph, first.graph_title, first.kind, first.emoji) == ("h", "Graph h", "reaction", "👍")
    assert (second.kind, second.thread, second.message, second.by) == ("reply", "t", "m", BO)
    assert (second.quote, second.excerpt, second.read_at) == ("Book", "hello", None)
    assert await place.told(CY) == [("g", 1)]


async def test_nobody_is_told_who_is_not_there(place: Place) -> None:
    """TALK-8: what is kept for ids that are nobody's would have no bound, for each is another."""
    place.nobodies = {f"nobody-{n}" for n in range(50)}
    notices = [notice(person) for person in ("ada", *place.nobodies)]
    with place.inbox.listening(ADA) as changed:
        await place.inbox.put("g", notices)
        await place.inbox.put_once("h", notices)
        await place.inbox.put("g", notices[1:])
        assert changed.is_set()
    with place.database._engine.connect() as connection:
        assert connection.scalars(select(inbox_store.notification.c.person)).all() == ["ada", "ada"]


async def test_pages_follow_each_other(place: Place) -> None:
    await place.inbox.put("g", [notice(at=n) for n in range(5)])
    page = await place.inbox.page(ADA, unread=False, before=None, limit=2)
    after = await place.inbox.page(ADA, unread=False, before=page[-1].id, limit=10)
    assert [item.at for item in page + after] == [4, 3, 2, 1, 0]


async def test_what_was_read_is_not_unread(place: Place) -> None:
    await place.inbox.put("g", [notice(at=n) for n in range(3)])
    page = await place.inbox.page(ADA, unread=False, before=None, limit=10)
    await place.inbox.read(CY, [page[0].id])
    assert await place.inbox.unread(ADA) == 3
    await place.inbox.read(ADA, [page[0].id])
    assert (await place.inbox.unread(ADA), await place.told(unread=True)) == (2, [("g", 1), ("g", 0)])
    await place.inbox.read(ADA, None)
    assert await place.inbox.unread(ADA) == 0


async def test_nobody_is_shown_a_graph_they_may_not_read_or_that_is_gone(place: Place) -> None:
    """TALK-12: what is hidden is neither listed nor counted, and shown again when one may read it again."""
    await place.inbox.put("g", [notice(at=1)])
    await place.inbox.put("h", [notice(at=2)])
    await place.inbox.put("never", [notice(at=3)])
    place.hidden = {"h"}
    assert (await place.told(), await place.inbox.unread(ADA)) == ([("g", 1)], 1)
    place.hidden = set()
    await place.rows.delete("g")
    assert (await place.told(), await place.inbox.unread(ADA)) == ([("h", 2)], 1)


async def test_each_person_keeps_so_many(place: Place) -> None:
    """TALK-8."""
    small = place.another(most=3)
    await small.put("g", [notice(at=n) for n in range(5)] + [notice("cy", at=9)])
    assert await place.told() == [("g", 4), ("g", 3), ("g", 2)]
    assert await place.told(CY) == [("g", 9)]


async def test_what_is_taken_back_was_never_told(place: Place) -> None:
    """TALK-11."""
    other = thread(said("o", BO), id="u")
    await place.inbox.put("g", [notice(at=1), notice(at=2, emoji="👍"), notice(at=3, talk=other, message=None)])
    await place.inbox.forget("g", "t", message="m", kind="reaction", by="bo", emoji="🎉")
    assert len(await place.told()) == 3
    await place.inbox.forget("g", "t", message="m", kind="reaction", by="bo", emoji="👍")
    assert await place.told() == [("g", 3), ("g", 1)]
    await place.inbox.forget("g", "t")
    assert await place.told() == [("g", 3)]


async def test_no_id_is_given_again(place: Place) -> None:
    """TALK-13: streams and clients know by it what they have told, and have heard."""
    await place.inbox.put("g", [notice()])
    (gone,) = await place.inbox.page(ADA, unread=False, before=None, limit=1)
    await place.inbox.forget("g", "t")
    await place.inbox.put("g", [notice()])
    (new,) = await place.inbox.page(ADA, unread=False, before=None, limit=1)
    assert new.id > gone.id


async def test_an_excerpt_follows_its_message(place: Place) -> None:
    await place.inbox.put("g", [notice()])
    await place.inbox.reword("g", "t", "m", "goodbye")
    (found,) = await place.inbox.page(ADA, unread=False, before=None, limit=1)
    assert found.excerpt == "goodbye"


async def test_a_message_of_the_same_id_elsewhere_changes_no_excerpt(place: Place) -> None:
    """TALK-4, TALK-16: ids are made up by callers, so whoever knows one could put words into another's mouth."""
    await place.inbox.put("g", [notice()])
    await place.inbox.reword("another", "t", "m", "send me your password")
    await place.inbox.reword("g", "u", "m", "send me your password")
    (found,) = await place.inbox.page(ADA, unread=False, before=None, limit=1)
    assert found.excerpt == "hello"


async def test_marks_go_forward_only_and_read_what_was_told(place: Place) -> None:
    """TALK-10."""
    await place.inbox.put("g", [notice(at=1), notice(at=5), notice(at=1, talk=thread(MESSAGE, id="u"))])
    await place.inbox.mark(ADA, "g", {"t": 3, "u": 0.5})
    await place.inbox.mark(ADA, "g", {"t": 2})
    assert await place.inbox.marks(ADA, "g") == {"t": 3, "u": 0.5}
    assert await place.told(unread=True) == [("g", 1), ("g", 5)]
    await place.inbox.mark(ADA, "g", {"": 9})
    assert await place.inbox.unread(ADA) == 0
    assert await place.inbox.marks(CY, "g") == await place.inbox.marks(ADA, "h") == {}


# Listening


async def test_whoever_listens_is_woken_by_what_concerns_them(place: Place) -> None:
    """TALK-13."""
    with place.inbox.listening(ADA) as ada, place.inbox.listening(ADA) as tab, place.inbox.listening(CY) as cy:
        await place.inbox.put("g", [notice()])
        assert (ada.is_set(), tab.is_set(), cy.is_set()) == (True, True, False)
        place.inbox.close()
        assert cy.is_set() and place.inbox.is_closed
    with pytest.raises(NotReady), place.inbox.listening(ADA):
        pass


async def test_one_person_listens_so_often(place: Place) -> None:
    """TALK-13."""
    for _ in range(2):  # whoever leaves makes place
        waiting = [place.inbox.listening(ADA) for _ in range(MAX_LISTENERS)]
        for one in waiting:
            one.__enter__()
        with pytest.raises(RateLimited), place.inbox.listening(ADA):
            pass
        for one in waiting:
            one.__exit__(None, None, None)


async def test_what_is_told_or_read_at_another_worker_wakes_whoever_listens(place: Place) -> None:
    """TALK-13: two tabs of one person need not be at one worker."""
    other = place.another()
    watching = asyncio.create_task(place.inbox.watch())
    await asyncio.sleep(0)
    try:
        with place.inbox.listening(ADA) as ada, place.inbox.listening(CY) as cy:
            for change in (other.put("g", [notice()]), other.read(ADA, None), other.mark(ADA, "g", {"t": 3})):
                ada.clear()
                await change
                assert (ada.is_set(), cy.is_set()) == (True, False)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_looking_goes_on_after_a_database_that_had_no_connection_free(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-19, TALK-13: what was put in meanwhile is found by the next look."""
    monkeypatch.setattr(inbox_module, "LOOK_SECONDS", 0.01)
    place.bus.cut()
    await place.inbox.put("g", [notice("cy")])
    failures, read = 0, place.database.read

    async def stalled(_ask: object) -> None:
        nonlocal failures
        failures += 1
        raise NoConnectionFree("QueuePool limit of size 5 overflow 10 reached")

    watching = asyncio.create_task(place.inbox.watch())
    try:
        with place.inbox.listening(ADA) as changed:
            await asyncio.sleep(0.1)
            changed.clear()  # whoever has just come is woken by the first look, for good measure
            with monkeypatch.context() as stall:
                stall.setattr(place.database, "read", stalled)
                await eventually(lambda: failures > 1)
                await place.another().put("g", [notice()])
            assert place.database.read == read and not changed.is_set()
            await eventually(changed.is_set)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_what_another_server_put_in_is_found_without_a_bus(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """TALK-13."""
    monkeypatch.setattr(inbox_module, "LOOK_SECONDS", 0.01)
    place.bus.cut()
    await place.inbox.put("g", [notice("cy")])
    other = place.another()
    watching = asyncio.create_task(place.inbox.watch())
    try:
        with place.inbox.listening(ADA) as changed:
            end = time.monotonic() + 10
            while not changed.is_set():
                assert time.monotonic() < end, "not woken"
                await other.put("g", [notice()])
                await asyncio.sleep(0.02)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_what_was_read_at_another_server_is_found_without_a_bus(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-13: also what is so old that no look for new ones comes upon it; and nobody else is woken."""
    monkeypatch.setattr(inbox_module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(inbox_module, "LATE_IDS", 2)
    place.bus.cut()
    await place.inbox.put("g", [notice(), notice(), notice("cy")])
    await place.inbox.put("g", [notice("eve") for _ in range(4)])
    other, looks = place.another(), 0
    told_since = inbox_store.told_since

    def counted(connection: Connection, id: int) -> tuple[int, set[str]]:
        nonlocal looks
        looks += 1
        return told_since(connection, id)

    monkeypatch.setattr(inbox_store, "told_since", counted)
    watching = asyncio.create_task(place.inbox.watch())
    try:
        with place.inbox.listening(ADA) as ada, place.inbox.listening(CY) as cy:
            await eventually(lambda: looks > 2)
            ada.clear()
            cy.clear()
            await other.read(ADA, None)
            await eventually(ada.is_set)
            seen = looks
            await eventually(lambda: looks > seen + 2)
            assert (ada.is_set(), cy.is_set()) == (True, False)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
