"""The room of a discussion: the server writes it, everyone reads it, and it is looked after as a graph's is."""

import asyncio
from typing import Any

import pytest
from pycrdt import Doc

from collab_server.errors import NotReady
from collab_server.stores.documents import DocumentKey, MemoryDocuments, Summary
from flowroom.discussion import Thread
from flowroom.protocol import CloseCode
from flowroom.ydiscussion import DiscussionDocument
from tests.collab_server.rooms.conftest import GRAPH, IDENTITIES, Client, Running, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments, HeldDocuments
from tests.flowroom.talk import HERE, said

TALK = DocumentKey("discussion", "g")
DOOR = "/sync/graphs/g/discussion"


async def say(server: Running, id: str) -> Thread:
    """Begin a thread, as discussion.py does."""

    def change(doc: Doc[Any]) -> Thread:
        document = DiscussionDocument(doc)
        document.begin(id, HERE, "", said(f"m-{id}"))
        return document.thread(id)

    async with server.rooms.opened(TALK) as room:
        return await room.write(change, by=IDENTITIES["viewer"], origin="discussion")


def seen(client: Client) -> list[str]:
    return list(DiscussionDocument(client.doc).threads())


async def test_everyone_who_has_it_open_sees_what_is_written() -> None:
    """TALK-3: the log says whose it was."""
    documents = MemoryDocuments()
    async with serve(documents) as server:
        viewer, editor = await server.connect(DOOR, token="viewer"), await server.connect(DOOR)
        thread = await say(server, "t")
        await eventually(lambda: seen(viewer) == seen(editor) == ["t"], "not seen")
        late = await server.connect(DOOR, token="viewer")
        assert DiscussionDocument(late.doc).thread("t") == thread
        (entry,) = documents.documents[TALK].stored.tail
        assert (entry.origin, entry.user) == ("discussion", "viewer")


@pytest.mark.parametrize("token", ["viewer", "editor", "admin", "engine"])
async def test_nobody_writes_it_over_a_socket(token: str) -> None:
    """TALK-2, ROOM-10."""
    async with serve() as server:
        await say(server, "t")
        reader, forger = await server.connect(DOOR), await server.connect(DOOR, token=token)
        DiscussionDocument(forger.doc).reply("t", said("forged"))
        await forger.flush()
        assert await forger.closed() == CloseCode.NOT_ALLOWED
        await say(server, "u")
        await eventually(lambda: seen(reader) == ["t", "u"], "not seen")
        assert [message.id for message in DiscussionDocument(reader.doc).thread("t").messages] == ["m-t"]


async def test_it_is_answered_when_it_is_on_disk_and_shown_to_nobody_before() -> None:
    """TALK-3, ROOM-19."""
    documents = HeldDocuments()
    async with serve(documents) as server:
        reader = await server.connect(DOOR)
        documents.go.clear()
        saying = asyncio.create_task(say(server, "t"))
        await eventually(lambda: documents.held == 1)
        assert not saying.done() and seen(reader) == []
        documents.go.set()
        await saying
        await eventually(lambda: seen(reader) == ["t"])


async def test_while_storage_fails_nothing_can_be_said() -> None:
    """TALK-3, ROOM-14."""
    documents = FailingDocuments()
    async with serve(documents) as server:
        await say(server, "t")
        documents.failing = True
        with pytest.raises(NotReady):
            await say(server, "u")
        with pytest.raises(NotReady):
            await say(server, "v")
        documents.failing = False
        reader = await server.connect(DOOR)
        await eventually(lambda: seen(reader) == ["t", "u"], "what was taken is stored when that works again")


async def test_it_is_put_away_with_a_snapshot_and_comes_back() -> None:
    """TALK-14, ROOM-17."""
    documents = MemoryDocuments()
    async with serve(documents, evict_seconds=0.05) as server:
        await say(server, "t")
        await eventually(lambda: not server.rooms.rooms, "still open")
        stored = documents.documents[TALK].stored
        assert stored.snapshot is not None and stored.tail == ()
        assert seen(await server.connect(DOOR)) == ["t"]


async def test_a_long_log_of_comments_becomes_a_snapshot() -> None:
    """TALK-14, ROOM-18."""
    documents = MemoryDocuments()
    async with serve(documents, snapshot_rows=5) as server:
        for n in range(8):
            await say(server, f"t{n}")
        await eventually(lambda: documents.documents[TALK].stored.snapshot_seq >= 5)
        assert len(seen(await server.connect(DOOR))) == 8


async def test_it_is_never_taken_for_a_graph() -> None:
    """TALK-14: neither summary nor janitor touches it, nor its graph."""
    documents = MemoryDocuments()
    async with serve(documents, evict_seconds=0.05) as server:
        before = documents.documents[GRAPH]
        await say(server, "t")
        async with server.rooms.opened(TALK) as room:
            await room.upkeep.show()
        await eventually(lambda: not server.rooms.rooms, "still open")
        assert documents.documents[TALK].summary == Summary()
        assert documents.documents[GRAPH] == before and before.stored.tail == ()


async def test_deleting_its_graph_closes_it() -> None:
    """TALK-14, ROOM-22."""
    async with serve() as server:
        reader = await server.connect(DOOR, token="viewer")
        server.rooms.close(TALK, CloseCode.NO_SUCH_DOCUMENT)
        assert await reader.closed() == CloseCode.NO_SUCH_DOCUMENT
