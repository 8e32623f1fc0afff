"""Puts a message beside each row of activity that a webhook wants, in the transaction that stores the row.

A row that may still grow is sent when it has not grown for a while; from then on it is as it was sent, and what comes
later is another row.
"""

import time
from collections.abc import Sequence

from sqlalchemy import Connection

from collab_server.activity.bursts import BURST_SECONDS, GROWING, LONGEST_BURST_SECONDS, Row
from collab_server.activity.sentences import matches
from collab_server.stores import webhooks as store
from collab_server.stores.webhooks import Hook
from collab_server.webhooks.messages import new_message_id


def post(connection: Connection, new: Sequence[Row], grown: Sequence[Row]) -> None:
    """Post what is new to those who want it, and let wait what has grown."""
    hooks = store.hooks(connection, enabled=True)
    if not hooks:
        return
    now = time.time()
    store.post(
        connection,
        [
            {
                "id": new_message_id(),
                "webhook": hook.id,
                "activity": row.id,
                "kind": row.kind,
                "body": None,
                "due": due(row) if row.kind in GROWING else now,
                "created_at": now,
            }
            for row in new
            for hook in hooks
            if wants(hook, row)
        ],
    )
    for row in grown:
        store.postpone(connection, row.id, due(row))


def wants(hook: Hook, row: Row) -> bool:
    """Whether a webhook is told of a row. One that is switched off is never told so by itself."""
    of_graph = not hook.graphs or row.graph in hook.graphs
    return hook.enabled and of_graph and (not hook.events or matches(row.kind, hook.events))


def due(row: Row) -> float:
    """When a row has grown for the last time."""
    return min(row.until + BURST_SECONDS, row.at + LONGEST_BURST_SECONDS)
