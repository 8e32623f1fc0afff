"""Which workers are there, so that someone can be told when none is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A row a worker, which it signs now and then."""
    op.create_table(
        "worker",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
    )


def downgrade() -> None:
    """Nobody signs."""
    op.drop_table("worker")
