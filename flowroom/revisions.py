"""The history of a database's tables, as Alembic revisions in a folder.

Tables are brought up to date at every start, by whichever process starts first, and can be taken back for those who
return to an older version; an empty database is given them as the code has them. Server and engine each have a history
of their own, under a table of its own, so that both may share one database.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    TableClause,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy import column as column_of

from flowroom.sql import writing

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 7046029254386353131
"""Any number, as long as every process takes the same: PostgreSQL's advisory lock around a change."""

_ONE_THREAD = threading.Lock()
"""Alembic keeps what it works on in variables of a module: two threads, on whatever databases, would mix it up."""


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of one set of tables: `r0001_name.py`, `r0002_name.py` … in `folder`/versions."""

    folder: Path
    metadata: MetaData
    version_table: str = "alembic_version"
    began_with: str = ""
    """A table that versions before this history made without it; where it is found, the first revision is done."""

    @property
    def newest(self) -> str:
        """The revision that the code speaks of."""
        return max(path.stem[1:].split("_")[0] for path in (self.folder / "versions").glob("r*_*.py"))

    def current(self, engine: Engine) -> str | None:
        """The revision a database is at; None for one that is empty, or from before this history."""
        with engine.connect() as connection:
            if not inspect(connection).has_table(self.version_table):
                return None
            found: str | None = connection.scalar(select(column_of("version_num")).select_from(self._versions))
            return found

    def upgrade(self, engine: Engine) -> None:
        """Create or alter the tables, in one transaction. Blocking; does nothing when they are up to date."""
        if self.current(engine) != self.newest:
            _alone(engine, self._bring_up_to_date)

    def downgrade(self, engine: Engine, revision: str) -> None:
        """Take the tables back to a revision, `base` for none at all. What only newer ones hold is lost. Blocking."""
        from alembic import command

        _alone(engine, lambda connection: command.downgrade(self._config(connection), revision))

    @property
    def _versions(self) -> TableClause:
        return table(self.version_table)

    def _bring_up_to_date(self, connection: Connection) -> None:
        found = inspect(connection)
        has_history = found.has_table(self.version_table)
        is_older = not has_history and bool(self.began_with) and found.has_table(self.began_with)
        if not has_history and not is_older:
            self._create(connection)
            return

        from alembic import command  # half a second, which most starts can save

        config = self._config(connection)
        if is_older:
            command.stamp(config, "0001")
        command.upgrade(config, "head")

    def _create(self, connection: Connection) -> None:
        """Make the tables as the code has them. All revisions one after the other lead to the same, and take ten times
        as long.
        """
        self.metadata.create_all(connection, checkfirst=False)
        versions = Table(self.version_table, MetaData(), Column("version_num", String(32), nullable=False))
        versions.append_constraint(PrimaryKeyConstraint("version_num", name=f"{self.version_table}_pkc"))  # Alembic's
        versions.create(connection)
        connection.execute(versions.insert().values(version_num=self.newest))

    def _config(self, connection: Connection) -> "Config":
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.attributes["connection"] = connection
        config.attributes["history"] = self
        return config


def _alone(engine: Engine, work: Callable[[Connection], None]) -> None:
    """Do it in one transaction, while no other process does."""
    with writing(engine).begin() as connection, ExitStack() as stack:
        if connection.dialect.name == "postgresql":
            from flowroom.silence import patience

            stack.enter_context(patience(connection))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        with _ONE_THREAD:
            work(connection)


def apply(context: Any) -> None:
    """What each folder's env.py does, with Alembic's `context`: run the revisions where History wants them."""
    attributes = context.config.attributes
    history: History = attributes["history"]
    context.configure(
        connection=attributes["connection"],
        target_metadata=history.metadata,
        version_table=history.version_table,
        render_as_batch=True,
    )
    context.run_migrations()
