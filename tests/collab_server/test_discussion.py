"""What is told of a discussion to those who keep it, and what it costs too much to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from collab_server import workspace
from collab_server.auth.identity import Identity
from collab_server.errors import RateLimited, TooLarge
from collab_server.happenings import Happening
from collab_server.said import Said
from collab_server.settings import Settings
from collab_server.stores.documents import DocumentKey
from collab_server.stores.inbox import notification
from collab_server.stores.people import PersonRow, add_person
from flowroom.discussion import NodeAnchor
from flowroom.files import native
from flowroom.model import NodeId
from flowroom.ydiscussion import DiscussionDocument
from tests.collab_server.rooms.conftest import eventually

ADA = Identity("ada", "Ada", "#112233", "commenter")
BO = Identity("bo", "Bo", "#223344", "commenter")
ADMIN = Identity("root", "Root", "#000000", "admin")
NODE = NodeAnchor(node=NodeId("n"))


@dataclass
class House:
    """A workspace with the graph `g`, and what was told of it."""

    here: workspace.Workspace
    told: list[Happening] = field(default_factory=list)

    async def listen(self, happening: Happening) -> None:
        self.told.append(happening)

    def kinds(self) -> list[str]:
        kinds = [happening.kind for happening in self.told]
        self.told.clear()
        return kinds


def introduce(here: workspace.Workspace, *people: Identity) -> None:
    """Let people be known in a workspace: nobody else is told anything."""
    with here.engine.begin() as connection:
        for one in people:
            add_person(connection, PersonRow(one.id, None, one.name, one.colour, None, None, 0.0, None, None))


@asynccontextmanager
async def a_house(data: Path, *people: Identity, database: str = "") -> AsyncIterator[House]:
    """A workspace with small limits, and with people who are known there."""
    settings = Settings(data=data, database_url=database, max_comments_per_minute=30, max_document_bytes=20_000)
    async with workspace.opened(settings) as here:
        graph = native.load(b'{"nodes": {"n": {"type": "LLM", "name": "Summarise"}}}')
        await here.graphs.create(graph, title="G", by=ADMIN, id="g")
        introduce(here, *people)
        house = House(here)
        here.happenings.listen(house.listen)
        yield house


async def test_everything_done_is_told_once(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        talk = house.here.discussions
        thread = await talk.begin("g", NODE, Said("Why, @[Bo](bo)?"), by=ADA)
        first = thread.messages[0].id
        assert house.kinds() == ["thread.created", "comment.created"]
        reply = await talk.reply("g", thread.id, Said("Because."), by=BO)
        await talk.edit("g", thread.id, reply.id, Said("Because!"), by=BO)
        await talk.edit("g", thread.id, reply.id, Said("Because!"), by=BO)
        for _ in range(2):
            await talk.react("g", thread.id, first, "👍", by=BO)
            await talk.set_state("g", thread.id, "resolved", by=BO)
        assert house.kinds() == ["comment.created", "comment.edited", "comment.reacted", "thread.resolved"]
        await talk.unreact("g", thread.id, first, "👍", by=BO)
        await talk.set_state("g", thread.id, "open", by=ADA)
        await talk.delete("g", thread.id, first, by=ADA)
        await talk.delete("g", thread.id, reply.id, by=BO)
        assert house.kinds() == ["thread.reopened", "comment.deleted", "comment.deleted", "thread.deleted"]
        other = await talk.begin("g", NODE, Said("x"), by=ADA)
        house.kinds()
        await talk.remove("g", other.id, by=ADA)
        assert house.kinds() == ["thread.deleted"]


async def test_what_is_told_says_who_where_and_what(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        thread = await house.here.discussions.begin("g", NODE, Said("Why, @[Bo](bo)?", ("cy",)), by=ADA)
        created = house.told[-1]
        expected: dict[str, Any] = {
            "thread": thread.id,
            "anchor": {"type": "node", "node": "n"},
            "quote": "Summarise",
            "message": thread.messages[0].id,
            "mentions": ["bo", "cy"],
            "excerpt": "Why, @Bo?",
        }
        assert (created.by, created.graph, created.facts) == (ADA, "g", expected)


async def test_what_was_deleted_is_not_told_again(tmp_path: Path) -> None:
    """TALK-5: of a deleted comment only that it was is told, not what it said."""
    async with a_house(tmp_path) as house:
        talk = house.here.discussions
        thread = await talk.begin("g", NODE, Said("secret"), by=ADA)
        house.kinds()
        await talk.delete("g", thread.id, thread.messages[0].id, by=ADA)
        assert "secret" not in str([happening.facts for happening in house.told])


async def test_nobody_is_told_whom_there_is_not(tmp_path: Path) -> None:
    """TALK-8: a comment may name whomever it likes, and nothing is kept for those; who is there is told."""
    async with a_house(tmp_path, BO) as house:
        nobodies = tuple(f"nobody-{n}" for n in range(40))
        thread = await house.here.discussions.begin("g", NODE, Said("look", ("bo", *nobodies)), by=ADA)
        await house.here.discussions.edit(
            "g", thread.id, thread.messages[0].id, Said("look again", ("bo", "another")), by=ADA
        )
        with house.here.engine.connect() as connection:
            assert connection.scalars(select(notification.c.person)).all() == ["bo"]


async def test_whoever_says_too_much_in_a_minute_has_to_wait(tmp_path: Path) -> None:
    """TALK-8: others don't."""
    async with a_house(tmp_path) as house:
        talk = house.here.discussions
        thread = await talk.begin("g", NODE, Said("x"), by=ADA)
        for _ in range(29):
            await talk.react("g", thread.id, thread.messages[0].id, "👍", by=ADA)
        with pytest.raises(RateLimited, match="30 comments"):
            await talk.reply("g", thread.id, Said("x"), by=ADA)
        await talk.reply("g", thread.id, Said("x"), by=BO)


async def test_a_discussion_that_is_too_large_takes_no_more_but_can_be_cleared(tmp_path: Path) -> None:
    """TALK-8 and OPS-8: what would take it over is refused, and so is the least that adds to a full one."""
    async with a_house(tmp_path) as house:
        talk = house.here.discussions
        thread = await talk.begin("g", NODE, Said("x" * 8000), by=ADA)
        replies = [await talk.reply("g", thread.id, Said("x" * 8000), by=ADA)]
        with pytest.raises(TooLarge, match="This discussion is full"):
            await talk.reply("g", thread.id, Said("x" * 8000), by=ADA)
        with pytest.raises(TooLarge):
            while True:
                replies.append(await talk.reply("g", thread.id, Said("x" * 200), by=ADA))
        async with house.here.rooms.opened(DocumentKey("discussion", "g")) as room:
            assert len(room.ydoc.get_update()) <= 20_000
        with pytest.raises(TooLarge):
            await talk.reply("g", thread.id, Said("x" * 200), by=BO)
        await talk.set_state("g", thread.id, "resolved", by=ADA)
        for reply in replies:
            await talk.delete("g", thread.id, reply.id, by=ADA)
        async with house.here.rooms.opened(DocumentKey("discussion", "g")) as room:
            await room.upkeep.snapshot()
        await talk.reply("g", thread.id, Said("there is room again"), by=ADA)


async def test_a_large_discussion_is_read_as_a_small_one(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        talk = house.here.discussions
        small = [await talk.begin("g", NODE, Said(str(n)), by=ADA) for n in range(3)]
        assert await talk.threads("g") == small
        async with house.here.rooms.opened(DocumentKey("discussion", "g")) as room:
            large = small + [await talk.begin("g", NODE, Said("x" * 5000), by=BO) for _ in range(3)]
            assert len(room.ydoc.get_update()) < 20_000
        assert await talk.threads("g") == large


async def test_nobody_is_shown_what_is_not_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TALK-3: over REST no more than over a socket."""
    async with a_house(tmp_path) as house:
        talk = house.here.discussions
        first = await talk.begin("g", NODE, Said("stored"), by=ADA)
        append = house.here.rooms.documents.append
        may_store = asyncio.Event()

        async def held(*arguments: Any, **named: Any) -> int:
            await may_store.wait()
            return await append(*arguments, **named)

        monkeypatch.setattr(house.here.rooms.documents, "append", held)
        saying = asyncio.create_task(talk.begin("g", NODE, Said("being stored"), by=BO))
        async with house.here.rooms.opened(DocumentKey("discussion", "g")) as room:
            await eventually(lambda: len(DiscussionDocument(room.ydoc).threads()) == 2)
            assert await talk.threads("g") == [first]
            may_store.set()
            second = await saying
        assert await talk.threads("g") == [first, second] and await talk.thread("g", second.id) == second
