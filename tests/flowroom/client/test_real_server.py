"""The client against the real server, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr

from collab_server.app import create_app
from collab_server.settings import Settings
from flowroom.client import GraphClient, Patience, Workspace, connect
from flowroom.errors import NoSuchDocument, NotAllowed, NotSignedIn, RequestRefused
from flowroom.files import native
from flowroom.model import Edge, EdgeId, Graph, Meta, Node, NodeId
from flowroom.runs import NodePath, RunEvent, RunId, RunView, fold
from tests.flowroom.client.small_server import until
from tests.services.process import free_port

TOKEN = "admin-token-for-tests"
QUICK = Patience(first=timedelta(milliseconds=10), longest=timedelta(milliseconds=100), leaving=timedelta(seconds=5))
A, B, E = NodeId("a"), NodeId("b"), EdgeId("e")
GRAPH = Graph(
    meta=Meta(title="Greeter", description="says hello"),
    nodes={
        A: Node(id=A, type="Template", params={"template": "hé😀"}, zIndex=2),
        B: Node(id=B, type="Log", pos=(200, 0)),
    },
    edges={E: Edge(id=E, source=A, target=B)},
)


class RealServer:
    """The server in this process, on a data folder that outlives restarts."""

    def __init__(self, data: Path, *, max_document_bytes: int = 2**20) -> None:
        self.port = free_port()
        self._settings = Settings(
            data=data,
            port=self.port,
            token=SecretStr(TOKEN),
            service_token=SecretStr("engine-token-for-tests"),
            examples=False,
            max_document_bytes=max_document_bytes,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["RealServer"]:
        config = uvicorn.Config(
            create_app(self._settings),
            port=self.port,
            log_level="warning",
            ws="websockets-sansio",
            lifespan="on",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve())
        try:
            await until(lambda: server.started or serving.done(), seconds=20)
            if serving.done():
                serving.result()
            yield self
        finally:
            server.should_exit = True
            await serving

    @asynccontextmanager
    async def workspace(self, token: str = TOKEN) -> AsyncIterator[Workspace]:
        async with connect(self.url, token=token, patience=QUICK) as workspace:
            yield workspace


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RealServer]:
    async with RealServer(tmp_path).running() as server:
        yield server


@pytest.fixture
async def workspace(server: RealServer) -> AsyncIterator[Workspace]:
    async with server.workspace() as workspace:
        yield workspace


async def test_a_graph_is_made_listed_edited_by_two_and_deleted(workspace: Workspace) -> None:
    made = await workspace.create_graph("Greeter", GRAPH)
    await workspace.create_graph("Other")
    assert {graph.title for graph in await workspace.graphs()} == {"Greeter", "Other"}
    assert [graph.id for graph in await workspace.graphs("greet")] == [made.id]
    async with workspace.open(made) as one, workspace.open(made.id) as two:
        assert one.graph.nodes == GRAPH.nodes and one.graph.edges == GRAPH.edges
        changes = two.changes()
        one.text(A, "template").append("!")
        one.move({B: (300, 10)})
        await one.saved()
        assert [(await anext(changes)).id for _ in range(1)]
        await until(lambda: two.graph == one.graph)
        one.presence.set(cursor=(1, 2), running="a")
        await until(lambda: [other.running for other in two.presence.others] == ["a"])
        assert two.presence.others[0].user.name
    await workspace.delete_graph(made.id)
    with pytest.raises(NoSuchDocument):
        async with workspace.open(made.id):
            pass


async def test_what_was_saved_is_there_after_a_restart_and_offline_edits_follow(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    async with server.workspace() as workspace:
        async with server.running():
            graph = await workspace.create_graph("G")
            opened = workspace.open(graph)
            g = await opened.__aenter__()
            g.add_node("Log", id="saved")
            await g.saved()
        await until(lambda: g.status != "online")
        g.add_node("Log", id="offline")
        g.delete(["saved"])
        async with server.running():
            await g.saved()
            async with workspace.open(graph) as other:
                assert other.node_ids() == ["offline"]
            await opened.__aexit__(None, None, None)


async def test_a_program_sees_that_its_edits_wait_for_room(tmp_path: Path) -> None:
    """KIT-2: and that they are stored once others made some."""
    async with RealServer(tmp_path, max_document_bytes=20_000).running() as server, server.workspace() as workspace:
        made = await workspace.create_graph("Small")
        async with workspace.open(made) as one, workspace.open(made) as other:
            one.add_node("Template", id="long", params={"template": "x" * 12_000})
            await one.saved()
            other.add_node("Template", id="waits", params={"template": "y" * 12_000})
            await until(lambda: other.status == "full")
            assert one.status == "online"
            one.delete(["long"])
            await other.saved()
            assert other.status == "online"
            await until(lambda: one.node_ids() == ["waits"])


async def test_a_native_file_is_imported_and_a_bad_one_reported(workspace: Workspace) -> None:
    result = await workspace.import_(native.dump(GRAPH), "greeter.json")
    assert [(graph.title, graph.nodes, graph.edges) for graph in result.graphs] == [("Greeter", 2, 1)]
    async with workspace.open(result.graphs[0].id) as g:
        assert g.graph.nodes == GRAPH.nodes
    with pytest.raises(RequestRefused) as raised:
        await workspace.import_(b"nonsense", "bad.json")
    assert raised.value.status in (400, 422) and raised.value.what


async def test_an_unknown_token_and_an_unknown_graph_are_told_apart(server: RealServer, workspace: Workspace) -> None:
    async with server.workspace("wrong") as stranger:
        with pytest.raises(NotSignedIn):
            await stranger.graphs()
        with pytest.raises(NotSignedIn):
            async with stranger.open("g"):
                pass
    with pytest.raises(NoSuchDocument):
        async with workspace.open("nothing"):
            pass
    with pytest.raises(NoSuchDocument):
        await workspace.delete_graph("nothing")


async def test_a_viewer_sees_but_can_not_write(server: RealServer, workspace: Workspace) -> None:
    graph = await workspace.create_graph("G", GRAPH)
    made = await workspace.request("POST", "/api/tokens", json={"name": "Vi", "role": "viewer", "kind": "bot"})
    async with server.workspace(made["token"]) as viewer:
        async with viewer.open(graph) as g:
            assert g.node_ids() == ["a", "b"]
        with pytest.raises(NotAllowed):
            async with viewer.open(graph) as g:
                g.add_node("Log")
                await g.saved()
        with pytest.raises(NotAllowed):
            await viewer.create_graph("mine")
    async with workspace.open(graph) as g:
        assert g.node_ids() == ["a", "b"]


async def test_a_run_is_started_watched_and_written_by_the_engine_alone(
    server: RealServer, workspace: Workspace
) -> None:
    graph = await workspace.create_graph("G", GRAPH)
    async with workspace.open(graph) as g:
        run = await g.run()
        with pytest.raises(PermissionError):
            run.write(run.view, [])
        async with server.workspace("engine-token-for-tests") as engine:
            async with engine.open_run(run.id, writable=True) as projection:
                view = RunView(RunId(run.id), graph=graph.id)
                path = NodePath("a")
                fold(view, [RunEvent(1, 1.5, "run.started"), RunEvent(2, 2.0, "node.started", path, attempt=1)])
                projection.write(view, [path], {path: "hé"})
                await projection.saved()
                await until(lambda: run.document.stream(path) == "hé")
                fold(view, [RunEvent(3, 3.0, "node.succeeded", path, payload={"outputs": {"output": "hé😀"}})])
                fold(view, [RunEvent(4, 4.0, "run.finished", payload={"state": "succeeded"})])
                projection.write(view, [path])
        finished = await asyncio.wait_for(run.finished(), 5)
        assert (finished.status, finished.nodes[path].preview) == ("succeeded", "hé😀")
        assert run.status == "online"
        await workspace.cancel_run(run.id)
        with pytest.raises(NotAllowed):
            async with workspace.open_run(run.id, writable=True) as forged:
                forged.write(RunView(RunId(run.id), status="failed"), [])
                await forged.saved()
        await run.aclose()


async def test_what_was_done_in_a_graph_can_be_read(workspace: Workspace) -> None:
    async with workspace.open(await workspace.create_graph("Activity")) as graph:
        node = graph.add_node("LLM", name="Ask")
        await graph.saved()
        await until_told(graph, 2)
        added, created = await graph.activity()
        assert (created.kind, added.text, added.by.name) == ("graph.created", "added Ask", "Workspace token")
        assert await graph.activity(node=node, kind="graph.edited") == [added]
        assert await graph.activity(person="nobody") == []


async def until_told(graph: GraphClient, rows: int) -> None:
    """Wait until so much is told."""
    async with asyncio.timeout(10):
        while True:
            if len(await graph.activity()) >= rows:
                return
            await asyncio.sleep(0.05)


async def test_a_run_that_no_engine_has_begun_is_shown_as_cancelled_once_it_is(workspace: Workspace) -> None:
    graph = await workspace.create_graph("G", GRAPH)
    async with workspace.open(graph) as g:
        run = await g.run()
        assert run.view.status == "created"
        await run.cancel()
        async with asyncio.timeout(10):
            assert [view.status async for view in run][-1] == "cancelled"


async def test_a_run_is_followed_to_its_end_with_what_its_nodes_say(server: RealServer, workspace: Workspace) -> None:
    """KIT-11: and is let go of when the next is run."""
    graph, path = await workspace.create_graph("G", GRAPH), NodePath("a")
    async with server.workspace("engine-token-for-tests") as engine, workspace.open(graph) as g:
        run = await g.run()
        async with engine.open_run(run.id, writable=True) as projection:
            view = RunView(RunId(run.id), graph=graph.id)
            fold(view, [RunEvent(1, 1.5, "run.started"), RunEvent(2, 2.0, "node.started", path, attempt=1)])
            seen: list[str] = []
            projection.write(view, [path], {path: "hé"})
            async with asyncio.timeout(10):
                async for shown in run:
                    seen.append(f"{shown.status} {run.stream(path)}".strip())
                    if seen[-1] == "running hé":
                        fold(view, [RunEvent(3, 3.0, "run.finished", payload={"state": "succeeded"})])
                        projection.write(view, [path])
        assert seen[-1].startswith("succeeded") and "running hé" in seen
        assert (await g.run()).status == "online"
        assert (run.status, (await run.finished()).status) == ("closed", "succeeded")
        started = asyncio.create_task(g.run())
        await asyncio.sleep(0)
    assert (await started).status == "closed"


async def test_presence_is_followed_until_the_graph_is_left(workspace: Workspace) -> None:
    graph = await workspace.create_graph("G", GRAPH)
    seen: list[int] = []
    async with workspace.open(graph) as one:
        assert one.presence.own == {}
        async with workspace.open(graph) as two:
            two.presence.set(cursor=(1, 2))
            assert two.presence.own["cursor"] == (1, 2)
            async with asyncio.timeout(10):
                async for others in one.presence.changes():
                    seen.append(len(others))
                    if others and others[0].cursor == (1, 2):
                        break
        async with asyncio.timeout(10):
            while one.presence.others:
                await one.presence.changed()
        later = one.presence.changes()
    assert [others async for others in later] == []
    assert seen[-1] == 1


async def test_a_client_knows_who_it_is_what_can_be_drawn_and_what_is_wrong(workspace: Workspace) -> None:
    graph = await workspace.create_graph("G", GRAPH)
    assert (await workspace.me()).role == "admin"
    assert {"Template", "Log"} <= {type.type for type in await workspace.node_types()}
    async with workspace.open(graph) as g:
        assert await g.problems() == []
        odd = g.add_node("Nonsense")
        assert [(problem.code, problem.node) for problem in await g.problems()] == [("W-NODE-UNKNOWN-TYPE", odd)]


async def test_a_bot_knows_who_it_is_and_what_it_may_on_each_graph(server: RealServer) -> None:
    """ACCESS-6: a token for one graph has its role there and nowhere else."""
    async with connect(server.url, token="admin-token-for-tests") as admin:
        mine, other = await admin.create_graph("Mine"), await admin.create_graph("Other")
        body = {"name": "Namer", "role": "runner", "kind": "agent", "graphs": [mine.id]}
        token = (await admin.request("POST", "/api/tokens", json=body))["token"]

    async with connect(server.url, token=token) as workspace:
        me = await workspace.me()
        assert (me.name, me.kind, me.role, me.email) == ("Namer", "agent", None, None)
        assert [graph.id for graph in await workspace.graphs()] == [mine.id]
        assert await workspace.role(mine.id) == "runner"
        async with workspace.open(mine) as graph:
            assert await graph.role() == "runner"
        with pytest.raises(NoSuchDocument):
            await workspace.role(other.id)
        with pytest.raises(NoSuchDocument):
            async with workspace.open(other):
                pass
