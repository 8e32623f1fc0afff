"""The history of the server's tables; see flowroom/revisions.py for how it is followed."""

from pathlib import Path

from sqlalchemy import Engine

from collab_server.stores.tables import metadata
from flowroom.revisions import History

HISTORY = History(Path(__file__).parent, metadata)


def upgrade(engine: Engine) -> None:
    """Create or alter the tables. Blocking; does nothing when they are up to date."""
    HISTORY.upgrade(engine)
