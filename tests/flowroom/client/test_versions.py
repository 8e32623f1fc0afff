"""Versions from a program, against the real server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from flowroom.client import GraphClient, Workspace
from flowroom.errors import FlowroomError, NoSuchDocument
from tests.flowroom.client.small_server import until
from tests.flowroom.client.test_real_server import RealServer


@pytest.fixture
async def ada(tmp_path: Path) -> AsyncIterator[Workspace]:
    async with RealServer(tmp_path).running() as server, server.workspace() as workspace:
        yield workspace


async def test_a_bot_keeps_a_graph_and_goes_back_to_it(ada: Workspace) -> None:
    """KIT-8, WEB-45."""
    made = await ada.create_graph("G")
    async with ada.open(made) as g, ada.open(made) as theirs:
        a, b = g.add_node("Template", params={"template": "Hi"}), g.add_node("Log")
        g.connect(a, b)
        kept = await g.keep_version("Before the change")
        assert (kept.label, kept.reason, kept.nodes, kept.edges) == ("Before the change", "kept", 2, 1)
        g.set_param(a, "template", "Bye")
        g.delete([b])
        g.set_meta(title="Called otherwise")
        await g.saved()
        changed, stream = g.graph, theirs.changes()

        put_aside = await g.go_back(kept)

        assert (g.node(a).params["template"], sorted(g.nodes), len(g.edges)) == ("Hi", sorted([a, b]), 1)
        assert g.meta.title == "Called otherwise"
        assert [one.id for one in await g.versions()] == [put_aside.id, kept.id]
        assert put_aside.label == "Before going back to Before the change"
        await g.saved()
        async for _ in stream:
            if b in theirs.nodes and theirs.node(a).params["template"] == "Hi":
                break
        while [one.went_back for one in theirs.presence.others] != [put_aside.id]:
            await theirs.presence.changed()
        await g.go_back(put_aside.id)
        assert g.graph.nodes == changed.nodes
        with pytest.raises(NoSuchDocument):
            await g.go_back("none such")
        assert len(await g.versions()) == 3


async def test_going_back_undoes_nothing_of_others_that_was_not_kept_before(
    ada: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KIT-8, WEB-31."""
    made = await ada.create_graph("G")
    async with ada.open(made) as g, ada.open(made) as theirs:
        empty = await g.keep_version("Empty")

        with monkeypatch.context() as patch:
            edit_while_kept(patch, g, theirs, times=1)
            put_aside = await g.go_back(empty)
        assert (len(g.nodes), put_aside.nodes, len(await g.versions())) == (0, 1, 3)

        edit_while_kept(monkeypatch, g, theirs, times=9)
        with pytest.raises(FlowroomError, match="keep changing"):
            await g.go_back(empty)
        assert len(g.nodes) == 3


def edit_while_kept(patch: pytest.MonkeyPatch, g: GraphClient, theirs: GraphClient, *, times: int) -> None:
    """Someone else's edits arrive after the graph was kept, and before that is known here."""
    late, request = iter(range(times)), Workspace.request

    async def slow(workspace: Workspace, method: str, path: str, **arguments: Any) -> Any:
        answer = await request(workspace, method, path, **arguments)
        if method == "POST" and next(late, None) is not None:
            node = theirs.add_node("Log")
            await until(lambda: node in g.node_ids())
        return answer

    patch.setattr(Workspace, "request", slow)
