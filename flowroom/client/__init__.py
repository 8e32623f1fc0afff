"""Joining a Flowroom server from Python: bots, scripts and the engine are peers like any browser.

    async with connect("http://127.0.0.1:8000", token=…) as workspace, workspace.open(graph_id) as g:
        greeting = g.add_node("Template", params={"template": "Hello {{ vars.name }}"})
        await g.saved()
        async for change in g.changes():
            ...

discussion.py is what is said about a graph, workspace.py the HTTP API, protocol.py the wire, connection.py the socket
that comes and goes.
"""

from flowroom.client.access import AccessRequest
from flowroom.client.connection import Patience, Status
from flowroom.client.discussion import DiscussionStream, Threads
from flowroom.client.graph import ChangeStream, GraphClient
from flowroom.client.presence import Presence
from flowroom.client.run import RunHandle
from flowroom.client.versions import Version
from flowroom.client.workspace import Activity, GraphInfo, ImportResult, Me, Workspace, connect

__all__ = [
    "AccessRequest",
    "Activity",
    "ChangeStream",
    "DiscussionStream",
    "GraphClient",
    "GraphInfo",
    "ImportResult",
    "Me",
    "Patience",
    "Presence",
    "RunHandle",
    "Status",
    "Threads",
    "Version",
    "Workspace",
    "connect",
]
