"""By which key of whoever started it a run is known."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A key beside each run that was started with one, once in each graph."""
    op.add_column("run", sa.Column("key", sa.Text()))
    op.create_index("run_of_key", "run", ["graph", "key"], unique=True)


def downgrade() -> None:
    """Whoever sends the same again starts another."""
    op.drop_index("run_of_key", "run")
    with op.batch_alter_table("run") as batch:
        batch.drop_column("key")
