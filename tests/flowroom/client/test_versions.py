"""Versions from a program, against the real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowroom.client import Workspace
from flowroom.errors import NoSuchDocument
from tests.flowroom.client.test_real_server import RealServer


@pytest.fixture
async def ada(tmp_path: Path) -> AsyncIterator[Workspace]:
    async with RealServer(tmp_path).running() as server, server.workspace() as workspace:
        yield workspace


async def test_a_bot_keeps_a_graph_and_goes_back_to_it(ada: Workspace) -> None:
    """KIT-8."""
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
        await g.go_back(put_aside.id)
        assert g.graph.nodes == changed.nodes
        with pytest.raises(NoSuchDocument):
            await g.go_back("none such")
        assert len(await g.versions()) == 3
