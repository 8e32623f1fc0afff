"""The history of the server's tables; see flowroom/revisions.py for how it is followed."""

from pathlib import Path

from sqlalchemy import Engine

from collab_server.stores import (
    access,
    access_requests,
    accounts,
    activity,
    inbox,
    invitations,
    people,
    states,
    untold,
    webhooks,
)
from collab_server.stores.tables import metadata
from flowroom.revisions import History

WITH_TABLES = (access, access_requests, accounts, activity, inbox, invitations, people, states, untold, webhooks)
"""Each of them adds tables to the metadata when it is imported."""

HISTORY = History(Path(__file__).parent, metadata)


def upgrade(engine: Engine) -> None:
    """Create or alter the tables. Blocking; does nothing when they are up to date."""
    HISTORY.upgrade(engine)
