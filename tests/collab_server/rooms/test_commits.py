"""What an edit causes can be followed: lines of the log, and spans, say which frame of which socket it was."""

import time

from collab_server.logging import logger
from collab_server.rooms import commits
from collab_server.rooms.batch import Batch, Edit
from collab_server.stores.documents import Entry
from flowroom import tracing
from flowroom.tracing import Span, Trace
from tests.collab_server.conftest import Lines
from tests.collab_server.rooms.conftest import eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments


async def test_a_commit_names_the_sockets_whose_frames_it_stored(lines: Lines) -> None:
    """OPS-15: the frame that ended the socket is of the same trace as the one that was stored, and another span."""
    async with serve() as server:
        client = await server.connect()
        await client.saved(await client.edit("k", 1))
        await eventually(lambda: lines("committed"))
        await client.socket.send(b"\xff\xff")
        await client.closed()
        await eventually(lambda: lines("malformed frame"))

    (stored,) = lines("committed")
    (refused,) = lines("malformed frame")
    assert stored["traces"] == [refused["trace"]]
    assert stored["last"] == 1 and stored["edits"] == 1
    assert "trace" not in stored  # a commit is nobody's own


async def test_a_commit_that_fails_names_who_waits_for_it(lines: Lines) -> None:
    """OPS-15: and not whoever the room was opened for."""
    documents = FailingDocuments()
    async with serve(documents) as server:
        await server.connect()
        other = await server.connect()
        documents.failing = True
        await other.edit("k", 1)
        await eventually(lambda: lines("room turned read-only"))
        documents.failing = False
        await eventually(lambda: lines("committed"))

    failed, stored = lines("room turned read-only")[0], lines("committed")[0]
    assert len(failed["traces"]) == 1
    assert failed["traces"] == stored["traces"]
    assert "trace" not in failed


async def test_frames_are_parts_of_their_socket() -> None:
    """OPS-15: two sockets, two traces; ids of frames are counted on."""
    spans: list[Span] = []
    async with serve() as server:
        with tracing.collected(spans.append):
            one, two = await server.connect(), await server.connect()
            for number in range(commits.ONE_OF):
                for client in (one, two):
                    await client.saved(await client.edit(f"{id(client)}-{number}", number))  # or some come together
            await eventually(lambda: len({span.trace.id for span in spans if span.name == "edit"}) == 2)
    for span in spans:
        if span.name == "edit":
            assert span.trace.number % commits.ONE_OF == 0
            assert 0 < (span.trace.number - span.trace.parent) % 2**64 <= commits.ONE_OF + 2


def test_a_frame_that_took_long_is_told_with_the_commit_that_stored_it() -> None:
    """OPS-15: one in a hundred of the others is; the commit is linked to all it stored."""
    now = time.time()
    slow, quick, picked = cause(1, now - 2), cause(2, now), cause(2 * commits.ONE_OF, now)
    spans = told(Batch([edit(slow), edit(quick), edit(picked)], last=9, began=now - 0.1))

    assert [(span.name, span.trace) for span in spans[:2]] == [("edit", slow), ("edit", picked)]
    commit = spans[2]
    assert commit.trace.parent == slow.number and commit.trace.id == slow.id
    assert list(commit.links) == [picked, quick]
    assert commit.facts["flowroom.last"] == 9


def test_what_is_quick_or_made_by_the_room_itself_is_not_told() -> None:
    now = time.time()
    own = Edit(Entry(b"", "janitor"), {}, cause=None)
    assert told(Batch([edit(cause(1, now)), own], began=now)) == []


def test_a_request_has_its_commit_told() -> None:
    """OPS-15: as a part of it; the request tells of itself."""
    request = cause(1, time.time())
    (commit,) = told(Batch([Edit(Entry(b"", "rest"), {}, cause=request)], began=time.time()))
    assert commit.name == "commit" and commit.trace.parent == request.number


def cause(number: int, since: float) -> Trace:
    return Trace(f"{number:032x}", number, 7, since)


def edit(by: Trace) -> Edit:
    return Edit(Entry(b"", "peer", "ada"), {}, cause=by)


def told(batch: Batch) -> list[Span]:
    spans: list[Span] = []
    with tracing.collected(spans.append):
        commits.tell(logger("rooms"), "graph:g", batch)
    return spans
