"""What a server writes into a room itself, and what it makes of edits: lists, and an end to edges that dangle."""

import pytest

from collab_server.errors import NotReady
from flowroom.errors import InvalidGraph
from flowroom.model import Graph, Node, NodeId
from flowroom.ydoc import GraphDocument
from tests.collab_server.rooms.conftest import GRAPH, eventually, serve
from tests.collab_server.rooms.storage import FailingDocuments


async def test_an_edit_of_the_server_is_stored_shown_and_listed() -> None:
    """ROOM-19"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        async with server.rooms.opened(GRAPH) as room:
            await room.edit(lambda graph: graph.set_meta(title="Named"), by=None, origin="rest")
        assert documents.documents[GRAPH].summary.title == "Named"
        await eventually(lambda: GraphDocument(one.doc).meta.title == "Named")


async def test_what_peers_edit_is_listed_soon() -> None:
    """ROOM-20"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        graph = GraphDocument(one.doc)
        a, b = graph.add_node("Chat", pos=(1, 2)), graph.add_node("Log")
        graph.connect(a, b)
        await one.flush()
        await eventually(lambda: documents.documents[GRAPH].summary.edges == 1)
        summary = documents.documents[GRAPH].summary
        assert summary.nodes == 2
        assert len(summary.preview["nodes"]) == 2 and summary.preview["edges"] in ([[0, 1]], [[1, 0]])


async def test_an_edge_that_stays_dangling_is_removed() -> None:
    """ROOM-21"""
    documents = FailingDocuments()
    async with serve(documents, janitor_seconds=0.1) as server:
        one, other = await server.connect(), await server.connect()
        graph = GraphDocument(one.doc)
        a, b = graph.add_node("Chat"), graph.add_node("Log")
        edge = graph.connect(a, b)
        await one.flush()
        await eventually(lambda: edge in GraphDocument(other.doc).edges)
        del one.doc["nodes"][b]
        await one.flush()
        await eventually(lambda: edge not in GraphDocument(other.doc).edges)
        assert documents.documents[GRAPH].stored.tail[-1].origin == "janitor"


async def test_an_edit_of_the_server_that_peers_may_not_make_is_undone() -> None:
    """ROOM-19"""
    deep: list[object] = []
    for _ in range(60):
        deep = [deep]
    documents = FailingDocuments()
    async with serve(documents) as server:
        one = await server.connect()
        async with server.rooms.opened(GRAPH) as room:
            with pytest.raises(InvalidGraph, match="deep"):
                await room.edit(lambda graph: graph.set_template("t", deep), by=None, origin="rest")
            await eventually(lambda: room.is_live)
            await room.edit(lambda graph: graph.set_meta(title="After"), by=None, origin="rest")
            assert not (await room.graph()).templates
        await eventually(lambda: GraphDocument(one.doc).meta.title == "After")


async def test_a_large_import_is_one_edit_that_peers_go_on_from() -> None:
    """ROOM-19"""
    documents = FailingDocuments()
    async with serve(documents) as server:
        one, other = await server.connect(), await server.connect()
        nodes = {
            NodeId(f"n{n}"): Node(id=NodeId(f"n{n}"), type="Template", params={"x": "y" * 100}) for n in range(800)
        }
        async with server.rooms.opened(GRAPH) as room:
            await room.edit(lambda graph: graph.seed(Graph(nodes=nodes)), by=None, origin="import")
        await eventually(lambda: len(GraphDocument(one.doc).node_ids()) == 800)
        GraphDocument(one.doc).update_node("n5", name="Renamed")
        await one.flush()
        await eventually(lambda: GraphDocument(other.doc).node("n5").name == "Renamed")


async def test_edits_of_the_server_are_refused_while_storage_fails() -> None:
    """ROOM-14"""
    documents = FailingDocuments()
    async with serve(documents) as server, server.rooms.opened(GRAPH) as room:
        documents.failing = True
        for _ in range(2):
            with pytest.raises(NotReady):
                await room.edit(lambda graph: graph.set_meta(title="Later"), by=None, origin="rest")
        documents.failing = False
        await eventually(lambda: documents.documents[GRAPH].summary.title == "Later")
