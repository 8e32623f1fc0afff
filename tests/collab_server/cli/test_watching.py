"""What the command line shows of a run while it goes."""

from datetime import datetime
from typing import Any

from rich.console import Console

from collab_server.cli.nodes import Nodes
from collab_server.cli.watching import _picture
from flowroom.model import Graph, Node, NodeId


def test_a_node_that_waits_says_until_when() -> None:
    """RUN-32: in the time of whoever reads it."""
    until = datetime(2030, 1, 31, 9, 30).astimezone()
    node: dict[str, Any] = {"status": "waiting", "progress": {"until": until.timestamp()}, "preview": None}
    run = {"id": "r", "state": "waiting", "view": {"nodes": {"w": node}}}
    graph = Graph(nodes={NodeId("w"): Node(id=NodeId("w"), type="Wait", name="Until morning")})
    console = Console(width=120)
    with console.capture() as shown:
        console.print(_picture(run, Nodes(graph, [])))

    assert "Until morning  waiting  until 2030-01-31 09:30:00" in shown.get()
    assert "run r · waiting" in shown.get()
