"""An edit of a comment is made known, whatever befalls the server that stored it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from collab_server import workspace
from collab_server.auth.identity import Identity
from collab_server.said import Said
from collab_server.settings import Settings
from collab_server.stores.activity import Wanted
from collab_server.workspace import Workspace
from tests.collab_server.test_discussion import ADA, BO, NODE, a_house

CY = Identity("cy", "Cy", "#334455", "commenter")
SECRET, MENDED = "our secret", "look, @[Bo](bo)"


def rename(here: Workspace, table: str, to: str) -> None:
    """Have storage refuse whatever is written to one table, or have it take it again."""
    with here.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


async def what_is_told(here: Workspace, person: Identity) -> tuple[list[str], list[str]]:
    """What somebody was told, and what of the comment the list has, the newest first."""
    told = await here.inbox.page(person, unread=False, before=None, limit=10)
    rows = await here.activity.page(
        Wanted(graph="g", kinds=("comment.created", "comment.edited")), before=None, limit=10
    )
    return [f"{one.kind}: {one.excerpt}" for one in told], [f"{row.kind}: {row.facts['excerpt']}" for row in rows]


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
    """What a server does every few seconds, for edits of whatever age."""
    await here.discussions.edits.make_up(here.discussions.thread, after=0)


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


async def test_an_edit_that_two_servers_tell_of_is_told_once(tmp_path: Path) -> None:
    """TALK-16: one that was only slow tells, after all."""
    async with a_house(tmp_path, BO) as house:
        here, talk = house.here, house.here.discussions
        thread = await talk.begin("g", NODE, Said(SECRET), by=ADA)
        noted = await talk.edits.note("g", thread.id, thread.messages[0])
        await talk.edit("g", thread.id, thread.messages[0].id, Said(MENDED), by=ADA)
        await make_up(here)
        for step in talk.edits.steps(noted, await talk.thread("g", thread.id), ADA):
            await step()
        assert await what_is_told(here, BO) == (
            ["mention: look, @Bo"],
            ["comment.edited: look, @Bo", "comment.created: "],
        )


async def test_an_edit_that_was_never_stored_or_is_of_what_was_deleted_tells_nobody(tmp_path: Path) -> None:
    """TALK-16"""
    async with a_house(tmp_path) as house:
        here, talk = house.here, house.here.discussions
        stays, goes = [await talk.begin("g", NODE, Said(SECRET), by=ADA) for _ in range(2)]
        for thread in (stays, goes):
            await talk.edits.note("g", thread.id, thread.messages[0])
        await talk.remove("g", goes.id, by=ADA)
        before = await what_is_told(here, BO)
        await make_up(here)
        assert await what_is_told(here, BO) == before
