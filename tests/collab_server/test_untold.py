"""What is done in a discussion is made known, whatever befalls the server that stored it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from collab_server import workspace
from collab_server.auth.identity import Identity
from collab_server.happenings import Happening, Happenings
from collab_server.inbox import Inbox
from collab_server.owed import Owed
from collab_server.rooms.room import Room
from collab_server.said import Said
from collab_server.settings import Settings
from collab_server.stores.activity import Wanted
from collab_server.stores.untold import untold
from collab_server.stores.webhooks import webhook_delivery
from collab_server.untold import Tell
from collab_server.workspace import Workspace
from flowroom.discussion import Thread
from flowroom.discussion_changes import DiscussionChangeKind
from flowroom.errors import InvalidDiscussion
from tests.collab_server.rooms.conftest import eventually
from tests.collab_server.test_discussion import ADA, ADMIN, BO, NODE, a_house
from tests.services.postgres import Postgres

CY = Identity("cy", "Cy", "#334455", "commenter")
SECRET, MENDED = "our secret", "look, @[Bo](bo)"
ANSWER = "an-answer"
KINDS = tuple(kind for kind in get_args(DiscussionChangeKind) if kind != "thread.created")


def rename(here: Workspace, table: str, to: str) -> None:
    """Have storage refuse whatever is written to one table, or have it take it again."""
    with here.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


async def what_is_told(here: Workspace, person: Identity) -> tuple[list[str], list[str]]:
    """What somebody was told, and what of the comments and their thread the list has, the newest first."""
    told = await here.inbox.page(person, unread=False, before=None, limit=10)
    rows = await here.activity.page(Wanted(graph="g", kinds=KINDS), before=None, limit=10)
    return [f"{one.kind}: {one.excerpt}" for one in told], [f"{row.kind}: {row.facts.get('excerpt')}" for row in rows]


@asynccontextmanager
async def after_a_kill(folder: Path, refusing: str) -> AsyncIterator[Workspace]:
    """Another process, after one that stored an edit was not let tell of it, and has forgotten that."""
    async with a_house(folder, BO, CY) as house:
        talk = house.here.discussions
        thread = await talk.begin("g", NODE, Said(SECRET, ("cy",)), by=ADA)
        rename(house.here, refusing, "away")
        with pytest.raises(OperationalError):
            await talk.edit("g", thread.id, thread.messages[0].id, Said(MENDED), by=ADA)
        rename(house.here, "away", refusing)
    async with workspace.opened(Settings(data=folder)) as here:
        yield here


async def make_up(here: Workspace) -> None:
    """What a server does every few seconds, for what was noted at whatever time."""
    await here.discussions.untold.make_up(here.discussions.thread, after=0)


@pytest.mark.parametrize("refusing", ["notification", "activity"])
async def test_an_edit_is_made_known_though_its_server_was_killed_before_it_could(
    tmp_path: Path, refusing: str
) -> None:
    """TALK-5, TALK-16: who is mentioned in it is told, once, and what it replaced is nowhere any more."""
    async with after_a_kill(tmp_path, refusing) as here:
        for _ in range(2):
            await make_up(here)
            told, listed = await what_is_told(here, BO)
            assert told == ["mention: look, @Bo"]
            assert listed == ["comment.edited: look, @Bo", "comment.created: "]
            assert (await what_is_told(here, CY))[0] == ["mention: look, @Bo"]


class Deed(NamedTuple):
    """Something done in a thread that Ada began and Bo answered in: how, what the list says, what Ada is told."""

    do: Callable[[Workspace, Thread], Awaitable[object]]
    listed: str
    told: list[str]


def settle(here: Workspace, thread: Thread) -> Awaitable[object]:
    return here.discussions.set_state("g", thread.id, "resolved", by=BO)


def reopen(here: Workspace, thread: Thread) -> Awaitable[object]:
    return here.discussions.set_state("g", thread.id, "open", by=BO)


def react(here: Workspace, thread: Thread) -> Awaitable[object]:
    return here.discussions.react("g", thread.id, thread.messages[0].id, "👍", by=BO)


def delete(here: Workspace, thread: Thread) -> Awaitable[object]:
    return here.discussions.delete("g", thread.id, ANSWER, by=BO)


def delete_all(here: Workspace, thread: Thread) -> Awaitable[object]:
    return here.discussions.remove("g", thread.id, by=ADMIN)


REPLY = "reply: so it is"
DEEDS = [
    pytest.param(Deed(settle, "thread.resolved: None", ["resolved: ", REPLY]), id="settling"),
    pytest.param(Deed(reopen, "thread.reopened: None", ["reopened: ", "resolved: ", REPLY]), id="reopening"),
    pytest.param(Deed(react, f"comment.reacted: {SECRET}", [f"reaction: {SECRET}", REPLY]), id="reaction"),
    pytest.param(Deed(delete, "comment.deleted: ", []), id="deletion"),
    pytest.param(Deed(delete_all, "thread.deleted: None", []), id="deletion of all"),
]


async def a_talk(here: Workspace, deed: Deed) -> Thread:
    """A thread in which that can be done."""
    thread = await here.discussions.begin("g", NODE, Said(SECRET), by=ADA)
    await here.discussions.reply("g", thread.id, Said("so it is"), by=BO, message=ANSWER)
    if deed.listed.startswith("thread.reopened"):
        await here.discussions.set_state("g", thread.id, "resolved", by=BO)
    return thread


@pytest.mark.parametrize("before", [(Owed, "pay"), (Happenings, "tell")], ids=["telling people", "the list"])
@pytest.mark.parametrize("deed", DEEDS)
async def test_what_is_done_is_made_known_though_its_server_was_killed_before_it_could(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, deed: Deed, before: tuple[type, str]
) -> None:
    """TALK-17: once, to the people it concerns, and in the list of what was done."""
    async with a_house(tmp_path, ADA, BO, ADMIN, database=database) as house:
        thread = await a_talk(house.here, deed)
        with monkeypatch.context() as patch, pytest.raises(OperationalError):
            patch.setattr(*before, dies)
            await deed.do(house.here, thread)
    async with workspace.opened(house.here.settings) as here:
        for _ in range(2):
            await make_up(here)
            told, listed = await what_is_told(here, ADA)
            assert (told, listed[0]) == (deed.told, deed.listed)
            assert listed.count(deed.listed) == 1


async def test_a_webhook_hears_of_what_a_killed_server_did_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HOOK-3, TALK-17"""
    async with a_house(tmp_path, ADA, BO) as house:
        thread = await house.here.discussions.begin("g", NODE, Said(SECRET), by=ADA)
        with monkeypatch.context() as patch, pytest.raises(OperationalError):
            patch.setattr(Owed, "pay", dies)
            await settle(house.here, thread)
    async with workspace.opened(house.here.settings) as here:
        hook, _ = await here.webhooks.add(
            "https://example.com/", events=("thread.resolved",), graphs=(), description="", by=ADMIN
        )
        await make_up(here)
        with here.engine.connect() as connection:
            messages = connection.execute(select(webhook_delivery.c.kind, webhook_delivery.c.webhook)).all()
        assert [tuple(one) for one in messages] == [("thread.resolved", hook.id)]


async def test_what_is_asked_for_again_at_another_server_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-17: whether the one that was killed had stored it or only noted it."""
    async with a_house(tmp_path, ADA, BO) as house:
        here, talk = house.here, house.here.discussions
        thread = await talk.begin("g", NODE, Said(SECRET), by=ADA)
        await talk.untold.note("g", thread, [Tell("comment.reacted", thread.messages[0].id, "👍")], BO)
        await react(here, thread)
        with monkeypatch.context() as patch, pytest.raises(OperationalError):
            patch.setattr(Owed, "pay", dies)
            await settle(here, thread)
    async with workspace.opened(house.here.settings) as here:
        await settle(here, thread)
        await make_up(here)
        told, listed = await what_is_told(here, ADA)
        assert told == ["resolved: ", f"reaction: {SECRET}"]
        assert listed == ["thread.resolved: None", f"comment.reacted: {SECRET}", f"comment.created: {SECRET}"]


async def test_a_reaction_taken_away_is_told_no_longer_whatever_befalls_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-11, TALK-17"""
    async with a_house(tmp_path, ADA, BO) as house:
        here, talk = house.here, house.here.discussions
        thread = await talk.begin("g", NODE, Said(SECRET), by=ADA)
        await react(here, thread)
        with monkeypatch.context() as patch, pytest.raises(OperationalError):
            patch.setattr(Room, "write", dies)
            await talk.unreact("g", thread.id, thread.messages[0].id, "👍", by=BO)
        assert (await what_is_told(here, ADA))[0] == []


async def test_what_was_refused_leaves_no_note(tmp_path: Path) -> None:
    """TALK-17: nobody looks for it again and again."""
    async with a_house(tmp_path, ADA, BO) as house:
        talk = house.here.discussions
        thread = await talk.begin("g", NODE, Said(SECRET), by=ADA)
        for _ in range(2):
            with pytest.raises(InvalidDiscussion):
                await talk.edit("g", thread.id, thread.messages[0].id, Said(" "), by=ADA)
            with pytest.raises(InvalidDiscussion):
                await talk.reply("g", thread.id, Said(" "), by=ADA)
            with pytest.raises(InvalidDiscussion):
                await talk.begin("g", NODE, Said(" "), by=ADA)
        await settle(house.here, thread)
        with house.here.engine.connect() as connection:
            assert connection.execute(select(untold.c.kind)).all() == []


SAID = ("thread.created", "comment.created")
ID = "made-up-id"
CALLED = Said("look, @[Bo](bo)")


def begin(here: Workspace) -> Awaitable[object]:
    return here.discussions.begin("g", NODE, CALLED, by=ADA, thread=ID)


def reply(here: Workspace) -> Awaitable[object]:
    return here.discussions.reply("g", ID, Said("so it is, @[Bo](bo)"), by=ADA, message=ANSWER)


def ask_nobody(_: Workspace) -> Awaitable[None]:
    return asyncio.sleep(0)


async def what_is_said(here: Workspace) -> tuple[list[str], list[str]]:
    """What Bo was told, and what the list has of what was said, in the order of the alphabet."""
    told = await here.inbox.page(BO, unread=False, before=None, limit=10)
    rows = await here.activity.page(Wanted(graph="g", kinds=SAID), before=None, limit=10)
    return sorted(f"{one.kind}: {one.excerpt}" for one in told), sorted(row.kind for row in rows)


async def die(
    monkeypatch: pytest.MonkeyPatch, before: tuple[type, str], here: Workspace, say: Callable[..., Awaitable[object]]
) -> None:
    """Say something to a server that ends before it does that."""
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(*before, dies)
        await say(here)


@pytest.mark.parametrize("again", [ask_nobody, begin, reply], ids=["nobody", "begin", "reply"])
@pytest.mark.parametrize("before", [(Inbox, "put_once"), (Happenings, "tell")], ids=["telling people", "the list"])
async def test_what_is_said_is_made_known_though_its_server_was_killed_before_it_could(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database: str,
    before: tuple[type, str],
    again: Callable[[Workspace], Awaitable[object]],
) -> None:
    """TALK-18: once, whether or not one of the two is said again, before or after another server has found it."""
    async with a_house(tmp_path, ADA, BO, database=database) as house:
        for say in (begin, reply):
            await die(monkeypatch, before, house.here, say)
    async with workspace.opened(house.here.settings) as here:
        await again(here)
        for _ in range(2):
            await make_up(here)
            assert await what_is_said(here) == (
                ["mention: look, @Bo", "mention: so it is, @Bo"],
                ["comment.created", "comment.created", "thread.created"],
            )
            await again(here)
        with here.engine.connect() as connection:
            assert connection.execute(select(untold.c.kind)).all() == []


async def test_what_was_said_and_deleted_or_never_stored_is_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-18: nor what somebody else was about to say under the same id."""
    async with a_house(tmp_path, ADA, BO) as house:
        here, talk = house.here, house.here.discussions
        await die(monkeypatch, (Inbox, "put_once"), here, begin)
        await talk.remove("g", ID, by=ADMIN)
        await make_up(here)
        assert await what_is_said(here) == ([], ["thread.created"])

        await talk.begin("g", NODE, CALLED, by=ADA, thread=ANSWER)
        before = await what_is_said(here)
        thread = await talk.thread("g", ANSWER)
        await talk.untold.note("g", thread, [Tell("thread.created"), Tell("comment.created", ANSWER)], CY)
        await make_up(here)
        assert await what_is_said(here) == before


@pytest.mark.parametrize(
    ("answering", "is_news"), [(ADA, True), (BO, True), (BO, False)], ids=["herself", "another", "a day later"]
)
async def test_that_a_thread_began_is_told_once_though_what_it_began_with_is_deleted_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answering: Identity, is_news: bool
) -> None:
    """TALK-18: for it stands; whether a mark of that stays in it or nothing does. That comment is told to nobody."""
    told = ["comment.created", *(["thread.created"] if is_news else [])]
    async with a_house(tmp_path, ADA, BO) as house:
        here, talk = house.here, house.here.discussions
        await die(monkeypatch, (Happenings, "tell"), here, begin)
        await talk.reply("g", ID, Said("so it is"), by=answering)
        if not is_news:
            monkeypatch.setattr(talk.untold._announced, "_seconds", -1.0)
        await talk.delete("g", ID, ID, by=ADA)
        for _ in range(2):
            await make_up(here)
            assert (await what_is_said(here))[1] == told
            await talk.untold.note("g", await talk.thread("g", ID), [Tell("thread.created")], ADA)  # as said again


async def test_that_a_thread_began_is_told_before_it_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TALK-19: once, though its server was killed before it could tell it; what was said in it is told to nobody."""
    async with a_house(tmp_path, ADA, BO) as house:
        here = house.here
        await die(monkeypatch, (Happenings, "tell"), here, begin)
        await here.discussions.delete("g", ID, ID, by=ADA)
        await make_up(here)
        rows = await here.activity.page(Wanted(graph="g", kinds=(*SAID, *KINDS)), before=None, limit=10)
        assert [row.kind for row in rows] == ["thread.deleted", "comment.deleted", "thread.created"]
        assert "look" not in str(rows) and (await what_is_said(here))[0] == []


async def test_what_two_servers_tell_at_the_same_moment_is_told_once(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-18: the second waits for the first, and finds that it is told."""
    async with a_house(tmp_path, ADA, BO, database=postgres.database()) as house:
        here = house.here
        heard: list[Happening] = []
        with monkeypatch.context() as patch:
            patch.setattr(here.happenings, "_listeners", [partial(hear, heard)])  # who keeps it is not among them
            await begin(here)
        with here.engine.begin() as first, ThreadPoolExecutor() as elsewhere:
            here.happenings.note(first, heard[-1])
            with monkeypatch.context() as patch:
                patch.setattr(here.happenings, "_listeners", [partial(hear, heard)])
                await begin(here)
            second = elsewhere.submit(note, here, heard[-1])
            await eventually(postgres.somebody_waits, "the second did not wait")
            first.commit()
            second.result(timeout=10)
        assert (await what_is_said(here))[1].count("comment.created") == 1


async def hear(heard: list[Happening], happening: Happening) -> None:
    heard.append(happening)


def note(here: Workspace, happening: Happening) -> None:
    with here.engine.begin() as connection:
        here.happenings.note(connection, happening)


async def test_an_edit_that_two_servers_tell_of_is_told_once(tmp_path: Path) -> None:
    """TALK-17: one that was only slow tells, after all."""
    async with a_house(tmp_path, BO) as house:
        here, talk = house.here, house.here.discussions
        thread = await talk.begin("g", NODE, Said(SECRET), by=ADA)
        [noted] = await talk.untold.note("g", thread, [an_edit(thread)], ADA)
        await talk.edit("g", thread.id, thread.messages[0].id, Said(MENDED), by=ADA)
        await make_up(here)
        for step in talk.untold.steps(noted, await talk.thread("g", thread.id)):
            await step()
        assert await what_is_told(here, BO) == (
            ["mention: look, @Bo"],
            ["comment.edited: look, @Bo", "comment.created: "],
        )


async def test_an_edit_that_was_never_stored_or_is_of_what_was_deleted_tells_nobody(tmp_path: Path) -> None:
    """TALK-17"""
    async with a_house(tmp_path) as house:
        here, talk = house.here, house.here.discussions
        stays, goes = [await talk.begin("g", NODE, Said(SECRET), by=ADA) for _ in range(2)]
        for thread in (stays, goes):
            await talk.untold.note("g", thread, [an_edit(thread)], ADA)
        await talk.remove("g", goes.id, by=ADA)
        before = await what_is_told(here, BO)
        await make_up(here)
        assert await what_is_told(here, BO) == before


def an_edit(thread: Thread) -> Tell:
    return Tell("comment.edited", thread.messages[0].id)


async def dies(*_: object, **__: object) -> None:
    """A server that ends here."""
    raise OperationalError("COMMIT", {}, Exception("no database any more"))
