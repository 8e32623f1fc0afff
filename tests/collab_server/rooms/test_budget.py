"""A document has a size that it may not outgrow, and open documents a memory that they share."""

import gc
import json
import weakref
from typing import Any

import pytest
from pycrdt import Doc, Map

from collab_server.errors import TooLarge
from collab_server.rooms import frames
from collab_server.rooms.budget import Budget
from collab_server.rooms.memory import FACTOR, ROOM_BYTES, estimated
from collab_server.settings import Settings
from collab_server.stores.documents import DocumentKey, Entry, MemoryDocuments
from flowroom.protocol import AuthType, MessageType
from tests.collab_server.rooms.conftest import GRAPH, Client, eventually, serve

KB = 1024
SPACE = bytes([MessageType.AUTH, AuthType.SPACE])
LIMITS: dict[str, Any] = {"max_document_bytes": 40 * KB, "warn_document_share": 0.5, "snapshot_rows": 10_000}


def said(client: Client) -> list[str]:
    """The notices a client got, as sentences."""
    return [frame[3:].decode(errors="replace") for frame in client.notices]


def numbers(client: Client) -> list[dict[str, Any]]:
    """What a client was told of how full the document is, the newest last."""
    return [json.loads(frame[3:]) for frame in client.received if frame[:2] == SPACE]


def test_levels_are_told_when_they_change() -> None:
    """OPS-8."""
    size = 0
    budget = Budget(Settings.model_validate(LIMITS), lambda: size)
    assert budget.news() is None
    size = 20 * KB
    assert "nearly full: it has 20 kB of the 40 kB" in str(budget.news())
    assert budget.news() is None
    size = 50 * KB
    assert "is full" in str(budget.news())
    size = 3 * KB
    assert "room again" in str(budget.news())


def test_how_full_it_is_is_told_again_with_each_per_cent() -> None:
    """OPS-8: but not while there is plenty of room."""
    size = 10 * KB
    budget = Budget(Settings.model_validate(LIMITS), lambda: size)
    assert not budget.has_grown()
    size = 20 * KB
    assert budget.has_grown() and not budget.has_grown()
    size = 21 * KB
    assert budget.has_grown()


async def test_everyone_is_told_before_a_document_is_full() -> None:
    """OPS-8: those who are there, and those who come later."""
    async with serve(**LIMITS) as server:
        writer, reader = await server.connect(), await server.connect(token="viewer")
        await writer.saved(await writer.edit("big", "x" * 25 * KB))
        await eventually(lambda: all(any("nearly full" in told for told in said(one)) for one in (writer, reader)))
        late = await server.connect()
        await eventually(lambda: any("nearly full" in told for told in said(late)))
        assert numbers(late)[0]["level"] == "nearly full"
        assert numbers(late)[0]["most"] == 40 * KB > numbers(late)[0]["size"] > 25 * KB


async def test_a_full_document_takes_deletions_and_then_what_waited() -> None:
    """OPS-8: the peer whose edit is too much is told, keeps its socket and its edit, and nothing of it is shown."""
    async with serve(**LIMITS) as server:
        writer, reader = await server.connect(), await server.connect()
        await writer.saved(await writer.edit("one", "x" * 15 * KB))
        await writer.saved(await writer.edit("two", "y" * 15 * KB))
        too_much = await writer.edit("three", "z" * 15 * KB)
        await eventually(lambda: any("is full" in told for told in said(writer)))
        small = await reader.edit("small", 1)  # others may go on with what fits
        await reader.saved(small)
        assert "three" not in reader.map and too_much not in writer.echoes
        await eventually(lambda: any("is full" in told for told in said(reader)))

        del writer.map["one"]
        await writer.flush()
        await reader.shows("one", None)
        async with server.rooms.opened(GRAPH) as room:
            await room.upkeep.snapshot()
        await reader.shows("three", "z" * 15 * KB)
        assert writer.socket.close_code is None


async def test_a_document_that_is_full_makes_room_by_itself() -> None:
    """OPS-8: once something was deleted a snapshot is taken, whatever the log would have waited for."""
    async with serve(**LIMITS | {"max_document_bytes": 30 * KB}) as server:
        writer = await server.connect()
        for number in range(6):
            await writer.saved(await writer.edit(f"k{number}", "x" * 4900))
        await writer.edit("more", "y" * 4000)
        await eventually(lambda: any("is full" in told for told in said(writer)))
        for number in range(4):
            del writer.map[f"k{number}"]
        await writer.flush()
        await writer.edit("again", "z" * 3000)
        reader = await server.connect()
        await reader.shows("more", "y" * 4000)
        await reader.shows("again", "z" * 3000)


async def test_the_servers_own_edits_need_room_too() -> None:
    """OPS-8: what is refused is not applied, and what adds nothing is always taken."""
    async with serve(**LIMITS) as server:
        writer = await server.connect()
        await writer.saved(await writer.edit("big", "x" * 39 * KB))
        async with server.rooms.opened(GRAPH) as room:
            with pytest.raises(TooLarge, match="This graph is full"):
                await room.write(lambda doc: put(doc, "more"), by=None, origin="rest", adds=2 * KB)
            await room.write(lambda doc: put(doc, "less"), by=None, origin="rest", adds=0)
        await writer.shows("less", 1)
        assert "more" not in writer.map


def put(doc: Doc[Any], key: str) -> None:
    doc.get("m", type=Map)[key] = 1


async def test_who_waited_is_told_when_less_of_it_fits_after_all() -> None:
    """OPS-8: what waited was deleted where it was made."""
    async with serve(**LIMITS) as server:
        writer, reader = await server.connect(), await server.connect()
        await writer.saved(await writer.edit("some", "x" * 25 * KB))
        await reader.shows("some", "x" * 25 * KB)
        await writer.edit("too much", "y" * 30 * KB)
        await eventually(lambda: [told["level"] for told in numbers(writer)][-1:] == ["full"])

        del writer.map["too much"]
        await writer.socket.send(frames.step2(writer.doc.get_update(reader.doc.get_state())))

        await eventually(lambda: [told["level"] for told in numbers(writer)][-1:] == ["nearly full"])


async def test_a_document_is_no_longer_full_when_who_waited_has_left() -> None:
    """OPS-8: it was full for an edit that was too large; in the numbers, to who made that and to nobody else."""
    async with serve(**LIMITS) as server:
        writer, reader = await server.connect(), await server.connect()
        await writer.edit("too much", "x" * 60 * KB)
        await eventually(lambda: any("is full" in told for told in said(reader)))
        await eventually(lambda: [told["level"] for told in numbers(writer)][-1:] == ["full"])
        await reader.saved(await reader.edit("small", 1))

        await writer.close()

        await eventually(lambda: any("room again" in told for told in said(reader)))
        assert {told["level"] for told in numbers(reader)} == {"roomy"}


def test_memory_is_estimated_by_size() -> None:
    class Document:
        size = 1000

    assert estimated([Document(), Document()]) == 2 * (ROOM_BYTES + FACTOR * 1000)


async def test_rooms_that_nobody_is_in_make_place_for_others() -> None:
    """OPS-9: oldest first; while all are in use, whoever comes is told to try again, and why."""
    documents = MemoryDocuments()
    keys = [DocumentKey("graph", name) for name in ("g", "h", "i")]
    for key in keys:
        await documents.create(key)
        await documents.append(key, 1, [Entry(an_update("x" * 40 * KB), "peer", "ada")])
    async with serve(documents, create=False, max_documents_memory=2**20, evict_seconds=60) as server:
        first = await server.connect("/sync/graphs/g")
        second = await server.connect("/sync/graphs/h")
        third = await server.connect("/sync/graphs/i", sync=False)
        assert await third.closed() == 1013
        assert "memory" in str(third.socket.close_reason)
        await first.close()
        await eventually(lambda: "graph:g" in server.rooms.rooms and not server.rooms.rooms["graph:g"].clients)
        await server.connect("/sync/graphs/i")
        await eventually(lambda: "graph:g" not in server.rooms.rooms, "the idle room stayed")
        assert second.socket.close_code is None
        assert server.rooms.memory > 0


def an_update(text: str) -> bytes:
    doc: Doc[Any] = Doc()
    doc.get("m", type=Map)["big"] = text
    return doc.get_update()


async def test_what_a_room_that_is_put_away_held_is_free_at_once() -> None:
    """ROOM-33: whenever Python next looks for circles, of which a room is one."""
    made: list[weakref.ref[Doc[Any]]] = []

    def make_doc() -> Doc[Any]:
        doc: Doc[Any] = Doc()
        made.append(weakref.ref(doc))
        return doc

    async with serve(make_doc=make_doc, evict_seconds=0.05) as server:
        gc.disable()
        try:
            one = await server.connect()
            await one.saved(await one.edit("x", 1))
            await one.close()
            await eventually(lambda: made and not any(doc() for doc in made))
        finally:
            gc.enable()
