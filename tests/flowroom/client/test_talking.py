"""Bots that talk about a graph, against the real server, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flowroom.client import GraphClient, Workspace, connect
from flowroom.discussion import CanvasAnchor, FieldAnchor, NodeAnchor, orphans
from flowroom.discussion_changes import DiscussionChange
from flowroom.errors import ConnectionLost, NoSuchDocument, NotAllowed, RequestRefused
from flowroom.model import NodeId
from tests.flowroom.client.small_server import until
from tests.flowroom.client.test_real_server import QUICK, TOKEN, RealServer
from tests.services.forgetful import Forgetful


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RealServer]:
    async with RealServer(tmp_path).running() as server:
        yield server


@pytest.fixture
async def ada(server: RealServer) -> AsyncIterator[Workspace]:
    async with server.workspace() as workspace:
        yield workspace


@asynccontextmanager
async def someone(server: RealServer, ada: Workspace, role: str = "commenter") -> AsyncIterator[Workspace]:
    made = await ada.request("POST", "/api/tokens", json={"name": "Bo", "role": role, "kind": "bot"})
    async with server.workspace(made["token"]) as workspace:
        yield workspace


async def soon(changes: Any, count: int) -> list[DiscussionChange]:
    async with asyncio.timeout(10):
        return [await anext(changes) for _ in range(count)]


async def test_two_bots_talk_about_a_node(server: RealServer, ada: Workspace) -> None:
    """TALK-3, TALK-15."""
    async with (
        someone(server, ada) as bo,
        ada.open(await ada.create_graph("G")) as mine,
        bo.open(mine.id) as theirs,
    ):
        threads, changes = await theirs.threads(), theirs.discussion()
        node = mine.add_node("LLM", name="Summarise")
        begun = await mine.comment(node, "Is *this* right?", mentions=[(await bo.me()).id])
        assert (begun.anchor, begun.quote) == (NodeAnchor(node=node), "Summarise")
        heard = await soon(changes, 2)
        assert [(change.kind, change.thread) for change in heard] == [
            ("thread.created", begun.id),
            ("comment.created", begun.id),
        ]
        assert threads[begun.id] == begun and threads.about(node) == [begun]

        reply = await theirs.reply(begun.id, "Yes.")
        await theirs.react(begun.id, begun.messages[0].id, "👍")
        edited = await theirs.edit(begun.id, reply.id, "Yes!")
        settled = await theirs.resolve(begun.id)
        await until(lambda: threads[begun.id] == settled)
        assert settled.messages[1] == edited and settled.messages[0].reactions == {"👍": ((await bo.me()).id,)}
        assert [item.kind for item in await ada.notifications()] == ["resolved", "reaction", "reply"]
        assert [item.kind for item in await bo.notifications(unread=True)] == ["mention"]
        await bo.read_notifications()
        assert await bo.notifications(unread=True) == []

        await mine.reopen(begun.id)
        await theirs.react(begun.id, begun.messages[0].id, "👍", on=False)
        await theirs.take_back(begun.id, reply.id)
        await mine.take_back(begun.id, begun.messages[0].id)
        await until(lambda: len(threads) == 0)
        assert [change.kind for change in await soon(changes, 3)] == [
            "thread.reopened",
            "comment.deleted",
            "thread.deleted",
        ]


async def test_one_hears_oneself_only_if_asked(ada: Workspace) -> None:
    async with ada.open(await ada.create_graph("G")) as g:
        everything = g.discussion(mine=True)
        others = g.discussion()
        await g.threads()
        begun = await g.comment(CanvasAnchor(at=(1, 2)), "x")
        await g.reopen((await g.resolve(begun.id)).id)
        kinds = [change.kind for change in await soon(everything, 4)]
        assert kinds == ["thread.created", "comment.created", "thread.resolved", "thread.reopened"]
        assert [change.kind for change in await soon(others, 1)] == ["thread.reopened"], "which doesn't say by whom"


async def test_a_stream_joins_by_itself_and_ends_with_the_graph(server: RealServer, ada: Workspace) -> None:
    graph = await ada.create_graph("G")
    heard: list[DiscussionChange] = []

    async def listen(g: GraphClient) -> None:
        async for change in g.discussion():
            heard.append(change)  # noqa: PERF401 - as a bot does, one after the other

    async with someone(server, ada) as bo:
        async with ada.open(graph) as mine, bo.open(graph) as theirs:
            listening = asyncio.create_task(listen(theirs))
            async with asyncio.timeout(10):
                while not heard:
                    await mine.comment(CanvasAnchor(at=(0, 0)), "hello?")
        await asyncio.wait_for(listening, 5)


async def test_what_one_follows_ends_with_what_the_server_said(ada: Workspace) -> None:
    """KIT-3."""
    with pytest.raises(NoSuchDocument):
        async with ada.open(await ada.create_graph("G")) as g:
            await g.threads()
            following = [asyncio.ensure_future(anext(each)) for each in (g.changes(), g.discussion())]
            await ada.delete_graph(g.id)

            async with asyncio.timeout(10):
                ends = await asyncio.gather(*following, return_exceptions=True)
            assert [type(end) for end in ends] == [NoSuchDocument] * 2
            await anext(g.changes())


async def test_what_one_begins_to_follow_in_a_graph_that_was_left_ends_at_once(ada: Workspace) -> None:
    """KIT-3: also where the discussion is still being joined as one leaves, and would be left by nobody."""
    async with ada.open(await ada.create_graph("G")) as g:
        joining = asyncio.create_task(in_full(g.discussion()))
        await asyncio.sleep(0)

    async with asyncio.timeout(10):
        assert await joining == await in_full(g.discussion()) == []
        with pytest.raises(ConnectionLost):
            await g.threads()


async def in_full(changes: Any) -> list[DiscussionChange]:
    return [change async for change in changes]


async def test_what_is_about_a_node_outlives_it(ada: Workspace) -> None:
    """TALK-1."""
    async with ada.open(await ada.create_graph("G")) as g:
        node = g.add_node("LLM", name="Summarise")
        field = await g.comment(FieldAnchor(node=node, param="prompt"), "shorter")
        g.delete([node])
        await g.saved()
        threads = await g.threads()
        assert orphans(threads.values(), g.graph) == {field.id}
        assert threads[field.id].quote == "Summarise · prompt"
        with pytest.raises(NoSuchDocument, match="no node"):
            await g.comment(node, "too late")
        await g.reply(field.id, "still here")


async def test_who_may_not_and_what_may_not(server: RealServer, ada: Workspace) -> None:
    """TALK-4, TALK-8."""
    graph = await ada.create_graph("G")
    async with someone(server, ada, "viewer") as viewer, viewer.open(graph) as g:
        assert dict(await g.threads()) == {}
        with pytest.raises(NotAllowed):
            await g.comment(CanvasAnchor(at=(0, 0)), "x")
    async with ada.open(graph) as g:
        with pytest.raises(NoSuchDocument):
            await g.comment(NodeId("gone"), "x")
        with pytest.raises(NoSuchDocument):
            await g.reply("gone", "x")
        with pytest.raises(RequestRefused) as raised:
            await g.comment(CanvasAnchor(at=(0, 0)), "x" * 8001)
        assert raised.value.status == 422


async def test_threads_are_in_step_again_after_a_restart(tmp_path: Path) -> None:
    """TALK-3."""
    server = RealServer(tmp_path)
    async with server.workspace() as workspace:
        async with server.running():
            opened = workspace.open(await workspace.create_graph("G"))
            g = await opened.__aenter__()
            threads = await g.threads()
            first = await g.comment(CanvasAnchor(at=(0, 0)), "before")
        await until(lambda: g.status != "online")
        async with server.running():
            await until(lambda: g.status == "online", seconds=10)
            second = await g.comment(CanvasAnchor(at=(0, 0)), "after")
            await until(lambda: list(threads) == [first.id, second.id])
            await opened.__aexit__(None, None, None)


async def test_what_is_said_while_answers_get_lost_is_said_once(server: RealServer, ada: Workspace) -> None:
    """TALK-16"""
    graph = await ada.create_graph("G")
    async with Forgetful(server.port).running() as line, connect(line.url, TOKEN, patience=QUICK) as bo:
        async with bo.open(graph.id) as mine:
            line.lose = 2
            begun = await mine.comment(CanvasAnchor(at=(0, 0)), "Why?")
            line.lose = 1
            answer = await mine.reply(begun.id, "Because.")
            assert line.lose == 0
    (thread,) = (await ada.request("GET", f"/api/graphs/{graph.id}/threads"))["items"]
    assert [message["id"] for message in thread["messages"]] == [begun.messages[0].id, answer.id]


async def test_what_is_said_again_of_a_node_that_is_gone_meanwhile_is_answered(ada: Workspace) -> None:
    """TALK-16"""
    async with ada.open(await ada.create_graph("G")) as g:
        node = g.add_node("Log")
        await g.saved()
        url = f"/api/graphs/{g.id}/threads"
        said = {"id": "made-up-by-ada", "anchor": {"type": "node", "node": node}, "body": "Why?"}
        begun = await ada.request("POST", url, json=said)
        g.delete([node])
        await g.saved()
        assert await ada.request("POST", url, json=said) == begun
        with pytest.raises(NoSuchDocument, match=node):
            await ada.request("POST", url, json={**said, "id": "made-up-later"})


async def test_a_run_is_started_once_while_answers_get_lost(server: RealServer, ada: Workspace) -> None:
    """RUN-20"""
    graph = await ada.create_graph("G")
    async with ada.open(graph) as g:
        g.add_node("Log")
        await g.saved()
    async with Forgetful(server.port).running() as line, connect(line.url, TOKEN, patience=QUICK) as bo:
        line.lose = 2
        run = await bo.start_run(graph.id)
        assert line.lose == 0
    runs = (await ada.request("GET", f"/api/graphs/{graph.id}/runs"))["items"]
    assert [record["id"] for record in runs] == [run]


async def test_a_comment_that_nothing_answers_is_given_up(server: RealServer, ada: Workspace) -> None:
    """KIT-2"""
    graph = await ada.create_graph("G")
    hasty = replace(QUICK, opening=timedelta(seconds=2))
    async with Forgetful(server.port).running() as line, connect(line.url, TOKEN, patience=hasty) as bo:
        async with bo.open(graph.id) as mine:
            line.lose = 10_000
            with pytest.raises(ConnectionLost):
                await mine.comment(CanvasAnchor(at=(0, 0)), "Is anybody there?")
            line.lose = 0
