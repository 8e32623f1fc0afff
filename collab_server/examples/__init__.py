"""Three graphs that teach, put into a workspace that has never had any.

Each is a native file beside this one; `samples/` is data that the graphs read from this very server.
"""

from pathlib import Path

from anyio import to_thread

from collab_server.auth.identity import Identity
from collab_server.graphs import EXAMPLE, Graphs
from flowroom.files import native
from flowroom.model import Graph

AUTHOR = Identity(id="flowroom", name="Flowroom", colour="#4263eb", role="admin", kind="bot")
FILES = ("cascade.json", "orders.json", "chat.json")
"""The last is listed first: it has the newest edit."""


def load() -> dict[str, Graph]:
    """The example graphs by file name."""
    return {name: native.load((Path(__file__).parent / name).read_bytes(), file=name) for name in FILES}


async def seed(graphs: Graphs) -> None:
    """Create the examples, but only where there was never any graph, deleted ones included."""
    if not await graphs.is_new():
        return
    for graph in (await to_thread.run_sync(load)).values():
        await graphs.create(graph, title=None, by=AUTHOR, origin=EXAMPLE)
