"""KIT-7: the lint bot beside a real server says what is wrong, once, and settles it when it is mended."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from flowroom.client import GraphClient, Workspace
from flowroom.discussion import Thread
from tests.examples.programs import said, said_in_vain, started, token_for

pytestmark = pytest.mark.timeout(120)


async def threads_of(g: GraphClient, when: Callable[[Sequence[Thread]], bool]) -> list[Thread]:
    """The threads of a graph, once they are so."""
    threads, changes = await g.threads(), g.discussion(mine=True)
    async with asyncio.timeout(90):
        while not when(list(threads.values())):
            await anext(changes)
    return list(threads.values())


async def test_it_comments_on_what_is_wrong_and_settles_it_when_it_is_mended(
    address: str, workspace: Workspace
) -> None:
    token = await token_for(workspace, "Linter", "commenter")
    made = await workspace.create_graph("Reviewed")
    async with workspace.open(made) as g:
        log = g.add_node("Log", name="Seen")
        arguments = (address.partition("/?")[0], "Reviewed", "--token", token, "--rest", "50")
        async with started("lint_bot.ts", *arguments):
            (thread,) = await threads_of(g, lambda threads: len(threads) == 1)
            assert thread.anchor.type == "node" and thread.anchor.node == log
            assert thread.messages[0].body.startswith("**W-PORT-REQUIRED** Nothing is connected to ")
            assert thread.messages[0].author.kind == "bot" and thread.messages[0].author.name == "Linter"

            edge = g.connect(g.add_node("Template"), log)
            await threads_of(g, lambda threads: threads[0].state == "resolved")
            g.disconnect(edge)
            (again,) = await threads_of(g, lambda threads: threads[0].state == "open")
            assert again.id == thread.id and len(again.messages) == 1

            g.add_node("Nonsense", id="odd")
            both = await threads_of(g, lambda threads: len(threads) == 2)
            assert both[1].messages[0].body.startswith("**W-NODE-UNKNOWN-TYPE** ")
            g.delete(["odd"])
            await threads_of(g, lambda threads: threads[1].state == "resolved")


async def test_it_says_nothing_twice_and_leaves_settled_what_a_person_settled(
    address: str, workspace: Workspace
) -> None:
    made = await workspace.create_graph("Settled")
    token = await token_for(workspace, "Linter", "commenter")
    once = (address.partition("/?")[0], made.id, "--token", token, "--once")
    async with workspace.open(made) as g:
        g.add_node("Log", id="a")
        g.add_node("Log", id="b")
        await g.saved()
        await said("lint_bot.ts", *once)
        first, _ = await threads_of(g, lambda threads: len(threads) == 2)
        await g.resolve(first.id)

        await said("lint_bot.ts", *once)

        threads = await threads_of(g, lambda threads: threads[0].state == "resolved")
        assert [(len(thread.messages), thread.state) for thread in threads] == [(1, "resolved"), (1, "open")]


async def test_errors_alone_can_be_asked_for_in_all_graphs_there_are(address: str, workspace: Workspace) -> None:
    made = await workspace.create_graph("Circle")
    async with workspace.open(made) as g:
        one, other = g.add_node("Template"), g.add_node("Template")
        g.connect(one, other)
        g.connect(other, one)
        await g.saved()
        await said("lint_bot.ts", address, "--errors", "--once")
        threads = await threads_of(g, lambda threads: len(threads) > 0)
        assert [thread.messages[0].body.split()[0] for thread in threads] == ["**E-EDGE-CYCLE**"]


async def test_it_says_which_graph_it_looked_for(address: str) -> None:
    assert "Nowhere" in await said_in_vain("lint_bot.ts", address, "Nowhere")


async def test_it_explains_itself() -> None:
    assert "--token" in await said("lint_bot.ts", "--help")
