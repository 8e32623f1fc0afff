"""The client against the smallest server: editing, acknowledgement, loss and return, refusal, presence."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pycrdt import Doc

from flowroom.client import Patience, Workspace, connect
from flowroom.errors import ConnectionLost, ConnectionRefused, NewerSchema, NoSuchDocument, NotAllowed, NotSignedIn
from flowroom.model import Graph, Meta
from flowroom.protocol import CloseCode, MessageType, SyncType, graph_path
from flowroom.ydoc import GraphDocument
from tests.flowroom.client.small_server import SmallServer, until

QUICK = Patience(
    first=timedelta(milliseconds=5),
    longest=timedelta(milliseconds=50),
    opening=timedelta(seconds=5),
    leaving=timedelta(seconds=5),
    presence=timedelta(milliseconds=1),
)
PATH = graph_path("g")


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with SmallServer() as server:
        yield server


@pytest.fixture
async def workspace(server: SmallServer) -> AsyncIterator[Workspace]:
    async with connect(server.url, token="secret", patience=QUICK) as workspace:
        yield workspace


def held(server: SmallServer) -> GraphDocument:
    return GraphDocument(server.room(PATH).doc)


async def test_an_edit_reaches_the_other_peer(workspace: Workspace) -> None:
    async with workspace.open("g") as one, workspace.open("g") as two:
        node = one.add_node("Template", params={"template": "hé😀"}, pos=(3, 4))

        change = await anext(two.changes()) if node not in two.node_ids() else None

        assert two.node(node) == one.node(node)
        assert change is None or (change.action, change.id) == ("added", node)


async def test_the_token_goes_into_the_header_and_may_come_with_the_address(server: SmallServer) -> None:
    async with connect(f"{server.url}/?token=abc", patience=QUICK) as workspace, workspace.open("g"):
        assert server.tokens == ["Bearer abc"]


async def test_an_edit_is_saved_when_its_echo_has_come_and_not_before(
    server: SmallServer, workspace: Workspace
) -> None:
    async with workspace.open("g") as g:
        server.holds_echoes = True
        g.add_node("A", id="a")
        saving = asyncio.create_task(g.saved())
        await until(lambda: held(server).node_ids() == ["a"])
        assert not saving.done()

        await server.release()
        await saving


async def test_merged_echoes_of_several_peers_save_what_is_in_them(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as one, workspace.open("g") as two:
        server.holds_echoes = True
        for n in range(5):
            one.add_node("A", id=f"a{n}")
            two.add_node("B", id=f"b{n}")
            await until(lambda n=n: len(held(server).node_ids()) == 2 * n + 2)
        saving = [asyncio.create_task(g.saved()) for g in (one, two)]

        await server.release()
        await asyncio.gather(*saving)
        assert one.graph == two.graph == held(server).graph()


async def test_a_deletion_alone_is_saved_too(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as g:
        g.add_node("A", id="a")
        await g.saved()
        server.holds_echoes = True
        g.delete(["a"])
        saving = asyncio.create_task(g.saved())
        await until(lambda: held(server).node_ids() == [])
        assert not saving.done()

        await server.release()
        await saving


async def test_edits_made_offline_are_sent_on_return(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as g, workspace.open("g") as other:
        g.add_node("A", id="kept")
        g.add_node("A", id="doomed")
        await g.saved()
        await server.stop()
        await until(lambda: g.status == "offline" and other.status == "offline")

        g.add_node("B", id="b")
        g.delete(["doomed"])
        g.add_node("C", id="passing")
        g.delete(["passing"])
        other.add_node("D", id="d")
        await server.start()

        await asyncio.gather(g.saved(), other.saved())
        await until(lambda: g.node_ids() == other.node_ids() == ["b", "d", "kept"])
        assert held(server).node_ids() == ["b", "d", "kept"]
        assert g.status == "online"


async def test_what_the_server_took_without_echo_is_saved_after_reconnecting(
    server: SmallServer, workspace: Workspace
) -> None:
    async with workspace.open("g") as g:
        g.add_node("A", id="a")
        await g.saved()
        server.holds_echoes = True
        g.add_node("B", id="b")
        g.delete(["a"])
        await until(lambda: held(server).node_ids() == ["b"])
        server.room(PATH).held.clear()
        server.drop_all()

        await g.saved()
        assert g.status == "online"


async def test_a_server_that_forgot_everything_is_told_again(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as g:
        g.add_node("A", id="a")
        g.add_node("A", id="gone")
        g.delete(["gone"])
        await g.saved()
        await server.stop()
        server.rooms.clear()
        await server.start()

        await until(lambda: held(server).node_ids() == ["a"])
        await g.saved()


async def test_many_edits_in_one_turn_go_out_as_one_frame(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as g:
        server.frames.clear()
        for n in range(100):
            g.add_node("A", id=f"n{n}")
        await g.saved()

        assert len([frame for frame in server.frames if frame[0] == MessageType.SYNC]) == 1


async def test_more_than_a_frame_of_offline_edits_goes_out_in_parts(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as g:
        await server.stop()
        await until(lambda: g.status == "offline")
        for n in range(12):
            g.add_node("A", id=f"n{n:02}", params={"data": "x" * 100_000})
        g.delete(["n00"])
        await server.start()

        await g.saved()
        assert len(held(server).node_ids()) == 11
        assert max(map(len, server.frames)) < 2**20


async def test_leaving_waits_for_the_last_edit(server: SmallServer, workspace: Workspace) -> None:
    async with workspace.open("g") as g:
        g.add_node("A", id="a")

    assert held(server).node_ids() == ["a"]


async def test_leaving_says_so_when_edits_were_not_acknowledged(server: SmallServer) -> None:
    impatient = Patience(leaving=timedelta(milliseconds=20))
    async with connect(server.url, patience=impatient) as workspace:
        with pytest.raises(ConnectionLost, match="1 edits were not acknowledged"):
            async with workspace.open("g") as g:
                server.holds_echoes = True
                g.add_node("A")


async def test_a_left_graph_can_not_be_edited_or_run(workspace: Workspace) -> None:
    """KIT-11: nobody would leave the run any more."""
    async with workspace.open("g") as g:
        pass

    with pytest.raises(ConnectionLost, match="left"):
        g.add_node("A")
    with pytest.raises(ConnectionLost, match="left"):
        await g.run()
    assert g.status == "closed"
    assert [change async for change in g.changes()] == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (CloseCode.NOT_SIGNED_IN, NotSignedIn),
        (CloseCode.NOT_ALLOWED, NotAllowed),
        (CloseCode.NO_SUCH_DOCUMENT, NoSuchDocument),
        (CloseCode.EPOCH_CHANGED, ConnectionRefused),
        (4498, ConnectionRefused),
    ],
)
async def test_a_final_close_code_is_raised(
    server: SmallServer, workspace: Workspace, code: int, error: type[ConnectionRefused]
) -> None:
    server.refuses = code
    with pytest.raises(error) as raised:
        async with workspace.open("g"):
            pass
    assert raised.value.code == code


@pytest.mark.parametrize(("status", "error"), [(401, NotSignedIn), (403, NotAllowed), (404, NoSuchDocument)])
async def test_a_refused_handshake_is_raised(
    server: SmallServer, workspace: Workspace, status: int, error: type[ConnectionRefused]
) -> None:
    server.answers_status = status
    with pytest.raises(error):
        async with workspace.open("g"):
            pass


@pytest.mark.parametrize("code", [CloseCode.SERVICE_RESTART, CloseCode.TRY_LATER, CloseCode.NOT_READY, 1000])
async def test_any_other_close_code_is_tried_again(server: SmallServer, workspace: Workspace, code: int) -> None:
    server.refuses = code
    asyncio.get_running_loop().call_later(0.05, lambda: setattr(server, "refuses", None))
    async with workspace.open("g") as g:
        assert g.status == "online"


async def test_a_refusal_in_the_middle_ends_waiting_editing_and_iterating(
    server: SmallServer, workspace: Workspace
) -> None:
    with pytest.raises(NotAllowed):
        async with workspace.open("g") as g:
            changes = g.changes()
            server.holds_echoes = True
            g.add_node("A")
            for socket in list(server.room(PATH).sockets):
                await socket.close(CloseCode.NOT_ALLOWED)
            with pytest.raises(NotAllowed):
                await g.saved()
            with pytest.raises(NotAllowed):
                g.add_node("B")
            with pytest.raises(NotAllowed):
                await anext(changes)


async def test_a_server_that_is_not_there_is_reported() -> None:
    async with connect("http://127.0.0.1:9", patience=Patience(opening=timedelta(milliseconds=100))) as workspace:
        with pytest.raises(ConnectionLost, match="did not answer"):
            async with workspace.open("g"):
                pass
        with pytest.raises(ConnectionLost, match="does not answer"):
            await workspace.graphs()


async def test_a_text_frame_or_a_broken_one_makes_the_client_connect_anew(
    server: SmallServer, workspace: Workspace
) -> None:
    async with workspace.open("g") as g:
        broken: list[str | bytes] = [
            "text",
            b"",
            b"\x00",
            b"\x00\x02\x7f\x00",
            b"\x01\x02\xff\xff",
            b"\x00\x02\x03\xff\xff\xff",
        ]
        for count, frame in enumerate(broken, 2):
            for socket in list(server.room(PATH).sockets):
                await socket.send(frame)
            await until(lambda count=count: server.opened[PATH] == count and g.status == "online")
        g.add_node("A")
        await g.saved()


async def test_changes_are_those_of_others_unless_asked_for_ones_own(workspace: Workspace) -> None:
    async with workspace.open("g") as one, workspace.open("g") as two:
        theirs, all_of_them = one.changes(), one.changes(mine=True)
        one.add_node("A", id="a")
        two.add_node("B", id="b")

        change = await anext(theirs)
        assert (change.kind, change.action, change.id) == ("node", "added", "b")
        assert [(await anext(all_of_them)).id for _ in "ab"] == ["a", "b"]


async def test_peers_see_each_other_and_what_they_do(workspace: Workspace) -> None:
    async with workspace.open("g") as one:
        async with workspace.open("g") as two:
            await until(lambda: len(one.presence.others) == len(two.presence.others) == 1)
            two.presence.set(cursor=(1, 2), selection=["a"], running="n1")
            others = await one.presence.changed()
            assert (others[0].cursor, others[0].selection, others[0].running) == ((1, 2), ("a",), "n1")
            two.presence.set(cursor=None)
            others = await one.presence.changed()
            assert (others[0].cursor, others[0].running) == (None, "n1")
        await until(lambda: one.presence.others == [])


async def test_a_quick_cursor_is_not_a_flood(server: SmallServer) -> None:
    slow = Patience(presence=timedelta(milliseconds=100))
    async with connect(server.url, patience=slow) as workspace, workspace.open("g") as g:
        server.frames.clear()
        for n in range(50):
            g.presence.set(cursor=(n, n))
            await asyncio.sleep(0)
        g.add_node("A")
        await g.saved()
        await until(lambda: any(b"[49,49]" in frame for frame in server.frames))

        assert len([frame for frame in server.frames if frame[0] == MessageType.AWARENESS]) <= 2


async def test_a_lost_connection_empties_the_room_and_its_return_fills_it(
    server: SmallServer, workspace: Workspace
) -> None:
    async with workspace.open("g") as one, workspace.open("g") as two:
        await until(lambda: len(one.presence.others) == 1)
        two.presence.set(running="n")
        await server.stop()
        await until(lambda: one.presence.others == [])
        await server.start()
        await until(lambda: [other.running for other in one.presence.others] == ["n"])


async def test_a_graph_of_a_newer_schema_is_not_opened(server: SmallServer, workspace: Workspace) -> None:
    held(server).seed(Graph(meta=Meta(schema_version=2)))
    with pytest.raises(NewerSchema):
        async with workspace.open("g"):
            pass


async def test_nothing_holds_a_document_once_it_is_left(workspace: Workspace) -> None:
    """Nor is it in a circle, which is there until Python next looks for those: a bot that watches large runs would grow
    by each of them.
    """

    async def visit() -> "weakref.ref[Doc[object]]":  # type: ignore[type-var]
        async with workspace.open("g") as g:
            g.add_node("A")
            return weakref.ref(g.doc)

    gc.disable()
    try:
        doc = await visit()
        await until(lambda: doc() is None)
    finally:
        gc.enable()


async def test_a_bot_that_never_edits_sends_no_update(server: SmallServer, workspace: Workspace) -> None:
    held(server).add_node("A")
    async with workspace.open("g") as g:
        assert len(g.node_ids()) == 1
        await g.saved()
    sent = [frame for frame in server.frames if frame[0] == MessageType.SYNC and frame[1] != SyncType.STEP1]
    assert sent == [bytes([MessageType.SYNC, SyncType.STEP2, 2, 0, 0])]
