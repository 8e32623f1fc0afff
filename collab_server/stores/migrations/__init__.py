"""The history of the database's tables; brought up to date at every start, by whichever process starts first."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from flowroom.sql import writing

_LOCK = 7046029254386353131
"""Any number, as long as every process takes the same: PostgreSQL's advisory lock around an upgrade."""


def upgrade(engine: Engine) -> None:
    """Create or alter the tables, in one transaction. Blocking; does nothing when they are up to date."""
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
