"""The history of the database's tables; brought up to date at every start, by whichever process starts first."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from flowroom.sql import writing

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 7046029254386353131
"""Any number, as long as every process takes the same: PostgreSQL's advisory lock around an upgrade."""


def upgrade(engine: Engine) -> None:
    """Create or alter the tables, in one transaction. Blocking; does nothing when they are up to date."""
    if _is_up_to_date(engine):
        return
    from alembic import command  # half a second, which most starts can save

    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")


def _is_up_to_date(engine: Engine) -> bool:
    newest = max(path.stem[1:].split("_")[0] for path in (Path(__file__).parent / "versions").glob("r*_*.py"))
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
