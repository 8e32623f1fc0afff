"""An agent that builds a graph from a sentence, in front of everyone: one sees it think, and put down node after node.

    python examples/chat_agent.py "http://127.0.0.1:8000/?token=…" "Letters" "Read notes.txt and turn it into a letter"

Without a sentence it stays and builds what comments ask for: `@builder Read notes.txt and …`, or by its name. The plan
comes from a language model (planner.py): any behind OpenAI's API by --model-url, else the small one that comes with
Flowroom. The agent joins as any peer does; give it a token of its own (`flowroom token --create Builder --kind agent
--role editor`), and people see who it is.
"""

import argparse
import asyncio
import math
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from flowroom.checks import may_connect
from flowroom.client import GraphClient, GraphInfo, Workspace, connect
from flowroom.errors import FlowroomError
from flowroom.model import Json, Node, NodeId
from flowroom.node_types import NodeType
from flowroom.problems import Problem

from asked import asked
from layered import Place, Size, layered
from layout_bot import card_size
from planner import TOOLS, Model, NoPlan, Plan, Step, planned

Types = Mapping[str, NodeType]
BELOW = 96.0
"""How far below what is there the agent builds."""


class Builder:
    """One plan being built into a graph. `pace` is how long the agent rests on each step, so that people can follow."""

    def __init__(self, g: GraphClient, types: Types, pace: timedelta) -> None:
        self._g = g
        self._types = types
        self._pace = pace
        self._made: list[NodeId] = []

    async def build(self, plan: Plan) -> list[NodeId]:
        """Put the plan into the graph, step by step; gives the nodes in the order of the steps."""
        for step, place in zip(plan.steps, self._places(plan), strict=True):
            self._g.presence.set(cursor=place)
            await asyncio.sleep(self._pace.total_seconds())
            with self._g.transaction():
                self._made.append(self._add(step, plan, place))
                self._join(step)
            self._g.presence.set(selection=(self._made[-1],))
            await self._g.saved()
        self._answer_in_chat(plan)
        await self._g.saved()
        return self._made

    def _add(self, step: Step, plan: Plan, place: Place) -> NodeId:
        tool = TOOLS[step.tool]
        return self._g.add_node(tool.type, name=step.name, pos=place, params=_params(step, plan))

    def _join(self, step: Step) -> None:
        """Draw what comes into the newest node: the first to its first port, more to its last."""
        ports = TOOLS[step.tool].takes
        for at, number in enumerate(step.after or []):
            self._connect(number, ports[0] if at == 0 else ports[-1])

    def _connect(self, number: int, port: str) -> None:
        source, target = self._made[number - 1], self._made[-1]
        given = _gives(self._g.node(source))
        if given and may_connect(self._g.graph, self._types, source, given, target, port) is None:
            self._g.connect(source, target, source_port=given, target_port=port)

    def _answer_in_chat(self, plan: Plan) -> None:
        """What the last step of a conversation gives goes back to where people type."""
        last = max((at for at, step in enumerate(plan.steps) if TOOLS[step.tool].gives), default=0)
        given = _gives(self._g.node(self._made[last]))
        if plan.steps[0].tool == "listen" and last > 0 and given:
            self._g.connect(self._made[last], self._made[0], source_port=given, target_port="reply")

    def _places(self, plan: Plan) -> list[Place]:
        """Left to right as the plan flows, below everything that is there."""
        nodes = {str(n): Node(id=NodeId(str(n)), type=TOOLS[s.tool].type) for n, s in enumerate(plan.steps, 1)}
        sizes: dict[str, Size] = {id: card_size(node, self._types.get(node.type)) for id, node in nodes.items()}
        arrows = [(str(source), str(n)) for n, step in enumerate(plan.steps, 1) for source in step.after or []]
        placed = layered(sizes, arrows, {id: (0, float(id)) for id in sizes})
        left, top = building_site(list(self._g.nodes.values()), self._types)
        return [(placed[id][0] + left, placed[id][1] + top) for id in nodes]


def building_site(nodes: Sequence[Node], types: Types) -> Place:
    """A free place: below all nodes at the top level, in line with the leftmost."""
    top_level = [node for node in nodes if node.parent is None]
    if not top_level:
        return 0, 0
    bottom = max(node.pos[1] + card_size(node, types.get(node.type))[1] for node in top_level)
    return min(node.pos[0] for node in top_level), bottom + BELOW


@asynccontextmanager
async def thinking(g: GraphClient, place: Place) -> AsyncIterator[None]:
    """Walk in a small circle meanwhile, so that people see where something is about to happen."""

    async def walk() -> None:
        step = 0
        while True:
            angle = step * math.pi / 8
            g.presence.set(cursor=(place[0] + 24 * math.cos(angle), place[1] + 24 * math.sin(angle)))
            step += 1
            await asyncio.sleep(0.1)

    walking = asyncio.create_task(walk())
    try:
        yield
    finally:
        walking.cancel()
        await asyncio.gather(walking, return_exceptions=True)


def _params(step: Step, plan: Plan) -> dict[str, Json]:
    """What the text of a step is to its node: names of what comes in are added where a template needs them."""
    tool = TOOLS[step.tool]
    sources = [plan.steps[number - 1].name for number in step.after or []]
    if step.tool == "write":
        return {"template": "\n\n".join([step.text, *(f'{{{{ input["{name}"] }}}}' for name in sources)])}
    if step.tool == "ask" and not sources:
        return {"prompt": step.text}
    return {tool.text: step.text} if tool.text and step.text else {}


def _gives(node: Node) -> str | None:
    return next((tool.gives for tool in TOOLS.values() if tool.type == node.type), None)


class Agent:
    """Someone in a graph who builds what is asked for."""

    def __init__(self, g: GraphClient, types: Types, model: Model, http: httpx.AsyncClient, pace: timedelta) -> None:
        self._g = g
        self._types = types
        self._model = model
        self._http = http
        self._pace = pace

    async def build(self, sentence: str) -> str:
        """Think, build, and tell what was built. Raises NoPlan."""
        async with thinking(self._g, building_site(list(self._g.nodes.values()), self._types)):
            plan = await planned(sentence, self._model, self._http)
        made = await Builder(self._g, self._types, self._pace).build(plan)
        left = [problem for problem in await self._g.problems() if problem.node in made]
        steps = " → ".join(step.name for step in plan.steps)
        return "\n".join([f"Built {len(made)} steps: {steps}.", *(self._said(problem) for problem in left)])

    async def build_when_asked(self, me: str) -> None:
        """Build what comments ask for, one after the other, and answer there."""
        async for thread, sentence in asked(self._g, "builder", me):
            try:
                answer = await self.build(sentence)
            except NoPlan as error:
                answer = f"{error}"
            await self._g.reply(thread.id, answer)

    def _said(self, problem: Problem) -> str:
        assert problem.node is not None
        return f"{self._g.node(problem.node).name}: {problem.message}"


@asynccontextmanager
async def some_model(url: str | None, name: str, key: str | None) -> AsyncIterator[tuple[Model, httpx.AsyncClient]]:
    """The model behind an address, or the one that comes with Flowroom. `key` names an environment variable."""
    if url:
        async with httpx.AsyncClient(timeout=120) as http:
            yield Model(url, name, os.environ.get(key, "") if key else ""), http
        return
    from engine.local_model import LocalModel

    local = LocalModel()
    try:
        endpoint = await local.endpoint()
        yield Model(endpoint.base_url, "local", endpoint.key), local.http
    finally:
        await local.close()


async def found_or_made(workspace: Workspace, title: str) -> GraphInfo:
    """The graph with this id or title; a new one if there is none."""
    for graph in await workspace.graphs():
        if title in (graph.id, graph.title):
            return graph
    return await workspace.create_graph(title)


async def main(given: argparse.Namespace) -> None:
    """Build one sentence into one graph, or stay and build what is asked for there."""
    async with (
        connect(given.url, token=given.token) as workspace,
        some_model(given.model_url, given.model, given.key) as (model, http),
        workspace.open(await found_or_made(workspace, given.graph)) as g,
    ):
        types = {type.type: type for type in await workspace.node_types()}
        agent = Agent(g, types, model, http, timedelta(seconds=given.pace))
        if given.sentence:
            print(await agent.build(given.sentence))
        else:
            await agent.build_when_asked((await workspace.me()).id)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Build a Flowroom graph from a sentence.")
    options.add_argument("url", help="where the server is; the address that `flowroom up` prints has a token in it")
    options.add_argument("graph", help="the title of a graph, or its id; made if there is none")
    options.add_argument("sentence", nargs="?", help="what to build; left out: stays and builds what comments ask for")
    options.add_argument("--token", help="who to be, if the address doesn't say")
    options.add_argument("--model-url", help="a service with OpenAI's API, up to /v1; left out: the model on board")
    options.add_argument("--model", default="default", help="which of its models")
    options.add_argument("--key", metavar="NAME", help="the environment variable that holds the service's key")
    options.add_argument("--pace", type=float, default=0.6, help="seconds for each step, so that people can follow")
    try:
        asyncio.run(main(options.parse_args()))
    except (FlowroomError, NoPlan) as error:
        raise SystemExit(f"{error}") from None
    except KeyboardInterrupt:
        pass
