"""Rooms of runs, which only the engine writes, and of discussions, which nobody does over a socket."""

from collab_server.stores.documents import DocumentKey, MemoryDocuments
from flowroom.protocol import CloseCode
from flowroom.run_document import RunDocument
from flowroom.runs import NodePath, NodeView, RunId, RunView
from tests.collab_server.rooms.conftest import serve

RUN = "/sync/runs/r"


async def finished(key: DocumentKey) -> RunView:
    return RunView(RunId(key.id), "g", status="succeeded", nodes={NodePath("n"): NodeView("succeeded", preview="done")})


async def going(key: DocumentKey) -> RunView:
    return RunView(RunId(key.id), "g", status="running")


async def test_the_room_of_a_finished_run_shows_it() -> None:
    """ROOM-25"""
    async with serve(fill=finished) as server:
        viewer = await server.connect(RUN, token="viewer")
        view = RunDocument(viewer.doc).view()
        assert (view.status, view.nodes[NodePath("n")].preview) == ("succeeded", "done")


async def test_the_engine_writes_the_room_of_a_run_and_viewers_see_it() -> None:
    """ROOM-25"""
    async with serve(fill=going) as server:
        engine, viewer = await server.connect(RUN, token="engine"), await server.connect(RUN, token="viewer")
        await engine.saved(await engine.edit("x", 1))
        await viewer.shows("x", 1)


async def test_nobody_else_writes_a_run() -> None:
    """ROOM-10"""
    async with serve(fill=going) as server:
        admin = await server.connect(RUN, token="admin")
        await admin.edit("x", 1)
        assert await admin.closed() == CloseCode.NOT_ALLOWED


async def test_nothing_of_a_run_is_stored() -> None:
    """ROOM-25"""
    documents = MemoryDocuments()
    async with serve(documents, fill=going, evict_seconds=0.05) as server:
        engine = await server.connect(RUN, token="engine")
        await engine.saved(await engine.edit("x", 1))
    assert not await documents.exists(DocumentKey("run", "r"))


async def test_a_run_that_never_was_is_not_there() -> None:
    async with serve() as server:
        nobody = await server.connect(RUN, sync=False)
        assert await nobody.closed() == CloseCode.NO_SUCH_DOCUMENT


async def test_a_discussion_is_there_as_long_as_its_graph_is() -> None:
    """ROOM-26"""
    documents = MemoryDocuments()
    async with serve(documents) as server:
        await server.connect("/sync/graphs/g/discussion", token="viewer")
        nobody = await server.connect("/sync/graphs/other/discussion", sync=False)
        assert await nobody.closed() == CloseCode.NO_SUCH_DOCUMENT
