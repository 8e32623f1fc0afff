"""The revisions lead to exactly the tables the code speaks of."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import collab_server.stores.accounts
import collab_server.stores.inbox  # noqa: F401  their tables are in the same metadata
from collab_server.stores import migrations
from collab_server.stores.tables import metadata
from flowroom.sql import create_engine


def test_the_revisions_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    engine.dispose()
