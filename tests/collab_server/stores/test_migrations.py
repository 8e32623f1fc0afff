"""The revisions lead to exactly the tables the code speaks of, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

import collab_server.workspace  # noqa: F401  the tables of all its parts are in the same metadata
from collab_server.stores import migrations
from collab_server.stores.tables import metadata
from flowroom.sql import create_engine, writing
from tests.services.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        made = create_engine(f"sqlite:///{tmp_path}/test.db")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        made = create_engine(server.database())
    yield made
    made.dispose()


def test_the_revisions_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    migrations.upgrade(engine)


def test_what_activity_added_can_be_taken_away_again(engine: Engine) -> None:
    migrations.upgrade(engine)
    with writing(engine).begin() as connection:
        command.downgrade(migrations._config(connection), "0001")
    left = inspect(engine).get_table_names()
    assert "document" in left and not [name for name in left if name.startswith(("activity", "webhook"))]
    migrations.upgrade(engine)
