"""The revisions lead to exactly the tables the code speaks of, and back again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

import collab_server.stores.access
import collab_server.stores.invitations  # noqa: F401  their tables are in the same metadata
from collab_server.stores import migrations
from collab_server.stores.tables import metadata
from flowroom.sql import create_engine, writing
from tests.services.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind."""
    postgres: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    engine = create_engine(postgres.database() if postgres else f"sqlite:///{tmp_path}/test.db")
    yield engine
    engine.dispose()


def move(engine: Engine, revision: str) -> None:
    """Go up or down to a revision."""
    with writing(engine).begin() as connection:
        known = migrations._config(connection)
        go = command.downgrade if revision == "base" or revision < head(engine) else command.upgrade
        go(known, revision)


def head(engine: Engine) -> str:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def test_the_revisions_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    migrations.upgrade(engine)


def test_every_revision_leads_back_to_nothing_and_up_again(engine: Engine) -> None:
    migrations.upgrade(engine)
    move(engine, "base")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_whoever_is_signed_in_stays_so_over_the_change_that_brings_accounts(engine: Engine) -> None:
    """A session of the first release becomes a person's, with its name; and goes back with it."""
    move(engine, "0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO session (id, hash, token_hash, person, name, colour, role, kind, created_at, expires_at) "
                "VALUES ('s-1', 'h', 't', 'p-1', 'Ada', '#123456', 'admin', 'person', 1, 2)"
            )
        )

    move(engine, "0002")

    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, name, colour, role FROM person")).all() == [
            ("p-1", "Ada", "#123456", None)
        ]
        assert connection.execute(text("SELECT id, person, role, seen_at FROM session")).all() == [
            ("s-1", "p-1", "admin", 1)
        ]

    move(engine, "0001")

    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, person, name, colour, role, expires_at FROM session")).all()
    assert found == [("s-1", "p-1", "Ada", "#123456", "admin", 2)]
