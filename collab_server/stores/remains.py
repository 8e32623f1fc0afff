"""What is left of a graph in other tables than its own: rights on it, and what people asked and were told of it.

All of that goes with the graph's row, in the same transaction, so that nothing is ever about a graph that isn't there.
The list of what was done stays: it is the audit log, and goes by its age. So do the messages of webhooks.
"""

from sqlalchemy import Column, Connection, delete

from collab_server.stores.access import graph_grant, share_link
from collab_server.stores.access_requests import access_request
from collab_server.stores.activity import activity_told
from collab_server.stores.inbox import notification, read_mark
from collab_server.stores.tables import document_quarantine
from collab_server.stores.untold import untold

FORGOTTEN: tuple[Column[str], ...] = (
    graph_grant.c.graph,
    share_link.c.graph,
    access_request.c.graph,
    notification.c.graph,
    read_mark.c.graph,
    untold.c.graph,
    activity_told.c.graph,  # its state is swept: see states.py
    document_quarantine.c.document,
)
"""Where rows of a graph are deleted: the columns that name it."""


def forget(connection: Connection, graph: str) -> None:
    """Forget all that is left of a graph; an invitation to it is over since it was deleted, and its key tells so."""
    for column in FORGOTTEN:
        connection.execute(delete(column.table).where(column == graph))
