"""Which request a run was started by."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A `traceparent` beside each run."""
    op.add_column("run", sa.Column("trace", sa.String(55)))


def downgrade() -> None:
    """Nobody knows."""
    with op.batch_alter_table("run") as batch:
        batch.drop_column("trace")
