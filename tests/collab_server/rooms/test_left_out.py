"""What becomes of those who hold an edit that can't be beside one that another worker took (ROOM-35, ROOM-36)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from collab_server.rooms.walker_pool import INLINE_WALK_BYTES
from collab_server.stores.documents import DocumentKey, MemoryDocuments, Stored
from flowroom.client.connection import Connection
from flowroom.protocol import LEFT_OUT
from tests.collab_server.rooms.cluster import Cluster, cluster
from tests.collab_server.rooms.conftest import eventually
from tests.convergence.node_peers import NodePeers


@pytest.fixture
async def node() -> AsyncIterator[NodePeers]:
    async with NodePeers() as node:
        yield node


class ReadLater(MemoryDocuments):
    """Storage from which a room reads what others wrote once it is let to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def since(self, key: DocumentKey, epoch: int, seq: int) -> Stored:
        await self.go.wait()
        return await super().since(key, epoch, seq)


class Programs:
    """Programs of the Python client that come and go."""

    def __init__(self, here: Cluster, stack: AsyncExitStack) -> None:
        self._here, self._stack = here, stack

    async def join(self, worker: int, doc: Doc[Any] | None = None) -> Connection:
        """Join at a worker, perhaps with a copy from before."""
        url = self._here.workers[worker].url("/sync/graphs/g", None)
        return await self._stack.enter_async_context(Connection(url, "editor", doc or Doc()))


async def keep(program: Connection, key: str) -> None:
    program.doc.get("kept", type=Map)[key] = 1
    await program.saved()


def holds(program: Connection, keys: set[str]) -> bool:
    doc = program.doc
    return doc.get("list", type=Array).to_py() == ["a", "b"] and set(doc.get("kept", type=Map)) == keys


async def all_hold(programs: list[Connection], node: NodePeers, keys: set[str]) -> None:
    """The text that the first worker took, and these keys; nobody was closed."""
    for program in programs:
        await eventually(partial(holds, program, keys))
    await node.call("holding", name="yjs", list=["a", "b"], keys=sorted(keys))


@pytest.mark.parametrize("filler", [0, 2 * INLINE_WALK_BYTES], ids=["small", "large"])
async def test_who_holds_what_was_left_out_agrees_with_everyone_and_goes_on(
    node: NodePeers, caplog: pytest.LogCaptureFixture, filler: int
) -> None:
    """ROOM-36: who made it and who was only shown it, on the line that is open and when they come back; the rest of the
    entry stands, and what came after it. A worker that opens the document later, from a state with the first, agrees.
    """
    documents = ReadLater()
    async with cluster(3, documents=documents, compare_seconds=3600.0) as here, AsyncExitStack() as stack:
        programs = Programs(here, stack)
        one, two = await programs.join(0), await programs.join(1)
        url = f"ws://127.0.0.1:{here.workers[1].port}/sync/graphs"
        await node.call("join", name="yjs", url=url, room="g", token="editor")
        await keep(one, "x" * filler)
        await node.call("holding", name="yjs", list=[], keys=["x" * filler])
        here.bus.cut()
        text = one.doc.get("list", type=Text)
        text += "ab"
        await one.saved()
        await here.room(0).upkeep.snapshot()
        with two.doc.transaction():
            two.doc.get("list", type=Array).extend([1, 2])
            two.doc.get("kept", type=Map)["beside"] = 1
        await two.saved()
        two.doc.get("list", type=Array).append(3)
        await keep(two, "behind")
        await node.call("holding", name="yjs", list=[1, 2, 3], keys=["x" * filler, "beside", "behind"])

        documents.go.set()
        here.bus.mend()
        await keep(two, "maker")
        await node.call("keep", name="yjs", key="shown")
        await keep(one, "other")
        keys = {"x" * filler, "beside", "behind", "maker", "shown", "other"}
        await all_hold([one, two], node, keys)
        assert {(entry.user, reason) for _key, entry, reason in documents.quarantined} == {("editor", "misplaced")}
        told = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        assert LEFT_OUT in told

        await two.aclose()
        back = await programs.join(0, two.doc)
        await node.call("terminate", name="yjs")
        later = await programs.join(2)
        await keep(back, "again")
        await all_hold([one, back, later], node, keys | {"again"})
