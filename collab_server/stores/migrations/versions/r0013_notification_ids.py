"""The id of a notification is never given again: by it a stream knows what it has told, and a client what it has."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """SQLite gives the id of a deleted row again, if it was the newest, unless a table says otherwise."""
    _made_anew(sqlite_autoincrement=True)


def downgrade() -> None:
    """As SQLite likes it."""
    _made_anew(sqlite_autoincrement=False)


def _made_anew(**said: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL never did
        with op.batch_alter_table("notification", recreate="always", table_kwargs=said):
            pass
