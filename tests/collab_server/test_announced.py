"""What was said is made known once, whatever failed between saying it and telling it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from collab_server import workspace
from collab_server.errors import NotReady
from collab_server.owed import Owed
from collab_server.said import Said
from collab_server.settings import Settings
from collab_server.stores import inbox as inbox_store
from collab_server.stores.activity import Wanted, activity
from collab_server.stores.documents import DocumentKey
from collab_server.stores.documents_sql import SqlDocuments
from flowroom.discussion import Message, Thread
from flowroom.errors import NoSuchMessage
from flowroom.files import native
from tests.collab_server.test_discussion import ADA, ADMIN, BO, NODE, House, introduce

ID = "made-up-id"
NEWS = ["thread.created", "comment.created"]
LIST_LIMIT = 50


@asynccontextmanager
async def a_house(data: Path, database: str) -> AsyncIterator[House]:
    settings = Settings(data=data, database_url=database, max_comments_per_minute=1000)
    async with workspace.opened(settings) as here:
        graph = native.load(b'{"nodes": {"n": {"type": "LLM", "name": "Summarise"}}}')
        await here.graphs.create(graph, title="G", by=ADMIN, id="g")
        introduce(here, ADA, BO, ADMIN)
        house = House(here)
        here.happenings.listen(house.listen)
        yield house


async def begin(house: House) -> Thread:
    return await house.here.discussions.begin("g", NODE, Said("Look, @[Bo](bo)!"), by=ADA, thread=ID)


async def reply(house: House, thread: Thread) -> Message:
    return await house.here.discussions.reply("g", thread.id, Said("I do."), by=BO, message="an-answer")


async def told(house: House, whom: Any = BO) -> list[tuple[str, str | None]]:
    items = await house.here.inbox.page(whom, unread=False, before=None, limit=LIST_LIMIT)
    return [(item.kind, item.message) for item in items]


def failing_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, fails: Callable[..., bool]) -> None:
    """The next call of a coroutine function that `fails` says is concerned raises as a database does."""
    real, left = getattr(owner, name), [1]

    async def call(*arguments: Any, **named: Any) -> Any:
        if left[0] and fails(*arguments):
            left[0] = 0
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        return await real(*arguments, **named)

    monkeypatch.setattr(owner, name, call)


def a_commit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the next thing that is said: its request is refused, and it is stored a moment later."""

    def concerned(_self: object, key: DocumentKey, _epoch: int, rows: Sequence[object], *_: object) -> bool:
        return key.kind == "discussion" and bool(rows)

    failing_once(monkeypatch, SqlDocuments, "append", concerned)


async def again(ask: Callable[[], Any]) -> Any:
    """What is answered as soon as edits can be stored again, to one who asks until then."""
    async with asyncio.timeout(10):
        while True:
            with suppress(NotReady):
                return await ask()
            await asyncio.sleep(0.02)


async def test_who_says_again_what_was_stored_late_makes_it_known(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-8, TALK-11, TALK-16: once, however often and however many at a time say it again."""
    async with a_house(tmp_path, database) as house:
        await house.here.discussions.threads("g")
        a_commit_fails(monkeypatch)
        with pytest.raises(NotReady):
            await begin(house)
        assert (await told(house), house.kinds()) == ([], [])

        thread = await again(lambda: begin(house))
        await asyncio.gather(*(begin(house) for _ in range(3)))

        assert (await told(house), house.kinds()) == ([("mention", ID)], NEWS)
        assert await house.here.discussions.threads("g") == [thread]


async def test_an_answer_that_was_stored_late_is_told_to_who_took_part_until_then(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-8, TALK-11, TALK-16: and not to who came in after it."""
    async with a_house(tmp_path, database) as house:
        thread = await begin(house)
        house.kinds()
        a_commit_fails(monkeypatch)
        with pytest.raises(NotReady):
            await reply(house, thread)
        await again(lambda: house.here.discussions.reply("g", thread.id, Said("What?"), by=ADMIN, message="came-later"))
        house.kinds()
        before = await told(house, ADMIN)

        await asyncio.gather(*(reply(house, thread) for _ in range(3)))

        assert (await told(house, ADA))[0] == ("reply", "an-answer") and len(await told(house, ADA)) == 2
        assert (await told(house, ADMIN), house.kinds()) == (before, ["comment.created"])


async def test_what_fails_between_two_tellings_is_made_up_for(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACT-8, TALK-16: who was told already is not told again."""
    async with a_house(tmp_path, database) as house:
        failing_once(monkeypatch, house.here.happenings, "tell", lambda happening: happening.kind == "comment.created")
        with pytest.raises(OperationalError):
            await begin(house)
        assert (await told(house), house.kinds()) == ([("mention", ID)], ["thread.created"])
        for _ in range(2):
            await begin(house)
        assert (await told(house), house.kinds()) == ([("mention", ID)], ["comment.created"])


async def test_nobody_hears_late_of_what_is_deleted_or_old(tmp_path: Path, database: str) -> None:
    """TALK-11: of what the list may have forgotten, nobody knows whether it was told."""
    async with a_house(tmp_path, database) as house:
        talk, announced = house.here.discussions, house.here.discussions._announced
        thread = await begin(house)
        answer = await reply(house, thread)
        database_of_it = house.here.inbox._database
        await database_of_it.write(lambda c: c.execute(update(activity).values(kind="forgotten")).close())
        old = answer.model_copy(update={"at": answer.at - 2 * 86_400})
        gone = answer.model_copy(update={"deleted_at": answer.at})
        assert await announced.missing("g", thread, old, is_new=False) == []
        assert await announced.missing("g", thread, gone, is_new=False) == []
        assert await announced.missing("g", thread, answer, is_new=False) == ["comment.created"]
        await talk.delete("g", thread.id, ID, by=ADA)
        house.kinds()
        await begin(house)
        assert house.kinds() == []


async def test_two_workers_that_tell_of_one_message_at_once_tell_each_person_once(
    tmp_path: Path, database: str
) -> None:
    """TALK-16."""
    async with a_house(tmp_path, database) as house, workspace.opened(house.here.settings) as other:
        await begin(house)
        row = {
            "graph": "g",
            "thread": ID,
            "message": "m",
            "kind": "reply",
            "by": "ada",
            "author": ADA.user().model_dump(),
            "at": 1.0,
        }
        rows = [row | {"person": person, "quote": "", "excerpt": "", "emoji": ""} for person in ("bo", "cy")]
        tellers = (house.here.inbox._database, other.inbox._database)
        for _ in range(5):
            await asyncio.gather(*(t.write(lambda c: inbox_store.put_once(c, rows, most=99)) for t in tellers))
        assert await told(house) == [("reply", "m"), ("mention", ID)]


def an_edit(house: House, thread: Thread) -> Awaitable[object]:
    return house.here.discussions.edit("g", thread.id, ID, Said("Look, @[Ada](ada) and @[Root](root)!"), by=ADA)


def a_reaction(house: House, thread: Thread) -> Awaitable[object]:
    return house.here.discussions.react("g", thread.id, ID, "👍", by=BO)


def settling(house: House, thread: Thread) -> Awaitable[object]:
    return house.here.discussions.set_state("g", thread.id, "resolved", by=BO)


def reopening(house: House, thread: Thread) -> Awaitable[object]:
    return house.here.discussions.set_state("g", thread.id, "open", by=BO)


def a_deletion(house: House, thread: Thread) -> Awaitable[object]:
    return house.here.discussions.delete("g", thread.id, "an-answer", by=BO)


class Change(NamedTuple):
    """Something that is done in a discussion: how, what is told of it, and which notice it is to whom."""

    make: Callable[[House, Thread], Awaitable[object]]
    kind: str
    notice: tuple[str, str | None] | None
    whom: Any

    def notices_after(self, before: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
        """What whoever is concerned has then; a deletion takes its notice along."""
        return [self.notice, *before] if self.notice else [one for one in before if one != ("reply", "an-answer")]


CHANGES = [
    pytest.param(Change(an_edit, "comment.edited", ("mention", ID), ADMIN), id="edit"),
    pytest.param(Change(a_reaction, "comment.reacted", ("reaction", ID), ADA), id="reaction"),
    pytest.param(Change(settling, "thread.resolved", ("resolved", None), ADA), id="settling"),
    pytest.param(Change(reopening, "thread.reopened", ("reopened", None), ADA), id="reopening"),
    pytest.param(Change(a_deletion, "comment.deleted", None, ADA), id="deletion"),
]


async def a_talk(house: House, kind: str) -> Thread:
    """A thread to which the change can be made."""
    thread = await begin(house)
    await reply(house, thread)
    if kind == "thread.reopened":
        await house.here.discussions.set_state("g", thread.id, "resolved", by=ADA)
    house.kinds()
    return thread


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_was_stored_late_is_made_known_when_it_is_asked_for_again(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """ACT-8, TALK-16: once, though by then there is nothing left to change."""
    async with a_house(tmp_path, database) as house:
        thread = await a_talk(house, change.kind)
        before = await told(house, change.whom)
        a_commit_fails(monkeypatch)
        with pytest.raises(NotReady):
            await change.make(house, thread)
        untold = before if change.notice else change.notices_after(before)
        assert (await told(house, change.whom), house.kinds()) == (untold, [])

        for _ in range(3):
            with suppress(NoSuchMessage):  # what is deleted is not there to be deleted
                await again(lambda: change.make(house, thread))

        assert await told(house, change.whom) == change.notices_after(before)
        assert house.kinds() == [change.kind]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_could_not_be_told_is_told_when_it_is_asked_for_again(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """ACT-8, TALK-16: and who was told of it already is not told again."""
    async with a_house(tmp_path, database) as house:
        thread = await a_talk(house, change.kind)
        before = await told(house, change.whom)
        failing_once(monkeypatch, house.here.happenings, "tell", lambda happening: happening.kind == change.kind)
        with pytest.raises(OperationalError):
            await change.make(house, thread)
        house.kinds()

        for _ in range(2):
            with suppress(NoSuchMessage):
                await change.make(house, thread)

        assert await told(house, change.whom) == change.notices_after(before)
        assert house.kinds() == [change.kind]


@pytest.mark.parametrize("whole", [False, True])
async def test_what_is_deleted_is_told_nowhere_though_the_server_dies_before_it_is_made_known(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    """TALK-5, TALK-11: its text is gone from the list, and from what people were told."""
    async with a_house(tmp_path, database) as house:
        thread = await begin(house)
        await reply(house, thread)
        monkeypatch.setattr(Owed, "pay", dies)
        with pytest.raises(OperationalError):
            await (house.here.discussions.remove("g", ID, by=ADMIN) if whole else a_deletion(house, thread))

    async with workspace.opened(house.here.settings) as here:
        kept = [message.id for one in await here.discussions.threads("g") for message in one.messages]
        assert kept == ([] if whole else [ID])
        items = [one for who in (ADA, BO) for one in await here.inbox.page(who, unread=False, before=None, limit=9)]
        assert [item.message for item in items] == kept
        rows = await here.activity.page(Wanted(kinds=("comment.created",)), before=None, limit=9)
        assert [row.facts["message"] for row in rows if row.facts["excerpt"]] == kept


async def dies(*_: object) -> None:
    """A server that ends here."""
    raise OperationalError("COMMIT", {}, Exception("no database any more"))
