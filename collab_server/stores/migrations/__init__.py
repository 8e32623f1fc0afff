"""The history of the server's tables; see flowroom/revisions.py for how it is followed."""

from pathlib import Path

from sqlalchemy import Engine

from collab_server.stores import (  # each of them has tables in the metadata
    access,  # noqa: F401
    access_requests,  # noqa: F401
    accounts,  # noqa: F401
    activity,  # noqa: F401
    inbox,  # noqa: F401
    invitations,  # noqa: F401
    people,  # noqa: F401
    webhooks,  # noqa: F401
)
from collab_server.stores.tables import metadata
from flowroom.revisions import History

HISTORY = History(Path(__file__).parent, metadata)


def upgrade(engine: Engine) -> None:
    """Create or alter the tables. Blocking; does nothing when they are up to date."""
    HISTORY.upgrade(engine)
