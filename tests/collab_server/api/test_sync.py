"""The doors: who gets in, and what those who don't are told."""

import pytest

from collab_server.stores.documents import DocumentKey, MemoryDocuments
from flowroom.protocol import CloseCode
from tests.collab_server.rooms.conftest import serve


@pytest.mark.parametrize("token", [None, "", "wrong"])
async def test_who_is_not_signed_in_is_told_so_after_the_handshake(token: str | None) -> None:
    """ROOM-23"""
    async with serve() as server:
        nobody = await server.connect(token=token, sync=False)
        assert await nobody.closed() == CloseCode.NOT_SIGNED_IN


async def test_a_page_of_another_site_is_not_let_in() -> None:
    """ROOM-23"""
    async with serve() as server:
        page = await server.connect(sync=False, origin="https://evil.example")
        assert await page.closed() == CloseCode.NOT_ALLOWED


async def test_an_unknown_graph_is_not_there() -> None:
    """ROOM-23"""
    async with serve() as server:
        nobody = await server.connect("/sync/graphs/other", sync=False)
        assert await nobody.closed() == CloseCode.NO_SUCH_DOCUMENT


@pytest.mark.parametrize(("create_on_join", "token"), [(False, "admin"), (True, "editor")])
async def test_a_socket_creates_nothing_unless_an_admin_may(create_on_join: bool, token: str) -> None:
    """ROOM-23"""
    documents = MemoryDocuments()
    async with serve(documents, create_on_join=create_on_join) as server:
        nobody = await server.connect("/sync/graphs/new", token=token, sync=False)
        assert await nobody.closed() == CloseCode.NO_SUCH_DOCUMENT
    assert not await documents.exists(DocumentKey("graph", "new"))


async def test_an_admin_creates_by_joining_where_that_is_set() -> None:
    """ROOM-23"""
    documents = MemoryDocuments()
    async with serve(documents, create_on_join=True) as server:
        await server.connect("/sync/graphs/new", token="admin")
    assert documents.documents[DocumentKey("graph", "new")].owner == "admin"


async def test_a_graph_may_have_the_same_ids_by_a_socket_as_by_rest() -> None:
    """ROOM-23: letters are those of any language."""
    documents = MemoryDocuments()
    async with serve(documents, create_on_join=True) as server:
        await server.connect("/sync/graphs/gr%C3%B6%C3%9Fer.1", token="admin")
    assert await documents.exists(DocumentKey("graph", "größer.1"))


async def test_an_id_that_no_graph_may_have_is_not_created() -> None:
    """ROOM-23"""
    async with serve(create_on_join=True) as server:
        nobody = await server.connect("/sync/graphs/%2e%2e%00", token="admin", sync=False)
        assert await nobody.closed() == CloseCode.NO_SUCH_DOCUMENT


async def test_while_nobody_can_be_asked_who_comes_is_told_to_try_again() -> None:
    """ROOM-23"""
    async with serve() as server:
        nobody = await server.connect(token="broken", sync=False)
        assert await nobody.closed() == CloseCode.NOT_READY
