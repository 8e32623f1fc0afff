"""The layout bot beside a real server: what it moves, what it leaves alone, and what people see of it."""

import asyncio

import pytest

from flowroom.client import GraphClient, GraphInfo, Workspace
from tests.examples.programs import here, said, said_in_vain, started, token_for

from layout_bot import lay_out

pytestmark = pytest.mark.timeout(120)


async def a_heap(workspace: Workspace) -> GraphInfo:
    """A chain of three and a group of two, all in one place, as a program might make them."""
    made = await workspace.create_graph("Heap")
    async with workspace.open(made) as g:
        for id in ("a", "b", "c"):
            g.add_node("Template", id=id, pos=(40, 80))
        g.add_node("Group", id="group", pos=(40, 80), size=(320, 200), ports={"inputs": ["in"], "outputs": []})
        for id in ("x", "y"):
            g.add_node("Template", id=id, pos=(5, 5), parent="group")
        for source, target in (("a", "b"), ("b", "group"), ("a", "c"), ("x", "y")):
            g.connect(source, target)
    return made


async def test_one_call_lays_a_graph_out_in_one_step_and_keeps_its_corner(address: str, workspace: Workspace) -> None:
    made = await a_heap(workspace)
    async with workspace.open(made) as g:
        edits = g.changes()
        assert await said("layout_bot.py", address, made.id) == "Laid out: 6 nodes moved.\n"
        async with asyncio.timeout(60):
            while g.node("x").pos == (5, 5):
                await anext(edits)
        a, b, c, group, x, y = (g.node(id) for id in ("a", "b", "c", "group", "x", "y"))
        assert a.pos[0] == 40 and min(node.pos[1] for node in (a, b, c, group)) == 80
        assert a.pos[0] < b.pos[0] == c.pos[0] < group.pos[0]
        assert abs(b.pos[1] - c.pos[1]) >= 72
        assert x.pos == (24, 64) and y.pos[0] > 24 + 256 and (x.parent, y.parent) == ("group", "group")
        assert group.size is not None and group.size[0] >= y.pos[0] + 256 + 24
        assert await said("layout_bot.py", address, made.id) == "Laid out: 0 nodes moved.\n"


async def test_what_someone_drags_or_moves_meanwhile_stays_with_them(workspace: Workspace) -> None:
    """KIT-7."""
    made = await a_heap(workspace)
    types = {type.type: type for type in await workspace.node_types()}
    async with workspace.open(made) as person, workspace.open(made) as bot:
        person.presence.set(drag={"ids": ["b"], "by": [10, 10]})
        await seen(bot, "b")
        laying_out = asyncio.ensure_future(lay_out(bot, types))
        await asyncio.sleep(0)  # the bot has looked and thinks in a thread; c is moved before it writes
        bot.move({bot.node("c").id: (999, 999)})
        await laying_out

        assert bot.node("b").pos == (40, 80)
        assert bot.node("c").pos == (999, 999)
        assert bot.node("x").pos == (24, 64)
        async with asyncio.timeout(60):
            while not any("x" in other.selection for other in person.presence.others):
                await person.presence.changed()


async def test_it_lays_out_when_a_comment_asks_for_it_and_answers_there(address: str, workspace: Workspace) -> None:
    made, token = await a_heap(workspace), await token_for(workspace, "Layout", "editor")
    async with workspace.open(made) as g, started("layout_bot.py", address, made.id, "--token", token, "--stay"):
        threads, changes = await g.threads(), g.discussion()
        await here(g, "Layout")
        ignored = await g.comment("a", "What a layout! Mail me @layouts.example")
        thread = await g.comment("a", "@Layout please, it is a heap")
        async with asyncio.timeout(60):
            while (await anext(changes)).kind != "comment.created":
                pass
        assert [message.body for message in threads[thread.id].messages[1:]] == ["Laid out: 6 nodes moved."]
        assert len(threads[ignored.id].messages) == 1
        assert g.node("a").pos[0] < g.node("b").pos[0]


async def test_it_says_which_graph_it_looked_for(address: str) -> None:
    assert "found 0" in await said_in_vain("layout_bot.py", address, "no such graph")


async def test_it_explains_itself() -> None:
    assert "--token" in await said("layout_bot.py", "--help")


async def seen(g: GraphClient, node: str) -> None:
    """Until someone else drags this node."""
    async with asyncio.timeout(60):
        while not any(other.drag and node in other.drag.ids for other in g.presence.others):
            await g.presence.changed()
