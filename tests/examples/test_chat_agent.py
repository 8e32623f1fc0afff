"""The agent beside a real server: it asks a model over HTTP, and builds in front of everyone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from flowroom.client import ChangeStream, DiscussionStream, GraphClient, Workspace
from flowroom.discussion import CanvasAnchor
from flowroom.presence import Presence
from tests.engine.nodes.servers import served
from tests.examples.model_server import ModelServer
from tests.examples.programs import here, said, said_in_vain, started, token_for

pytestmark = pytest.mark.timeout(180)

LETTER = {
    "steps": [
        {"tool": "read", "name": "Notes", "text": "notes.txt"},
        {"tool": "write", "name": "Greeting", "text": "Dear Ada", "after": []},
        {"tool": "ask", "name": "Letter", "text": "Make a letter of it.", "after": [1, 2]},
        {"tool": "show", "name": "Result"},
    ]
}
SENTENCE = "Make a letter of notes.txt that begins with Dear Ada"


async def test_it_thinks_and_builds_step_by_step_where_everyone_sees_it(address: str, workspace: Workspace) -> None:
    model = ModelServer(json.dumps(LETTER))
    url, token = address.partition("/?")[0], await token_for(workspace, "Builder", "editor", "agent")
    made = await workspace.create_graph("Letters")
    async with workspace.open(made) as person:
        person.add_node("Log", name="Mine", pos=(40, 40))
        await person.saved()
        edits, arguments = person.changes(), ("--pace", "0.1", "--token", token)
        with served(model.app) as model_url:
            agent = started("chat_agent.py", url, made.id, SENTENCE, *arguments, "--model-url", f"{model_url}/v1")
            async with agent as process, watching(person) as seen:
                told = asyncio.create_task(process.communicate())
                built = await added(edits, 4, unless=told)
                out, err = await told

    assert out.decode() == "Built 4 steps: Notes → Greeting → Letter → Result.\n", err.decode()
    nodes = [person.node(id) for id in built]
    assert [node.name for node in nodes] == ["Notes", "Greeting", "Letter", "Result"]
    assert all(node.pos[1] > 40 + 148 for node in nodes) and nodes[2].pos[0] > nodes[0].pos[0]
    drawn = {("Notes", "Letter", "message"), ("Greeting", "Letter", "context"), ("Letter", "Result", "input")}
    assert edges(person) == drawn
    assert nodes[0].params["filePath"] == "notes.txt" and nodes[2].params["system"] == "Make a letter of it."
    assert {other.user.kind for other in seen} == {"agent"} and len({other.cursor for other in seen}) >= 4
    assert set(built) & {id for other in seen for id in other.selection}
    (asked,) = model.asked
    assert asked["response_format"]["json_schema"]["schema"]["properties"]["steps"]["maxItems"] == 8
    assert asked["messages"][-1] == {"role": "user", "content": SENTENCE}


async def test_a_model_that_gets_it_wrong_hears_why_and_tries_again(
    address: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", "sk-secret")
    chat = {"steps": [{"tool": "listen", "name": "Chat"}, {"tool": "ask", "name": "Pirate", "text": "Be a pirate."}]}
    model = ModelServer("Gladly! First I would listen.", json.dumps(chat))
    with served(model.app) as url:
        options = ("--pace", "0", "--model-url", f"{url}/v1/", "--model", "big", "--key", "THE_KEY")
        told = await said("chat_agent.py", address, "Pirates", "A chat with a pirate", *options)

    assert told == "Built 2 steps: Chat → Pirate.\n"
    assert model.asked[1]["messages"][-1]["content"].startswith("That is no plan: it holds no JSON object.")
    assert model.keys == ["Bearer sk-secret"] * 2 and model.asked[0]["model"] == "big"
    async with workspace.open((await workspace.graphs("Pirates"))[0]) as g:
        assert edges(g) == {("Chat", "Pirate", "message"), ("Pirate", "Chat", "reply")}
        assert await g.problems() == []


async def test_it_builds_what_comments_ask_for_and_answers_there(address: str, workspace: Workspace) -> None:
    chat = {"steps": [{"tool": "listen", "name": "Chat"}, {"tool": "ask", "name": "Pirate", "text": "Be a pirate."}]}
    model = ModelServer(json.dumps(chat), "No.")
    token = await token_for(workspace, "Builder", "editor", "agent")
    made = await workspace.create_graph("Asked")
    with served(model.app) as url:
        arguments = (address, made.id, "--token", token, "--pace", "0", "--model-url", f"{url}/v1")
        async with workspace.open(made) as g, started("chat_agent.py", *arguments):
            threads, changes = await g.threads(), g.discussion()
            await here(g, "Builder")
            thread = await g.comment(CanvasAnchor(at=(0, 0)), "@builder a chat with a pirate")
            await answered(changes)
            other = await g.comment(CanvasAnchor(at=(0, 0)), "@builder the moon")
            await answered(changes)
            answers = [threads[each.id].messages[1].body for each in (thread, other)]

    assert answers[0] == "Built 2 steps: Chat → Pirate."
    assert answers[1].startswith("I could not make a plan of 'the moon'.")
    assert model.asked[0]["messages"][-1]["content"] == "a chat with a pirate"


async def test_what_makes_no_plan_is_said_and_nothing_is_built(address: str, workspace: Workspace) -> None:
    made_up = json.dumps({"steps": [{"tool": "fetch", "name": "News", "text": "https://news.example"}]})
    with served(ModelServer(made_up).app) as url:
        error = await said_in_vain("chat_agent.py", address, "News", "Fetch the news", "--model-url", f"{url}/v1")
    assert "I could not make a plan of 'Fetch the news'. Step 1 (fetch): it needs a web address" in error
    async with workspace.open((await workspace.graphs("News"))[0]) as g:
        assert g.nodes == {}


@pytest.mark.parametrize(("status", "reason"), [(402, "refused with status 402"), (200, "gave no answer")])
async def test_a_model_that_can_not_be_asked_is_named(address: str, status: int, reason: str) -> None:
    with served(ModelServer("", status=status).app) as url:
        door = f"{url}/v1" if status != 200 else "http://127.0.0.1:9/v1"
        error = await said_in_vain("chat_agent.py", address, "None", "Read a.txt", "--model-url", door)
    assert f"The model at {door} {reason}" in error


async def test_the_small_model_on_board_is_enough_for_a_plain_sentence(address: str, workspace: Workspace) -> None:
    told = await said("chat_agent.py", address, "On board", "Read notes.txt and summarise it", "--pace", "0")

    assert told.startswith("Built "), told
    async with workspace.open((await workspace.graphs("On board"))[0]) as g:
        read = [node for node in g.nodes.values() if node.type == "FileReader"]
        assert [node.params["filePath"] for node in read] == ["notes.txt"] * len(read)


async def test_it_explains_itself() -> None:
    assert "--model-url" in await said("chat_agent.py", "--help")


@asynccontextmanager
async def watching(g: GraphClient) -> AsyncIterator[list[Presence]]:
    """Everything that others show of themselves meanwhile."""
    seen: list[Presence] = []

    async def watch() -> None:
        async for others in g.presence.changes():
            seen.extend(others)

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answered(changes: DiscussionStream) -> None:
    """Until someone else says something."""
    async with asyncio.timeout(60):
        while (await anext(changes)).kind != "comment.created":
            pass


async def added(changes: ChangeStream, count: int, *, unless: asyncio.Task[tuple[bytes, bytes]]) -> list[str]:
    """The ids of the next nodes that others add. Fails with what the program said if it ends before."""

    async def heard() -> list[str]:
        ids: list[str] = []
        while len(ids) < count:
            change = await anext(changes)
            if (change.kind, change.action) == ("node", "added"):
                ids.append(change.id)
        return ids

    hearing = asyncio.create_task(heard())
    await asyncio.wait([hearing, unless], timeout=60, return_when=asyncio.FIRST_COMPLETED)
    if unless.done():  # what it did last is on its way
        await asyncio.wait([hearing], timeout=10)
    assert hearing.done(), unless.result() if unless.done() else "The program neither built nor ended."
    return hearing.result()


def edges(g: GraphClient) -> set[tuple[str, str, str]]:
    """Each edge as the names of its ends, and the port it arrives at."""
    nodes = g.nodes
    return {(nodes[e.source].name, nodes[e.target].name, e.target_port) for e in g.edges.values()}
